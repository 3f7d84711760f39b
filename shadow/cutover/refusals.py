"""Why a move is refused, in words, each with the next step. Pure: nothing is changed here, nothing was before."""

from __future__ import annotations

import difflib
from collections.abc import Mapping

from shadow.cutover.evidence import Evidence
from shadow.cutover.gate import Ruling
from shadow.cutover.handover import is_under_way
from shadow.cutover.stages import TRANSITIONS, Action
from shadow.errors import NotFound, PromotionRefused
from shadow.routes import UNMATCHED, Route, RouteTable
from shadow.standing import Standing
from shadow.store.values import StageMap
from shadow.words import Verdict

# So many reasons of the gate are told; `shadow status` has all.
_SHOWN = 8


def unit_named(table: RouteTable, name: str) -> tuple[str, tuple[Route, ...]]:
    """The unit of this name with its routes; a member of a group does not move by itself."""
    units = table.units()
    if name in units:
        return name, units[name]
    if name == UNMATCHED:
        raise PromotionRefused(
            "'*' is what no route matches; it is always served by the primary. Next: give it a route in shadow.toml"
        )
    route = table.get(name)
    if route is not None:
        raise PromotionRefused(
            f"{name} shares state with the group {route.group!r} and moves with it. Next: name {route.group!r}"
        )
    near = difflib.get_close_matches(name, [*units], n=1, cutoff=0.5)
    meant = f"; did you mean {near[0]!r}?" if near else "."
    raise NotFound(f"there is no route or group {name!r}{meant} Next: shadow routes list")


def check(unit: str, origin: Standing, to: Standing, action: Action, stages: StageMap, now: float) -> None:
    """What the store would refuse, before anything is done; it looks again in the step that moves."""
    if TRANSITIONS.get((origin.stage, to.stage)) is not action:
        raise PromotionRefused(
            f"{unit} is in {origin}: there is no {action} from there to {to}. Next: shadow status {unit}"
        )
    if to.stage is origin.stage and to.share <= origin.share:
        raise PromotionRefused(
            f"{unit} is in {origin}: a share of clients only grows. Next: shadow rollback {unit}, or a greater share"
        )
    other = stages.handovers.get(unit)
    # Any other died with its process or has failed, and the move clears it away.
    if other is not None and is_under_way(other, now):
        raise PromotionRefused(
            f"{unit} is being moved to {other.to} by {other.who}; nothing has changed. Next: shadow status {unit}"
        )
    if action is not Action.PROMOTE:
        return
    if freeze := stages.freeze:
        raise PromotionRefused(f"all is frozen by {freeze.who}: {freeze.reason}. Next: shadow unfreeze")
    if hold := stages.holds.get(unit):
        raise PromotionRefused(f"{unit} is on hold by {hold.who}: {hold.reason}. Next: shadow release {unit}")


def of_the_same(live: Evidence, replayed: Evidence) -> Evidence:
    """The replay's evidence, if it is of the builds and rules that are live now."""
    for name in ("primary_build", "candidate_build", "rules"):
        here, there = getattr(live.epoch, name), getattr(replayed.epoch, name)
        if here != there:
            raise PromotionRefused(
                f"{live.route}: the replay is of another {name.replace('_', ' ')} ({there!r}) than the live evidence "
                f"({here!r}). Next: replay again"
            )
    return replayed


def against_the_gate(
    unit: str, origin: Standing, verdict: Verdict, rulings: Mapping[str, Ruling], lacking: tuple[str, ...]
) -> PromotionRefused:
    """The gate's own words, for a promotion without force; `lacking` is what a canary has not shown yet."""
    lines = [*lacking, *(f"{route}: {reason}" for route, ruling in rulings.items() for reason in ruling.reasons)]
    shown = "; ".join(lines[:_SHOWN]) + (f"; and {len(lines) - _SHOWN} more" if len(lines) > _SHOWN else "")
    return PromotionRefused(f"{unit} stays in {origin}, the gate says {verdict}: {shown}. Next: shadow status {unit}")
