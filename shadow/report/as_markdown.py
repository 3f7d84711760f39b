"""The report as Markdown: for a pull request or a chat."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from shadow.report.handovers import under_way
from shadow.report.harmless import markdown

_COUNTS = ("captured", "match", "noise", "accepted", "mismatch", "race", "consequence", "shed", "failed", "pending")


def render(report: dict[str, Any]) -> str:
    """The report as Markdown text."""
    epoch = report["epoch"]
    lines = [
        "# Shadow report",
        "",
        f"Generated {markdown(report['generated_at'])}. Primary build {_build(epoch['primary_build'])}, "
        f"candidate build {_build(epoch['candidate_build'])}, world {epoch['world']}.",
        "",
        *_replayed(report.get("replay", {})),
        *([f"**All is frozen:** {markdown(report['frozen'])}", ""] if report.get("frozen") else []),
        *[line for one in report.get("handovers", ()) for line in (markdown(under_way(one)), "")],
        *([f"**The shadow world is tainted:** {markdown(report['tainted'])}", ""] if report["tainted"] else []),
        *_twins(report.get("twins", {})),
        "## Totals",
        "",
        *_table(
            ("count", "exchanges"),
            [(name, str(report["totals"][name])) for name in _COUNTS]
            + [(f"skipped: {markdown(why)}", str(n)) for why, n in report["totals"]["skipped"].items()],
        ),
        "",
        "## Routes",
        "",
        *_table(
            ("route", "stage", "serving", "verdict", "clean", "needed", "mismatch", "masked", "p95 ratio", "reasons"),
            [_route(route) for route in report["routes"]],
        ),
        "",
        *_section("Findings", [finding for finding in report["findings"] if not finding["race_only"]]),
        "",
        *_learned(report.get("learned", [])),
        *_section("Races (seen beside a write only)", [one for one in report["findings"] if one["race_only"]]),
    ]
    return "\n".join(lines) + "\n"


def _section(title: str, findings: list[dict[str, Any]]) -> list[str]:
    head = ("id", "status", "severity", "route", "kind", "place", "count", "primary", "candidate")
    return [f"## {title}", "", *(_table(head, [_finding(one) for one in findings]) if findings else ["None."])]


def _twins(counts: dict[str, int]) -> list[str]:
    """How many clients have sessions on both stacks."""
    return [f"Twins: {', '.join(f'{count} {what}' for what, count in counts.items())}.", ""] if counts else []


def _replayed(told: dict[str, Any]) -> list[str]:
    """That this is no live evidence, and of which recording."""
    if not told:
        return []
    sides = "".join(f", {side} {markdown(told[side])}" for side in ("primary", "candidate") if told.get(side))
    return [f"**A replay, no live evidence:** {markdown(told.get('recording', 'kept pairs'))}{sides}.", ""]


def _learned(places: list[dict[str, Any]]) -> list[str]:
    """Measured noise: where the primary disagrees with itself, so that nothing is compared there."""
    rows = [tuple(markdown(one[name]) for name in ("route", "layer", "kind", "place")) for one in places]
    return ["## Learned noise", "", *_table(("route", "layer", "kind", "place"), rows), ""] if rows else []


def _route(route: dict[str, Any]) -> tuple[str, ...]:
    ratio = route["latency"]["ratio_p95"]
    return (
        markdown(route["name"]),
        route["stage"] + (f" {route['share']} %" if route.get("share") else ""),
        route["serving"],
        route["verdict"],
        str(route["clean"]),
        str(route["needed"]),
        str(route["counts"]["mismatch"]),
        f"{100 * route['masked_share']:.1f} %",
        "" if ratio is None else f"{ratio:.2f}",
        markdown("; ".join([*route.get("lacking", []), *route["reasons"], *route.get("waived", [])])),
    )


def _finding(finding: dict[str, Any]) -> tuple[str, ...]:
    sample = finding["samples"][0] if finding["samples"] else {"primary": "", "candidate": ""}
    return (
        markdown(finding["id"]),
        finding["status"],
        finding["severity"],
        markdown(finding["route"]),
        f"{markdown(finding['layer'])} {markdown(finding['kind'])}",
        markdown(finding["place"]),
        str(finding["count"]),
        markdown(str(sample["primary"])[:80]),
        markdown(str(sample["candidate"])[:80]),
    )


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> list[str]:
    return [f"| {' | '.join(row)} |" for row in [head, ("---",) * len(head), *rows]]


def _build(name: str) -> str:
    return markdown(name) if name else "unknown"
