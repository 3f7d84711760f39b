"""Templates to pages: everything is escaped, and each page says who is signed in."""

from __future__ import annotations

from typing import Any

from fastapi import Request
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse

from shadow.console.api import who
from shadow.report.harmless import plain

_environment = Environment(
    loader=PackageLoader("shadow.console"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.filters["plain"] = lambda value: plain(str(value))


def page(request: Request, template: str, /, *, status: int = 200, **context: Any) -> HTMLResponse:
    """A template as the answer to an operator's request."""
    return HTMLResponse(_environment.get_template(template).render(who=who(request), **context), status)
