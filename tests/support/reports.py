"""A report as the contract has it (design 13), for the renderers."""

from __future__ import annotations

from typing import Any


def counts(**given: Any) -> dict[str, Any]:
    """Counts of a route; captured is the sum."""
    names = ("match", "noise", "accepted", "mismatch", "race", "consequence", "shed", "failed", "pending")
    found: dict[str, Any] = {name: given.get(name, 0) for name in names}
    found["skipped"] = given.get("skipped", {})
    found["captured"] = sum(found[name] for name in names) + sum(found["skipped"].values())
    return found


def a_route(name: str = "home", **given: Any) -> dict[str, Any]:
    """One entry of `routes`."""
    side = {"p50": 0.001, "p95": 0.002, "p99": 0.003}
    route = {
        "name": name,
        "methods": ["GET"],
        "path": "/",
        "group": "",
        "stage": "shadow",
        "share": None,
        "serving": "primary",
        "hold": "",
        "verdict": "inconclusive",
        "reasons": ["12 of 74 clean pairs"],
        "clean": 12,
        "needed": 74,
        "attempt": 1,
        "upper_bound": 0.2,
        "shapes": [],
        "masked_share": 0.01,
        "latency": {"primary": side, "candidate": side, "ratio_p95": 1.0},
        "counts": counts(match=12),
    }
    return {**route, **given}


def a_finding(**given: Any) -> dict[str, Any]:
    """One entry of `findings`."""
    finding = {
        "id": "f1",
        "route": "home",
        "layer": "header",
        "kind": "value",
        "place": "header:cache-control",
        "severity": "visible",
        "status": "open",
        "blocking": True,
        "race_only": False,
        "count": 3,
        "first_seen": "2026-11-22T10:00:00Z",
        "last_seen": "2026-11-22T10:05:00Z",
        "builds": ["port-1"],
        "cause": "",
        "samples": [{"exchange": "01X", "primary": "no-store", "candidate": ""}],
    }
    return {**finding, **given}


def a_report(
    routes: list[dict[str, Any]] | None = None, findings: list[dict[str, Any]] | None = None
) -> dict[str, Any]:
    """A whole report."""
    return {
        "format": 1,
        "generated_at": "2026-11-22T10:06:00Z",
        "window": {"from": "2026-11-22T10:00:00Z", "to": "2026-11-22T10:06:00Z"},
        "epoch": {"primary_build": "p1", "candidate_build": "c1", "rules": "abc", "world": 1},
        "totals": counts(match=12, skipped={"truncated": 1}),
        "routes": [a_route()] if routes is None else routes,
        "findings": [] if findings is None else findings,
        "tainted": "",
        "frozen": "",
        "handovers": [],
        "twins": {},
    }
