"""Who takes part in the demo: accounts, worker machines and runs. `seed.py` makes them, simulated clients play them.

Which machine gets which run is settled by the runs' filters and distinct priorities alone. The scheduler's other sort
keys depend on timers, which tick at different moments in the two worlds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["sprt", "fixed", "spsa"]


@dataclass(frozen=True, slots=True)
class Person:
    """An account; `cpu_hours` of 1000 and more allow its workers to stop a test."""

    name: str
    cpu_hours: int = 0
    groups: tuple[str, ...] = ()
    blocked: bool = False
    pending: bool = False

    @property
    def password(self) -> str:
        return f"{self.name}-plays-chess"


@dataclass(frozen=True, slots=True)
class Machine:
    """A worker: what it tells of itself in every request."""

    owner: str
    number: int
    arch: str
    concurrency: int = 4
    compiler: str = "g++"

    @property
    def unique_key(self) -> str:
        return f"{self.number:08x}-1a2b-4c3d-9e8f-{self.number:012x}"

    def worker_info(self) -> dict[str, object]:
        """The request's part about the machine.

        `nps` and `ARCH` are those of a worker that has not measured itself yet. A server sums up real speeds once a
        minute, so with them the list of tests would show other numbers in the two worlds for no fault of either.
        """
        return {
            "uname": "Linux 6.8.0",
            "architecture": ["64bit", "ELF"],
            "concurrency": self.concurrency,
            "max_memory": 16_000,
            "min_threads": 1,
            "username": self.owner,
            "version": 311,
            "python_version": [3, 12, 4],
            "gcc_version": [13, 2, 0],
            "compiler": self.compiler,
            "unique_key": self.unique_key,
            "modified": False,
            "worker_arch": self.arch,
            "ARCH": "?",
            "nps": 0.0,
            "near_github_api_limit": False,
        }


@dataclass(frozen=True, slots=True)
class RunPlan:
    """An unfinished run to seed. `arch`, `compiler` and `threads` say which machines may work on it."""

    name: str
    kind: Kind
    priority: int
    arch: str = ""
    compiler: str = ""
    threads: int = 1
    games: int = 60_000
    approved: bool = True
    submitter: str = "grace"


APPROVER = "alice"
STOPPER = "victor"
# Submits, changes and ends tests; and whose machines may be kept out while none of them is at work.
STEWARD = "heidi"
# Submitted the run that was over before the demo began, and no other that ever ends.
FINISHED_BY = "grace"
MACHINES_OWNER = "grace"
BLOCKED = "mallory"
PENDING = "peggy"

PEOPLE = (
    Person(APPROVER, cpu_hours=1500, groups=("group:approvers",)),
    Person("grace", cpu_hours=40),
    Person("heidi", cpu_hours=7),
    Person("carol", cpu_hours=310),
    Person("dave", cpu_hours=25),
    Person("erin"),
    Person("frank", cpu_hours=90),
    Person(STOPPER, cpu_hours=4200),
    Person("olivia", cpu_hours=2100),
    Person(BLOCKED, blocked=True),
    Person(PENDING, pending=True),
)
OWNERS = ("carol", "dave", "erin", "frank")
# Each class of machines has a run of its own; some classes have two machines.
GAME_CLASSES = (
    "x86-64-avx2",
    "x86-64-bmi2",
    "x86-64-avxvnni",
    "x86-64-avx512",
    "armv8",
    "armv8-dotprod",
    "apple-silicon",
    "loongarch64",
    "x86-64",
)
SPSA_CLASSES = ("x86-64-vnni512", "x86-64-avx512icl", "riscv64", "ppc-64")
STOP_CLASS = "e2k"
# Small runs for the one machine whose owner may stop a run: each is stopped once, then the next one is taken.
STOPPABLE = 24
STOPPABLE_PREFIX = "try_"
# The network of all runs.
NET = "nn-0123456789ab.nnue"
# No machine has so many threads: tests that people make from this one change no worker's task.
MODEL_RUN = "many_threads"


def machines() -> tuple[Machine, ...]:
    """The fleet: sixteen machines of four owners, and the stopper's."""
    arches = [*GAME_CLASSES, *SPSA_CLASSES, *GAME_CLASSES[:3]]
    fleet = [
        Machine(OWNERS[number % len(OWNERS)], number + 1, arch, concurrency=4 + 2 * (number % 2))
        for number, arch in enumerate(arches)
    ]
    return (*fleet, Machine(STOPPER, len(fleet) + 1, STOP_CLASS, compiler="clang++"))


def run_plans() -> tuple[RunPlan, ...]:
    """All runs that are seeded unfinished; no two have the same priority."""
    found = [
        RunPlan(f"search_{arch.replace('-', '_')}", "sprt" if number % 2 == 0 else "fixed", 60 - number, arch)
        for number, arch in enumerate(GAME_CLASSES)
    ]
    found += [
        RunPlan(f"tune_{arch.replace('-', '_')}", "spsa", 40 - number, arch, submitter="heidi")
        for number, arch in enumerate(SPSA_CLASSES)
    ]
    found += [
        RunPlan(
            f"{STOPPABLE_PREFIX}{number:02}",
            "fixed",
            30 - number,
            STOP_CLASS,
            compiler="clang++",
            games=2_000,
            submitter="heidi",
        )
        for number in range(STOPPABLE)
    ]
    return (
        *found,
        RunPlan("simplify_endgame", "sprt", -10, approved=False, submitter="heidi"),
        RunPlan(MODEL_RUN, "sprt", -20, threads=64),
        RunPlan("spare", "fixed", -30),
    )


def person(name: str) -> Person:
    """The account of this name."""
    return next(one for one in PEOPLE if one.name == name)
