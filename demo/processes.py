"""The four application processes: both stacks in both worlds, how each is started, made sure of, and stopped.

`docker-compose.yml` starts the same commands with the same environment (a test compares them).
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import httpx

from shadow.words import Side, World

DATABASES = {World.LIVE: "fishtest_live", World.SHADOW: "fishtest_shadow"}
PORTS = {
    (Side.PRIMARY, World.LIVE): 6543,
    (Side.PRIMARY, World.SHADOW): 6544,
    (Side.CANDIDATE, World.LIVE): 8000,
    (Side.CANDIDATE, World.SHADOW): 8001,
}
# Before any promotion the primary serves and the candidate gets the copies: each owns the run cache of its world.
OWNERS = {World.LIVE: Side.PRIMARY, World.SHADOW: Side.CANDIDATE}
MODULES = {Side.PRIMARY: "legacy_pyramid", Side.CANDIDATE: "new_server"}
FAULTY_MODULE = "demo.faulty"
READY_ROUTE = "/tests"
START_TIMEOUT = 60.0
STOP_TIMEOUT = 20.0


class StartError(RuntimeError):
    """An application process ended at its start, or did not answer in time."""


def arguments(side: Side, port: int, *, faulty: bool = False) -> list[str]:
    """What follows the interpreter on the command line of a stack."""
    module = FAULTY_MODULE if faulty else MODULES[side]
    return ["-m", module, "--port", str(port)]


def environment(side: Side, world: World, database_url: str, secret: str, build: str, nets: Path) -> dict[str, str]:
    """The variables of one stack in one world, without what it inherits.

    The worlds differ in nothing but the database, the folder of the networks' files (`nets` holds one for each) and the
    owner; the flush is `through` in both, because a stack that
    does not own the cache sees what was written only, and the two worlds must show the same at the same place.
    """
    return {
        "FISHTEST_DB_URL": database_url,
        "FISHTEST_DB": DATABASES[world],
        "FISHTEST_ROLE": "owner" if OWNERS[world] is side else "standby",
        "FISHTEST_FLUSH": "through",
        "FISHTEST_OFFLINE": "1",
        "FISHTEST_NETS": str(nets / world),
        "FISHTEST_AUTHENTICATION_SECRET": secret,
        "FISHTEST_BUILD": build,
        # The legacy code iterates over sets of texts in a few places: both stacks must do so in one order.
        "PYTHONHASHSEED": "0",
    }


@dataclass(frozen=True, slots=True)
class Plan:
    """How one application process is to run; `faults` (names of `demo.faults`) makes it the faulty build.

    `flush` is `behind` only where no client looks at runs from outside the group that owns them.
    """

    side: Side
    world: World
    port: int
    database_url: str
    secret: str
    build: str
    nets: Path
    faults: tuple[str, ...] = ()
    flush: str = "through"

    @property
    def name(self) -> str:
        """`live-primary` and the like: the name of its log file too."""
        return f"{self.world}-{self.side}"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def command(self) -> list[str]:
        return [sys.executable, *arguments(self.side, self.port, faulty=bool(self.faults))]

    def variables(self) -> dict[str, str]:
        own = environment(self.side, self.world, self.database_url, self.secret, self.build, self.nets)
        own |= {"FISHTEST_FLUSH": self.flush}
        return own | ({"DEMO_FAULTS": ",".join(self.faults)} if self.faults else {})


class Application:
    """One application process. `start()` returns at once, `wait_ready()` when its pages answer."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        self.plan = plan
        self.log = folder / f"{plan.name}.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the process in a session of its own, so that Ctrl-C in the terminal reaches the demo alone."""
        for folder in (self.log.parent, self.plan.nets / self.plan.world):
            folder.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.plan.command(),
                env=os.environ | self.plan.variables(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait_ready(self, timeout: float = START_TIMEOUT) -> None:
        """Return when a page that reads the database answers; raise StartError with the log's end otherwise."""
        deadline = time.monotonic() + timeout
        # The port opens before the routes are loaded, so a real page is asked.
        with httpx.Client(base_url=self.plan.url, timeout=5.0, trust_env=False) as client:
            while time.monotonic() < deadline:
                if not self.running:
                    raise StartError(
                        f"{self.plan.name} ended at its start; its log {self.log} ends with:\n{self.log_tail()}"
                    )
                try:
                    if client.get(READY_ROUTE).status_code == 200:
                        return
                except httpx.TransportError:
                    pass
                time.sleep(0.05)
        raise StartError(
            f"{self.plan.name} did not answer within {timeout:.0f} s; its log {self.log} ends with:\n{self.log_tail()}"
        )

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def stop(self) -> int | None:
        """Ask the process to end and wait for it; its exit code, None when it was not running."""
        process, self._process = self._process, None
        if process is None:
            return None
        process.terminate()
        try:
            return process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()

    def log_tail(self, lines: int = 15) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def __enter__(self) -> Application:
        self.start()
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _value: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.stop()
