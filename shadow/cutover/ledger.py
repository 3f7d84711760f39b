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
                    "replayed": ruling.replayed,
                }
                for name, ruling in rulings.items()
            },
        },
        sort_keys=True,
    )


def verified(store: Store, anchor: str = "") -> list[LedgerEntry]:
    """The whole ledger of a store, as `checked`."""
    return checked(store.ledger(), anchor)


def checked(entries: list[LedgerEntry], anchor: str = "") -> list[LedgerEntry]:
    """These entries; StoreError names the first that is not as it was written.

    A chain cannot tell that its end was cut off, or that somebody wrote all of it anew. `anchor` can: a digest that
    was the last one once, kept where nobody who can write in the store can change it.
    """
    if (number := broken_at(entries)) is not None:
        raise StoreError(
            f"ledger: entry {number} was changed or the one before it removed; trust only what is above it"
        )
    if anchor and anchor not in [entry.digest for entry in entries]:
        raise StoreError(
            f"ledger: none of {len(entries)} entries has the digest {anchor!r}: entries were removed at the end, or "
            "the trail was written anew. Next: compare with a copy or with what the webhooks told"
        )
    return entries
