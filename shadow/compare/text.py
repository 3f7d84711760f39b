"""Compare plain text line by line, and other bytes by digest and first differing offset."""

from __future__ import annotations

import hashlib

from shadow.compare.align import align, moved
from shadow.compare.differences import Tally
from shadow.compare.identifiers import blanked
from shadow.compare.spans import first_difference
from shadow.compare.timeless import without_clocks

_WORDS = 64  # of a line that its likeness to another one is told from


def compare_text(primary: str, candidate: str, tally: Tally) -> None:
    """Report every unequal line, a missing one as one difference; raises Exhausted."""
    ours, theirs = primary.splitlines(), candidate.splitlines()
    tally.step(len(ours) + len(theirs))
    pairs = _in_order(len(ours), len(theirs))
    keys, others = [blanked(line) for line in ours], [blanked(line) for line in theirs]
    if len(ours) != len(theirs) or moved(keys, others):
        tally.step(min(len(ours) * len(theirs), 3600))
        tally.step((len(primary) + len(candidate)) // 16)
        words, other_words = list(map(_words, keys)), list(map(_words, others))
        pairs = list(align(keys, others, lambda p, c: _likeness(words[p], other_words[c])))
    for p, c in pairs:
        tally.step()
        if p is None or c is None:
            kind = "missing" if c is None else "extra"
            at = p if p is not None else c
            line = ours[p] if p is not None else theirs[c or 0]
            tally.differ("text", kind, f"text[{(at or 0) + 1}]", line if c is None else "", "" if c is None else line)
        else:
            tally.text("text", f"text[{p + 1}]", ours[p], theirs[c])
    if len(ours) == len(theirs) and _ends(primary) != _ends(candidate):
        tally.differ("text", "encoding", "text", _ends(primary), _ends(candidate))


def _words(line: str) -> frozenset[str]:
    return frozenset(without_clocks(line).split(None, _WORDS)[:_WORDS])


def _likeness(words: frozenset[str], other: frozenset[str]) -> float:
    return 0.05 + 0.9 * len(words & other) / max(len(words), len(other), 1)


def _ends(text: str) -> str:
    """How the lines of a text end, and whether the last one does."""
    return (
        f"{text.count(chr(13))} CR, {text.count(chr(10))} LF, {'' if text[-1:] in ('', chr(13), chr(10)) else 'no '}end"
    )


def _in_order(ours: int, theirs: int) -> list[tuple[int | None, int | None]]:
    return [(at if at < ours else None, at if at < theirs else None) for at in range(max(ours, theirs))]


def compare_bytes(primary: bytes, candidate: bytes, tally: Tally) -> None:
    """Bytes without a form that is known here."""
    if primary == candidate:
        tally.places += 1
        return
    at = first_difference(primary, candidate)
    tally.differ("binary", "value", "text", _summary(primary, at), _summary(candidate, at))


def _summary(data: bytes, at: int) -> str:
    digest = hashlib.sha256(data).hexdigest()[:12]
    return f"{len(data)} bytes, sha256 {digest}, from offset {at}: {data[at : at + 8].hex(' ')}"
