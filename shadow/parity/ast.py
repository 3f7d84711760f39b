"""`shadow parity ast`: what differs between each legacy endpoint and its port once the forced changes are taken out."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher, unified_diff

from shadow.config import Parity
from shadow.errors import ConfigError
from shadow.parity.applications import Applications
from shadow.parity.normalise import Normal, normalised
from shadow.parity.result import Check, Row, Seen, Unequal
from shadow.parity.rewrite import rules_of
from shadow.parity.sources import Source, pairs
from shadow.parity.tables import fastapi_table, patterns, pyramid_table

_CONTEXT = 2  # lines around a change


def check(apps: Applications, parity: Parity) -> Seen:
    """Compare every endpoint, and what stands beside them; raises ConfigError when a package is not named."""
    packages = parity.primary_package, parity.candidate_package
    if not all(packages):
        raise ConfigError(["[parity] primary_package and candidate_package are needed: whose sources are compared"])
    forced, paths = rules_of(parity.forced), patterns(apps.primary)
    rows, unequal = [], []
    for subject, p, c in pairs(pyramid_table(apps.primary), fastapi_table(apps.candidate), packages):
        ours, theirs = normalised(p, (), paths), normalised(c, forced, {})
        rows.append(Row(subject, _cell(p), _cell(c), _said(ours, theirs)))
        if ours.canonical != theirs.canonical:
            unequal.append(
                Unequal(Check.AST, subject, _diff(ours.lines, theirs.lines, _CONTEXT), _essence(ours, theirs))
            )
    return Seen(Check.AST, tuple(rows), tuple(unequal))


def similarity(ours: Normal, theirs: Normal) -> float:
    """How much of the two is the same, 0 to 1."""
    return SequenceMatcher(None, ours.canonical, theirs.canonical, autojunk=False).ratio()


def _said(ours: Normal, theirs: Normal) -> str:
    if ours.canonical == theirs.canonical:
        return "equal"
    return f"{min(similarity(ours, theirs), 0.99):.0%}"  # 100 % is equal and nothing less


def _cell(source: Source | None) -> str:
    return source.told if source else ""


def _essence(ours: Normal, theirs: Normal) -> tuple[str, ...]:
    """The changed lines alone, with numbered locals: what both sides change alike leaves a sign-off as it is.

    Which quotation marks Python writes around an f-string depends on its version.
    """
    changed = _diff(ours.canonical.splitlines(), theirs.canonical.splitlines(), 0)
    return tuple(line.replace('"', "'") for line in changed)


def _diff(ours: Sequence[str], theirs: Sequence[str], context: int) -> tuple[str, ...]:
    """A unified diff without its head, from the primary to the candidate."""
    lines = list(unified_diff(ours, theirs, n=context, lineterm=""))[2:]
    return tuple("@@" if line.startswith("@@") else line for line in lines)
