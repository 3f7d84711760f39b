"""`shadow parity metadata`: does each request get the same status, template and names in its context on both sides?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from shadow.parity.asking import Asked, Told
from shadow.parity.pages import Page
from shadow.parity.result import Check, Row, Seen, Unequal


def check(asked: Sequence[Asked]) -> Seen:
    """One row for each request."""
    rows, unequal = [], []
    for one in asked:
        lines = tuple(_differences(one.primary, one.candidate))
        rows.append(Row(one.ask.name, _cell(one.primary), _cell(one.candidate), "differs" if lines else "equal"))
        if lines:
            unequal.append(Unequal(Check.METADATA, one.ask.name, lines))
    return Seen(Check.METADATA, tuple(rows), tuple(unequal))


def _differences(primary: Told, candidate: Told) -> Iterator[str]:
    if primary.status != candidate.status:
        yield f"status: primary {primary.status}, candidate {candidate.status}"
    for p, c in zip_longest(primary.pages, candidate.pages):
        yield from _page(p, c)


def _page(p: Page | None, c: Page | None) -> Iterator[str]:
    ours, theirs = (page.template if page else "none" for page in (p, c))
    if p is None or c is None or ours != theirs:
        yield f"template: primary {ours}, candidate {theirs}"
        return
    for side, names in (("candidate", set(p.names) - set(c.names)), ("primary", set(c.names) - set(p.names))):
        if names:
            yield f"context of {ours}: {side} has no {', '.join(sorted(names))}"


def _cell(told: Told) -> str:
    return ", ".join([str(told.status), *(f"{page.template} with {len(page.names)} names" for page in told.pages)])
