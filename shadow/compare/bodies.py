"""Compare two bodies: the quick way as they stand, else by what they are; what is too much for that as a whole."""

from __future__ import annotations

import re

from shadow.compare import html_text, json_texts, strings
from shadow.compare.coarse import same_but_noise
from shadow.compare.decode import Document
from shadow.compare.differences import Exhausted, Tally
from shadow.compare.html_page import lines
from shadow.compare.html_walk import compare_html
from shadow.compare.json_walk import JsonWalk
from shadow.compare.quick import same_but_names, same_pieces
from shadow.compare.spans import first_difference
from shadow.compare.strings import Likeness
from shadow.compare.text import compare_bytes, compare_text
from shadow.compare.values import VALUED, values
from shadow.compare.xml_walk import compare_xml

_ROOTS = {"html": "html:html", "xml": "xml:/", **dict.fromkeys(("json", *VALUED), "json:$")}
_LAYERS = {"html": "html", "xml": "text", "text": "text", **dict.fromkeys(("json", *VALUED), "json")}
_MARKS = {"html": "<"}  # about as many as a walk counts places
# Content in which every blank counts, and values of attributes that go on in another line.
_AS_IT_STANDS = ("<pre", "<textarea", "<listing", "<plaintext", "<xmp")
_LONG_VALUE = re.compile(r"=\"[^\"\n]*\n|='[^'\n]*\n")
_EXCUSED = 60_000  # characters that the quick way may look through for clocks
UNREAD = "coding"  # the reason of a pair that was skipped: the bodies' content coding cannot be undone


def compare_bodies(primary: Document, candidate: Document, tally: Tally) -> None:
    """Report every unequal place, or that the bodies could not be read."""
    # The same bytes under two labels are one difference, and the label has told it.
    alike = primary.kind == candidate.kind or primary.data == candidate.data
    mark = tally.mark()
    try:
        if alike and _quick(primary, candidate, tally):
            return
        if not (primary.parsable and candidate.parsable):
            raise Exhausted
        _parsed(primary, candidate, tally)
    except (Exhausted, RecursionError):
        tally.rewind(mark)
        _coarse(primary, candidate, tally)


def _quick(primary: Document, candidate: Document, tally: Tally) -> bool:
    """True when the texts have told all: no tree is built of them."""
    if primary.kind == "empty":
        return True
    if not primary.text or not candidate.text or primary.kind in ("encoded", "multipart") or tally.rules.aliases:
        return False
    if tally.renaming.counted:
        return False  # equal numbers may be names of two things
    if primary.kind == candidate.kind == "json":
        return json_texts.settled(primary, candidate, tally)
    same = _same_page(primary, candidate, tally) if primary.kind == "html" else _same(primary, candidate, tally)
    if not same:
        return False
    # About as many places as a walk would have counted, so that the masked share keeps its meaning.
    tally.places += 1 + sum(map(primary.text.count, _MARKS.get(primary.kind, ",\n")))
    return True


def _same(primary: Document, candidate: Document, tally: Tally) -> bool:
    return same_but_names(primary.text, candidate.text, tally.renaming)


def _same_page(primary: Document, candidate: Document, tally: Tally) -> bool:
    ours, theirs = _folded(primary), _folded(candidate)
    if _same_text(ours, theirs, tally):
        return True
    # Two pages of as many lines and entities were spelled in one way already.
    if not (primary.parsable and candidate.parsable) or all(ours.count(mark) == theirs.count(mark) for mark in "\n&'"):
        return False
    spelled = html_text.spelled_alike(primary.text, candidate.text)
    return spelled is not None and _same_text(*spelled, tally)


def _same_text(primary: str, candidate: str, tally: Tally) -> bool:
    """Equal up to renaming and, in a page that no rule speaks of, up to clocks: those need no place to be told."""
    if same_but_names(primary, candidate, tally.renaming):
        return True
    if tally.rules.html:
        return False
    mark = tally.mark()
    room = [_EXCUSED]

    def noisy(p: str, c: str, times: int) -> bool:
        room[0] -= len(p) + len(c)
        if room[0] < 0:
            return False
        likeness = strings.compare(p, c, tally.renaming, tally.moment)
        if likeness is Likeness.NOISE:
            tally.noise += ["html:html"] * times
        return likeness <= Likeness.NOISE

    if same_pieces(primary, candidate, tally.renaming, noisy):
        return True
    tally.rewind(mark)
    return False


