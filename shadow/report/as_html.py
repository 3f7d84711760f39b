"""The report as one HTML file without scripts: nothing is loaded from elsewhere, nothing from traffic can act."""

from __future__ import annotations

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from shadow.report.harmless import plain

_environment = Environment(
    loader=PackageLoader("shadow.report"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.filters["plain"] = lambda value: plain(str(value))


def render(report: dict[str, Any]) -> str:
    """The report as HTML text."""
    return _environment.get_template("report.html.j2").render(report=report)
