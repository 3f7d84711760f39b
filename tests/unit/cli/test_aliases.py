"""`shadow aliases`: what is known by a name, and no secret in clear."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from shadow.cli.main import app
from shadow.errors import NotFound
from shadow.recording.seal import Sealer
from shadow.store import open_store
from shadow.store.values import KnownAlias

SECRET = "q9w8e7r6t5y4u3i2o1p0"
KNOWN = (
    KnownAlias(
        "", "objectid", "65f0a1b2c3d4e5f601234567", "75f0a1b2c3d4e5f60123456f", "runs.create", "01FIRST", "01LAST"
    ),
    KnownAlias("session:01C", "token", SECRET, f"{SECRET}s", "login", "01FIRST", "01LAST"),
    KnownAlias("", "number", "order 17", "order 18"),
)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "shadow.toml"
    file.write_text(
        '[primary]\nlive = "http://127.0.0.1:9"\n[candidate]\nlive = "http://127.0.0.1:9"\n'
        '[recording]\npath = "recording"\nkey = "key"\n[store]\nurl = "sqlite:///shadow.db"\n'
    )
    seal = Sealer.load(tmp_path / "key", (), create=True).seal_text
    store = open_store(f"sqlite:///{tmp_path}/shadow.db")
    kept = [KnownAlias(a.scope, a.kind, seal(a.live), seal(a.shadow), a.route, a.first, a.last) for a in KNOWN]
    store.record([], checkpoint={}, aliases=kept)
    store.close()
    return file


def shown(config: Path, *arguments: str):
    return CliRunner().invoke(app, ["aliases", *arguments, "--config", str(config)])


def test_all_names_are_listed_and_secrets_are_masked(config):
    listed = shown(config)
    assert listed.exit_code == 0
    assert "75f0a1b2c3d4e5f60123456f" in listed.output
    assert "3 names, 3 of them differ" in listed.output
    assert SECRET not in listed.output
    assert "{{sealed:" in listed.output


@pytest.mark.parametrize("name", ["65f0a1b2c3d4e5f601234567", "75f0a1b2c3d4e5f60123456f"])
def test_a_name_of_either_world_is_explained(config, name):
    told = shown(config, name).output
    assert "kind objectid: known by its form; for everybody" in told
    assert "learned on route runs.create, in exchange 01FIRST" in told
    assert "used lately in exchange 01LAST" in told


def test_a_number_is_found_by_itself_and_as_json(config):
    (found,) = json.loads(shown(config, "18", "--json").output)
    assert (found["kind"], found["live"], found["shadow"], found["route"]) == ("number", "order 17", "order 18", "")


def test_a_secret_is_found_by_its_value_and_still_not_shown(config):
    told = shown(config, SECRET)
    assert "for the client session:01C" in told.output
    assert SECRET not in told.output


def test_a_name_that_nobody_has_is_told(config):
    assert isinstance(shown(config, "nobody").exception, NotFound)