def _folded(document: Document) -> str:
    """The text without a template's indentation, unless a browser would show it."""
    text = document.text
    if document.kind != "html" or _LONG_VALUE.search(text):
        return text
    folded = text.lower()
    return text if any(tag in folded for tag in _AS_IT_STANDS) else lines(text)


def _parsed(primary: Document, candidate: Document, tally: Tally) -> None:
    kinds = {primary.kind, candidate.kind}
    if kinds == {"encoded"}:
        return _closed(primary, candidate, tally)
    if "json" in kinds and not kinds & {"empty", "binary", "encoded"}:
        ours, p = json_texts.value(primary, candidate)
        theirs, c = json_texts.value(candidate, primary)
        if ours and theirs:
            return JsonWalk(tally).compare(p, c)
        if ours != theirs or len(kinds) > 1:
            return _unlike(primary, candidate, tally)
        return compare_text(primary.text, candidate.text, tally)
    if len(kinds) > 1:
        return _unlike(primary, candidate, tally)
    if primary.kind == "html":
        return compare_html(primary.text, candidate.text, tally)
    if primary.kind == "xml":
        return compare_xml(primary.text, candidate.text, tally)
    if primary.kind in VALUED:
        return _valued(primary, candidate, tally)
    if primary.kind == "text":
        return compare_text(primary.text, candidate.text, tally)
    return compare_bytes(primary.data, candidate.data, tally)


def _closed(primary: Document, candidate: Document, tally: Tally) -> None:
    """Neither side's coding can be undone. One thing can be packed in many ways, so unequal bytes say nothing."""
    if primary.data == candidate.data:
        tally.places += 1
    else:
        tally.unread = UNREAD


def _valued(primary: Document, candidate: Document, tally: Tally) -> None:
    p, c = values(primary, candidate, tally)
    if p is None and c is None:
        return compare_text(primary.text, candidate.text, tally)
    if p is None or c is None:
        words = [f"{primary.kind}: {'malformed' if value is None else 'well-formed'}" for value in (p, c)]
        return tally.differ("json", "type", "json:$", words[0], words[1])
    return JsonWalk(tally).compare(p, c)


def _unlike(primary: Document, candidate: Document, tally: Tally) -> None:
    """Bodies of two sorts: one difference, at the root of what the primary has.

    A body on one side only is named `text`, so that a rule for it says nothing of the route's pages and documents.
    """
    p, c = _summary(primary), _summary(candidate)
    if not (p and c):
        return tally.differ("text", "missing" if p else "extra", "text", p, c)
    kind = "encoding" if "encoded" in (primary.kind, candidate.kind) else "type"
    layer, place = _LAYERS.get(primary.kind, "binary"), _ROOTS.get(primary.kind, "text")
    tally.differ(layer, kind, place, p, c, tally.rules.whole_page)


def _summary(document: Document) -> str:
    if document.kind == "empty":
        return ""
    if document.kind == "encoded":
        return f"encoded: {document.text}"
    return f"{document.kind}: {len(document.data)} bytes"


def _coarse(primary: Document, candidate: Document, tally: Tally) -> None:
    """For what is too large or too deep: equal up to renaming or not, without places."""
    p, c = _canonical(primary, candidate)
    tally.places += 1
    place, json = _ROOTS.get(primary.kind, "text"), primary.kind == candidate.kind == "json"
    if same_but_noise(p, c, place, tally, json=json):
        return
    at = first_difference(p, c)
    texts = tuple(f"too large to compare in detail; {len(text)} characters, differs from {at} on" for text in (p, c))
    if not tally.excused(_LAYERS.get(primary.kind, "text"), place, "value", p, c, tally.rules.whole_page):
        tally.add(_LAYERS.get(primary.kind, "text"), "value", place, *texts)


def _canonical(primary: Document, candidate: Document) -> tuple[str, str]:
    if primary.kind == candidate.kind == "json":
        p, c = primary.respelled, candidate.respelled
        if p is not None and c is not None:
            return p, c
    return _folded(primary), _folded(candidate)
