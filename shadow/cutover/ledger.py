"""What the ledger says of a move: the evidence in numbers, its digest, and whether the trail is as it was written."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from shadow.cutover.evidence import Evidence
from shadow.cutover.gate import Ruling
from shadow.errors import StoreError
from shadow.store.base import Store
from shadow.store.trail import broken_at
from shadow.store.values import LedgerEntry
from shadow.words import Verdict


def evidence_text(
    verdict: Verdict, evidences: Sequence[Evidence], rulings: Mapping[str, Ruling], lacking: Sequence[str] = ()
) -> str:
    """What a move rests on, as JSON: the verdict, the epoch, each route's numbers, and a digest of all the evidence.

    `lacking` is what the present step of a canary had not shown.
    """
    whole = json.dumps([asdict(evidence) for evidence in evidences], sort_keys=True)
    return json.dumps(
        {
            "verdict": verdict,
            "ramp": list(lacking),
            "digest": hashlib.sha256(whole.encode()).hexdigest(),
            "epoch": asdict(evidences[0].epoch) if evidences else None,
            "routes": {
                name: {
                    "verdict": ruling.verdict,
                    "clean": ruling.clean,
                    "needed": ruling.needed,
                    "attempt": ruling.attempt,
                    "upper_bound": round(ruling.upper_bound, 6),
                    "reasons": ruling.reasons,
                    "waived": ruling.waived,
                }
                for name, ruling in rulings.items()
            },
        },
        sort_keys=True,
    )


def verified(store: Store) -> list[LedgerEntry]:
    """The whole ledger; StoreError names the first entry that is not as it was written."""
    entries = store.ledger()
    if (number := broken_at(entries)) is not None:
        raise StoreError(
            f"ledger: entry {number} was changed or the one before it removed; trust only what is above it"
        )
    return entries
