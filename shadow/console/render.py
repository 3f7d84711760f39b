"""Templates to pages: everything is escaped, and each page says who is signed in."""

from __future__ import annotations

from typing import Any

from fastapi import Request
from starlette.responses import HTMLResponse

from shadow.console.api import who
from shadow.report.harmless import templates

_templates = templates("shadow.console")


def page(request: Request, template: str, /, *, status: int = 200, **context: Any) -> HTMLResponse:
    """A template as the answer to an operator's request."""
    return HTMLResponse(_templates.get_template(template).render(who=who(request), **context), status)
