"""The report as one HTML file without scripts: nothing is loaded from elsewhere, nothing from traffic can act."""

from __future__ import annotations

from typing import Any

from shadow.report.harmless import templates

_templates = templates("shadow.report")


def render(report: dict[str, Any]) -> str:
    """The report as HTML text."""
    return _templates.get_template("report.html.j2").render(report=report)
