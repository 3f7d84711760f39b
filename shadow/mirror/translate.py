"""Rewrite a request for the shadow world: its cookies through the jar, every known name through the AliasBook.

Bytes that name nothing known stay as they are. A name is found where a whole value is one, and inside composites
such as `RUN-TASK` or `branch-<first 7>`, in path segments, query, form fields, JSON, multipart fields and headers.
Numbers that name things (`shadow/compare/series.py`) are found by what they are the number of.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol
from urllib.parse import quote, unquote_to_bytes

from shadow.compare.decode import boundary_of
from shadow.compare.multipart import FIELD_NAME
from shadow.compare.series import NUMBERED, named, resource_of, series_at, series_of
from shadow.exchange import Body, Request
from shadow.headers import HeaderList
from shadow.mirror.bodies import packed, plain_body
from shadow.mirror.jars import CopyCookies
from shadow.mirror.swap import Swap
from shadow.mirror.tokens import PLAIN_HEADERS

# A run of characters that identifiers and tokens are made of, long enough not to be a word or a count.
_TOKEN = re.compile(rb"[A-Za-z0-9._~+/=%-]{6,}")
# What a percent-encoding of a token would escape.
_ESCAPED = re.compile(rb"[+/=]")
# The parts of a composite: `65f0…-2`, `net.65f0…`, a UUID; a percent escape ends a part and is none.
_PART = re.compile(rb"%[0-9A-Fa-f]{2}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[A-Za-z0-9]{6,}")
_JSON_STEP = re.compile(rb'[{}\[\]]|"((?:[^"\\]|\\.)*)"(\s*:)?|-?\d+(?:[.eE][\d.eE+-]*)?')
_PART_BINARY = re.compile(rb"(?i)\r\ncontent-type:\s*+(?!text/|application/json)")
_URL_HEADERS = frozenset({b"referer", b"origin", b"destination", b"content-location"})


class Words(Protocol):
    """What the shadow world calls things: the AliasBook in the scope of the client."""

    def whole(self, name: str) -> str | None:
        """Its name for this one."""
        ...

    def beginning(self, part: str) -> str | None:
        """The beginning of its name for the one thing whose name begins so."""
        ...


def translate(request: Request, cookies: CopyCookies, words: Words) -> Request:
    """The request as the shadow world must get it."""
    resource = resource_of(request.path.decode("latin-1"))
    plain = data = plain_body(request)
    target, fields = request.target, request.headers
    if cookies.tokens:
        swap = Swap.of(cookies.tokens, words)
        target, fields, data = swap.url(target), swap.fields(fields), data and swap.body(data, fields)
    if data:
        data = _body(data, fields.text("content-type"), words, resource)
    body = Body.of(request.body.data if data is None or data == plain else packed(data, request))
    target = rename(_numbers(target, words, resource), words, url=True)
    return replace(request, target=target, headers=_headers(fields, cookies.line, words, resource), body=body)


def rename(text: bytes, words: Words, *, url: bool = False) -> bytes:
    """The same bytes with every known name replaced by its other one, written as an URL or a form asks for (`url`)."""
    return _TOKEN.sub(lambda found: _token(found.group(), words, url), text)


def _body(data: bytes, media: str, words: Words, resource: str) -> bytes:
    kind = media.partition(";")[0].strip().lower()
    if kind == "multipart/form-data" and (boundary := boundary_of(media)):
        return _multipart(data, boundary.encode("latin-1", "replace"), words, resource)
    if kind.endswith("json"):
        data = _JsonNumbers(data, words, resource).renamed()
    elif kind == "application/x-www-form-urlencoded":
        return rename(_numbers(data, words, resource), words, url=True)
    return rename(data, words)


def _multipart(data: bytes, boundary: bytes, words: Words, resource: str) -> bytes:
    """Every part by itself, so that the boundary stays; a file's bytes are left alone unless they are text."""
    mark = b"--" + boundary
    return mark.join(_part(part, words, resource) for part in data.split(mark))


def _part(part: bytes, words: Words, resource: str) -> bytes:
    head, gap, content = part.partition(b"\r\n\r\n")
    if not gap or _PART_BINARY.search(head):
        return rename(head, words) + gap + content
    name, value = FIELD_NAME.search(head), content.removesuffix(b"\r\n")
    series = series_of(name[1].decode("latin-1"), resource) if name else ""
    if series and value.isdigit():
        return head + gap + _number(series, value, words) + content[len(value) :]
    return rename(head, words) + gap + rename(content, words)


