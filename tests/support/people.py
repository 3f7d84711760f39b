"""Clients of the twin application, as people and programs behave: with cookies, forms, tokens, and under load."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx

_CSRF = re.compile(r'name=csrf_token value="([0-9a-f]+)"')


def client(base: str) -> httpx.Client:
    """A browser of its own: own cookies, own connection."""
    return httpx.Client(base_url=base, trust_env=False, verify=False, timeout=30)


def sign_in(browser: httpx.Client, user: str, **more: str) -> str:
    """Fetch the form and send it with its token; the token."""
    found = _CSRF.search(browser.get("/login").text)
    assert found is not None
    form = {"user": user, "csrf_token": found[1], **more}
    answer = browser.post("/login", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/me")
    return found[1]


def a_note(browser: httpx.Client, text: str, **more: str) -> str:
    """Write a note and read it back; its id."""
    made = browser.post("/notes", json={"text": text, **more})
    assert made.status_code == 201, made.text
    read = browser.get(f"/notes/{made.json()['id']}")
    assert read.json()["text"].startswith(text)
    return str(made.json()["id"])


@dataclass
class Load:
    """What became of the requests of many clients: the ids of the notes made, how many answers, what went wrong."""

    notes: list[str] = field(default_factory=list)
    answered: int = 0
    troubles: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def did(self, answer: httpx.Response, expected: int) -> None:
        """Count an answer; another status than expected is trouble."""
        with self._lock:
            self.answered += 1
            if answer.status_code != expected:
                self.troubles.append(f"{answer.request.method} {answer.request.url.path} {answer.status_code}")
            elif answer.status_code == 201:
                self.notes.append(answer.json()["id"])

    def failed(self, error: httpx.HTTPError) -> None:
        """Count a request that got no answer."""
        with self._lock:
            self.troubles.append(type(error).__name__)


def write_and_read(browser: httpx.Client, load: Load) -> None:
    """One note written, read back and counted."""
    made = browser.post("/notes", json={"text": "under load"})
    load.did(made, 201)
    if made.status_code == 201:
        load.did(browser.get(f"/notes/{made.json()['id']}"), 200)


@contextmanager
def load(base: str, turn: Callable[[httpx.Client, Load], None], *, clients: int = 3) -> Iterator[Load]:
    """So many clients take their turns over and over until the block ends."""
    found = Load()
    ending = threading.Event()

    def run() -> None:
        with client(base) as browser:
            while not ending.is_set():
                try:
                    turn(browser, found)
                except httpx.HTTPError as error:
                    found.failed(error)
                # A breath between turns, so that two cores serve the servers as well.
                ending.wait(0.01)

    threads = [threading.Thread(target=run) for _ in range(clients)]
    for thread in threads:
        thread.start()
    try:
        yield found
    finally:
        ending.set()
        for thread in threads:
            thread.join()
