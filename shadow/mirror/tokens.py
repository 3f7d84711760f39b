"""Tokens of APIs: those that an answer hands out, and what a request may come with.

Whoever was handed a token is known by it, and its copies carry the shadow world's one in its place, wherever it stands:
in a header field of any name, in the query, in a form, in JSON. What no answer handed out is no secret of one world: a
key that was configured in both goes along as it is.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections import Counter
from collections.abc import Iterator
from urllib.parse import unquote_plus

from shadow.compare.codings import CodingError, opened
from shadow.compare.identifiers import opaque
from shadow.exchange import Answer, Request, Response
from shadow.mirror.bodies import plain_body

# Fields that describe the connection, the bytes or the user's machine, and cookies, which have jars.
PLAIN_HEADERS = frozenset(
    {b"cookie", b"content-length", b"content-type", b"host", b"accept", b"accept-encoding", b"accept-language"}
    | {b"user-agent", b"if-modified-since", b"if-unmodified-since", b"range", b"connection", b"date"}
)

_STRING = rb'"([\w.-]{1,64})"\s*:\s*"((?:[!#-\[\]-~]|\\/){16,4096})"'
_MEMBER = re.compile(_STRING)
_PAIR = re.compile(rb"(?:^|[&?;])[^=&;]{1,200}=([^&;]{16,4096})")
# What a login calls the token that it hands out (RFC 6749 5.1, and what is usual besides).
_CALLED = re.compile(
    r"(?:.*[_.-])?(?:(?:access|auth|bearer|refresh|api|app|id|user|session|remember)?[_-]?token|jwt|secret|api[_-]?key)"
    r"|access|refresh|key|sid|bearer|ticket|session[_-]?(?:id|key)|(?:proxy-)?authorization",
    re.IGNORECASE,
)
# Without one of these there is none of them, which is quickly said.
_HINTS = (b"token", b"key", b"secret", b"access", b"refresh", b"session", b"jwt", b"sid", b"bearer", b"ticket", b"eyj")
_FORGERY = re.compile(r"csrf|xsrf|nonce|page|cursor|next", re.IGNORECASE)
# Some write `Token token="..."`.
_NAMED = re.compile(r'token="?([^",\s]{16,})')
_JWT = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]*")
# A body is searched for tokens up to here: nobody puts one behind a file, and a login's answer is short.
_LONGEST = 64 * 1024
# An answer with more of them is a list of things that have keys.
_MOST = 8


def handed_out(answer: Answer | None) -> list[tuple[str, str]]:
    """The names and values of the tokens in an answer's JSON and header fields, as a login gives them."""
    if not isinstance(answer, Response):
        return []
    found = [
        (folded, value.rpartition(" ")[2])
        for name, raw in answer.headers
        if _names_token(folded := name.decode("latin-1").lower(), value := raw.decode("latin-1"))
    ]
    data = _json_of(answer)
    for name, text in _members(data) if _hints(data) else ():
        if _names_token(name, text) or _JWT.fullmatch(text):
            found.append((name, text))
    return found if len(found) <= _MOST else []


def paired(live: Answer, shadow: Answer | None) -> dict[str, str]:
    """Each token that the live world handed out, and the shadow world's one: empty where nobody knows it.

    One that both worlds know is its own.
    """
    ours = handed_out(live)
    theirs = handed_out(shadow) if ours else []
    counts, other_counts = Counter(name for name, _ in ours), Counter(name for name, _ in theirs)
    by_name, common = dict(theirs), {value for _, value in theirs}
    found = {}
    for name, value in ours:
        once = counts[name] == other_counts[name] == 1
        found[value] = value if value in common else by_name[name] if once else ""
    return found


def presented(request: Request) -> list[str]:
    """Everything in a request that could be a token, the likeliest first; the texts are decoded."""
    found = dict.fromkeys(_of_authorization(request.headers.text("authorization")))
    for name, value in request.headers:
        if len(value) >= 16 and (folded := name.lower()) not in PLAIN_HEADERS and folded != b"authorization":
            found[value.decode("latin-1").strip()] = None
    data = (plain_body(request) or b"")[:_LONGEST]
    for pairs in (request.query, data if b"form-urlencoded" in (request.headers.get(b"content-type") or b"") else b""):
        found.update(dict.fromkeys(unquote_plus(value.decode("latin-1")) for value in _PAIR.findall(pairs)))
    if data[:1] in (b"{", b"["):
        found.update(dict.fromkeys(value for _, value in _members(data)))
    return list(found)


def basic(value: str) -> str:
    """What Basic credentials say (RFC 7617 2); empty where they are none."""
    scheme, _, coded = value.partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(coded.strip(), validate=True).decode("latin-1")
    except (binascii.Error, ValueError):
        return ""


def _of_authorization(value: str) -> Iterator[str]:
    """The token behind a scheme, whatever its name (RFC 9110 11.4), or as name or password of Basic credentials."""
    if plain := basic(value):
        yield from (part for part in plain.split(":", 1) if len(part) >= 16)
    elif value:
        named = _NAMED.search(value)
        yield named[1] if named else value.partition(" ")[2].strip() or value.strip()


def _names_token(name: str, value: str) -> bool:
    return bool(_CALLED.fullmatch(name)) and not _FORGERY.search(name) and opaque(value.rpartition(" ")[2])


def _hints(data: bytes) -> bool:
    folded = data.lower()
    return any(hint in folded for hint in _HINTS)


def _members(data: bytes) -> Iterator[tuple[str, str]]:
    for name, value in _MEMBER.findall(data):
        yield name.decode("latin-1"), value.replace(rb"\/", b"/").decode("ascii")


def _json_of(answer: Response) -> bytes:
    data = answer.body.data
    if not data or len(data) > _LONGEST or "json" not in answer.headers.text("content-type"):
        return b""
    try:
        return opened(data, answer.headers.get_all(b"content-encoding"))
    except CodingError:
        return b""
