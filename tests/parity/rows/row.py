"""One row of the table, and how a worker's request is written."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

FORM = ("Content-Type", "application/x-www-form-urlencoded")
HTTPS = ("X-Forwarded-Proto", "https")
Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Row:
    name: str
    method: str
    target: str
    body: bytes | str | None = None
    headers: Pairs = ()
    browser: str = ""
    note: dict[str, str] = field(default_factory=dict)
    """What to remember from the body: name and pattern with one group."""

    def __str__(self) -> str:
        return self.name.replace(" ", "_")


INFO: dict[str, Any] = {
    "uname": "Linux 6.8",
    "architecture": ["64bit", "ELF"],
    "concurrency": 4,
    "max_memory": 8000,
    "min_threads": 1,
    "username": "carol",
    "version": 311,
    "python_version": [3, 12, 4],
    "gcc_version": [13, 2, 0],
    "compiler": "g++",
    "unique_key": "c0ffee12-1a2b-4c3d-9e8f-0123456789ab",
    "modified": False,
    "worker_arch": "x86-64-avx2",
    "ARCH": "?",
    "nps": 0.0,
    "near_github_api_limit": False,
}
NO_STATS = {"wins": 0, "losses": 0, "draws": 0, "crashes": 0, "time_losses": 0, "pentanomial": [0, 0, 0, 0, 0]}
STATS = {**NO_STATS, "wins": 4, "losses": 4, "draws": 22, "pentanomial": [0, 4, 7, 4, 0]}
NO_SPSA = {"wins": 0, "losses": 0, "draws": 0, "num_games": 0, "sig": 0}
ERIN = {"username": "erin", "compiler": "clang++", "unique_key": "deadbeef-1a2b-4c3d-9e8f-0123456789ab"}
OTHER_KEY = {"unique_key": "deadbeef-1a2b-4c3d-9e8f-0123456789ab"}


def asked(info: dict[str, Any] | None = None, password: str = "pw-carol", **fields: Any) -> dict[str, Any]:
    return {"password": password, "worker_info": {**INFO, **(info or {})}, **fields}


def without(body: dict[str, Any], *path: str) -> dict[str, Any]:
    """The body less one key, named by its path."""
    if len(path) == 1:
        return {key: value for key, value in body.items() if key != path[0]}
    return {**body, path[0]: without(body[path[0]], *path[1:])}


def worker(name: str, route: str, body: Any, note: dict[str, str] | None = None, *headers: tuple[str, str]) -> Row:
    text = body if isinstance(body, str | bytes) else json.dumps(body).replace('"$sig"', "$sig")
    return Row(
        f"{route} {name}",
        "POST",
        f"/api/{route}",
        text,
        (("Content-Type", "application/json"), *headers),
        note=note or {},
    )
