"""Which known things the elements of two lists speak of: that tells apart what is alike but for its names.

Lists are aligned by what is equal with every identifier blanked. Where an element could be taken for its neighbour,
the names that are known from earlier answers say whose it is, so that one missing element stays one difference.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from shadow.compare.renaming import Renaming, identifiers

Texts = Iterable[str]


class Kin:
    """The names in the elements of both lists, as the candidate calls them; a blank for what is not known."""

    def __init__(self, primary: Iterable[Texts], candidate: Iterable[Texts], renaming: Renaming) -> None:
        ours = [[renaming.candidate_of(name) or "" for name in _names(texts)] for texts in primary]
        known = {name for names in ours for name in names if name}
        theirs = [[name if name in known else "" for name in _names(texts)] for texts in candidate]
        self.primary: Sequence[tuple[str, ...]] = list(map(tuple, ours))
        self.candidate: Sequence[tuple[str, ...]] = list(map(tuple, theirs))

    def weight(self, at: int, other: int) -> float:
        """What the likeness of these two is worth: half, when both are known to speak of other things."""
        ours, theirs = set(self.primary[at]) - {""}, set(self.candidate[other]) - {""}
        return 0.5 if ours and theirs and not ours & theirs else 1.0


def _names(texts: Texts) -> list[str]:
    return [name for text in texts for _, name in identifiers(text)]
