"""Secrets in a body: which reader fits it, and what to do with a body that none can read. Pure.

Fail closed: where a secret is plausible and the body is coded, cut off or not what it says it is, all of it is secret.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise

from shadow.exchange import Body
from shadow.headers import HeaderList
from shadow.recording.form_spans import form
from shadow.recording.html_spans import html
from shadow.recording.json_spans import json
from shadow.recording.names import SecretNames
from shadow.recording.spans import Span, Unparsed, assigned

_CHARSET = re.compile(rb"charset\s*=\s*[\"']?([^\s;\"']+)", re.IGNORECASE)
_BOUNDARY = re.compile(rb"boundary\s*=\s*(?:\"([^\"]+)\"|([^\s;,]+))", re.IGNORECASE)
_FIELD_NAME = re.compile(rb"[;\s]name\*?\s*=\s*(?:\"((?:\\.|[^\"\\])*)\"|([^\s;,]+))", re.IGNORECASE)
# Codings in which the bytes of ASCII mean themselves, so that a name can be found by its bytes.
_ASCII_BASED = (b"utf-8", b"utf8", b"us-ascii", b"ascii", b"iso-8859", b"latin", b"windows-125", b"cp125")
_TEXTUAL = (b"json", b"html", b"xml", b"urlencoded", b"text/", b"multipart/")
_WIDE = (b"\xff\xfe", b"\xfe\xff")


def body(headers: HeaderList, captured: Body, names: SecretNames) -> list[Span]:
    """Spans of all secrets of a body, or one span over the whole of it."""
    data = captured.data
    if not data:
        return []
    types: list[bytes] = []
    # One pass over the fields, told apart by length first: this runs twice for every exchange.
    for name, value in headers.pairs:
        if len(name) == 12 and name.lower() == b"content-type":
            types.append(value)
        elif len(name) == 16 and name.lower() == b"content-encoding" and not _plain(value):
            return [Span(0, len(data))]
    if captured.truncated and names.needles_in(data.lower()):
        return [Span(0, len(data))]
    # With several Content-Type lines each side of a hop may believe another one: look for what any of them says.
    return _text(b", ".join(types).lower(), data, names)


def _plain(coding: bytes) -> bool:
    return coding.strip().lower() in (b"", b"identity")


def _text(media: bytes, data: bytes, names: SecretNames) -> list[Span]:
    if _hidden_by_charset(media, data):
        return [Span(0, len(data))]
    try:
        return _parsed(media, data, names)
    except Unparsed:
        return [Span(0, len(data))]


def _parsed(media: bytes, data: bytes, names: SecretNames) -> list[Span]:
    first = data.lstrip()[:1]
    if b"multipart/" in media:
        return _multipart(media, data, names)
    # By its first byte, whatever its type: applications read JSON that is sent as text or as a form.
    if first in (b"{", b"[") or b"json" in media:
        return json(data, names)
    if b"urlencoded" in media:
        return form(data, names)
    if first == b"<" or b"html" in media or b"xml" in media:
        return html(data, names)
    low = data.lower()
    if assigned(low, names.needles_in(low)):
        raise Unparsed
    return []


def _hidden_by_charset(media: bytes, data: bytes) -> bool:
    if _wide_charset(media):
        return True
    return data.startswith(_WIDE) or (b"\0" in data and any(kind in media for kind in _TEXTUAL[:-1]))


@lru_cache(256)
def _wide_charset(media: bytes) -> bool:
    charset = _CHARSET.search(media)
    return charset is not None and not charset.group(1).startswith(_ASCII_BASED)


def _multipart(media: bytes, data: bytes, names: SecretNames) -> list[Span]:
    """Contents of the parts with a secret name, and secrets within the other parts by their own type (RFC 7578)."""
    found = _BOUNDARY.search(media)
    delimiter = b"--" + (found.group(1) or found.group(2)) if found else b""
    # The boundary keeps its case in the body; the media type was folded.
    places = [one.start() for one in re.finditer(re.escape(delimiter), data, re.IGNORECASE)] if delimiter else []
    if len(places) < 2 or b"multipart/" in data.lower():
        if names.needles_in(data.lower()):
            raise Unparsed
        return []
    spans: list[Span] = []
    for start, end in pairwise(places):
        spans += _part(data, start + len(delimiter), end, names)
    if names.needles_in(data[places[-1] :].lower()):
        spans.append(Span(places[-1] + len(delimiter), len(data)))
    return spans


def _part(data: bytes, start: int, end: int, names: SecretNames) -> list[Span]:
    head, blank, content = data[start:end].partition(b"\r\n\r\n")
    if not blank:
        head, blank, content = data[start:end].partition(b"\n\n")
    if not blank:
        return [Span(start, end)] if names.needles_in(data[start:end].lower()) else []
    low = head.lower()
    at = start + len(head) + len(blank)
    content = content.removesuffix(b"\n").removesuffix(b"\r")
    # A `name*` may be percent-encoded and a value quoted: any secret word in the part's head will do.
    found = _FIELD_NAME.search(low)
    name = (found.group(1) or found.group(2) or b"") if found else b""
    if names.field(name) or (b"%" in low or b"\\" in low) or names.needles_in(low):
        return [Span(at, at + len(content), (content,))]
    media = re.search(rb"content-type:([^\r\n]*)", low)
    return [span.moved(at) for span in _text(media.group(1) if media else b"", content, names)]
