"""Secrets in HTML: inputs, meta tags, data attributes, URLs in attributes, assignments in scripts. Pure.

Tags and attributes are cut as HTML5 cuts them (WHATWG 13.2.5), an unclosed quote reaching to the end of the text,
so that odd mark-up can neither hide a value nor cost more than linear time.
"""

from __future__ import annotations

import html as entities
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator

from shadow.recording.form_spans import url
from shadow.recording.names import SecretNames
from shadow.recording.spans import ASSIGNED, Span

_VALUE = rb"""(?:"[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z)|[^\s>"'][^\s>]*+)"""
_ATTRIBUTE = rb"[^\s/>][^\s/>=]*+(?:\s*+=\s*+" + _VALUE + rb")?+"
_ATTRIBUTES = rb"((?:[\s/]++|" + _ATTRIBUTE + rb")*+)(?:>|\Z)"
_BARE = rb"(?i:script|style|textarea|title)(?=[\s/>])"
# A comment; an element in whose text no tag can stand, with that text; any other tag.
_PIECE = re.compile(
    rb"<!--(?:-?>|.*?(?:--!?>|\Z))"
    rb"|<(" + _BARE + rb")" + _ATTRIBUTES + rb"(.*?)(?=</(?i:\1)|\Z)"
    rb"|<(/?[a-zA-Z][^\s/>]*+)" + _ATTRIBUTES,
    re.DOTALL,
)
# Text and tags that are written in the usual way, as many as there are; only a shortcut past what needs no look.
_RUN = re.compile(
    rb"(?:[^<]++|</[a-zA-Z][^<>\"'=]*+>"
    rb"|<(?!" + _BARE + rb")[a-zA-Z][^<>\"'=]*+(?:(?<=[a-zA-Z0-9_-])=\"[^\"]*+\"[^<>\"'=]*+)*+>)*+"
)
_PAIR = re.compile(rb"([^\s/>][^\s/>=]*+)(?:\s*+=\s*+(" + _VALUE + rb"))?+")
_LITERAL = re.compile(rb"\"(?:\\.|[^\"\\])*+\"|'(?:\\.|[^'\\])*+'|`(?:\\.|[^`\\])*+`", re.DOTALL)
_NAMING = frozenset((b"name", b"id", b"type", b"property", b"http-equiv", b"itemprop", b"autocomplete"))
_HOLDING = {b"meta": b"content"}
_LINKS = frozenset((b"href", b"src", b"action", b"formaction", b"content", b"value"))


def html(data: bytes, names: SecretNames) -> list[Span]:
    """Spans of all secrets of a page or a part of one."""
    low = data.lower()
    hits = _hits(low, names)
    if not hits:
        return []
    return [span for piece in _pieces(data, hits) for span in _piece(piece, low, names)]


def tags(data: bytes, needles: Iterable[bytes]) -> Iterator[tuple[bytes, dict[bytes, bytes]]]:
    """Name (in lower case) and attributes of each tag in which one of these stands, in lower case; in linear time."""
    low = data.lower()
    for piece in _pieces(data, sorted(at for needle in needles for at in _places(low, needle))):
        if name := piece[1] or piece[4]:
            pairs = [pair for pair in _PAIR.finditer(piece[2 if piece[1] else 5]) if pair[2] is not None]
            # WHATWG 13.2.5.33: of two with one name the first counts.
            yield name.lower(), {pair[1].lower(): _bare(pair, 0).values[-1] for pair in reversed(pairs)}


def _pieces(data: bytes, hits: list[int]) -> Iterator[re.Match[bytes]]:
    """The tags and comments in which something was hit, each once."""
    at = index = 0
    while index < len(hits):
        run = _RUN.match(data, at, hits[index])
        piece = _PIECE.search(data, run.end() if run else at)
        if piece is None:
            return
        at = piece.end()
        # Hits before the piece stood in plain text.
        index = bisect_left(hits, piece.start(), index)
        if index < len(hits) and hits[index] < at:
            yield piece
            index = bisect_left(hits, at, index)


def _hits(low: bytes, names: SecretNames) -> list[int]:
    """Where something stands that may name a secret: a word of the list, or a character reference that hides one."""
    return sorted(at for needle in (*names.fields_in(low), b"&#") for at in _places(low, needle))


def _places(low: bytes, needle: bytes) -> Iterator[int]:
    at = low.find(needle)
    while at >= 0:
        yield at
        at = low.find(needle, at + 1)


def _piece(piece: re.Match[bytes], low: bytes, names: SecretNames) -> list[Span]:
    element = 1 if piece.group(1) else 4
    name = piece.group(element)
    if name is None:
        # A comment: nothing in it is a field, but it may hold one that was switched off.
        return [span.moved(piece.start() + 4) for span in html(piece.group()[4:], names)]
    name = name.lower()
    spans, secret = _tag(piece, element + 1, name, names)
    if element == 1:
        start, end = piece.span(3)
        if name == b"textarea" and secret:
            spans.append(Span(start, end, (_meant(piece.group(3)),)))
        elif name == b"script":
            spans += _script(piece.group(3), low[start:end], start, names)
    return spans


def _tag(piece: re.Match[bytes], group: int, name: bytes, names: SecretNames) -> tuple[list[Span], bool]:
    """Spans of a tag's attributes, and whether the tag as such names a secret (`type=password`)."""
    spans: list[Span] = []
    held: Span | None = None
    secret = False
    holding = _HOLDING.get(name, b"value")
    for pair in _PAIR.finditer(piece.group(group)):
        if pair.group(2) is None:
            continue
        span = _bare(pair, piece.start(group))
        key = pair.group(1).lower()
        meant = span.values[-1]
        if key == holding:
            held = span
        if key in _NAMING:
            secret = secret or names.field(meant.lower())
        elif names.field(key):
            spans.append(span)
        elif key in _LINKS and url(meant, names):
            # The URL as a whole: references such as &amp; make places within it ambiguous.
            spans.append(span)
    if secret and held:
        spans.append(held)
    return spans, secret


def _bare(pair: re.Match[bytes], offset: int) -> Span:
    """An attribute's value without its quotes."""
    start, end = pair.span(2)
    text = pair.group(2)
    if text[:1] in (b'"', b"'"):
        start += 1
        if len(text) > 1 and text[-1:] == text[:1]:
            end -= 1
    raw = pair.string[start:end]
    return Span(start + offset, end + offset, (raw, _meant(raw)))


def _meant(raw: bytes) -> bytes:
    """What a text with character references means."""
    return entities.unescape(raw.decode("latin-1")).encode("latin-1", "replace") if b"&" in raw else raw


def _script(text: bytes, low: bytes, offset: int, names: SecretNames) -> list[Span]:
    """Strings that a script gives to a secret name (`csrf_token: "..."`); where none follows, the rest of the line."""
    spans: list[Span] = []
    for needle in names.needles_in(low):
        at = low.find(needle)
        while at >= 0:
            end = at + len(needle)
            found = ASSIGNED.match(low, at)
            if found:
                literal = _LITERAL.match(text, found.end())
                line = text.find(b"\n", found.end())
                start, end = literal.span() if literal else (found.end(), line if line >= 0 else len(text))
                inner = (start + 1, end - 1) if literal else (start, end)
                if inner[0] < inner[1]:
                    spans.append(Span(inner[0] + offset, inner[1] + offset, (text[slice(*inner)],)))
            at = low.find(needle, end)
    return spans
