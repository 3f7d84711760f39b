"""Which stack owns the in-process state of a group in the shadow world, and the handover there.

A promotion swaps serving and mirrored side. In the shadow world the same handover happens at the same place of the
recording: when the first exchange comes that the other side served, all earlier copies are done, the leaving stack's
`leave` hook flushes its cache and the entering stack's `enter` hook drops its own.
"""

from __future__ import annotations

from collections.abc import Mapping

import structlog

from shadow.config import Config
from shadow.exchange import Exchange
from shadow.hooks import HookFailed, call_hook
from shadow.routes import UNMATCHED
from shadow.words import Side, World

_log = structlog.get_logger("shadow.mirror")


class Owners:
    """The mirrored side that owns each group's state, by group name."""

    def __init__(self, config: Config, known: Mapping[str, Side]) -> None:
        self._config = config
        self._owner = dict(known)
        self._next = dict(known)

    def turns(self, exchange: Exchange) -> bool:
        """True for the first exchange that the other side served: it must wait for all before it (call in order)."""
        unit = self._unit(exchange)
        if not unit:
            return False
        mirrored = exchange.serving.other
        turned = self._next.get(unit, Side.CANDIDATE) is not mirrored
        self._next[unit] = mirrored
        return turned

    async def follow(self, exchange: Exchange) -> str:
        """Hand the group's state over in the shadow world when it is due; what failed, or nothing."""
        unit = self._unit(exchange)
        mirrored = exchange.serving.other
        if not unit or self._owner.get(unit, Side.CANDIDATE) is mirrored:
            return ""
        group = self._config.groups[unit]
        leaving = self._config.upstream(mirrored.other).in_world(World.SHADOW)
        entering = self._config.upstream(mirrored).in_world(World.SHADOW)
        self._owner[unit] = mirrored
        try:
            await call_hook(leaving, group.leave, timeout=group.timeout)
            await call_hook(entering, group.enter, timeout=group.timeout)
        except HookFailed as error:
            _log.error("mirror.handover_failed", group=unit, to=str(mirrored), error=str(error))
            return f"handover of {unit} in the shadow world: {error}"
        _log.info("mirror.handover", group=unit, to=str(mirrored))
        return ""

    def clear(self) -> None:
        """Forget everything: another world begins, in which the candidate owns what no promotion has moved."""
        self._owner.clear()
        self._next.clear()

    def known(self) -> dict[str, Side]:
        """Group name to owner, for the store."""
        return dict(self._owner)

    def _unit(self, exchange: Exchange) -> str:
        """The exchange's group if it has hooks and a world of its own to call them in."""
        if not self._config.two_worlds or exchange.route == UNMATCHED:
            return ""
        group = self._config.groups.get(exchange.group)
        return exchange.group if group is not None and group.state == "in-process" else ""
