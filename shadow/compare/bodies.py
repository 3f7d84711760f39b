"""Compare two bodies: the quick way as they stand, else by what they are; what is too much for that as a whole."""

from __future__ import annotations

from typing import Any

from shadow.compare import html_text, strings
from shadow.compare.decode import Document, parse_json
from shadow.compare.differences import Exhausted, Tally, first_difference
from shadow.compare.html_tree import lines
from shadow.compare.html_walk import compare_html
from shadow.compare.json_walk import JsonWalk
from shadow.compare.quick import same_but_names, same_pieces
from shadow.compare.strings import Likeness
from shadow.compare.text import compare_bytes, compare_text
from shadow.compare.values import VALUED, values
from shadow.compare.xml_walk import compare_xml

_ROOTS = {"html": "html:html", "xml": "xml:/", **dict.fromkeys(("json", *VALUED), "json:$")}
_LAYERS = {"html": "html", "xml": "text", "text": "text", **dict.fromkeys(("json", *VALUED), "json")}
_MARKS = {"html": "<", "json": ","}  # about as many as a walk counts places
_EXCUSED = 60_000  # characters that the quick way may look through for clocks
UNREAD = "coding"  # the reason of a pair that was skipped: the bodies' content coding cannot be undone


def compare_bodies(primary: Document, candidate: Document, tally: Tally) -> None:
    """Report every unequal place, or that the bodies could not be read."""
    # The same bytes under two labels are one difference, and the label has told it.
    alike = primary.kind == candidate.kind or primary.data == candidate.data
    if alike and _quick(primary, candidate, tally):
        return
    mark = tally.mark()
    try:
        if not (primary.parsable and candidate.parsable):
            raise Exhausted
        _parsed(primary, candidate, tally)
    except (Exhausted, RecursionError):
        tally.rewind(mark)
        _coarse(primary, candidate, tally)


def _quick(primary: Document, candidate: Document, tally: Tally) -> bool:
    """True when the texts are equal up to renaming as they stand; no tree is built for it."""
    if primary.kind == "empty":
        return True
    if not primary.text or not candidate.text or primary.kind in ("encoded", "multipart") or tally.rules.aliases:
        return False
    if tally.renaming.counted:
        return False  # equal numbers may be names of two things
    if not (_same_json if primary.kind == "json" else _same_page if primary.kind == "html" else _same)(
        primary, candidate, tally
    ):
        return False
    # About as many places as a walk would have counted, so that the masked share keeps its meaning.
    tally.places += 1 + sum(map(primary.text.count, _MARKS.get(primary.kind, ",\n")))
    return True


def _same(primary: Document, candidate: Document, tally: Tally) -> bool:
    return same_but_names(primary.text, candidate.text, tally.renaming, json=primary.kind == "json")


def _same_json(primary: Document, candidate: Document, tally: Tally) -> bool:
    # No name holds a comma, so this settles most pairs of which one side has more.
    if len(primary.text) != len(candidate.text) and primary.text.count(",") != candidate.text.count(","):
        return False
    if _same(primary, candidate, tally):
        return True
    if not (primary.parsable and candidate.parsable):
        return False
    p, c = primary.compact, candidate.compact
    if p is None or c is None:
        return False
    # Where as many blanks were left out on both sides, this would say the same once more.
    spaced = len(primary.text) - len(p) != len(candidate.text) - len(c)
    if spaced and same_but_names(p, c, tally.renaming, json=True):
        return True
    if _one_order(primary.loaded[1], candidate.loaded[1]):
        return False
    return same_but_names(primary.respelled or p, candidate.respelled or c, tally.renaming, json=True)


def _one_order(primary: Any, candidate: Any) -> bool:
    """True when the first objects of two documents have their keys in one order: then the others will too."""
    while type(primary) is type(candidate) and primary and candidate:
        if isinstance(primary, dict):
            if list(primary) != list(candidate):
                return False
            inner = [key for key, value in primary.items() if isinstance(value, dict | list) and value]
            if not inner:
                return True
            primary, candidate = primary[inner[0]], candidate[inner[0]]
        elif isinstance(primary, list):
            primary, candidate = primary[0], candidate[0]
        else:
            return True
    return True


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
    if document.kind != "html" or "<pre" in text or "<textarea" in text or "<PRE" in text or "<TEXTAREA" in text:
        return text
    return lines(text)


def _parsed(primary: Document, candidate: Document, tally: Tally) -> None:
    kinds = {primary.kind, candidate.kind}
    if kinds == {"encoded"}:
        return _closed(primary, candidate, tally)
    if "json" in kinds and not kinds & {"empty", "binary", "encoded"}:
        ours, p = _value(primary, candidate)
        theirs, c = _value(candidate, primary)
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


def _value(document: Document, other: Document) -> tuple[bool, Any]:
    """Whether the text is JSON, and its value: the quick one when it has lost nothing on either side."""
    lossless = document.kind == other.kind == "json" and document.compact is not None and other.compact is not None
    return document.loaded if lossless else parse_json(document.text)


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
    """Bodies of two sorts, or a body on one side only: one difference, at the root of what the primary has."""
    main = primary if primary.kind != "empty" else candidate
    kind = "extra" if primary.kind == "empty" else "missing" if candidate.kind == "empty" else "type"
    if "encoded" in (primary.kind, candidate.kind):
        kind = "encoding"
    layer, place = _LAYERS.get(main.kind, "binary"), _ROOTS.get(main.kind, "text")
    tally.differ(layer, kind, place, _summary(primary), _summary(candidate))


def _summary(document: Document) -> str:
    if document.kind == "empty":
        return ""
    if document.kind == "encoded":
        return f"encoded: {document.text}"
    return f"{document.kind}: {len(document.data)} bytes"


def _coarse(primary: Document, candidate: Document, tally: Tally) -> None:
    """For what is too large or too deep: equal up to renaming or not, without places."""
    p, c = _canonical(primary), _canonical(candidate)
    tally.places += 1
    if same_but_names(p, c, tally.renaming, json=primary.kind == "json"):
        return
    at = first_difference(p, c)
    place = _ROOTS.get(primary.kind, "text")
    texts = tuple(f"too large to compare in detail; {len(text)} characters, differs from {at} on" for text in (p, c))
    if not tally.excused(_LAYERS.get(primary.kind, "text"), place, "value", p, c):
        tally.add(_LAYERS.get(primary.kind, "text"), "value", place, *texts)


def _canonical(document: Document) -> str:
    text = document.respelled if document.kind == "json" else None
    return _folded(document) if text is None else text
