"""Which known things the elements of two lists speak of: that tells apart what is alike but for its names.

Lists are aligned by what is equal with every identifier blanked. Where an element could be taken for its neighbour,
the names that are known from earlier answers say whose it is, so that one missing element stays one difference. In
lists of one length nothing is missing, so a name at the wrong place is wrong there and its element has not moved.
"""

from __future__ import annotations

from collections.abc import Iterable

from shadow.compare.identifiers import identifiers
from shadow.compare.renaming import Renaming

Texts = Iterable[str]
Called = tuple[str, ...]


class Kin:
    """The names in the elements of both lists, as the candidate calls them; a blank for what is not known."""

    def __init__(self, primary: Iterable[Texts], candidate: Iterable[Texts], renaming: Renaming) -> None:
        ours, theirs = list(map(_names, primary)), list(map(_names, candidate))
        if len(ours) == len(theirs):
            ours, theirs = [[]] * len(ours), [[]] * len(theirs)
        there = {name for names in theirs for name in names}

        def called(name: str) -> str:
            # What both sides have was there before the clone.
            return renaming.candidate_of(name) or (name if name in there else "")

        self.primary: list[Called] = [tuple(map(called, names)) for names in ours]
        known = {name for names in self.primary for name in names}
        self.candidate: list[Called] = [tuple(name if name in known else "" for name in names) for names in theirs]

    def weight(self, at: int, other: int) -> float:
        """What the likeness of these two is worth: half, when both are known to speak of other things."""
        ours, theirs = set(self.primary[at]) - {""}, set(self.candidate[other]) - {""}
        return 0.5 if ours and theirs and not ours & theirs else 1.0


def _names(texts: Texts) -> list[str]:
    return [name for text in texts for _, name in identifiers(text)]
