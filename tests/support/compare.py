"""Builders for pairs of answers, and names that a test lays down."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from shadow.compare import Comparer, NoNames, Pair
from shadow.config import Rule
from shadow.exchange import Answer, Body, Response
from shadow.headers import HeaderList
from shadow.judgement import Comparison

AT = 1_700_000_000.0
TODAY = date(2026, 1, 15)


@dataclass
class KnownNames:
    """Primary to candidate names that are known already, the same for every scope."""

    pairs: Mapping[str, str] = field(default_factory=dict)

    def candidate_of(self, primary: str, scope: str) -> str | None:
        return self.pairs.get(primary)

    def primary_of(self, candidate: str, scope: str) -> str | None:
        return next((p for p, c in self.pairs.items() if c == candidate), None)

    def begin(self, primary: str, candidate: str) -> bool:
        return {c[: len(primary)] for p, c in self.pairs.items() if p.startswith(primary)} == {candidate}


def renamed(value: Any, names: Mapping[str, str]) -> Any:
    """The value with these strings in it called otherwise."""
    if isinstance(value, dict):
        return {key: renamed(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [renamed(item, names) for item in value]
    return names.get(value, value) if isinstance(value, str) else value


def answer(
    body: bytes | str = b"", *, media: str = "", status: int = 200, headers: Sequence[tuple[str, str]] = ()
) -> Response:
    """An answer with these fields; the media type first when there is one."""
    pairs = [("Content-Type", media), *headers] if media else list(headers)
    data = body if isinstance(body, bytes) else body.encode("utf-8", "surrogatepass")
    return Response(status, HeaderList.of((n.encode(), v.encode("latin-1")) for n, v in pairs), Body.of(data))


def as_json(value: Any, **more: Any) -> Response:
    """An answer with this value; `text` in place of it is taken as it is."""
    return answer(json.dumps(value), media="application/json", **more)


def json_text(text: str) -> Response:
    return answer(text, media="application/json")


def page(body: str, **more: Any) -> Response:
    return answer(
        f"<!doctype html><html><head><title>t</title></head><body>{body}</body></html>", media="text/html", **more
    )


def compared(
    primary: Answer,
    candidate: Answer,
    *rules: tuple[str, str],
    names: Any = None,
    route: str = "tests.view",
    method: str = "GET",
    held: Sequence[str] = (),
    today: date = TODAY,
    until: date | None = None,
    **told: Any,
) -> Comparison:
    """Compare two answers under rules given as (place, rule); `told` are more fields of the Pair."""
    declared = [Rule(place=place, rule=rule, route="*", reason="test", until=until) for place, rule in rules]
    jar = frozenset(held)
    pair = Pair(route, method, "client", primary, candidate, AT, jar, jar, **told)
    return Comparer(declared, today=today).compare(pair, names or NoNames())


def found(comparison: Comparison) -> list[tuple[str, str]]:
    """Kind and place of each difference."""
    return [(difference.kind, difference.place) for difference in comparison.differences]
