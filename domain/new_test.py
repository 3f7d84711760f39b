"""The form of a new test: what it offers, and how its fields become a run.

The checks run in one order (spec ui §6.4) and the first that fails ends them: its text is what the submitter sees.
``provenance.py`` looks up the engines, ``stop_rules.py`` reads when the test is to end.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import regex  # type: ignore[import-untyped]
from bson.errors import InvalidDocument
from vtjson import ValidationError

from domain.github import Github, GithubError
from domain.official import Official
from domain.progression import PT_INFO
from domain.provenance import Provenance
from domain.runs import NEW_RUN_ITP, Runs
from domain.schemas import SUPPORTED_ARCHES, SUPPORTED_COMPILERS
from domain.statistics.time_control import game_seconds, tc_ratio
from domain.stop_rules import check_games, form_spsa, stop_rule
from domain.users import Users

Args = dict[str, Any]
Fields = Mapping[str, str]

# Which field each argument comes from, in the order in which a missing one is noticed.
REQUIRED = {
    "tests_repo": "tests-repo",
    "new_tag": "test-branch",
    "base_tag": "base-branch",
    "new_signature": "test-signature",
    "base_signature": "base-signature",
    "new_options": "new-options",
    "base_options": "base-options",
    "info": "run-info",
    "tc": "tc",
    "new_tc": "new_tc",
    "book": "book",
    "book_depth": "book-depth",
    "arch_filter": "arch-filter",
    "compiler": "compiler",
}
# The order in which a run keeps its arguments (spec domain §3).
STORED = """base_tag new_tag base_nets new_nets num_games tc new_tc book book_depth threads resolved_base resolved_new
    msg_base msg_new base_options new_options info base_signature new_signature username tests_repo auto_purge
    throughput itp priority adjudication master_repo arch_filter compiler sprt spsa""".split()  # noqa: SIM905
OPTION = re.compile(r"[!-<>-~]+=[!-<>-~]+")
ARCH_FILTER_SECONDS = 0.1
LONGEST_GAME = 10**6  # seconds
LONG_RATIO = 4
LONG_PREFIX = "LTC: "

# What can be wrong with a form. Anything else is a fault of the server, and no text for a submitter.
FAULTS = (KeyError, ValueError, ArithmeticError, ValidationError, GithubError, InvalidDocument)


class NewTest:
    """The page of the form and the taking in of what it sends."""

    def __init__(self, runs: Runs, users: Users, github: Github, official: Official, provenance: Provenance) -> None:
        self._runs = runs
        self._users = users
        self._github = github
        self._official = official
        self._provenance = provenance

    def page(self, username: str, run_id: str = "") -> dict[str, Any] | None:
        """What the form shows, after a look at GitHub; None when the run to be repeated does not exist.

        GithubError when GitHub does not tell where master stands. Offline that is left open.
        """
        run = self._runs.snapshot(run_id) if run_id else None
        if run_id and run is None:
            return None
        user = self._users.get(username)
        return {
            "args": form_args(run["args"]) if run else {},
            "is_rerun": run is not None,
            "rescheduled_from": run_id,
            "tests_repo": user["tests_repo"] if user else "",
            "master_info": self._look_at_github(),
            "valid_books": sorted(self._official.books()),
            "pt_info": PT_INFO,
            "supported_arches": SUPPORTED_ARCHES,
            "supported_compilers": SUPPORTED_COMPILERS,
            "offline": self._github.offline,
        }

    def submit(self, username: str, fields: Fields, warn: Callable[[str], None]) -> str:
        """The id of the new run. One of FAULTS with the reason when there is none; ``warn`` gets what is only odd."""
        user = self._users.get(username)
        if user is None:
            raise KeyError(username)
        args: Args = {name: fields[field] for name, field in REQUIRED.items()}
        check_options(args)
        self._provenance.find_repository(args, user, warn)
        choose_machines(args, fields)
        choose_time_controls(args, fields)
        self._provenance.fill_blanks(args)
        refuse_blanks(args)
        self._provenance.resolve_branches(args, fields, user)
        self._provenance.check_bench(args)
        self._provenance.find_nets(args, fields)
        args |= figures(fields) | {"username": username, "itp": NEW_RUN_ITP}
        args |= stop_rule(args["tc"], args["threads"], fields)
        check_games(args["num_games"])
        mark_long(args)
        stored = {name: args[name] for name in STORED if name in args}
        return self._runs.create(stored, rescheduled_from=fields.get("rescheduled_from", ""))

    def _look_at_github(self) -> dict[str, str] | None:
        if self._github.offline:
            return None
        with suppress(GithubError):  # the books of last time will do
            self._official.refresh_books(urgent=True)
        return self._official.refresh_master(urgent=True)


def form_args(args: Args) -> Args:
    """The arguments of a run that is to be repeated, as the form shows them."""
    shown = copy.deepcopy(args)
    if "spsa" in shown:
        shown["spsa"] = form_spsa(shown["spsa"])
    return shown


def check_options(args: Args) -> None:
    for name in ("new_options", "base_options"):
        words = args[name].split()
        for word in words:
            if not OPTION.fullmatch(word):
                raise ValueError(f"{name}: {word!r} is no option such as Hash=16 in plain ASCII")
        args[name] = " ".join(words)


def choose_machines(args: Args, fields: Fields) -> None:
    """Drop a filter that is not switched on; one that is must leave some machine."""
    for name in ("arch_filter", "compiler"):
        if f"checkbox-{name.replace('_', '-')}" not in fields:
            del args[name]
    if "arch_filter" not in args:
        return
    try:
        pattern = regex.compile(args["arch_filter"])
        found = any(pattern.search(arch, timeout=ARCH_FILTER_SECONDS) for arch in SUPPORTED_ARCHES)
    except (regex.error, TimeoutError) as fault:
        raise ValueError(f"The architecture filter is no usable regular expression: {fault}") from fault
    if not found:
        raise ValueError("The architecture filter matches no architecture")


def choose_time_controls(args: Args, fields: Fields) -> None:
    """Equal ones unless odds are asked for. A game must take time, or no task could ever be measured out."""
    if "odds" not in fields:
        args["new_tc"] = args["tc"]
    for name in ("tc", "new_tc"):
        if not 0 < game_seconds(args[name]) < LONGEST_GAME:
            raise ValueError(f"{name}: a game at {args[name]!r} would take no time, or for ever")


def refuse_blanks(args: Args) -> None:
    for name, value in args.items():
        if not value:
            raise ValueError(f"Missing required option: {name}")


def figures(fields: Fields) -> Args:
    """Whole numbers, and boxes that are ticked or not."""
    threads, priority, throughput = (int(fields[name]) for name in ("threads", "priority", "throughput"))
    if threads < 1:
        raise ValueError("A test needs at least one thread")
    return {
        "threads": threads,
        "priority": priority,
        "throughput": throughput,
        "auto_purge": "auto-purge" in fields,
        "adjudication": "adjudication" not in fields,
    }


def mark_long(args: Args) -> None:
    """Say in the info that a sequential test is a long one, once."""
    long = "sprt" in args and tc_ratio(args["tc"], args["threads"]) > LONG_RATIO
    if long and not args["info"].startswith(LONG_PREFIX):
        args["info"] = LONG_PREFIX + args["info"]
