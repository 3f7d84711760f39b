"""The harness on real processes: both spellings of the twin application in both worlds, and `shadow serve`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx

from demo.database import free_port
from shadow.config_file import load
from shadow.desk import StoreDesk
from shadow.store import open_store
from tests.support.parts import parts_of

ROOT = Path(__file__).parents[2]
SIDES, WORLDS = ("primary", "candidate"), ("live", "shadow")
ROUTES = (
    ("notes.create", ["POST"], "/notes", "notes"),
    ("notes.count", ["GET"], "/notes", "notes"),
    ("notes.read", [], "/notes/{id}", "notes"),
    ("login", [], "/login", ""),
    ("me", [], "/me", ""),
    ("slow", [], "/slow", ""),
)


class Process:
    """A child process that is ended by its own pid; `before` is what starts it, if that is not this Python."""

    def __init__(self, *command: str, log: Path, before: tuple[str, ...] = ()) -> None:
        self._log = log
        self._before = before
        self.command = command
        self.popen: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; its output goes to the log."""
        assert self.popen is None or self.popen.poll() is not None, f"{self.command} runs already"
        with self._log.open("ab") as log:
            self.popen = subprocess.Popen(
                [*self._before, sys.executable, *self.command], cwd=ROOT, stdout=log, stderr=log, start_new_session=True
            )

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal and, when it ends the process, wait for that."""
        assert self.popen is not None
        self.popen.send_signal(number)
        if number is not signal.SIGSTOP and number is not signal.SIGCONT:
            self.popen.wait(30)

    def stop(self) -> int | None:
        """Ask it to end; its exit code."""
        if self.popen is None or self.popen.poll() is not None:
            return None if self.popen is None else self.popen.returncode
        self.popen.send_signal(signal.SIGCONT)
        self.popen.terminate()
        try:
            return self.popen.wait(30)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            return self.popen.wait()

    def output(self) -> str:
        """What it wrote so far."""
        return self._log.read_text("utf-8", "replace")


class Harness:
    """A context manager: four application processes and `shadow serve`, stopped at the end."""

    def __init__(
        self,
        folder: Path,
        *,
        wrong: str = "",
        two_worlds: bool = True,
        extra: str = "",
        workers: int = 1,
        handover: str = "5 s",
    ):
        self.folder = folder
        self.workers = workers
        self.handover = handover
        self.ports = {(side, world): free_port() for side in SIDES for world in WORLDS}
        self.proxy = f"http://127.0.0.1:{free_port()}"
        self.console = f"http://127.0.0.1:{free_port()}"
        self.config = folder / "shadow.toml"
        self.config.write_text(self._configuration(two_worlds, extra))
        self.wrong = wrong
        self.apps = {key: self._app(*key) for key in self.ports if two_worlds or key[1] == "live"}
        command = ("-m", "shadow", "serve", "--config", str(self.config))
        self.serve = Process(*command, log=folder / "serve.log")

    def __enter__(self) -> Harness:
        try:
            for app in self.apps.values():
                app.start()
            for key in self.apps:
                self.await_app(*key)
            return self.begin()
        except BaseException:
            self.stop()
            raise

    def begin(self) -> Harness:
        """Start `shadow serve`, whether the applications are there or not."""
        self.serve.start()
        self.until(self._answers, "shadow serve answers")
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _value: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End everything that runs, `shadow serve` first."""
        for process in (self.serve, *self.apps.values()):
            process.stop()

    def url(self, side: str, world: str) -> str:
        """The address of one application process."""
        return f"http://127.0.0.1:{self.ports[side, world]}"

    def facts(self, side: str, world: str) -> dict[str, Any]:
        """What an application process knows of itself."""
        found: dict[str, Any] = httpx.get(
            self.url(side, world) + "/facts", trust_env=False, verify=False, timeout=10
        ).json()
        return found

    def await_app(self, side: str, world: str) -> None:
        """Return when the application answers."""
        self.until(lambda: _status(self.url(side, world) + "/facts") == 200, f"{side} {world} answers")

    def until(self, true: Callable[[], Any], what: str, seconds: float = 30.0) -> Any:
        """Wait for something to become true and give it back; fails with the log when it does not.

        Asking can be dear (a report), so most of the time is left to those who are waited for.
        """
        deadline = time.monotonic() + seconds
        while True:
            asked = time.thread_time()
            if found := true():
                return found
            if time.monotonic() > deadline:
                raise AssertionError(f"not within {seconds} s: {what}\n{self.serve.output()[-4000:]}")
            time.sleep(max(0.02, 3 * (time.thread_time() - asked)))

    def shadow(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the harness."""
        command = [sys.executable, "-m", "shadow", *arguments, "--config", str(self.config)]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)

    def report(self) -> dict[str, Any]:
        """The report of this moment, asked of the store and the recording, whatever processes live."""
        config = load(self.config, {})
        store = open_store(config.store.url)
        try:
            return StoreDesk(config, store).report()
        finally:
            store.close()

    def settled(self, captured: int, seconds: float = 30.0) -> dict[str, Any]:
        """The report once so many exchanges are captured and all of them judged."""

        def done() -> dict[str, Any] | None:
            report = self.report()
            totals = report["totals"]
            assert totals["captured"] == sum(parts(totals)), totals
            return report if totals["captured"] >= captured and totals["pending"] == 0 else None

        found: dict[str, Any] = self.until(done, f"{captured} exchanges captured and judged", seconds)
        return found

    def all_judged(self, seconds: float = 30.0) -> dict[str, Any]:
        """The report once everything that the live world has served is captured and judged."""
        return self.settled(sum(self.facts(side, "live")["requests"] for side in SIDES), seconds)

    def pids(self, part: str) -> list[int]:
        """The processes of a part, found by their command line as an operator would."""
        return parts_of(self.config, part)

    def kill_part(self, part: str) -> list[int]:
        """`kill -9` each process of a part; returns once they are gone, with their pids."""
        pids = self.pids(part)
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        self.until(lambda: not set(pids) & set(self.pids(part)), f"{part} is gone")
        return pids

    def api(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Ask the console, with the operator's token."""
        token = (self.folder / "console.token").read_text().strip()
        bearer = {"authorization": f"Bearer {token}"}
        return httpx.request(
            method, self.console + path, headers=bearer, trust_env=False, verify=False, timeout=30, **options
        )

    def _app(self, side: str, world: str) -> Process:
        """The process of a stack in a world; at first the side that gets the world's requests owns its cache."""
        state = self.folder / f"state-{world}"
        state.mkdir(exist_ok=True)
        owner = (side, world) in (("primary", "live"), ("candidate", "shadow"))
        return Process(
            *("-m", "tests.support.twin", "--port", str(self.ports[side, world]), "--side", side),
            *("--state", str(state), *(("--owner",) if owner else ())),
            *(("--wrong", self.wrong) if self.wrong and side == "candidate" else ()),
            log=self.folder / f"{side}-{world}.log",
        )

    def _answers(self) -> bool:
        # An address that the proxy answers by itself, so that a test starts with an empty recording.
        return _status(self.console + "/") == 401 and _status(self.proxy + "/enter") == 404

    def _configuration(self, two_worlds: bool, extra: str) -> str:
        sections = [
            f'[listen]\nproxy = "{self.proxy[7:]}"\nconsole = "{self.console[7:]}"\nworkers = {self.workers}',
            '[recording]\npath = "recording"\nkey = "recording.key"',
            '[store]\nurl = "sqlite:///store/shadow.db"',
            '[console]\ntoken_file = "console.token"',
            '[gate]\nlimit = 0.2\nmin_span = "0 s"\nmin_per_shape = 1\nlatency_ratio = 100.0\ncoverage = 0.5',
            '[mirror]\ntimeout = "2 s"',
            '[groups.notes]\nstate = "in-process"\nleave = "POST /leave"\nenter = "POST /enter"\n'
            f'timeout = "{self.handover}"',
        ]
        for side in SIDES:
            lines = [f"[{side}]", f'live = "{self.url(side, "live")}"']
            if two_worlds:
                lines.append(f'shadow = "{self.url(side, "shadow")}"')
            sections.append("\n".join(lines))
        for name, methods, path, group in ROUTES:
            sections.append(
                f'[[routes]]\nname = "{name}"\nmethods = {json.dumps(methods)}\npath = "{path}"\ngroup = "{group}"'
            )
        return "\n\n".join([*sections, extra])


def parts(counts: dict[str, Any]) -> list[int]:
    """All the counts that `captured` is the sum of."""
    plain = [number for name, number in counts.items() if name not in ("captured", "skipped")]
    return [*plain, *counts["skipped"].values()]


def _status(url: str) -> int:
    try:
        return httpx.get(url, trust_env=False, verify=False, timeout=5).status_code
    except httpx.HTTPError:
        return 0
