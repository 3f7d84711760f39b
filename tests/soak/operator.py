"""The operator of a soak: moves units forth and back over the console's API, by force, again and again."""

from __future__ import annotations

import asyncio
import itertools
import time
from dataclasses import dataclass, field
from types import TracebackType
from typing import NamedTuple

import httpx

from tests.soak.site import SoakSite

REASON = "soak"


class Moved(NamedTuple):
    """One promotion or rollback: when it was asked for and when it was done (CLOCK_MONOTONIC s)."""

    unit: str
    action: str
    began: float
    ended: float


@dataclass
class Operator:
    """A script with the console's token; `refused` holds what the console would not do, or could not answer."""

    site: SoakSite
    moved: list[Moved] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    async def __aenter__(self) -> Operator:
        # Connections are not kept: the console may be killed between two moves.
        self._http = httpx.AsyncClient(
            base_url=self.site.console,
            headers=self.site.bearer(),
            limits=httpx.Limits(max_keepalive_connections=0),
            timeout=60.0,
            trust_env=False,
            verify=False,
        )
        return self

    async def __aexit__(
        self, _type: type[BaseException] | None, _value: BaseException | None, _trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def forth_and_back(self, units: tuple[str, ...], moves: int, pause: float) -> None:
        """So many promotions and rollbacks, by turns, unit after unit; in a pause, what was held is answered."""
        for unit, _ in zip(itertools.cycle(units), range((moves + 1) // 2), strict=False):
            await self.promote(unit)
            await asyncio.sleep(pause)
            await self.take_back(unit)
            await asyncio.sleep(pause)

    async def promote(self, unit: str) -> bool:
        """Promote by force, as evidence is missing; False when refused."""
        return await self._move("promote", unit, force=True)

    async def take_back(self, unit: str) -> bool:
        """Roll back, and clear the hold that a rollback leaves."""
        return await self._move("rollback", unit) and await self.release(unit)

    async def release(self, unit: str) -> bool:
        """Clear a hold."""
        return await self._ask("release", unit)

    async def _move(self, action: str, unit: str, **more: bool) -> bool:
        began = time.monotonic()
        done = await self._ask(action, unit, **more)
        if done:
            self.moved.append(Moved(unit, action, began, time.monotonic()))
        return done

    async def _ask(self, action: str, unit: str, **more: bool) -> bool:
        try:
            answer = await self._http.post(f"/api/{action}", json={"name": unit, "reason": REASON, **more})
        except httpx.TransportError as error:
            self.refused.append(f"{action} {unit}: {type(error).__name__}")
            return False
        if answer.status_code != 200:
            self.refused.append(f"{action} {unit}: {answer.status_code} {answer.text}")
        return answer.status_code == 200
