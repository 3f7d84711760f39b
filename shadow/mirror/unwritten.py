"""What has been read from the recording and not been written down yet: the order in which a checkpoint may move.

A judgement is written when all earlier records of its writer are judged too, so a checkpoint never jumps over an
exchange that has no outcome.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from shadow.judgement import Judgement


@dataclass
class Unwritten:
    """Records by writer, in the order of their sequence, each with its judgements once it has them."""

    _order: dict[str, deque[int]] = field(default_factory=dict)
    _judged: dict[tuple[str, int], list[Judgement]] = field(default_factory=dict)
    count: int = 0

    def read(self, writer: str, sequence: int) -> None:
        """A record was read."""
        self._order.setdefault(writer, deque()).append(sequence)
        self.count += 1

    def judged(self, judgements: list[Judgement]) -> None:
        """A record has its outcome (several judgements share a record only when they were shed together)."""
        self._judged[(judgements[0].writer, judgements[0].sequence)] = judgements

    def take(self) -> tuple[list[Judgement], dict[str, int]]:
        """The judgements that may be written now, and the checkpoint after them."""
        found: list[Judgement] = []
        checkpoint: dict[str, int] = {}
        for writer, order in self._order.items():
            while order and (writer, order[0]) in self._judged:
                sequence = order.popleft()
                found.extend(self._judged.pop((writer, sequence)))
                checkpoint[writer] = sequence
                self.count -= 1
        return found, checkpoint
