"""The documents keep up with the code: every setting and every command is described."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest
import typer.main

from shadow import config
from shadow.cli.main import app
from shadow.config import Rule
from shadow.config_file import _TABLES, load
from shadow.config_routes import _ROUTE_KEYS

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "configuration.md").read_text("utf-8")


def described(heading: str) -> set[str]:
    """The settings in the tables below a heading that names this section."""
    for part in TEXT.split("\n## ")[1:]:
        if heading in part.splitlines()[0]:
            return set(re.findall(r"^\| `(\w+)` \|", part, re.MULTILINE))
    raise AssertionError(f"docs/configuration.md has no heading with {heading}")


SECTIONS = [
    *((f"`[{name}]`", {field.name for field in dataclasses.fields(kind)}) for name, kind in _TABLES.items()),
    ("`[[parity.accepted]]`", {field.name for field in dataclasses.fields(config.Accepted)}),
    ("`[[routes]]`", set(_ROUTE_KEYS)),
    ("`[groups.NAME]`", {field.name for field in dataclasses.fields(config.Group)} - {"name"}),
    ("`[[rules]]`", {field.name for field in dataclasses.fields(Rule)}),
    ("`[[webhooks]]`", {field.name for field in dataclasses.fields(config.Webhook)}),
]


@pytest.mark.parametrize(("heading", "settings"), SECTIONS, ids=[heading for heading, _ in SECTIONS])
def test_every_setting_is_described(heading: str, settings: set[str]) -> None:
    assert settings <= described(heading)


def test_nothing_is_described_that_does_not_exist() -> None:
    known = set().union(*(settings for _, settings in SECTIONS))
    assert set(re.findall(r"^\| `(\w+)` \|", TEXT, re.MULTILINE)) <= known


def test_the_first_configuration_can_be_loaded(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "first-hour.md").read_text("utf-8")
    (block,) = re.findall(r"^```toml\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    (tmp_path / "shadow.toml").write_text(block)
    assert load(tmp_path / "shadow.toml", {}).two_worlds


@pytest.mark.parametrize("name", ["README.md", "ARCHITECTURE.md", "docs/configuration.md", "docs/first-hour.md"])
def test_links_lead_to_files(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    for target in re.findall(r"\]\(([^)#:]+)\)", text):
        assert ((ROOT / name).parent / target).exists(), f"{name} links to {target}"


def test_every_command_has_a_line_of_help() -> None:
    command = typer.main.get_command(app)
    found = {name: one.help for name, one in command.commands.items()}  # type: ignore[attr-defined]
    assert set(found) >= {"serve", "proxy", "mirror", "console", "demo", "status", "promote", "rollback", "report"}
    assert all(found.values())
