"""A small Pyramid application and its FastAPI port, written to a folder so that a test can change either."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from shadow.config import Parity, forced
from shadow.parity.applications import Applications

LEGACY = '''
from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPFound, HTTPNotFound
from pyramid.session import SignedCookieSessionFactory
from pyramid.view import view_config, view_defaults

LIMIT = 10


@view_config(route_name="home")
def home(request):
    return HTTPFound(location=request.route_path("notes"))


@view_config(route_name="notes", renderer="notes.mak", request_method="GET")
def notes(request):
    """All notes, or those of a page."""
    page = request.params.get("page", "")
    return {"notes": ["first", "<second>"][:LIMIT], "page": page, "user": request.authenticated_userid}


@view_config(route_name="note", renderer="note.mak")
def note(request):
    number = request.matchdict["number"]
    if number == "0":
        raise HTTPNotFound()
    context = {"number": number, "text": shown(number)}
    return context


def shown(number):
    return f"note {number}"


@view_config(route_name="save", request_method="POST", require_csrf=True)
def save(request):
    return HTTPFound(location=request.route_path("note", number=request.POST["number"]))


@view_defaults(renderer="json", request_method="POST")
class Api:
    def __init__(self, request):
        self.request = request
        self.user = request.authenticated_userid

    @view_config(route_name="api_count")
    def count(self):
        return self.done({"count": 2, "user": self.user})

    def done(self, answer):
        return {**answer, "path": self.request.path}


def main():
    sessions = SignedCookieSessionFactory("secret")
    config = Configurator(settings={"mako.directories": "FOLDER/legacy"}, session_factory=sessions)
    config.include("pyramid_mako")
    config.add_route("home", "/")
    config.add_route("notes", "/notes")
    config.add_route("note", "/notes/{number}")
    config.add_route("save", "/save")
    config.add_route("api_count", "/api/count")
    config.scan(__name__)
    return config.make_wsgi_app()
'''

PORT = '''
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI
from jinja2 import Environment, FileSystemLoader
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

LIMIT: int = 10
router = APIRouter(generate_unique_id_function=lambda route: route.name)
templates = Environment(loader=FileSystemLoader("FOLDER/port"), autoescape=True)


class Call:
    def __init__(self, request: Request) -> None:
        self.path = request.url.path
        self.username = None
        self.query = request.query_params

    def param(self, name: str, default: str) -> str:
        return self.query.get(name, default)


def _call(request: Request) -> Call:
    return Call(request)


Asked = Annotated[Call, Depends(_call)]


def page(name: str, context: dict[str, Any]) -> Response:
    return HTMLResponse(templates.get_template(name + ".j2").render(layout="port", **context))


def check_csrf(call: Call) -> None:
    raise HTTPException(400)


@router.api_route("/", methods=[])
def home(call: Asked) -> Response:
    return RedirectResponse("/notes", 302)


@router.api_route("/notes", methods=["GET", "HEAD"])
async def notes(call: Asked) -> Response:
    """All notes."""
    number = call.param("page", "")
    shown: dict[str, Any] = {"notes": ["first", "<second>"][:LIMIT], "page": number, "user": call.username}
    return page("notes", shown)


@router.api_route("/notes/{number}", methods=[])
def note(call: Asked, number: str) -> Response:
    if number == "0":
        raise HTTPException(404)
    return page("note", {"number": number, "text": shown(number)})


def shown(number: str) -> str:
    """One note."""
    text: str = f"note {number}"
    return text


@router.post("/save")
def save(call: Asked) -> Response:
    check_csrf(call)
    return RedirectResponse(f"/notes/{call.form['number']}", 302)


@router.post("/api/count")
def api_count(call: Asked) -> Response:
    api = Api(call)
    return api.done({"count": 2, "user": call.username})


class Api:
    def __init__(self, call: Call) -> None:
        self.call = call
        self.user = call.username

    def done(self, answer: dict[str, Any]) -> Response:
        return JSONResponse({**answer, "path": self.call.path})


def main() -> FastAPI:
    app = FastAPI(openapi_url=None)
    app.include_router(router)
    return app
'''

TEMPLATES = {
    "legacy/base.mak": "<!DOCTYPE html><html><head><title>Notes</title></head><body>${next.body()}</body></html>",
    "legacy/notes.mak": """<%inherit file="base.mak"/>
<ul>
% for note in notes:
<li>${note}</li>
% endfor
</ul>${page}""",
    "legacy/note.mak": '<%inherit file="base.mak"/><p id="note">${text}</p>',
    "port/base.j2": """<!DOCTYPE html>
<html><head><title>Notes</title></head><body>{% block body %}{% endblock %}</body></html>""",
    "port/notes.j2": """{% extends "base.j2" %}{% block body %}
<ul>{% for note in notes %}<li>{{ note }}</li>{% endfor %}</ul>{{ page }}{% endblock %}""",
    "port/note.j2": '{% extends "base.j2" %}{% block body %}<p id=note>{{ text }}</p>{% endblock %}',
}
FORCED = {
    "call.param(_1, _2)": "request.params.get(_1, _2)",
    "call.form": "request.POST",
    "call.username": "request.authenticated_userid",
    "check_csrf(call)": "require_csrf()",
    "page(_1, _2)": "_2",
    "JSONResponse(_1)": "_1",
    "self.call": "self.request",
    "call": "request",
}
_numbers = count()


@dataclass
class Samples:
    """Both sources and all templates, as the next `apps()` writes and imports them."""

    folder: Path
    legacy: str = LEGACY
    port: str = PORT
    templates: dict[str, str] = field(default_factory=lambda: dict(TEMPLATES))
    names: tuple[str, str] = ("", "")

    def change(self, side: str, old: str, new: str) -> Samples:
        """Replace a text that stands in the source of a side."""
        assert getattr(self, side).count(old) == 1, old
        setattr(self, side, getattr(self, side).replace(old, new))
        return self

    def write(self) -> Samples:
        """Put everything into the folder, under names that nobody has imported yet."""
        number = next(_numbers)
        self.names = (f"sample_legacy_{number}", f"sample_port_{number}")
        for name, text in self.templates.items():
            (self.folder / name).parent.mkdir(exist_ok=True)
            (self.folder / name).write_text(text)
        for name, text in zip(self.names, (self.legacy, self.port), strict=True):
            (self.folder / f"{name}.py").write_text(text.replace("FOLDER", str(self.folder)))
        return self

    def apps(self) -> Applications:
        """Both applications at rest."""
        self.write()
        return Applications(*(_made(name) for name in self.names))

    @property
    def parity(self) -> Parity:
        """The section that describes them."""
        return Parity(
            primary=f"{self.names[0]}:main",
            candidate=f"{self.names[1]}:main",
            primary_package=self.names[0],
            candidate_package=self.names[1],
            primary_templates=self.folder / "legacy",
            candidate_templates=self.folder / "port",
            ambient=("layout",),
            forced=forced(FORCED),
        )


def _made(name: str) -> Any:
    make: Callable[[], Any] = __import__(name).main
    return make()


@pytest.fixture
def samples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Samples]:
    """The two as they agree."""
    monkeypatch.syspath_prepend(str(tmp_path))
    yield Samples(tmp_path)
    for name in [name for name in sys.modules if name.startswith(("sample_legacy_", "sample_port_"))]:
        del sys.modules[name]
