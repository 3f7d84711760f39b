"""`shadow findings accept` and `show` on a real store and a real file."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from shadow.cli.main import app
from shadow.config_file import load
from shadow.errors import ConfigError, NotFound, ShadowError
from shadow.store import open_store
from shadow.words import FindingStatus, Outcome
from tests.support.judgements import a_difference, a_judgement, a_mismatch, a_sample

TEXT = """[primary]
live = "http://127.0.0.1:1"
[candidate]
live = "http://127.0.0.1:2"
[store]
url = "sqlite:///shadow.db"
# the routes
[[routes]]
name = "orders.list"
path = "/orders"
"""
REQUEST = {"method": "GET", "target": "/orders"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "shadow.toml").write_text(TEXT)
    store = open_store(f"sqlite:///{tmp_path}/shadow.db")
    samples = (a_sample(request=REQUEST),)
    store.record([a_mismatch(1, "json:$.orders[3].total", samples=samples)], checkpoint={"w1": 1})
    store.close()
    return tmp_path


def findings(folder: Path, *words: str) -> Result:
    arguments = ["findings", *words, "--config", str(folder / "shadow.toml")]
    return CliRunner().invoke(app, arguments, catch_exceptions=False)


def finding_of(folder: Path):
    store = open_store(f"sqlite:///{folder}/shadow.db")
    (found,) = store.findings()
    store.close()
    return found


def test_accepting_signs_the_finding_and_writes_its_rule(folder: Path) -> None:
    finding = finding_of(folder)
    done = findings(
        folder, "accept", finding.id[:6], "--reason", "rounded anew", "--owner", "shop", "--until", "2999-01-31"
    )
    assert done.exit_code == 0
    assert "this rule was added" in done.stderr
    assert 'place = "json:$.orders[*].total"' in done.stderr
    (rule,) = load(folder / "shadow.toml", {}).rules
    assert (rule.route, rule.place, rule.reason) == ("orders.list", "json:$.orders[*].total", "rounded anew")
    assert (rule.owner, str(rule.until)) == ("shop", "2999-01-31")
    assert (folder / "shadow.toml").read_text().startswith(TEXT)
    assert finding_of(folder).status is FindingStatus.ACCEPTED
    assert "this rule was there" in findings(folder, "accept", finding.id, "--reason", "again").stderr


def test_without_a_rule_only_the_store_knows(folder: Path) -> None:
    findings(folder, "accept", finding_of(folder).id, "--reason", "why", "--no-rule")
    assert (folder / "shadow.toml").read_text() == TEXT
    assert finding_of(folder).status is FindingStatus.ACCEPTED


def test_a_rule_that_cannot_be_written_leaves_the_finding_open(folder: Path) -> None:
    with pytest.raises(ConfigError, match="has passed"):
        findings(folder, "accept", finding_of(folder).id, "--reason", "why", "--until", "2001-01-01")
    assert finding_of(folder).status is FindingStatus.OPEN
    with pytest.raises(NotFound):
        findings(folder, "accept", "nonsense", "--reason", "why")
    with pytest.raises(ConfigError, match="'reason' is missing"):
        findings(folder, "accept", finding_of(folder).id, "--reason", "")


def test_a_finding_that_stands_for_many_places_needs_no_rule(tmp_path: Path, folder: Path) -> None:
    more = a_judgement(
        2,
        Outcome.MISMATCH,
        differences=(a_difference("more places", layer="any"),),
        samples=(a_sample("X2"),),
    )
    store = open_store(f"sqlite:///{folder}/shadow.db")
    store.record([more], checkpoint={"w1": 2})
    found = next(one for one in store.findings() if one.layer == "any")
    store.close()
    with pytest.raises(ShadowError, match="Next: --no-rule"):
        findings(folder, "accept", found.id, "--reason", "why")


def test_the_newest_sample_is_shown_and_more_only_when_asked_for(folder: Path) -> None:
    store = open_store(f"sqlite:///{folder}/shadow.db")
    more = [a_mismatch(n, "json:$.orders[3].total", samples=(a_sample(f"X{n}", request=REQUEST),)) for n in (2, 3)]
    store.record(more, checkpoint={"w1": 3})
    store.close()
    finding = finding_of(folder).id
    shown = findings(folder, "show", finding).stdout
    assert re.findall(r"exchange (\w+)", shown) == ["X3"]
    assert "3 samples in all: --samples 3" in shown
    shown = findings(folder, "show", finding, "--samples", "3").stdout
    assert re.findall(r"exchange (\w+)", shown) == ["X3", "X2", "X1"]
    assert "in all" not in shown
    assert len(json.loads(findings(folder, "show", finding, "--json").stdout)["samples"]) == 3


def test_a_finding_is_shown_with_the_rule_that_accepts_it(folder: Path) -> None:
    shown = findings(folder, "show", finding_of(folder).id).stdout
    assert '[[rules]]\nroute = "orders.list"\nplace = "json:$.orders[*].total"\nrule = "ignore"' in shown
