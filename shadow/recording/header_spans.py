"""Secrets in header fields. Pure."""

from __future__ import annotations

from shadow.recording.form_spans import authorization, cookies, set_cookie, url
from shadow.recording.names import SecretNames
from shadow.recording.spans import Span

_FINDERS = {
    b"cookie": cookies,
    b"cookie2": cookies,
    b"set-cookie": set_cookie,
    b"set-cookie2": set_cookie,
    b"authorization": authorization,
    b"proxy-authorization": authorization,
}
# Fields that hold an URL, and so what a query can hold.
_URLS = frozenset(
    (b"location", b"content-location", b"referer", b"refresh", b"link", b"x-original-url", b"x-forwarded-uri")
)


def inert(name: bytes, names: SecretNames) -> bool:
    """True when no value of this field can hold a secret of its own."""
    folded = name.lower()
    return folded not in _FINDERS and folded not in _URLS and not names.header(folded)


def header(name: bytes, value: bytes, names: SecretNames) -> list[Span]:
    """Spans of all secrets of one field's value."""
    folded = name.lower()
    finder = _FINDERS.get(folded)
    if finder:
        return finder(value)
    if names.header(folded):
        return [Span(0, len(value), (value.strip(),))]
    return url(value, names) if folded in _URLS else []
