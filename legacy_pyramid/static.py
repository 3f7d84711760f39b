"""The files under `/static/`: absolute addresses in pages, each with its file's digest; an hour of caching."""

from __future__ import annotations

import base64
import hashlib
import mimetypes
from functools import cache
from pathlib import Path
from typing import Any

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.static import QueryStringCacheBuster

FOLDER = Path(__file__).resolve().parents[1] / "static"
MAX_AGE = 3600


class DigestCacheBuster(QueryStringCacheBuster):
    """``?x=`` and the SHA-384 of the file in standard base64, read once for each process."""

    def tokenize(self, request: Request, pathspec: str, kw: dict[str, Any]) -> str:
        return _digest(pathspec)


def static_url(request: Request, path: str) -> str:
    """The address of a file under the static folder, for use in a page."""
    return request.static_url(str(FOLDER / path))


def includeme(config: Configurator) -> None:
    # RFC 9239; Python before 3.12 without the system's table says application/javascript.
    mimetypes.add_type("text/javascript", ".js")
    config.add_static_view("static", str(FOLDER), cache_max_age=MAX_AGE)
    config.add_cache_buster(str(FOLDER), DigestCacheBuster())


@cache
def _digest(path: str) -> str:
    return base64.b64encode(hashlib.sha384(Path(path).read_bytes()).digest()).decode("ascii")
