"""What keeps a cutover from being over: one sentence for each lack, with the next step. Pure, but for `survey`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from shadow import clock
from shadow.config import Config
from shadow.cutover.patrol import WHO as GUARD
from shadow.cutover.stages import Action
from shadow.routes import UNMATCHED
from shadow.store.base import Store
from shadow.store.values import LedgerEntry, StageMap
from shadow.units import show_seconds
from shadow.words import Stage


@dataclass(frozen=True, slots=True)
class Survey:
    """What the store and the recording show: stages, findings that block and pending exchanges by route, the ledger.

    `unmatched` counts the requests that no route matched, `at` is the moment (unix s) of the survey.
    """

    stages: StageMap
    blocking: Mapping[str, tuple[str, ...]]
    pending: Mapping[str, int]
    ledger: tuple[LedgerEntry, ...]
    tainted: str
    unmatched: int
    at: float


def survey(store: Store, pending: Mapping[str, int]) -> Survey:
    """The survey of this moment."""
    blocking: dict[str, tuple[str, ...]] = {}
    for finding in store.findings():
        if finding.blocking:
            blocking[finding.route] = (*blocking.get(finding.route, ()), finding.id)
    unmatched = sum(count.count for count in store.counts() if count.route == UNMATCHED)
    ledger, tainted = tuple(store.ledger()), store.world().tainted
    return Survey(store.stages(), blocking, pending, ledger, tainted, unmatched, clock.now())


def lacks(seen: Survey, config: Config) -> list[str]:
    """What is in the way of leaving altogether; nothing when everything is promoted and quiet."""
    return [
        *general_lacks(seen, config),
        *_findings([UNMATCHED], seen),
        *_waiting([UNMATCHED], seen),
        *(lack for unit in config.routes.units() for lack in unit_lacks(unit, seen, config)),
    ]


def unit_lacks(unit: str, seen: Survey, config: Config) -> list[str]:
    """What is in the way of leaving with this route or group."""
    names = [route.name for route in config.routes.units()[unit]]
    return [*_standing(unit, seen, config), *_findings(names, seen), *_waiting(names, seen)]


def general_lacks(seen: Survey, config: Config) -> Iterator[str]:
    """What is in the way of leaving with anything at all."""
    if not len(config.routes):
        yield "no route is configured, so nothing was ever promoted. Next: write [[routes]] in shadow.toml"
    if not config.guard.enabled:
        yield "the guard is off: nobody has watched the promotions. Next: [guard] enabled = true"
    if seen.stages.freeze:
        yield f"all is frozen by {seen.stages.freeze.who}: {seen.stages.freeze.reason}. Next: shadow unfreeze"
    if seen.tainted:
        yield f"the shadow world is no faithful clone any more: {seen.tainted}. Next: a new clone, and new evidence"


def _standing(unit: str, seen: Survey, config: Config) -> Iterator[str]:
    standing, span = seen.stages.standing(unit), config.gate.min_span
    if unit in seen.stages.handovers:
        yield f"{unit} is being moved at this moment. Next: wait, then try again"
    if hold := seen.stages.holds.get(unit):
        yield f"{unit} is on hold by {hold.who}: {hold.reason}. Next: shadow release {unit}"
    if standing is None or standing.stage is not Stage.PROMOTED:
        yield f"{unit} is in {standing or Stage.SHADOW}. Next: shadow promote {unit}"
    elif (since := seen.at - seen.stages.moved.get(unit, 0.0)) < span:
        yield f"{unit} is promoted for {show_seconds(since)} of {show_seconds(span)} ([gate] min_span). Next: wait"
    if (last := _last_breach(unit, seen)) is not None and seen.at - last < span:
        yield (
            f"the guard took {unit} back {show_seconds(seen.at - last)} ago, within {show_seconds(span)} ([gate] "
            "min_span). Next: wait"
        )


def _last_breach(unit: str, seen: Survey) -> float | None:
    """When the guard last rolled this unit back."""
    mine = (unit, Action.ROLLBACK, GUARD)
    return max((one.at for one in seen.ledger if (one.move.name, one.move.action, one.move.who) == mine), default=None)


def _findings(names: list[str], seen: Survey) -> Iterator[str]:
    for name in names:
        for one in seen.blocking.get(name, ()):
            yield f"finding {one} on {name} is open. Next: shadow findings show {one}"


def _waiting(names: list[str], seen: Survey) -> Iterator[str]:
    for name in names:
        if count := seen.pending.get(name, 0):
            yield f"{count} exchanges of {name} are recorded and not judged yet. Next: wait for the mirror"
