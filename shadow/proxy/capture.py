"""A bounded copy of the bytes that pass, for the recording; the bytes themselves are never held up or changed."""

from __future__ import annotations

from shadow.exchange import Body

_EMPTY = Body()


class CaptureBudget:
    """The bytes that all captures under way may hold together, so that many long bodies cannot fill the memory."""

    def __init__(self, size: int) -> None:
        self.left = size

    def take(self, wanted: int) -> int:
        """How many of these bytes may be kept."""
        granted = min(wanted, self.left)
        self.left -= granted
        return granted

    def give_back(self, size: int) -> None:
        """These bytes are no longer held here."""
        self.left += size


class Capture:
    """The beginning of one body, up to `limit` bytes, and the size of the whole."""

    def __init__(self, limit: int, budget: CaptureBudget) -> None:
        self._limit = limit
        self._budget = budget
        self._pieces: list[bytes] = []
        self._kept = 0
        self._size = 0

    def add(self, piece: bytes) -> None:
        """Keep what fits of the next piece."""
        self._size += len(piece)
        wanted = min(len(piece), self._limit - self._kept)
        # Once a byte is lost nothing behind it is kept: a body with a hole is no body.
        if wanted and self._kept + len(piece) == self._size:
            granted = self._budget.take(wanted)
            self._pieces.append(piece if granted == len(piece) else piece[:granted])
            self._kept += granted

    def close(self, *, whole: bool = True) -> Body:
        """The captured body; `whole` is False when more would have come."""
        data = b"".join(self._pieces)
        self._budget.give_back(self._kept)
        self._pieces.clear()
        self._kept = self._limit = 0
        return Body(data, self._size, len(data) < self._size or not whole)


def captured(data: bytes, limit: int) -> Body:
    """A body that is here as a whole."""
    if not data:
        return _EMPTY
    if len(data) <= limit:
        return Body(data, len(data))
    return Body(data[:limit], len(data), truncated=True)
