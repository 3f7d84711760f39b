"""Programs that read the public API: no login, no cookies, JSON and downloads."""

from __future__ import annotations

import asyncio
import gzip
import json
import random
from typing import Any

import httpx

from demo.browser import TIMEOUT, Surroundings
from demo.cast import FINISHED_BY, STOPPER


class Reader:
    """One program; `read` goes round until it is told to stop."""

    def __init__(self, number: int, around: Surroundings) -> None:
        self._around = around
        self._random = random.Random(f"reader-{number}")
        self._client = httpx.AsyncClient(
            base_url=around.url, timeout=TIMEOUT, headers={"User-Agent": "reader/1.0"}, trust_env=False, verify=False
        )

    async def read(self, stop: asyncio.Event) -> None:
        """Round after round; what goes wrong is in the tally."""
        async with self._client:
            while not stop.is_set():
                try:
                    await self._round()
                except httpx.HTTPError as error:
                    self._around.tally.failure("api", f"{type(error).__name__}: {error}")

    async def _round(self) -> None:
        active = await self._json("api.active_runs", "/api/active_runs")
        finished = await self._json("api.finished_runs", f"/api/finished_runs?page=1&username={FINISHED_BY}")
        run_id = self._random.choice([*active, *finished])
        run = await self._json("api.get_run", f"/api/get_run/{run_id}")
        self._expect(run["_id"] == run_id, "api.get_run", f"{run['_id']!r} instead of {run_id!r}")
        await self._json("api.get_elo", f"/api/get_elo/{run_id}")
        await self._json("api.calc_elo", "/api/calc_elo?W=10&D=20&L=5")
        await self._json("api.rate_limit", "/api/rate_limit")
        actions = await self._json("api.actions", "/api/actions", json.dumps({"username": STOPPER}))
        task = next((one for one in actions if "task_id" in one), None)
        if task:
            await self._json("api.get_task", f"/api/get_task/{task['run_id']}/{task['task_id']}")
        await self._games(finished)

    async def _games(self, finished: dict[str, Any]) -> None:
        """The games of a run that was over before all began; what is uploaded meanwhile cannot change them."""
        oldest = min(finished, key=lambda run_id: str(finished[run_id]["start_time"]))
        whole = await self._send("api.run_pgns", f"/api/run_pgns/{oldest}.pgn.gz")
        self._expect(b"[Event" in gzip.decompress(whole.content), "api.run_pgns", "no games in it")
        one = await self._send("api.pgn", f"/api/pgn/{oldest}-0.pgn")
        self._expect("[Event" in one.text, "api.pgn", "no game in it")

    async def _json(self, route: str, target: str, body: str | None = None) -> Any:
        return json.loads((await self._send(route, target, body)).text)

    async def _send(self, route: str, target: str, body: str | None = None) -> httpx.Response:
        method = "GET" if body is None else "POST"
        async with self._around.turn(method):
            answer = await self._client.request(method, target, content=body)
        self._around.tally.answered(route, answer.status_code)
        self._expect(answer.status_code == 200, route, f"{target}: status {answer.status_code}")
        return answer

    def _expect(self, holds: bool, route: str, text: str) -> None:
        if not holds:
            self._around.tally.failure(route, text)
