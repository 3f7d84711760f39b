"""Secrets in JSON text: values under secret keys at any depth, as spans of the bytes as they were written. Pure.

The text is never parsed and written anew. orjson vouches that it is JSON; then a secret word inside a string whose
end is followed by a colon can only be in a key.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import orjson

from shadow.recording.names import SHORT, SecretNames, words_in
from shadow.recording.spans import ASSIGNED, SHORT_ASSIGNED, Span, Unparsed, short_assigned

_REST = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_COLON = re.compile(rb"\s*+:\s*+")
_NUMBER = re.compile(rb"-?[0-9][0-9.eE+-]*+")
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_TOKEN = re.compile(_STRING.pattern + rb"|[\[\]{}]", re.DOTALL)
_SHORT = tuple(name.encode() for name in SHORT)
# A letter written as an escape, which can hide a name from a plain search.
_HIDDEN = re.compile(rb"\\u00[4-7]")


def json(data: bytes, names: SecretNames) -> list[Span]:
    """Spans of all secrets; Unparsed when a secret is plausible and the text is not JSON."""
    low = data.lower()
    needles = words_in(low)
    # With its quotes a name is found where it is a whole key.
    needles += [quoted for name in names.json if name in low and (quoted := b'"%s"' % name) in low]
    hidden = _HIDDEN.search(low) is not None
    short = list(SHORT_ASSIGNED.finditer(low)) if any(name in low for name in _SHORT) else []
    if not needles and not short and not hidden:
        return []
    try:
        orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise Unparsed from error
    spans = _after(short, data)
    for needle in needles:
        spans += _under(needle, data, low)
    return spans + _hidden(data, names) if hidden else spans


def _under(needle: bytes, data: bytes, low: bytes) -> list[Span]:
    """Values of the keys that hold this word; in a string value, whatever follows `word=` or `word:`."""
    spans: list[Span] = []
    at = low.find(needle)
    while at >= 0:
        inside = at + 1 if needle.startswith(b'"') else at
        rest = _REST.match(data, inside)
        if rest is None:
            raise Unparsed
        end = rest.end()
        colon = _COLON.match(data, end)
        if colon:
            span = _value(data, colon.end())
            # Past a value that is sealed as a whole, so that the work stays linear in the size of the text.
            end = max(end, span.end) if span else end
        else:
            span = _within(low, inside, end - 1)
        if span:
            spans.append(span)
        at = low.find(needle, end)
    return spans


def _after(found: Iterable[re.Match[bytes]], data: bytes) -> list[Span]:
    """The rest of each string value that gives a short name a value; a whole key is found by its quotes."""
    spans: list[Span] = []
    end = 0
    for one in found:
        if one.start() < end:
            continue
        rest = _REST.match(data, one.start())
        if rest is None:
            raise Unparsed
        end = rest.end()
        if one.end() < end - 1 and not _COLON.match(data, end):
            spans.append(Span(one.end(), end - 1))
    return spans


def _within(low: bytes, at: int, end: int) -> Span | None:
    """The rest of a string value after `word=`: JSON, a form or an URL inside a string."""
    found = ASSIGNED.match(low, at, end)
    return Span(found.end(), end) if found and found.end() < end else None


def _value(data: bytes, start: int) -> Span | None:
    first = data[start : start + 1]
    if first == b'"':
        string = _STRING.match(data, start)
        if string is None:
            raise Unparsed
        text = orjson.loads(string.group()).encode()
        return Span(start + 1, string.end() - 1, (text, data[start + 1 : string.end() - 1])) if text else None
    if first in (b"{", b"["):
        end = _end(data, start)
        texts = (orjson.loads(found).encode() for found in _STRING.findall(data, start, end))
        return Span(start, end, tuple(texts), quoted=True)
    number = _NUMBER.match(data, start)
    # null, true and false tell nothing that a seal would not.
    return Span(start, number.end(), (number.group(),), quoted=True) if number else None


def _end(data: bytes, start: int) -> int:
    """Where the array or object that begins at `start` ends."""
    depth = 0
    for token in _TOKEN.finditer(data, start):
        first = token.group()[:1]
        if first in b"[{":
            depth += 1
        elif first in b"]}":
            depth -= 1
            if not depth:
                return token.end()
    raise Unparsed


def _hidden(data: bytes, names: SecretNames) -> list[Span]:
    """Values of secret keys that are written with escapes (`"p\\u0061ssword"`)."""
    spans: list[Span] = []
    for string in _STRING.finditer(data):
        if b"\\" not in string.group():
            continue
        colon = _COLON.match(data, string.end())
        text = orjson.loads(string.group()).encode().lower()
        if colon and names.key(text):
            span = _value(data, colon.end())
            if span:
                spans.append(span)
        elif not colon and _HIDDEN.search(string.group().lower()) and (names.needles_in(text) or short_assigned(text)):
            spans.append(Span(string.start() + 1, string.end() - 1))
    return spans
