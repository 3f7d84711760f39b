"""Imports inside `shadow/` point down, and the hot path knows only what it needs (style.md, Layout)."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2] / "shadow"
LEVELS = [
    {"words", "standing", "headers", "exchange", "routes", "judgement", "direction", "errors", "clock"}
    | {"config", "config_file", "config_routes", "config_tables", "config_values"}
    | {"tasks", "units", "hooks", "logs", "__init__"},
    {"http", "recording", "compare"},
    {"findings", "store", "state"},
    {"twin"},
    {"mirror", "cutover", "proxy", "webhooks"},
    {"report", "doctor", "desk", "parity", "leaving"},
    {"console", "supervisor"},
    {"app"},
    {"cli"},
    {"__main__"},
]
ALLOWED_FOR_PROXY = LEVELS[0] | {"http", "recording", "proxy"}


def part_of(path: Path) -> str:
    """The package or module directly below `shadow/`."""
    relative = path.relative_to(ROOT)
    return relative.parts[0].removesuffix(".py")


def imports_of(path: Path) -> set[str]:
    """The parts of `shadow` that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = (
                [f"{node.module}.{alias.name}" for alias in node.names] if node.module == "shadow" else [node.module]
            )
        for name in names:
            package, _, rest = name.partition(".")
            if package == "shadow" and rest:
                found.add(rest.split(".")[0])
    return found - {"__version__"}


FILES = sorted(ROOT.rglob("*.py"))


def level(part: str) -> int:
    """The level a part belongs to."""
    return next(number for number, parts in enumerate(LEVELS) if part in parts)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_down(path: Path) -> None:
    own = part_of(path)
    climbs = {part for part in imports_of(path) if level(part) > level(own)}
    assert not climbs, f"{path.relative_to(ROOT)} imports from above: {sorted(climbs)}"


@pytest.mark.parametrize("path", [path for path in FILES if part_of(path) == "proxy"], ids=lambda path: path.name)
def test_the_hot_path_knows_values_http_and_recording_only(path: Path) -> None:
    assert imports_of(path) <= ALLOWED_FOR_PROXY


@pytest.mark.parametrize("path", [path for path in FILES if part_of(path) == "compare"], ids=lambda path: path.name)
def test_comparing_is_pure(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    modules = {
        alias.name.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
    }
    assert not modules & {"time", "socket", "asyncio", "random", "os", "httpx"}
    assert "clock" not in imports_of(path)
