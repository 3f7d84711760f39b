"""The report as JUnit XML: a route is a case, an open finding its failure, missing evidence a skip."""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import escape, quoteattr

from shadow.report.harmless import plain


def render(report: dict[str, Any]) -> str:
    """The report as JUnit XML text."""
    cases = [_case(route, _open(report, route["name"])) for route in report["routes"]]
    failures = sum("<failure" in case for case in cases)
    skipped = sum("<skipped" in case for case in cases)
    head = f'<testsuite name="shadow" tests="{len(cases)}" failures="{failures}" skipped="{skipped}" errors="0">'
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', head, *cases, "</testsuite>"]) + "\n"


def _open(report: dict[str, Any], route: str) -> list[dict[str, Any]]:
    return [one for one in report["findings"] if one["route"] == route and one["blocking"]]


def _case(route: dict[str, Any], findings: list[dict[str, Any]]) -> str:
    name = f"  <testcase classname={_attribute('shadow.routes')} name={_attribute(route['name'])}>"
    inside = ""
    if findings:
        text = "\n".join(_line(finding) for finding in findings)
        inside = f"<failure message={_attribute(f'{len(findings)} open findings')}>{escape(plain(text))}</failure>"
    elif route["verdict"] != "ready" and route["stage"] != "promoted":
        inside = f"<skipped message={_attribute('; '.join(route['reasons']))}/>"
    # What is masked was not compared: whoever reads the result must see how much that is.
    told = f"<system-out>{100 * route['masked_share']:.1f} % of the compared places are masked</system-out>"
    return f"{name}{inside}{told}</testcase>"


def _line(finding: dict[str, Any]) -> str:
    sample = finding["samples"][0] if finding["samples"] else {"primary": "", "candidate": ""}
    return (
        f"{finding['id']} {finding['severity']} {finding['kind']} at {finding['place']}, {finding['count']} times: "
        f"primary {sample['primary']!r}, candidate {sample['candidate']!r}"
    )


def _attribute(text: str) -> str:
    return quoteattr(plain(text).replace("\n", " "))
