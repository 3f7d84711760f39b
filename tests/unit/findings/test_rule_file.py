"""The rule that accepts a finding, and how it gets into the file: whole or not at all, and nothing else moves."""

from __future__ import annotations

import stat
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from shadow.config import Rule
from shadow.config_file import load
from shadow.errors import ConfigError
from shadow.findings.finding import Finding
from shadow.findings.rule_file import as_text, ready_rule, write
from shadow.words import Severity

TODAY = date(2026, 1, 15)
# Odd on purpose: comments everywhere, a rule amid other tables, spaces that no tool would write.
TEXT = """# the configuration
[primary]
live   = "http://127.0.0.1:1"   # Pyramid
[candidate]
live = "http://127.0.0.1:2"

[[rules]]   # the first one
place = "header:x-a"
rule = "ignore"
reason = 'literal "text"'

[[routes]]
name = "tests.view"
path = "/tests/view/{id}"   # last line, without an end"""
RULE = Rule("json:$.runs[*].tc", "ignore", "tests.view", 'it\'s "right"\n¿ä?', "ui", date(2027, 3, 1))


def a_finding(**changes: Any) -> Finding:
    values: dict[str, Any] = {
        "id": "f1",
        "route": "tests.view",
        "layer": "json",
        "kind": "value",
        "place": "json:$.runs[*].tc",
        "primary": '"a"',
        "candidate": '"b"',
        "severity": Severity.VISIBLE,
        "first_seen": 1.0,
        "last_seen": 1.0,
    }
    return Finding(**{**values, **changes})


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "shadow.toml"
    file.write_text(TEXT, "utf-8")
    file.chmod(0o640)
    return file


def test_the_rule_is_added_behind_every_byte_that_was_there(file: Path) -> None:
    assert write(file, RULE, {}, today=TODAY)
    text = file.read_text("utf-8")
    assert text.startswith(TEXT + "\n\n[[rules]]\n")
    assert load(file, {}).rules[1] == RULE
    assert len(load(file, {}).rules) == 2
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert [one.name for one in file.parent.iterdir()] == ["shadow.toml"]


def test_a_rule_that_is_there_is_not_added_again(file: Path) -> None:
    write(file, RULE, {}, today=TODAY)
    before = file.read_bytes()
    assert not write(file, RULE, {}, today=TODAY)
    assert file.read_bytes() == before


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        (Rule("json:$.a[", "ignore", "tests.view", "why"), "is odd from"),
        (Rule("html:#row-<objectid>", "ignore", "tests.view", "why"), "not a CSS selector"),
        (Rule("json:$.a", "ignore", "nonsense", "why"), "there is no route 'nonsense'"),
        (Rule("json:$.a", "ignore", "tests.view", ""), "'reason' is missing"),
        (Rule("json:$.a", "ignore", "tests.view", "why", until=date(2026, 1, 14)), "has passed"),
    ],
)
def test_what_could_not_be_loaded_leaves_the_file_as_it_was(file: Path, rule: Rule, told: str) -> None:
    with pytest.raises(ConfigError, match=told) as error:
        write(file, rule, {}, today=TODAY)
    assert ".part" not in str(error.value)
    assert file.read_text("utf-8") == TEXT
    assert [one.name for one in file.parent.iterdir()] == ["shadow.toml"]


def test_a_link_stays_a_link(file: Path, tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    link = tmp_path / "etc" / "shadow.toml"
    link.symlink_to(file)
    write(link, RULE, {}, today=TODAY)
    assert link.is_symlink()
    assert len(load(file, {}).rules) == 2


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({}, "ignore"),
        ({"kind": "order"}, "unordered"),
        ({"kind": "missing", "primary": "null", "candidate": ""}, "null-is-absent"),
        ({"kind": "missing", "primary": "1", "candidate": ""}, "ignore"),
        ({"layer": "status", "kind": "status", "place": "status"}, "ignore"),
    ],
)
def test_the_rule_is_the_narrowest_that_accepts_the_finding(changes: dict[str, str], rule: str) -> None:
    found = ready_rule(a_finding(**changes), reason="why")
    assert found is not None
    assert found.rule == rule
    assert f'rule = "{rule}"' in as_text(found)


def test_a_finding_for_many_places_has_no_rule() -> None:
    assert ready_rule(a_finding(layer="any", place="more places"), reason="why") is None


def test_an_array_of_rules_that_no_table_can_follow_is_told_with_what_to_do(file: Path) -> None:
    """What the parser says of it, `Cannot mutate immutable namespace`, helps nobody."""
    text = 'rules = [{place = "header:x-a", rule = "ignore", reason = "x"}]\n' + TEXT.replace("[[rules]]", "[[other]]")
    file.write_text(text, "utf-8")
    with pytest.raises(
        ConfigError, match=r"rules = \[…\].*Next: write each of them as a table \[\[rules\]\]"
    ) as caught:
        write(file, RULE, {}, today=TODAY)
    assert as_text(RULE) in str(caught.value)
    assert file.read_text("utf-8") == text
