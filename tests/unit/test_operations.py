"""The guides for operators name commands, files, units and headings that exist."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import typer.main

from shadow.cli.main import app

ROOT = Path(__file__).parents[2]
GUIDES = ("operations.md", "worker-protocol.md", "porting.md")
TEXT = (ROOT / "docs" / "operations.md").read_text("utf-8")
ALL = "\n".join((ROOT / "docs" / name).read_text("utf-8") for name in GUIDES)

BLOCKS = [line for block in re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL) for line in block.splitlines()]
INLINE = re.findall(r"`(shadowctl [^`]+)`", TEXT)
SHADOWCTL = sorted({line for line in (*BLOCKS, *INLINE) if line.startswith("shadowctl ")})


@pytest.mark.parametrize("line", SHADOWCTL)
def test_a_command_exists_with_its_options(line: str) -> None:
    words = shlex.split(line, comments=True)[1:]
    command = typer.main.get_command(app)
    while hasattr(command, "commands"):
        name = words.pop(0)
        assert name in command.commands, f"there is no {name!r} in {line!r}"
        command = command.commands[name]
    # Parses and raises what is wrong with the words and options; runs nothing.
    command.make_context("shadow", words)


def test_the_guide_shows_the_commands_of_every_move() -> None:
    shown = {line.split()[1] for line in SHADOWCTL}
    assert {"doctor", "status", "findings", "report", "promote", "rollback", "release", "ledger", "state-diff"} <= shown
    assert {"freeze", "unfreeze", "operators", "graduate", "resync"} <= shown | set(
        re.findall(r"shadowctl (\w+)", TEXT)
    )
    for word in ("--to canary:5", "--dry-run", "auto = true", "The guard", "--partial"):
        assert word in TEXT


def test_units_and_files_exist() -> None:
    for path in set(re.findall(r"\b(?:deploy/[\w./-]+\w|tests/[\w/]+\.py)", ALL)):
        assert (ROOT / path).exists(), path
    for stack, instance in set(re.findall(r"fishtest-(\w+)@(\w+)", TEXT)):
        assert (ROOT / "deploy" / "systemd" / f"fishtest-{stack}@.service").exists()
        assert (ROOT / "deploy" / "systemd" / "env" / f"{stack}-{instance}.env").exists()
    for name in set(re.findall(r"front-\w+\.conf", TEXT)):
        assert (ROOT / "deploy" / "nginx" / "fishtest" / name).exists()
    for name in set(re.findall(r"/etc/fishtest/([\w-]+\.env)", TEXT)):
        assert (ROOT / "deploy" / "systemd" / "env" / name).exists()


@pytest.mark.parametrize("name", GUIDES)
def test_links_lead_somewhere(name: str) -> None:
    text = (ROOT / "docs" / name).read_text("utf-8")
    headings = {re.sub(r"[^\w -]", "", line.lower()).replace(" ", "-") for line in re.findall(r"^#+ (.+)$", text, re.M)}
    for target in re.findall(r"\]\(([^)]+)\)", text):
        file, _, anchor = target.partition("#")
        assert not file or (ROOT / "docs" / file).exists(), target
        assert file or anchor in headings, target


def test_every_step_of_the_table_has_a_way_back() -> None:
    steps = re.split(r"^## (?=\d)", TEXT, flags=re.MULTILINE)[1:]
    assert len(steps) == 9
    without = [step.splitlines()[0] for step in steps if "*Undo" not in step]
    assert without == ["4. Watch and mend"]


def test_roles_are_changed_to_standby_before_a_move_and_to_owner_after_it() -> None:
    """A restart in between must find no second owner."""
    for move in ("promote worker", "rollback worker --reason"):
        [block] = [block for block in re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL) if f"shadowctl {move}" in block]
        before, after = block.split(f"shadowctl {move}")
        assert "FISHTEST_ROLE=standby" in before
        assert "FISHTEST_ROLE=owner" in after
        assert "FISHTEST_ROLE=owner" not in before
        leaving, entering = re.findall(r"/etc/fishtest/(\S+)", before), re.findall(r"/etc/fishtest/(\S+)", after)
        assert sorted([*leaving, *entering]) == [
            "legacy-main.env",
            "legacy-shadow.env",
            "port-main.env",
            "port-shadow.env",
        ]
