"""The operator's desk: what the console, its API and the command line read and do, on one store and configuration."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

import orjson

from shadow import clock
from shadow.compare.explain import explain
from shadow.config import Config
from shadow.cutover.ledger import verified
from shadow.cutover.moves import Moved, Moves
from shadow.errors import RecordingError, ShadowError
from shadow.findings.finding import Acceptance
from shadow.findings.rule_file import as_text, ready_rule, write
from shadow.mirror.retry import Retried, Retry
from shadow.recording.index import count_after
from shadow.recording.seal import Sealer
from shadow.recording.tokens import mask
from shadow.report.build import build, finding_value, iso
from shadow.standing import Standing
from shadow.store.base import Store
from shadow.store.values import Count, LedgerEntry

# A report is built at most this often for the pages of the console, however many are open.
_FRESH = 0.5
# So often the counts are read anew when the mirror has written meanwhile; it writes ten times a second at the most.
_TRIES = 5


class StoreDesk:
    """Implements `shadow.console.desk.Desk`."""

    def __init__(self, config: Config, store: Store) -> None:
        self._config = config
        self._store = store
        self._moves = Moves(config, store, pending=self.pending)
        self._lock = threading.Lock()
        self._built = float("-inf")
        self._report: dict[str, Any] = {}

    def pending(self) -> Mapping[str, int]:
        """Exchanges recorded and not judged yet, by route; none while there is no recording."""
        return self._pending_after(self._store.checkpoint())

    def _pending_after(self, checkpoint: Mapping[str, int]) -> Mapping[str, int]:
        try:
            return count_after(self._config.recording.path, checkpoint)
        except (RecordingError, FileNotFoundError):
            return {}

    def _build(self) -> dict[str, Any]:
        """The report. What waits is counted once, from where the counts end: nothing is both judged and pending."""
        checkpoint, counts = self._standstill()
        return build(self._store, self._config, self._pending_after(checkpoint), counts)

    def _standstill(self) -> tuple[Mapping[str, int], list[Count]]:
        """The counts, and the checkpoint up to which they go."""
        for _ in range(_TRIES):
            checkpoint, counts = self._store.checkpoint(), self._store.counts()
            if self._store.checkpoint() == checkpoint:
                break
        return checkpoint, counts

    def report(self) -> dict[str, Any]:
        """The report of this moment, at most half a second old."""
        with self._lock:
            if clock.monotonic() - self._built > _FRESH:
                self._report = self._build()
                self._built = clock.monotonic()
            return self._report

    def finding(self, finding_id: str) -> dict[str, Any]:
        """One finding with its samples in full: request and answers as text, seals shortened."""
        found = finding_value(self._store.finding(finding_id), self._store)
        for value, sample in zip(found["samples"], self._store.samples(found["id"]), strict=False):
            parts = {
                "request": sample.request,
                "primary": sample.primary_answer,
                "candidate": sample.candidate_answer,
            }
            value["text"] = {name: _text(part) for name, part in parts.items()}
            value["explained"] = explain(_body(sample.primary_answer), _body(sample.candidate_answer))
        rule = ready_rule(self._store.finding(found["id"]), reason="…", samples=self._store.samples(found["id"]))
        found["rule"] = as_text(rule) if rule else ""
        return found

    def ledger(self, limit: int, anchor: str = "") -> list[dict[str, Any]]:
        """The newest entries of the ledger, newest first; StoreError when the trail was tampered with."""
        return [ledger_value(entry) for entry in reversed(verified(self._store, anchor)[-limit:])]

    def accept(self, finding_id: str, *, who: str, reason: str) -> dict[str, Any]:
        """Sign a finding off."""
        if not reason:
            raise ShadowError("an accepted finding needs a reason. Next: --reason WHY")
        return finding_value(self._store.accept(finding_id, Acceptance(who, clock.now(), reason)), self._store)

    def write_rule(
        self, finding_id: str, *, reason: str, owner: str = "", until: date | None = None
    ) -> tuple[str, bool]:
        """Put the rule that accepts a finding into `shadow.toml`: its text, and whether it was not there yet."""
        finding = self._store.finding(finding_id)
        rule = ready_rule(finding, reason=reason, owner=owner, until=until, samples=self._store.samples(finding.id))
        if rule is None:
            raise ShadowError(f"{finding.id} stands for many places, which no one rule names. Next: --no-rule")
        return as_text(rule), write(self._config.source, rule, os.environ, today=date.today())

    async def retry(self, finding_id: str, *, force: bool = False) -> dict[str, Any]:
        """Send the finding's request to both sides now, and compare."""
        settings = self._config.recording
        sealer = Sealer.load(settings.key, settings.seal, create=False)
        return retried_value(await Retry(self._config, self._store, sealer).again(finding_id, force=force))

    async def promote(
        self,
        name: str,
        *,
        to: str,
        force: bool,
        reason: str,
        who: str,
        dry_run: bool = False,
        replay: Store | None = None,
    ) -> dict[str, Any]:
        """Move a route or group forward; a dry run tells what would be done, or raises what would refuse it."""
        try:
            standing = Standing.read(to)
        except ValueError as error:
            raise ShadowError(f"{error}. Next: --to canary:5, or --to promoted") from None
        promote = self._moves.promote
        moved = await promote(name, who=who, to=standing, force=force, reason=reason, dry_run=dry_run, replay=replay)
        return self._after(_moved(moved))

    async def rollback(
        self, name: str, *, reason: str, who: str, force: bool = False, dry_run: bool = False
    ) -> dict[str, Any]:
        """Take a route or group back to `shadow`; leaves a hold."""
        moved = await self._moves.rollback(name, who=who, reason=reason, force=force, dry_run=dry_run)
        return self._after(_moved(moved))

    async def freeze(self, *, reason: str, who: str) -> dict[str, Any]:
        """Let nothing move forward until `unfreeze`."""
        await asyncio.to_thread(self._moves.freeze, who=who, reason=reason)
        return self._after({"frozen": reason})

    async def unfreeze(self, *, reason: str, who: str) -> dict[str, Any]:
        """Let routes and groups move forward again."""
        await asyncio.to_thread(self._moves.unfreeze, who=who, reason=reason)
        return self._after({"frozen": ""})

    def hold(self, name: str, *, reason: str, who: str) -> dict[str, Any]:
        """Allow no promotion until `release`."""
        self._moves.hold(name, who=who, reason=reason)
        return self._after({"name": name, "hold": reason})

    async def release(self, name: str, *, reason: str, who: str) -> dict[str, Any]:
        """Clear a hold."""
        await asyncio.to_thread(self._moves.release, name, who=who, reason=reason)
        return self._after({"name": name, "hold": ""})

    def _after(self, told: dict[str, Any]) -> dict[str, Any]:
        """What a move told; the page that its button leads to must not show the report from before it."""
        self._built = float("-inf")
        return told


