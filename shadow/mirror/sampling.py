"""Which sightings of a finding get a sample with the request and both answers. Pure."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

# A finding keeps five samples of a build; a few more are made, since another process may have dropped some.
_FIRST = 8
# After these one now and then, so that the newest that is kept is never old: seconds.
_EVERY = 60.0
# So many findings are remembered.
_FINDINGS = 10_000


class Sampling:
    """The first sightings of each build are wanted, then one a minute."""

    def __init__(self) -> None:
        # By build and fingerprint: how many samples were made, and when the latest was (unix s).
        self._made: OrderedDict[tuple[str, str], tuple[int, float]] = OrderedDict()

    def wanted(self, build: str, fingerprints: Sequence[str], at: float) -> list[bool]:
        """For each difference of one exchange, served at `at` (unix s), whether it is to have a sample."""
        found = {mark: self._wants((build, mark), at) for mark in dict.fromkeys(fingerprints)}
        return [found[mark] for mark in fingerprints]

    def _wants(self, key: tuple[str, str], at: float) -> bool:
        count, latest = self._made.get(key, (0, at))
        if count >= _FIRST and at - latest < _EVERY:
            return False
        self._made[key] = count + 1, at
        self._made.move_to_end(key)
        if len(self._made) > _FINDINGS:
            self._made.popitem(last=False)
        return True
