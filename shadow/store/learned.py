"""What `shadow baseline` has learned, kept in the store as one text."""

from __future__ import annotations

from collections.abc import Iterable

import orjson

from shadow.compare.learned import Learned
from shadow.findings.finding import Finding
from shadow.store.base import Store

_NOTE = "noise.learned"


def known(store: Store) -> tuple[Learned, ...]:
    """The places learned so far."""
    return tuple(Learned(*parts) for parts in orjson.loads(store.noted(_NOTE) or "[]"))


def keep(store: Store, learned: Iterable[Learned]) -> None:
    """Keep exactly these."""
    parts = [[one.route, one.layer, one.kind, one.place] for one in sorted(set(learned))]
    store.note(_NOTE, orjson.dumps(parts).decode())


def from_findings(findings: Iterable[Finding]) -> tuple[Learned, ...]:
    """The places at which two primaries differed by themselves, as far as such places may be learned."""
    seen = (
        Learned(one.route, one.layer, one.kind, one.place)
        for one in findings
        if one.count > one.races + one.consequences
    )
    return tuple(sorted({one for one in seen if one.learnable}))