def retried_value(retried: Retried) -> dict[str, Any]:
    """What a retry found, as plain values; secrets are sealed in it."""
    judgement = retried.judgement
    sample = judgement.samples[0] if judgement.samples else None
    parts = {
        "request": sample.request if sample else {},
        "primary": sample.primary_answer if sample else {},
        "candidate": sample.candidate_answer if sample else {},
    }
    return {
        "finding": retried.finding.id,
        "equal": retried.equal,
        "still": retried.still,
        "outcome": str(judgement.outcome),
        "sent_to": {str(side): url for side, url in retried.sent_to.items()},
        "tainted": retried.tainted,
        "differences": [asdict(one) for one in judgement.differences],
        "text": {name: _text(part) for name, part in parts.items()},
    }


def ledger_value(entry: LedgerEntry) -> dict[str, Any]:
    """One entry of the ledger as plain values."""
    move = entry.move
    return {
        "number": entry.number,
        "at": iso(entry.at),
        "who": move.who,
        "action": str(move.action),
        "name": move.name,
        "from": str(move.origin),
        "to": str(move.to),
        "reason": move.reason,
        "forced": move.forced,
        "evidence": orjson.loads(move.evidence) if move.evidence else None,
        "previous": entry.previous,
        "digest": entry.digest,
    }


def _moved(moved: Moved) -> dict[str, Any]:
    told: dict[str, Any] = {"name": moved.unit, "from": str(moved.origin), "stage": str(moved.to), "note": moved.note}
    if not moved.steps:
        return told
    routes = {
        name: {
            "verdict": str(ruling.verdict),
            "reasons": list(ruling.reasons),
            "waived": list(ruling.waived),
            "replayed": list(ruling.replayed),
        }
        for name, ruling in moved.rulings.items()
    }
    return {**told, "dry_run": True, "steps": list(moved.steps), "lacking": list(moved.lacking), "routes": routes}


def _body(part: Mapping[str, Any]) -> str:
    """The body of a sealed answer, where it is text."""
    return mask(str(part.get("text", "")))


def _text(part: Mapping[str, Any]) -> str:
    """A sealed request or answer as a person reads it."""
    if not part:
        return ""
    if "unanswered" in part:
        return f"no answer: {part['unanswered']} {part.get('detail', '')}"
    first = f"{part['method']} {part['target']}" if "method" in part else f"{part['status']} {part.get('reason', '')}"
    fields = [f"{name}: {value}" for name, value in part.get("headers", ())]
    body = str(part.get("body", part.get("text", part.get("base64", ""))))
    return mask("\n".join([first, *fields, "", body[:20_000]]))
