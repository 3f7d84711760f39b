"""Findings, samples and moves as the JSON text that a store keeps, and which finding is meant by an id."""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from shadow.errors import NotFound
from shadow.findings.finding import Acceptance, Finding
from shadow.judgement import Sample
from shadow.store.values import Move
from shadow.words import FindingStatus, Severity, Side


def as_text(value: Finding | Sample | Move) -> str:
    """The text to keep."""
    return orjson.dumps(value).decode()


def finding_of(text: str) -> Finding:
    """The finding that `as_text` wrote."""
    kept = orjson.loads(text)
    kept["severity"] = Severity(kept["severity"])
    kept["status"] = FindingStatus(kept["status"])
    kept["builds"], kept["shapes"] = tuple(kept["builds"]), tuple(kept["shapes"])
    if kept["accepted"] is not None:
        kept["accepted"] = Acceptance(**kept["accepted"])
    return Finding(**kept)


def sample_of(text: str) -> Sample:
    """The sample that `as_text` wrote."""
    kept = orjson.loads(text)
    serving = kept.pop("serving", None)
    return Sample(**kept, serving=serving and Side(serving))


def move_of(text: str) -> Move:
    """The move that `as_text` wrote."""
    return Move(**orjson.loads(text))


def meant(finding_id: str, found: Sequence[Finding]) -> Finding:
    """The one of these, all of whose ids begin so, that is meant; NotFound when there is none, or several are."""
    if not finding_id or not found:
        raise NotFound(f"there is no finding {finding_id!r}. Next: shadow findings list")
    exact = [finding for finding in found if finding.id == finding_id]
    if len(exact or found) > 1:
        raise NotFound(f"{finding_id!r} is the beginning of several findings: {', '.join(one.id for one in found)}")
    return (exact or found)[0]
