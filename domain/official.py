"""What the official repositories tell: the opening books of all tests, and where the master branch stands.

The owner asks now and then, and so does each visit to the form of a new test. What was known stays when GitHub does
not answer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from domain.clock import Timers
from domain.github import BOOKS, OFFICIAL, Github, GithubError
from domain.kvstore import KeyValueStore

BOOKS_NAME = "books"
MASTER_NAME = "official_master_sha"
PERIOD = 900.0
BENCH = re.compile(r"\b[Bb]ench *:? *([1-9][0-9]{4,9})\b")

Books = dict[str, Any]


class Official:
    """Books by file name, each with its ``sri`` and ``total``; the newest commits of master."""

    def __init__(self, github: Github, kvstore: KeyValueStore, hand_on: Callable[[Books], None]) -> None:
        self._github = github
        self._kvstore = kvstore
        self._hand_on = hand_on

    def schedule(self, timers: Timers) -> None:
        """Both at once, then every 15 minutes."""
        for refresh in (self.refresh_books, self.refresh_master):
            timers.add(PERIOD, 0, _tolerant(refresh))

    def books(self) -> Books:
        """As they were told last."""
        found: Books = self._kvstore.get(BOOKS_NAME, {})
        return found

    def refresh_books(self, *, urgent: bool = False) -> None:
        """Take up the list of today; GithubError when it cannot be had."""
        text = self._github.file(BOOKS, "master", "books.json", urgent=urgent)
        try:
            books = json.loads(text)
        except ValueError as fault:
            raise GithubError("the list of books is no JSON") from fault
        if not isinstance(books, dict) or not all(isinstance(book, dict) for book in books.values()):
            raise GithubError("the list of books has another form than expected")
        self._kvstore.put(BOOKS_NAME, books)
        self._hand_on(books)

    def refresh_master(self, *, urgent: bool = False) -> dict[str, str]:
        """The newest master commit that tells its bench: ``bench``, ``message``, ``date``. GithubError without one."""
        commits = self._github.commits(OFFICIAL, "master", urgent=urgent)
        if commits:
            self._kvstore.put(MASTER_NAME, commits[0]["sha"])
        for commit in commits:
            if found := bench(commit["message"]):
                return {"bench": found, "message": commit["message"], "date": commit["date"].strftime("%b %d")}
        raise GithubError("no commit of the official master branch tells its bench")


def bench(message: str) -> str:
    """The signature that a commit message tells, the last one if several; else empty."""
    found: list[str] = BENCH.findall(message)
    return found[-1] if found else ""


def without_bench(message: str) -> str:
    """What a commit message says in words."""
    return "\n".join(line for line in message.splitlines() if not BENCH.search(line)).strip()


def _tolerant(refresh: Callable[[], object]) -> Callable[[], None]:
    def task() -> None:
        with suppress(GithubError):
            refresh()

    return task