def _numbers(text: bytes, words: Words, resource: str) -> bytes:
    """Numbers in URLs and forms: `/orders/17`, `order_id=17`."""

    def renamed(found: re.Match[str]) -> str:
        series, number = series_at(found, resource)
        other = _number(series, number.encode(), words).decode() if series and not found["shown"] else number
        return found[0][: len(found[0]) - len(number)] + other

    # latin-1 keeps every byte.
    return NUMBERED.sub(renamed, text.decode("latin-1")).encode("latin-1")


def _number(series: str, number: bytes, words: Words) -> bytes:
    other = words.whole(named(series, number.decode()))
    return number if other is None else other.rpartition(" ")[2].encode()


@dataclass
class _Level:
    """An open object or list: the name by which its holder has it, and the key that waits for its value."""

    name: str
    key: str


class _JsonNumbers:
    """Renames numbers in JSON by the key that holds each, without spelling anything else anew."""

    def __init__(self, data: bytes, words: Words, resource: str) -> None:
        self._data = data
        self._words = words
        self._levels = [_Level(resource, "")]

    def renamed(self) -> bytes:
        """The document with its known numbers replaced."""
        return _JSON_STEP.sub(self._step, self._data)

    def _step(self, found: re.Match[bytes]) -> bytes:
        text, level = found[0], self._levels[-1]
        if found[2] is not None:
            level.key = found[1].decode("utf-8", "replace")
        elif text in (b"{", b"["):
            inner = level.key if text == b"[" else ""
            self._levels.append(_Level(level.name if text == b"[" else level.key or level.name, inner))
        elif text in (b"}", b"]"):
            if len(self._levels) > 1:
                self._levels.pop()
        elif (digits := found[1] if text[:1] == b'"' else text).isdigit():
            series = series_of(level.key, level.name)
            return text.replace(digits, _number(series, digits, self._words)) if series else text
        return text


def _token(token: bytes, words: Words, url: bool) -> bytes:
    """A whole token if it is known, then decoded or encoded, then its parts."""
    coded = b"%" in token
    if (whole := _known(token, words.whole)) is not None:
        if not url:
            return whole
        # In an URL or a form, text with escapes in it stands for what it says decoded.
        return quote(unquote_to_bytes(whole) if coded else whole, safe="").encode()
    renamed = _known(unquote_to_bytes(token), words.whole) if coded else _encoded(token, words)
    if renamed is not None:
        return quote(renamed, safe="").encode() if url or coded else renamed
    if b"/" in token:
        return b"/".join(_token(part, words, url) for part in token.split(b"/"))
    name, equals, value = token.partition(b"=")
    if equals:
        return name + equals + _token(value, words, url)
    return _PART.sub(lambda found: _composite(token, found, words), token)


def _encoded(token: bytes, words: Words) -> bytes | None:
    """The other one of a token that is known as it stands in a cookie: scripts decode it and send it in a field."""
    if not _ESCAPED.search(token):
        return None
    for kept in ("", "/"):
        spelled = quote(token, safe=kept).encode()
        if spelled != token and (other := _known(spelled, words.whole)) is not None:
            return unquote_to_bytes(other)
    return None


def _composite(token: bytes, found: re.Match[bytes], words: Words) -> bytes:
    """One part of a composite; behind a separator it may be the beginning of a known name."""
    if (whole := _known(found.group(), words.whole)) is not None:
        return whole
    if found.start() and token[found.start() - 1 : found.start()] in b"-_.~":
        return _known(found.group(), words.beginning) or found.group()
    return found.group()


def _known(name: bytes, lookup: Callable[[str], str | None]) -> bytes | None:
    try:
        found = lookup(name.decode("ascii"))
    except UnicodeDecodeError:
        return None
    return None if found is None else found.encode("ascii", "replace")


def _headers(headers: HeaderList, cookies: bytes, words: Words, resource: str) -> HeaderList:
    pairs: list[tuple[bytes, bytes]] = []
    for name, value in headers:
        folded = name.lower()
        if folded == b"cookie":
            if cookies:
                pairs.append((name, cookies))
                cookies = b""
        elif folded in PLAIN_HEADERS:
            pairs.append((name, value))
        elif folded in _URL_HEADERS:
            pairs.append((name, rename(_numbers(value, words, resource), words)))
        else:
            pairs.append((name, rename(value, words)))
    if cookies:
        # The shadow world may have given the client a cookie where the live world gave none that it sends back.
        pairs.append((b"Cookie", cookies))
    return HeaderList.of(pairs)
