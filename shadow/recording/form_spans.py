"""Secrets in `name=value` text: urlencoded forms, query strings, URLs, cookies, authorization fields. Pure."""

from __future__ import annotations

import base64
import binascii
import contextlib
import re
from urllib.parse import unquote_to_bytes

from shadow.recording.names import SecretNames
from shadow.recording.spans import Span, assigned, short_assigned

_PARAMETERS = re.compile(rb"[?#;]")
_USERINFO = re.compile(rb"//[^/@\s:]*+:([^/@\s]++)@")


def form(data: bytes, names: SecretNames) -> list[Span]:
    """Values of secret fields in `a=1&b=2`, and values that hold a secret assignment themselves (`next=/x?token=1`)."""
    low = data.lower()
    if b"%" in low:
        # A percent-encoded name, or an URL within a value: look at what both mean, at two levels.
        once = _decoded(low)
        low = b"&".join((low, once, _decoded(once)))
    if not names.fields_in(low):
        return []
    spans: list[Span] = []
    start = 0
    for part in data.split(b"&"):
        name, _, value = part.partition(b"=")
        if value and _secret(name, value, names):
            end = start + len(part)
            spans.append(Span(end - len(value), end, (value, _decoded(value))))
        start += len(part) + 1
    return spans


def url(data: bytes, names: SecretNames) -> list[Span]:
    """Secrets in a request target or an URL: query, fragment, path parameters, and a password before the host."""
    spans = [Span(*found.span(1), (found.group(1),)) for found in _USERINFO.finditer(data)] if b"@" in data else []
    found = _PARAMETERS.search(data)
    if found:
        spans += [span.moved(found.end()) for span in form(data[found.end() :], names)]
    return spans


def cookies(value: bytes) -> list[Span]:
    """The value of every cookie of a Cookie field; names stay readable."""
    spans: list[Span] = []
    start = 0
    for part in value.split(b";"):
        spans += _pair(part, start)
        start += len(part) + 1
    return spans


def set_cookie(value: bytes) -> list[Span]:
    """The cookie's value in a Set-Cookie field; name and attributes stay readable."""
    return _pair(value.partition(b";")[0], 0)


def authorization(value: bytes) -> list[Span]:
    """What follows the scheme; the password of Basic counts as a secret of its own (RFC 7617)."""
    scheme, space, rest = value.partition(b" ")
    if not space or not rest.strip():
        return [Span(0, len(value), (value,))]
    values = [rest.strip()]
    if scheme.lower() == b"basic":
        with contextlib.suppress(binascii.Error):
            values.append(base64.b64decode(rest, validate=False).partition(b":")[2])
    return [Span(len(scheme) + 1, len(value), tuple(values))]


def _pair(part: bytes, start: int) -> list[Span]:
    """One cookie pair; a part without `=` is a value without a name to user agents (RFC 6265bis 5.6)."""
    name, equals, _ = part.partition(b"=")
    begin = len(name) + 1 if equals else 0
    text = part[begin:]
    bare = text.strip(b' \t"')
    if not bare:
        return []
    inside = text.index(bare)
    at = start + begin + inside
    return [Span(at, at + len(bare), (bare, _decoded(bare)))]


def _secret(name: bytes, value: bytes, names: SecretNames) -> bool:
    if names.field(_decoded(name).lower()):
        return True
    low = _decoded(value).lower()
    return assigned(low, names.needles_in(low)) or short_assigned(low)


def _decoded(data: bytes) -> bytes:
    return unquote_to_bytes(data.replace(b"+", b" ")) if b"%" in data or b"+" in data else data
