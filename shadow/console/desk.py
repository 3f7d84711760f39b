"""What the console works with: one seam for pages and API, so that both say and do the same."""

from __future__ import annotations

from typing import Any, Protocol


class Desk(Protocol):
    """What is not async asks the store and blocks: call it in a thread. Moves raise PromotionRefused and NotFound."""

    def report(self) -> dict[str, Any]:
        """The report of this moment (design 13)."""
        ...

    def finding(self, finding_id: str) -> dict[str, Any]:
        """One finding with its samples in full."""
        ...

    def ledger(self, limit: int) -> list[dict[str, Any]]:
        """The newest entries of the ledger."""
        ...

    def accept(self, finding_id: str, *, who: str, reason: str) -> dict[str, Any]:
        """Sign a finding off in the store; the rule in `shadow.toml` is for the command line."""
        ...

    async def retry(self, finding_id: str, *, force: bool) -> dict[str, Any]:
        """Send a finding's request to both sides now, and compare."""
        ...

    async def promote(self, name: str, *, to: str, force: bool, reason: str, who: str, dry_run: bool) -> dict[str, Any]:
        """Move a route or group forward; a dry run changes nothing and tells what would be done."""
        ...

    async def rollback(self, name: str, *, reason: str, who: str, force: bool, dry_run: bool) -> dict[str, Any]:
        """Take a route or group back to `shadow`; `force` does not wait for a dead candidate."""
        ...

    async def freeze(self, *, reason: str, who: str) -> dict[str, Any]:
        """Let nothing move forward until `unfreeze`."""
        ...

    async def unfreeze(self, *, reason: str, who: str) -> dict[str, Any]:
        """Let routes and groups move forward again."""
        ...

    def hold(self, name: str, *, reason: str, who: str) -> dict[str, Any]:
        """Allow no promotion of a route or group until `release`."""
        ...

    async def release(self, name: str, *, reason: str, who: str) -> dict[str, Any]:
        """Clear a hold."""
        ...
