"""The numbers of a report (design 13): from the store, the gate and the recording to plain values.

All renderers, the console and `shadow status` show what stands here, so they never disagree.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from shadow import clock
from shadow.config import Config
from shadow.cutover.evidence import Evidence, Latency, collect
from shadow.cutover.gate import Ruling, judge
from shadow.cutover.ramp import lacks
from shadow.cutover.stages import serving
from shadow.findings.finding import Finding
from shadow.judgement import Epoch
from shadow.routes import REST, Route
from shadow.store import learned
from shadow.store.base import Store
from shadow.store.values import Count, StageMap
from shadow.words import Outcome, Stage

FORMAT = 1
# Outcomes with a number of their own; skipped ones are told by reason.
_PLAIN = [outcome for outcome in Outcome if outcome is not Outcome.SKIPPED]


def build(store: Store, config: Config, pending: Mapping[str, int], counts: Sequence[Count]) -> dict[str, Any]:
    """The whole report; `pending` are exchanges recorded and not judged yet, by route, `counts` those that are."""
    routes = [*config.routes, REST]
    names = [route.name for route in routes]
    stages = store.stages()
    evidences = collect(store, routes, confidence=config.gate.confidence, pending=pending, counts=counts)
    findings = store.findings()
    known = {count.route for count in counts} | set(pending)
    # Routes that the configuration no longer has still count: captured is the sum of everything.
    gone = [Route(name, "") for name in sorted(known - set(names))]
    return {
        "format": FORMAT,
        "generated_at": iso(clock.now()),
        "window": _window(findings, evidences.values()),
        "epoch": _epoch(store.epoch() or Epoch(world=store.world().number)),
        "totals": counted(counts, sum(pending.values())),
        "routes": [
            _route(route, config, stages, evidences.get(route.name), _of(counts, route.name), pending)
            for route in [*routes, *gone]
        ],
        "findings": [finding_value(finding, store) for finding in findings],
        "unmatched": [
            {"method": method, "path": path, "count": count} for (method, path), count in store.paths().items()
        ],
        "rules": _rules(store, config),
        "learned": [asdict(one) for one in learned.known(store)],
        "tainted": store.world().tainted,
        "frozen": stages.freeze.reason if stages.freeze else "",
        "handovers": [
            {"name": unit, "from": str(one.origin), "to": str(one.to), "who": one.who, "phase": str(one.phase)}
            for unit, one in sorted(stages.handovers.items())
        ],
        "twins": store.twin_counts(),
    }


def counted(counts: Iterable[Count], pending: int) -> dict[str, Any]:
    """The counts of the contract; `captured` is the sum of the others."""
    numbers: Counter[Outcome] = Counter()
    skipped: Counter[str] = Counter()
    for count in counts:
        numbers[count.outcome] += count.count
        if count.outcome is Outcome.SKIPPED:
            skipped[count.reason] += count.count
    return {
        "captured": numbers.total() + pending,
        **{str(outcome): numbers[outcome] for outcome in _PLAIN},
        "skipped": dict(sorted(skipped.items())),
        "pending": pending,
    }


def finding_value(finding: Finding, store: Store) -> dict[str, Any]:
    """One finding as the contract has it."""
    return {
        "id": finding.id,
        "route": finding.route,
        "layer": finding.layer,
        "kind": finding.kind,
        "place": finding.place,
        "severity": str(finding.severity),
        "status": str(finding.status),
        "blocking": finding.blocking,
        "race_only": finding.race_only,
        "count": finding.count,
        "first_seen": iso(finding.first_seen),
        "last_seen": iso(finding.last_seen),
        "builds": list(finding.builds),
        "cause": finding.cause,
        "samples": [
            {"exchange": sample.exchange, "primary": sample.primary, "candidate": sample.candidate}
            for sample in store.samples(finding.id)
        ],
    }


def iso(at: float) -> str:
    """Unix seconds as ISO 8601 in UTC."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _of(counts: Iterable[Count], route: str) -> list[Count]:
    return [count for count in counts if count.route == route]


def _route(
    route: Route,
    config: Config,
    stages: StageMap,
    evidence: Evidence | None,
    counts: list[Count],
    pending: Mapping[str, int],
) -> dict[str, Any]:
    evidence = evidence or Evidence(route.name)
    stage = Stage.SHADOW if route is REST else stages.routes.get(route.name, route.stage)
    hold, canary = stages.holds.get(route.unit), stages.canaries.get(route.unit)
    return {
        "name": route.name,
        "methods": sorted(route.methods),
        "path": route.path,
        "group": route.group,
        "stage": str(stage),
        "share": canary.share if canary else None,
        "serving": str(serving(stage)),
        "hold": "" if hold is None else hold.reason,
        "lacking": list(lacks(route.unit, stages, config.canary, clock.now())),
        **_verdict(judge(evidence, config.gate)),
        "clean_by_method": dict(evidence.methods),
        "shapes": [{"name": one.name, "compared": one.compared, "clean": one.clean} for one in evidence.shapes],
        "masked_share": evidence.masked_share,
        "coverage": evidence.coverage,
        "latency": _latency(evidence.latency),
        "counts": counted(counts, pending.get(route.name, 0)),
    }


def _verdict(ruling: Ruling) -> dict[str, Any]:
    return {
        "verdict": str(ruling.verdict),
        "reasons": list(ruling.reasons),
        "waived": list(ruling.waived),
        "clean": ruling.clean,
        "needed": ruling.needed,
        "attempt": ruling.attempt,
        "upper_bound": ruling.upper_bound,
        "eta": ruling.eta,
    }


def _latency(latency: Latency | None) -> dict[str, Any]:
    if latency is None:
        nothing = {"p50": None, "p95": None, "p99": None}
        return {"primary": nothing, "candidate": nothing, "ratio_p95": None}
    sides = {
        name: {"p50": side.p50, "p95": side.p95, "p99": side.p99}
        for name, side in (("primary", latency.primary), ("candidate", latency.candidate))
    }
    return {**sides, "ratio_p95": latency.ratio_p95}


def _epoch(epoch: Epoch) -> dict[str, Any]:
    return {
        "primary_build": epoch.primary_build,
        "candidate_build": epoch.candidate_build,
        "rules": epoch.rules,
        "world": epoch.world,
    }


def _window(findings: Iterable[Finding], evidences: Iterable[Evidence]) -> dict[str, str | None]:
    """From the first to the last thing that the report speaks of."""
    starts = [finding.first_seen for finding in findings]
    ends = [finding.last_seen for finding in findings]
    for evidence in evidences:
        starts += [] if evidence.since is None else [evidence.since]
        ends += [] if evidence.last is None else [evidence.last]
    return {"from": iso(min(starts)) if starts else None, "to": iso(max(ends)) if ends else None}


def _rules(store: Store, config: Config) -> list[dict[str, Any]]:
    """The declared rules and how many exchanges each matched in the present epoch: one that matches nothing shows."""
    epoch = store.epoch()
    uses = store.rule_uses(epoch.rules) if epoch else {}
    return [
        {
            "route": rule.route,
            "place": rule.place,
            "rule": rule.rule,
            "reason": rule.reason,
            "owner": rule.owner,
            "until": None if rule.until is None else rule.until.isoformat(),
            "matched": uses.get(number, 0),
        }
        for number, rule in enumerate(config.rules)
    ]
