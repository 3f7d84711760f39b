"""Whether a demo run showed what it must: every fault found, nothing else reported, no client harmed, all promoted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from demo.faults import FAULTS
from shadow.routes import UNMATCHED

# A fault of time is evidence, never a finding.
FINDABLE = {name for name, fault in FAULTS.items() if fault.kind}
_SUMMANDS = ("match", "noise", "accepted", "mismatch", "race", "consequence", "shed", "failed", "pending")


def found(findings: Iterable[Mapping[str, Any]]) -> set[str]:
    """The names of the faults that at least one finding shows."""
    seen = list(findings)
    return {name for name in FINDABLE if any(FAULTS[name].explains(finding) for finding in seen)}


def complaints(report: Mapping[str, Any], requests: int | None, failures: Iterable[str]) -> list[str]:
    """What is wrong with the run, in words; nothing of a good one. `requests` is None when not all were counted."""
    # What was only ever seen beside a write is no finding yet: the page was read while the state moved.
    findings = [finding for finding in report["findings"] if not finding["race_only"]]
    told = [f"a client request failed: {text}" for text in failures]
    told += [f"the fault {name} was not found" for name in sorted(FINDABLE - found(report["findings"]))]
    for finding in findings:
        what = f"{finding['route']} {finding['layer']} {finding['kind']} {finding['place']}"
        if not any(fault.explains(finding) for fault in FAULTS.values()):
            told.append(f"reported without a fault: {finding['id']} {what}")
        elif finding["status"] != "fixed":
            told.append(f"not fixed: {finding['id']} {what} is {finding['status']}")
    for route in report["routes"]:
        if route["stage"] != "promoted" and route["name"] != UNMATCHED:
            reasons = "; ".join(route["reasons"])
            told.append(f"{route['name']} is in {route['stage']}: {reasons}")
    told += [f"the counts of {name} do not balance" for name, counts in _counts(report) if not balanced(counts)]
    totals = report["totals"]
    if requests is not None and totals["captured"] != requests:
        told.append(f"{requests} requests were sent and {totals['captured']} captured")
    told += [
        f"{totals[name]} exchanges {name}" for name in ("shed", "failed", "consequence", "pending") if totals[name]
    ]
    if report["tainted"]:
        told.append(f"the shadow world is tainted: {report['tainted']}")
    return told


def settled(report: Mapping[str, Any], requests: int) -> bool:
    """True when the report has all these requests, or more, and nothing waits to be judged."""
    totals = report["totals"]
    return bool(totals["captured"] >= requests and totals["pending"] == 0)


def balanced(counts: Mapping[str, Any]) -> bool:
    """True when captured is the sum of the outcomes and of what waits."""
    total: int = sum(counts[name] for name in _SUMMANDS) + sum(counts["skipped"].values())
    return bool(counts["captured"] == total)


def _counts(report: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    return [("all routes", report["totals"]), *((route["name"], route["counts"]) for route in report["routes"])]
