"""The ramp of a canary: which share of clients comes next, and what the present one must have seen before. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from shadow.config import Canary
from shadow.standing import Standing
from shadow.store.values import StageMap
from shadow.units import show_seconds
from shadow.words import Stage


def next_step(standing: Standing, canary: Canary, *, stateful: bool) -> Standing:
    """What follows on the way to `promoted`; state in process memory cannot be shared out, so it goes in one."""
    later = [] if stateful else [share for share in canary.steps if share > standing.share]
    return Standing(Stage.CANARY, later[0]) if later else Standing(Stage.PROMOTED)


def lacks(unit: str, stages: StageMap, canary: Canary, now: float) -> Iterator[str]:
    """What the present share of clients has not shown yet, in words; nothing for a unit that is not in canary.

    A breach needs no rule of its own here: the guard's rollback ends the ramp, and its hold keeps it ended.
    """
    present = stages.canaries.get(unit)
    if present is None:
        return
    if present.pairs < canary.min_pairs:
        yield f"{present.pairs} of {canary.min_pairs} clean pairs served by the candidate at {present.share} %"
    span = max(now - stages.moved.get(unit, now), 0.0)
    if span < canary.min_span:
        yield f"at {present.share} % for {show_seconds(span)} of {show_seconds(canary.min_span)}"
