"""Which stage may follow which, as a table."""

from __future__ import annotations

from enum import StrEnum

from shadow.words import Side, Stage


class Action(StrEnum):
    """The moves that the ledger knows."""

    PROMOTE = "promote"
    ROLLBACK = "rollback"
    HOLD = "hold"
    RELEASE = "release"
    FREEZE = "freeze"
    UNFREEZE = "unfreeze"
    RESYNC = "resync"


# In `canary` a promotion may also stay in the stage: the share of clients grows.
# A rollback always ends in `shadow`: the route is served by the primary and mirrored, whatever it was before.
TRANSITIONS: dict[tuple[Stage, Stage], Action] = {
    (Stage.SHADOW, Stage.CANARY): Action.PROMOTE,
    (Stage.SHADOW, Stage.PROMOTED): Action.PROMOTE,
    (Stage.CANARY, Stage.CANARY): Action.PROMOTE,
    (Stage.CANARY, Stage.PROMOTED): Action.PROMOTE,
    (Stage.CANARY, Stage.SHADOW): Action.ROLLBACK,
    (Stage.PROMOTED, Stage.SHADOW): Action.ROLLBACK,
}


def serving(stage: Stage) -> Side:
    """Who answers the clients of a route in this stage.

    In `canary` the share of clients is chosen by client key; whoever is not chosen is served by the primary.
    """
    return Side.CANDIDATE if stage is Stage.PROMOTED else Side.PRIMARY
