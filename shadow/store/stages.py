"""Every way to change where routes and units stand: one change of the board and its ledger entry are one transaction.

A store says how it loads and keeps a board; what may change and what is refused is in `board.py`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable

from shadow.routes import Route
from shadow.store.board import Board
from shadow.store.values import Freeze, Handover, Hold, Move, Phase, StageMap
from shadow.words import Stage


class BoardStages(ABC):
    """The stage map, moves and handovers of a store that can load and keep a board."""

    @abstractmethod
    def now(self) -> float:
        """Unix seconds by the clock that all who share the store read."""

    @abstractmethod
    def _board(self) -> Board:
        """The present board."""

    @abstractmethod
    def _change(self, change: Callable[[Board], None], entry: Move | None = None) -> None:
        """Load the board, change it, keep it and enter the ledger: in one transaction, which may begin again."""

    def stages(self) -> StageMap:
        """The present stage map."""
        return self._board().stage_map()

    def register(self, routes: Iterable[Route]) -> None:
        """Give every unit and route that is not known yet its configured stage; known ones keep theirs."""
        known = tuple(routes)
        self._change(lambda board: board.register(known))

    def move(
        self, unit: str, origin: Stage, to: Stage, entry: Move, *, share: int = 0, hold: Hold | None = None
    ) -> None:
        """Move a unit and its routes, ledger and hold with it."""
        at = self.now()
        self._change(lambda board: board.move(unit, origin, to, at=at, share=share, hold=hold), entry)

    def set_hold(self, hold: Hold, entry: Move) -> None:
        """Lay a hold on a unit."""
        self._change(lambda board: board.lay(hold), entry)

    def release(self, unit: str, entry: Move) -> None:
        """Clear a unit's hold."""
        self._change(lambda board: board.release(unit), entry)

    def freeze(self, freeze: Freeze, entry: Move) -> None:
        """Let nothing move forward."""
        self._change(lambda board: board.set_freeze(freeze), entry)

    def unfreeze(self, entry: Move) -> None:
        """Let units move forward again."""
        self._change(lambda board: board.set_freeze(None), entry)

    def begin_handover(self, handover: Handover) -> None:
        """Hold a unit's requests."""
        self._change(lambda board: board.begin(handover))

    def advance_handover(self, handover_id: str, phase: Phase) -> None:
        """Write down that a step begins."""
        self._change(lambda board: board.advance(handover_id, phase))

    def finish_handover(self, handover_id: str, entry: Move, *, before: float, hold: Hold | None = None) -> None:
        """Move the unit and end the handover at once."""
        # Asked inside: a change that had to wait for its turn must not pass with the time of its beginning.
        self._change(lambda board: board.finish(handover_id, at=self.now(), before=before, hold=hold), entry)

    def drop_handover(self, handover_id: str) -> None:
        """End a handover with nothing changed."""
        self._change(lambda board: board.drop(handover_id))
