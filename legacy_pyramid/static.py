"""The files under `/static/`: absolute addresses in pages, each with its file's digest; an hour of caching."""

from __future__ import annotations

import base64
import hashlib
import mimetypes
from functools import cache
from pathlib import Path

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request
from pyramid.static import static_view

FOLDER = Path(__file__).resolve().parents[1] / "static"
MAX_AGE = 3600


class StaticFiles(static_view):
    """Files only: Pyramid would send the reader of a directory on to its index."""

    def add_slash_redirect(self, request: Request) -> HTTPNotFound:
        return HTTPNotFound()


def static_url(request: Request, path: str) -> str:
    """The address of a file below the static folder; the digest changes it whenever the file changes."""
    return request.route_url("static", subpath=path, _query={"x": _digest(path)})


def includeme(config: Configurator) -> None:
    # RFC 9239; Python before 3.12 without the system's table says application/javascript.
    mimetypes.add_type("text/javascript", ".js")
    config.add_route("static", "/static/*subpath")
    config.add_view(StaticFiles(str(FOLDER), cache_max_age=MAX_AGE, use_subpath=True), route_name="static")


@cache
def _digest(path: str) -> str:
    return base64.b64encode(hashlib.sha384((FOLDER / path).read_bytes()).digest()).decode("ascii")
