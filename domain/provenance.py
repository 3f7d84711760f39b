"""Where a new test's two engines come from: the repository, the commits behind the branches, the networks in them.

Offline nothing can be looked up. Then the repository is taken for granted, the commits must be named in the form as
they are when a test is repeated, and networks are known only from the test that is repeated.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from vtjson import validate

from domain import documents
from domain.formatting import repository_name
from domain.github import OFFICIAL, Github, UnknownToGithub
from domain.nets_in_use import MASTER, NetsInUse
from domain.official import Official, bench, without_bench
from domain.runs import Runs
from domain.users import User, Users

Args = dict[str, Any]
Fields = Mapping[str, str]

# Whoever joined earlier may still test from a repository that is no fork of the official one.
FORKS_ONLY_SINCE = datetime(2025, 7, 1, tzinfo=UTC)
# What a form sends when it repeats a test: nothing has to be resolved then.
RESOLVED = ("resolved_base", "resolved_new", "msg_base", "msg_new")
SIDES = ("base", "new")
SOURCES = ("src/evaluate.h", "src/ucioption.cpp")
NET = re.compile(r"nn-[0-9a-f]{12}\.nnue")


class Provenance:
    """Each method completes the args or raises one of the FAULTS of ``new_test.py`` with the reason."""

    def __init__(self, github: Github, official: Official, nets: NetsInUse, runs: Runs, users: Users) -> None:
        self._github = github
        self._official = official
        self._nets = nets
        self._runs = runs
        self._users = users

    def find_repository(self, args: Args, user: User, warn: Callable[[str], None]) -> None:
        """``tests_repo`` under the name of today, and ``master_repo``, of which it is a fork."""
        validate(documents.repository, args["tests_repo"], "tests_repo")
        if self._github.offline:
            return
        found = self._github.repository(repository_name(args["tests_repo"]), urgent=True)
        parent = found["parent"] or found["name"]
        args["tests_repo"], args["master_repo"] = (f"https://github.com/{name}" for name in (found["name"], parent))
        if parent != OFFICIAL:
            complaint = f"{found['name']} is no fork of {OFFICIAL}"
            if user["registration_time"] >= FORKS_ONLY_SINCE:
                raise ValueError(f"{complaint}; fork that one and test from there")
            warn(complaint)

    def fill_blanks(self, args: Args) -> None:
        """An empty signature or info is what the commit's message says."""
        if (args["new_signature"] and args["info"]) or self._github.offline:
            return
        message = self._github.commit(repository_name(args["tests_repo"]), args["new_tag"], urgent=True)["message"]
        args["new_signature"] = args["new_signature"] or bench(message)
        args["info"] = args["info"] or without_bench(message)

    def resolve_branches(self, args: Args, fields: Fields, user: User) -> None:
        """The commits, from the form or from GitHub; in the latter case the repository becomes the user's default."""
        if "resolved_base" in fields:
            args.update({name: fields[name] for name in RESOLVED})
        else:
            for side in SIDES:
                commit = self._github.commit(repository_name(args["tests_repo"]), args[f"{side}_tag"], urgent=True)
                args.update({f"resolved_{side}": commit["sha"], f"msg_{side}": commit["message"]})
            if user["tests_repo"] != args["tests_repo"]:
                self._users.save(user | {"tests_repo": args["tests_repo"]})
        if not args["resolved_base"] or not args["resolved_new"]:
            raise ValueError("Unable to find the commit of a branch")

    def check_bench(self, args: Args) -> None:
        """Who tests against master must have the master of today."""
        if args["base_tag"] != MASTER or self._github.offline:
            return
        current = self._official.refresh_master(urgent=True)["bench"]
        if args["base_signature"] != current:
            raise ValueError(f"The bench of master is {current}, not {args['base_signature']}: update your master")

    def find_nets(self, args: Args, fields: Fields) -> None:
        """The networks that the sources of both engines name; each must have been uploaded."""
        for side in SIDES:
            names = self._named_nets(args, side, fields.get("rescheduled_from", ""))
            if missing := self._nets.missing(names):
                raise ValueError(f"{args[f'{side}_tag']} needs {', '.join(missing)}: upload what is missing first")
            args[f"{side}_nets"] = names

    def _named_nets(self, args: Args, side: str, repeated: str) -> list[str]:
        sha = args[f"resolved_{side}"]
        if self._github.offline:
            run = self._runs.get(repeated)
            same = run is not None and run["args"][f"resolved_{side}"] == sha
            return list(run["args"][f"{side}_nets"]) if run is not None and same else []
        repository = repository_name(args["tests_repo"])
        names = self._github.remembered(f"nets {repository} {sha}", lambda: self._read_nets(repository, sha))
        return list(names)

    def _read_nets(self, repository: str, sha: str) -> list[str]:
        """Of engines from different years one or the other file names the networks."""
        found: list[str] = []
        for path in SOURCES:
            try:
                found += NET.findall(self._github.file(repository, sha, path, urgent=True))
            except UnknownToGithub:
                continue
        return sorted(set(found))
