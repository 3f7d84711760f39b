"""Two texts that are equal but for the names of things, told without parsing and at the speed of C.

A name stands within a long run of letters that names are made of, and such runs are rare. What lies between them must
be equal letter by letter. `False` says nothing: what was learned on the way is forgotten, and others judge in full.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable

from shadow.compare.renaming import SHORTEST, Renaming

# Whatever `IDENTIFIERS` may consist of: a run ends where no name can go on.
_NAMING = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.=:{}"
_MARKS = bytes(ord("x") if letter in _NAMING else ord(" ") for letter in range(256))
_NUMBER = re.compile(r"(?<![^ ])[{}:]*-?[\d.]+(?:[eE]-?\d+)?[{}:]*(?![^ ])")
_LONG = b"x" * SHORTEST
_Runs = tuple[list[int], list[int]]


def same_but_names(primary: str, candidate: str, renaming: Renaming) -> bool:
    """True when two texts are equal but for identifiers that are names of one thing."""
    ours = _runs(primary)
    # Of one length they can only be equal with their runs at the same places.
    theirs = ours if len(primary) == len(candidate) else _runs(candidate)
    if len(ours[0]) != len(theirs[0]):
        return False
    literals, names = _cut(primary, ours)
    other_literals, other_names = (literals, names) if primary == candidate else _cut(candidate, theirs)
    if literals != other_literals:
        return False
    if _NUMBER.search(" ".join(names)) and any(
        p != c and _NUMBER.fullmatch(p) for p, c in zip(names, other_names, strict=True)
    ):
        return False  # bare digits in JSON are no name, however many they are
    mark = renaming.mark()
    if renaming.same_runs(names, other_names):
        return True
    renaming.rewind(mark)
    return False


def _cut(text: str, runs: _Runs) -> tuple[list[str], list[str]]:
    """What lies between the runs, and the runs."""
    starts, ends = runs
    literals = map(text.__getitem__, map(slice, [0, *ends], [*starts, None]))
    return list(literals), list(map(text.__getitem__, map(slice, starts, ends)))


def _runs(text: str) -> _Runs:
    """Where the long runs of a text begin, and where they end."""
    marks = text.encode("ascii", "replace").translate(_MARKS) + b" "
    starts, ends, at = [], [], marks.find(_LONG)
    while at >= 0:
        end = marks.find(b" ", at)
        starts.append(at)
        ends.append(end)
        at = marks.find(_LONG, end)
    return starts, ends


def same_pieces(primary: str, candidate: str, renaming: Renaming, noisy: Callable[[str, str, int], bool]) -> bool:
    """True when two texts are equal but for names of one thing, and what `noisy` excuses.

    `noisy` may excuse a pair of pieces that stands in the texts so many times.

    Quotation marks are a good place to cut JSON and HTML: an identifier there stands in a piece of its own.
    """
    # Identifiers hold no blank, so this settles most pairs that were spelled in different ways.
    if len(primary) != len(candidate) and primary.count(" ") != candidate.count(" "):
        return False
    ours, theirs = primary.split('"'), candidate.split('"')
    if len(ours) != len(theirs):
        return False
    mark = renaming.mark()
    # Texts repeat within an answer, and what was the same once is the same again.
    pairs = Counter([(p, c) for p, c in zip(ours, theirs, strict=True) if p != c or len(p) >= SHORTEST])
    for (p, c), times in pairs.items():
        if not renaming.same_run(p, c) and (p == c or not noisy(p, c, times)):
            renaming.rewind(mark)
            return False
    return True
