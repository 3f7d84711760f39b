"""What a fresh machine relies on: the lock, the scripts and the packaging file agree and name no private place."""

import os
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCK = (ROOT / "requirements.lock").read_text()
TARGETS = ("demo", "test", "check", "bench", "soak")


def canonical(name: str) -> str:
    """A distribution's name as the index compares it (packaging specification, name normalisation)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def locked_names() -> set[str]:
    return {canonical(name) for name in re.findall(r"^([A-Za-z0-9._-]+)==", LOCK, re.MULTILINE)}


def required_names() -> set[str]:
    project = PROJECT["project"]
    requirements = [*project["dependencies"], *PROJECT["build-system"]["requires"]]
    for extra in project["optional-dependencies"].values():
        requirements += extra
    return {canonical(re.match(r"[A-Za-z0-9._-]+", requirement)[0]) for requirement in requirements}


def test_the_lock_pins_every_package_that_the_project_asks_for():
    assert required_names() - locked_names() == set()


def test_every_locked_package_has_a_hash():
    entries = re.split(r"\n(?=\S)", LOCK.strip())
    assert len(entries) > 50
    assert [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_the_lock_names_no_index_no_host_and_no_path():
    lines = [line.strip() for line in LOCK.splitlines()]
    foreign = [line for line in lines if not re.match(r"--hash=sha256:[0-9a-f]{64}|[a-z0-9._-]+==\S+", line)]
    assert foreign == []
    assert "://" not in LOCK


@pytest.mark.parametrize("target", TARGETS)
def test_every_make_target_has_its_script(target):
    script = ROOT / "scripts" / target
    assert os.access(script, os.X_OK)
    assert target in (ROOT / "Makefile").read_text()


def test_the_continuous_integration_runs_the_same_targets():
    run = (ROOT / ".ci" / "run").read_text()
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
    for command in ("make test", "make check", "make demo ARGS=--once", "-m browser"):
        assert command in run


def test_every_package_of_the_wheel_exists():
    packages = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert [name for name in packages if not (ROOT / name).is_dir()] == []
