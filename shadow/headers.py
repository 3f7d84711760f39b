"""HeaderList: ordered (name, value) pairs of bytes, repeats kept; never a dict.

Names keep the case in which they came; look-ups fold it (RFC 9110 5.1). Values are raw bytes (RFC 9110 5.5).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HeaderList:
    """Field lines in the order in which they were sent."""

    pairs: tuple[tuple[bytes, bytes], ...] = ()

    @classmethod
    def of(cls, pairs: Iterable[tuple[bytes, bytes]]) -> HeaderList:
        """A list of these pairs, in their order."""
        return cls(tuple(pairs))

    def __iter__(self) -> Iterator[tuple[bytes, bytes]]:
        return iter(self.pairs)

    def __len__(self) -> int:
        return len(self.pairs)

    def get(self, name: bytes) -> bytes | None:
        """The first value under this name, or None."""
        folded = name.lower()
        for key, value in self.pairs:
            if key.lower() == folded:
                return value
        return None

    def get_all(self, name: bytes) -> list[bytes]:
        """Every value under this name, in order."""
        folded = name.lower()
        return [value for key, value in self.pairs if key.lower() == folded]

    def text(self, name: str, default: str = "") -> str:
        """The first value under this name as Latin-1 text."""
        value = self.get(name.encode("latin-1"))
        return default if value is None else value.decode("latin-1")

    def without(self, *names: bytes) -> HeaderList:
        """The same list less every field of these names."""
        folded = {name.lower() for name in names}
        return HeaderList(tuple(pair for pair in self.pairs if pair[0].lower() not in folded))

    def adding(self, name: bytes, value: bytes) -> HeaderList:
        """The same list with one more field at its end."""
        return HeaderList((*self.pairs, (name, value)))

    def replacing(self, name: bytes, value: bytes) -> HeaderList:
        """The same list with this field once, where its first line stood, else at the end."""
        folded = name.lower()
        pairs: list[tuple[bytes, bytes]] = []
        done = False
        for pair in self.pairs:
            if pair[0].lower() != folded:
                pairs.append(pair)
            elif not done:
                pairs.append((pair[0], value))
                done = True
        if not done:
            pairs.append((name, value))
        return HeaderList(tuple(pairs))
