"""Two texts that are equal but for the names of things, told without parsing and at the speed of C.

A name stands within a long run of letters that names are made of, and such runs are rare. What lies between them must
be equal letter by letter. `False` says nothing: what was learned on the way is forgotten, and others judge in full.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise
from operator import itemgetter

from shadow.compare.identifiers import ESCAPES, NAMING, SHORTEST
from shadow.compare.renaming import Renaming

_MARKS = bytes(ord("x") if chr(letter) in NAMING else ord(" ") for letter in range(256))
_LONG = b"x" * SHORTEST
_ESCAPE = re.compile(ESCAPES.encode())


class Pieces:
    """Two texts, cut where their long runs begin and end; `literals` are what lies between them.

    `places` are the runs' ends in the primary's text, of `size` letters: even ones begin a run, odd ones end it.
    `names` says how many runs it has.
    """

    def __init__(self, primary: str, candidate: str) -> None:
        self.size, self.other_size = len(primary), len(candidate)
        ours = self.places = _runs(primary)
        # Of one length they can only be equal with their runs at the same places.
        theirs = self.other_places = ours if len(primary) == len(candidate) else _runs(candidate)
        cut = _cutter(ours, len(primary))
        other_cut = cut if theirs is ours else _cutter(theirs, len(candidate))
        pieces: tuple[str, ...] = cut(primary)
        self.literals, self._names = pieces[::2], pieces[1::2]
        self.other_literals, self._other_names = self.literals, self._names
        self.names = len(self._names)
        if primary != candidate:
            others: tuple[str, ...] = other_cut(candidate)
            self.other_literals, self._other_names = others[::2], others[1::2]

    def names_before(self, place: int) -> int:
        """How many names of the primary begin before this place of its text."""
        return (bisect_left(self.places, place) + 1) // 2

    def other_place(self, place: int) -> int:
        """Where in the candidate's text stands what stands here in the primary's; all literals up to here are equal."""
        last = 2 * self.names_before(place) - 1
        return place + (self.other_places[last] - self.places[last] if last > 0 else 0)

    def other_place_from_end(self, place: int) -> int:
        """The same for a place from which on all literals are equal."""
        next_run = 2 * self.names_before(place) - len(self.places)
        return place + (
            self.other_places[next_run] - self.places[next_run] if next_run else self.other_size - self.size
        )

    def same_head(self, renaming: Renaming, stop: int) -> bool:
        """True when the names in front of `stop` are pair by pair those of one thing; only then they are learned.

        All literals up to there must be equal.
        """
        return _learned(renaming, self._names[:stop], self._other_names[:stop])

    def same_tail(self, renaming: Renaming, start: int, stop: int) -> bool:
        """The same for the names from `start` to `stop`; all literals from there on must be equal."""
        behind = len(self._other_names) - self.names
        return _learned(renaming, self._names[start:stop], self._other_names[start + behind : stop + behind])

    def good_names(self, renaming: Renaming, first: int) -> int:
        """How many of the `first` names are pair by pair those of one thing before one is not; none is learned."""
        mark, pairs = renaming.mark(), zip(self._names[:first], self._other_names[:first], strict=True)
        found = next((number for number, (p, c) in enumerate(pairs) if not renaming.same_runs((p,), (c,))), first)
        renaming.rewind(mark)
        return found


def same_but_names(primary: str, candidate: str, renaming: Renaming) -> bool:
    """True when two texts are equal but for identifiers that are names of one thing."""
    pieces = Pieces(primary, candidate)
    return pieces.literals == pieces.other_literals and pieces.same_head(renaming, pieces.names)


def _learned(renaming: Renaming, names: Sequence[str], others: Sequence[str]) -> bool:
    mark = renaming.mark()
    if not names or renaming.same_runs(names, others):
        return True
    renaming.rewind(mark)
    return False


def _cutter(places: Sequence[int], size: int) -> Callable[[str], tuple[str, ...]]:
    """What cuts a text of this size at these places."""
    if not places:
        return lambda text: (text,)
    return itemgetter(*[slice(*ends) for ends in pairwise([0, *places, size])])


def _runs(text: str) -> list[int]:
    """Where the long runs of a text begin and end, in turns."""
    data = text.encode() if text.isascii() else text.encode("ascii", "replace")
    if b"%" in data or b"\\" in data:
        data = _ESCAPE.sub(lambda found: b" " * len(found[0]), data)
    marks = data.translate(_MARKS) + b" "
    find = marks.find
    places: list[int] = []
    at = find(_LONG)
    while at >= 0:
        end = find(b" ", at)
        places += at, end
        at = find(_LONG, end)
    return places


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
