"""Where CSRF tokens stand in messages: read them in an answer, replace them in a request. Pure.

Only declared places are touched, and nothing else of a message is spelled anew: a form keeps the order and the
spelling of its other fields.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import quote_plus, unquote_plus

import orjson

from shadow.compare.codings import CodingError, opened
from shadow.compare.decode import boundary_of
from shadow.compare.multipart import FIELD_NAME
from shadow.exchange import Response
from shadow.headers import HeaderList
from shadow.recording.html_spans import tags

# A shorter value is no token that anybody should trust, and could be anything; a longer one is kept by nobody.
SHORTEST, LONGEST = 8, 4096
# What stands for a token from now on; None leaves it as it is.
Swap = Callable[[str], str | None]

_KINDS = ("form", "header", "meta", "json", "cookie")
_JSON_STRING = rb'"(?:[^"\\]|\\.)*+"'


class Places:
    """The places of `[twin] tokens`: `form:NAME`, `header:NAME`, `meta:NAME`, `json:KEY`, `cookie:NAME`."""

    def __init__(self, places: Iterable[str]) -> None:
        found: dict[str, list[str]] = {kind: [] for kind in _KINDS}
        for place in places:
            kind, _, name = place.partition(":")
            found[kind].append(name)
        self.any = any(found.values())
        self._form, meta = frozenset(found["form"]), frozenset(found["meta"])
        # By tag: the names that tell of a token, and the attribute that holds it.
        self._tags = {b"meta": (meta, b"content"), b"input": (self._form, b"value")}
        self._headers = frozenset(name.lower().encode("latin-1") for name in found["header"])
        self._cookies = frozenset(found["cookie"])
        self._keys = frozenset(found["json"])
        # What a body must hold for a look at it to be worth while.
        self._needles = [name.encode() for name in (*self._form, *meta, *self._keys)]
        named = b"|".join(re.escape(json.dumps(key).encode()) for key in self._keys)
        self._json = re.compile(b"(" + named + rb")(\s*:\s*)(" + _JSON_STRING + b")") if named else None

    def given(self, answer: Response) -> list[str]:
        """The tokens that an answer gives to its client, in the order in which they stand."""
        found = []
        for name, value in answer.headers.pairs:
            folded = name.lower()
            if folded in self._headers:
                found.append(value.decode("latin-1").strip())
            elif folded == b"set-cookie" and self._cookies:
                cookie, _, rest = value.decode("latin-1").partition("=")
                if cookie.strip() in self._cookies:
                    found.append(rest.partition(";")[0].strip())
        found += self._in_body(answer)
        return [token for token in dict.fromkeys(found) if _sendable(token)]

    def headers(self, headers: HeaderList, swap: Swap) -> HeaderList:
        """The fields of a request with the tokens among them replaced."""
        if not self._headers and not self._cookies:
            return headers
        return HeaderList.of((name, self._field(name, value, swap)) for name, value in headers.pairs)

    def in_body(self, headers: HeaderList) -> bool:
        """True when the body of a request with these fields may hold a token."""
        media = headers.text("content-type").lower()
        return bool((self._form and "form" in media) or (self._keys and "json" in media))

    def body(self, data: bytes, media: str, swap: Swap) -> bytes:
        """The body of a request, or its beginning, with the tokens in it replaced."""
        kind = media.partition(";")[0].strip().lower()
        if kind == "multipart/form-data" and (boundary := boundary_of(media)):
            mark = b"--" + boundary.encode("latin-1", "replace")
            return mark.join(self._part(part, swap) for part in data.split(mark))
        if kind == "application/x-www-form-urlencoded":
            return b"&".join(self._pair(pair, swap) for pair in data.split(b"&"))
        if kind.endswith("json") and self._json:
            return self._json.sub(lambda found: _member(found, swap), data)
        return data

    def _in_body(self, answer: Response) -> list[str]:
        if answer.body.truncated or not self._needles:
            return []
        try:
            data = opened(answer.body.data, answer.headers.get_all(b"content-encoding"))
        except CodingError:
            return []
        if not any(needle in data for needle in self._needles):
            return []
        media = answer.headers.text("content-type").lower()
        if "html" in media:
            return [*self._in_page(data)]
        return [_text(found[3]) for found in self._json.finditer(data)] if "json" in media and self._json else []

    def _in_page(self, data: bytes) -> Iterator[str]:
        """By its tags alone: what a parser of pages makes of a hostile one takes minutes, and clients wait here."""
        for tag, attributes in tags(data, [needle.lower() for needle in self._needles]):
            names, holding = self._tags.get(tag, (frozenset[str](), b""))
            if attributes.get(b"name", b"").decode("utf-8", "replace") in names:
                yield attributes.get(holding, b"").decode("utf-8", "replace")

    def _field(self, name: bytes, value: bytes, swap: Swap) -> bytes:
        if name.lower() == b"cookie":
            return b";".join(self._cookie(part, swap) for part in value.split(b";")) if self._cookies else value
        if name.lower() not in self._headers:
            return value
        other = swap(value.decode("latin-1").strip())
        return value if other is None else other.encode()

    def _cookie(self, part: bytes, swap: Swap) -> bytes:
        name, equals, value = part.partition(b"=")
        if not equals or name.strip().decode("latin-1") not in self._cookies:
            return part
        other = swap(value.strip().decode("latin-1"))
        return part if other is None else name + equals + other.encode()

    def _pair(self, pair: bytes, swap: Swap) -> bytes:
        name, equals, value = pair.partition(b"=")
        if not equals or unquote_plus(name.decode("latin-1")) not in self._form:
            return pair
        other = swap(unquote_plus(value.decode("latin-1")))
        return pair if other is None else name + equals + quote_plus(other).encode()

    def _part(self, part: bytes, swap: Swap) -> bytes:
        head, gap, content = part.partition(b"\r\n\r\n")
        name = FIELD_NAME.search(head)
        if not gap or name is None or name[1].decode("latin-1") not in self._form:
            return part
        value = content.removesuffix(b"\r\n")
        other = swap(value.decode("latin-1"))
        return part if other is None else head + gap + other.encode() + content[len(value) :]


def _sendable(token: str) -> bool:
    """True for what can be a token, and can be sent in a field or a form without ending it."""
    return SHORTEST <= len(token) <= LONGEST and token.isascii() and token.isprintable()


def _member(found: re.Match[bytes], swap: Swap) -> bytes:
    other = swap(_text(found[3]))
    return found[0] if other is None else found[1] + found[2] + json.dumps(other).encode()


def _text(literal: bytes) -> str:
    try:
        return str(orjson.loads(literal))
    except orjson.JSONDecodeError:
        return ""
