"""Explain a sample of a finding with DeepDiff. Off the comparing path: it costs a hundred times a walk."""

from __future__ import annotations

import json
from typing import Any

from shadow.compare.identifiers import blanked

_LINES = 20
_TOO_LONG = 200_000  # characters; beyond it the explanation takes longer than anyone waits


def explain(primary_json: str, candidate_json: str) -> list[str]:
    """What differs between two JSON texts, one sentence each; empty when either is no JSON or too long.

    Names that the two sides make for themselves are told only where nothing else differs.
    """
    if len(primary_json) + len(candidate_json) > _TOO_LONG:
        return []
    return _sentences(blanked(primary_json), blanked(candidate_json)) or _sentences(primary_json, candidate_json)


def _sentences(primary_json: str, candidate_json: str) -> list[str]:
    # Imported when asked for: it brings NumPy, and every command and every process would wait for that at its start.
    from deepdiff import DeepDiff

    try:
        primary, candidate = json.loads(primary_json), json.loads(candidate_json)
        sentences: Any = DeepDiff(primary, candidate, verbose_level=2).pretty().splitlines()
    except (ValueError, RecursionError):
        return []
    found = [str(line) for line in sentences if line]
    return found if len(found) <= _LINES else [*found[:_LINES], f"and {len(found) - _LINES} more"]
