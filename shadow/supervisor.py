"""`shadow serve`: starts proxy, mirror and console as processes of their own and restarts what dies.

The listening sockets are bound here and inherited, so a port in use is found before anything starts, and while a
proxy process is restarted its clients wait in the queue of the socket instead of being refused. The standard input of
each part is a pipe from here: it ends when this process dies, by `kill -9` too, and the part ends with it.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from shadow.clock import monotonic, new_id
from shadow.tasks import spawn

_log = structlog.get_logger("shadow.serve")
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 5.0
# A part that has run this long counts as well; the next restart is quick again.
_WELL = 10.0
_GRACE = 15.0


@dataclass(frozen=True, slots=True)
class Part:
    """One child process: its name, the arguments of `shadow`, and the file descriptors that it inherits.

    A `named` part is told with `--name` what to call itself, each process of it anew: others know it by that.
    """

    name: str
    arguments: tuple[str, ...]
    inherits: tuple[int, ...] = ()
    named: bool = False


class Supervisor:
    """Runs the parts until it is told to stop; `stop` ends them in their order, each after its own clean-up.

    `died` hears the name of each named process that ended by itself, in a thread of its own: it may take its time.
    """

    def __init__(self, parts: Sequence[Part], *, died: Callable[[str], None]) -> None:
        self._parts = parts
        self._died = died
        self._processes: dict[str, asyncio.subprocess.Process] = {}
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Start the parts; return when all have ended after SIGINT or SIGTERM."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stopping.set)
        keepers = [spawn(self._keep(part), name=part.name) for part in self._parts]
        await self._stopping.wait()
        for part in self._parts:
            await self._end(part)
        await asyncio.gather(*keepers)

    async def _keep(self, part: Part) -> None:
        pause = _FIRST_PAUSE
        while not self._stopping.is_set():
            began = monotonic()
            own = f"{part.name.replace(' ', '-')}-{new_id()}"
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "shadow", *part.arguments, *(("--name", own) if part.named else ())),
                stdin=asyncio.subprocess.PIPE,
                pass_fds=part.inherits,
                start_new_session=True,
            )
            self._processes[part.name] = process
            _log.info("serve.started", part=part.name, pid=process.pid)
            if self._stopping.is_set():
                process.terminate()
            code = await process.wait()
            if self._stopping.is_set():
                return
            if part.named:
                threading.Thread(target=self._died, args=(own,), name=f"{own} died", daemon=True).start()
            pause = _FIRST_PAUSE if monotonic() - began > _WELL else min(pause * 2, _LONGEST_PAUSE)
            _log.error("serve.died", part=part.name, code=code, restart_in=pause)
            try:
                await asyncio.wait_for(self._stopping.wait(), pause)
            except TimeoutError:
                continue

    async def _end(self, part: Part) -> None:
        process = self._processes.get(part.name)
        if process is None or process.returncode is not None:
            return
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), _GRACE)
        except TimeoutError:
            _log.error("serve.killed", part=part.name, after=_GRACE)
            process.kill()
            await process.wait()


def end_with_supervisor() -> None:
    """For a part: end as on SIGTERM, within the same grace, when the process that started it is gone."""
    threading.Thread(target=_watch, name="supervisor watch", daemon=True).start()


def _watch() -> None:
    # Nothing is ever written there: a read returns once the last writer, the supervisor, is gone.
    while os.read(0, 64):
        pass
    _log.error("serve.gone", ending=os.getpid())
    os.kill(os.getpid(), signal.SIGTERM)
    threading.Event().wait(_GRACE)
    os._exit(1)
