"""How both applications are brought in: called with the world, entered when they want to be, left in any case."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from shadow.config import Parity
from shadow.errors import ConfigError
from shadow.parity.applications import at_rest, load, on_equal_data

MODULE = """
from contextlib import contextmanager

log = []

@contextmanager
def world():
    log.append("world begins")
    try:
        yield "the world"
    finally:
        log.append("world ends")

@contextmanager
def legacy(world=None):
    log.append(f"legacy in {world}")
    try:
        yield "legacy"
    finally:
        log.append("legacy ends")

def port(*given):
    log.append(f"port in {given}")
    return "port"

class Inside:
    @staticmethod
    def port():
        return "inner port"
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A module that only the working folder has, as on a command line."""
    name = f"brought_in_{tmp_path.name}"
    (tmp_path / f"{name}.py").write_text(MODULE)
    monkeypatch.setattr("sys.path", ["/nowhere"])
    monkeypatch.chdir(tmp_path)
    return load("candidate", f"{name}:port").__globals__


def section(module: dict[str, Any], **more: str) -> Parity:
    name = module["__name__"]
    return Parity(primary=f"{name}:legacy", candidate=f"{name}:port", **more)  # type: ignore[arg-type]


def test_at_rest_nobody_gets_a_world(module: dict[str, Any]) -> None:
    with at_rest(section(module, world=f"{module['__name__']}:world")) as apps:
        assert (apps.primary, apps.candidate, apps.world) == ("legacy", "port", None)
    assert module["log"] == ["legacy in None", "port in ()", "legacy ends"]


def test_on_equal_data_both_get_the_world_and_it_outlives_them(module: dict[str, Any]) -> None:
    def fail(world: object) -> None:
        raise RuntimeError(f"in {world}")

    parity = section(module, world=f"{module['__name__']}:world")
    with pytest.raises(RuntimeError, match="in the world"), on_equal_data(parity) as apps:
        fail(apps.world)
    assert module["log"] == [
        "world begins",
        "legacy in the world",
        "port in ('the world',)",
        "legacy ends",
        "world ends",
    ]


def test_without_a_world_they_are_called_without_one(module: dict[str, Any]) -> None:
    with on_equal_data(section(module)) as apps:
        assert apps.world is None
    assert module["log"] == ["legacy in None", "port in ()", "legacy ends"]


def test_a_name_may_lead_into_an_object(module: dict[str, Any]) -> None:
    assert load("candidate", f"{module['__name__']}:Inside.port")() == "inner port"
    with pytest.raises(ConfigError, match=r"\[parity\] candidate: '.*:Inside.none' cannot be had"):
        load("candidate", f"{module['__name__']}:Inside.none")
