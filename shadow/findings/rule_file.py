"""The rule that accepts a finding: made ready, and written into `shadow.toml` without touching a byte that is there."""

from __future__ import annotations

import os
import shutil
import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path

import tomlkit

from shadow.compare.rules import compile_rules
from shadow.compare.suggest import suggested
from shadow.config import Rule
from shadow.config_file import load
from shadow.errors import ConfigError, StartError
from shadow.findings.finding import Finding
from shadow.judgement import Difference, Sample

_UNNAMED = "any"


def ready_rule(
    finding: Finding, *, reason: str, owner: str = "", until: date | None = None, samples: Iterable[Sample] = ()
) -> Rule | None:
    """The narrowest rule that accepts this finding and its samples; None for one that stands for many places."""
    if finding.layer == _UNNAMED:
        return None
    shown = Difference(finding.layer, finding.kind, finding.place, finding.primary, finding.candidate)
    seen = [*samples]
    bodies = [(_body(sample.primary_answer), _body(sample.candidate_answer)) for sample in seen]
    place, rule = suggested(shown, [(sample.primary, sample.candidate) for sample in seen], bodies)
    return Rule(place=place, rule=rule, route=finding.route, reason=reason, owner=owner, until=until)


def _body(answer: Mapping[str, object]) -> str:
    """The body of a sealed answer, where it is text."""
    return str(answer.get("text", ""))


def as_text(rule: Rule) -> str:
    """The rule as a table of `shadow.toml`."""
    table = tomlkit.table()
    for name in ("route", "place", "rule", "reason", "owner", "until"):
        if value := getattr(rule, name):
            table.append(name, value)
    tables = tomlkit.aot()
    tables.append(table)
    return tomlkit.dumps({"rules": tables})


def write(source: Path, rule: Rule, environ: Mapping[str, str], *, today: date) -> bool:
    """Put the rule at the end of the file; False when it is there already. ConfigError, and nothing changed, when the
    file with it could not be loaded."""
    file = source.resolve()
    text = file.read_text("utf-8")
    if any(_same(table, rule) for table in tomllib.loads(text).get("rules", ())):
        return False
    if rule.until and rule.until < today:
        raise ConfigError([f"--until {rule.until}: has passed. Next: name a day to come, or leave it out"])
    if _closed(text):
        raise ConfigError(
            [
                f"{source}: its rules are one array, rules = […], and no table of a rule may follow it. Next: write "
                f"each of them as a table [[rules]], then accept again; or add this rule by hand:\n\n{as_text(rule)}"
            ]
        )
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        gap = "\n" if text.endswith("\n") else "\n\n"
        _draft(file, part, f"{text}{gap}{as_text(rule)}")
        compile_rules(load(part, environ).rules, today)
        part.replace(file)
    except OSError as error:
        raise StartError(f"{source}: cannot be written ({error.strerror}). Next: add the rule by hand") from None
    except ConfigError as error:
        mistakes = [mistake.replace(part.name, file.name) for mistake in error.mistakes]
        raise ConfigError([*mistakes, f"{source} is unchanged: with the rule it could not be loaded"]) from None
    finally:
        part.unlink(missing_ok=True)
    return True


def _closed(text: str) -> bool:
    """Whether the file, which is sound, says `rules = […]`: TOML lets no `[[rules]]` follow that."""
    try:
        tomllib.loads(f"{text}\n[[rules]]\n")
    except tomllib.TOMLDecodeError:
        return True
    return False


def _draft(file: Path, part: Path, text: str) -> None:
    with part.open("w", encoding="utf-8", newline="") as handle:
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())
    shutil.copymode(file, part)


def _same(table: object, rule: Rule) -> bool:
    wanted = (rule.route, rule.place, rule.rule)
    return isinstance(table, dict) and (table.get("route", "*"), table.get("place"), table.get("rule")) == wanted
