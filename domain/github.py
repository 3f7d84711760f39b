"""What GitHub knows, asked through one small client: commits, files, forks, ancestry, the quota.

Whatever goes wrong, a dead network or a used-up quota, is a GithubError. Connecting, an answer's head and its body have
3 seconds each, and so has each of the few redirects that are followed.
Offline, every question is refused at once and no socket is opened.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from functools import cached_property
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

import httpx

from domain.clock import Clock
from domain.kvstore import KeyValueStore
from domain.settings import Settings

TIMEOUT = 3.0
LARGEST_ANSWER = 16 * 1024 * 1024
CACHE_NAME = "github_api_cache"
CACHE_SIZE = 6000
# After an unanswered question about the quota, seconds before the next one.
QUOTA_PATIENCE = 60.0
UNKNOWN_QUOTA = {"limit": 5000, "remaining": 5000, "reset": 0, "used": 0, "resource": "core"}

JSON, RAW = "application/vnd.github+json", "application/vnd.github.raw+json"

Query = Mapping[str, str]
NO_QUERY: Query = MappingProxyType({})

OFFICIAL = "official-stockfish/Stockfish"
BOOKS = "official-stockfish/books"


class GithubError(Exception):
    """GitHub was not asked, or gave no usable answer; the text says which."""


class UnknownToGithub(GithubError):
    """There is no such repository, branch or file (404), or no commit of that name (422)."""


class Github:
    """One client for each process. Only what can never change is cached: it is named by commit ids."""

    def __init__(self, settings: Settings, kvstore: KeyValueStore, clock: Clock) -> None:
        self.offline = settings.offline
        self._settings = settings
        self._kvstore = kvstore
        self._clock = clock
        self._lock = threading.Lock()
        self._cache: OrderedDict[str, Any] = OrderedDict()
        self._quota: dict[str, Any] | None = None
        self._quota_asked = float("-inf")

    # questions

    def rate_limit(self) -> dict[str, Any]:
        """The quota as GitHub last told it, asked anew when the window has passed; ``_uninitialized`` before that."""
        now = self._clock.monotonic()
        if self._current_quota() is None and now - self._quota_asked > QUOTA_PATIENCE and not self.offline:
            self._quota_asked = now
            with suppress(GithubError, ValueError, KeyError, TypeError):
                self._take_quota(self._get("rate_limit", True).json()["resources"]["core"])
        return dict(self._quota) if self._quota is not None else UNKNOWN_QUOTA | {"_uninitialized": True}

    def commit(self, repository: str, ref: str, *, urgent: bool = False) -> dict[str, Any]:
        """The commit at a branch, tag or id: ``sha``, ``message``, ``date``."""
        return _commit(self._json(f"repos/{quote(repository)}/commits/{quote(ref)}", urgent))

    def commits(self, repository: str, ref: str, *, urgent: bool = False) -> list[dict[str, Any]]:
        """The newest hundred commits of a branch, newest first."""
        found = self._json(f"repos/{quote(repository)}/commits", urgent, {"sha": ref, "per_page": "100"})
        return [_commit(commit) for commit in _checked(found, list)]

    def repository(self, repository: str, *, urgent: bool = False) -> dict[str, Any]:
        """``name`` as GitHub spells it today (renames are followed) and ``parent``, empty when it is no fork."""
        found = _checked(self._json(f"repos/{quote(repository)}", urgent), dict)
        parent = found.get("parent") or {}
        try:
            return {"name": str(found["full_name"]), "parent": str(parent["full_name"]) if parent else ""}
        except (KeyError, TypeError) as fault:
            raise GithubError(f"GitHub's answer about {repository} cannot be read") from fault

    def file(self, repository: str, ref: str, path: str, *, urgent: bool = False) -> str:
        """A text file as it is at a branch or commit."""
        return self._get(f"repos/{quote(repository)}/contents/{quote(path)}", urgent, {"ref": ref}, RAW).text

    def remembered(self, name: str, ask: Callable[[], Any]) -> Any:
        """The answer under this name, asked for once; the name must hold every commit id that decides it."""
        with self._lock:
            if name in self._cache:
                self._cache.move_to_end(name)
                return self._cache[name]
        value = ask()
        with self._lock:
            self._cache[name] = value
            while len(self._cache) > CACHE_SIZE:
                self._cache.popitem(last=False)
        return value

    def merge_base(self, repository: str, base: str, head: str) -> str:
        """The last common commit of two, given by their ids."""

        def ask() -> str:
            found = self._json(f"repos/{quote(repository)}/compare/{base}...{head}", False, {"per_page": "1"})
            return str(_commit(_checked(found, dict).get("merge_base_commit"))["sha"])

        return str(self.remembered(f"merge_base {repository} {base} {head}", ask))

    # life

    def load(self) -> None:
        """Take up the answers of the last process; what an older version has left in another form is ignored."""
        stored = self._kvstore.get(CACHE_NAME)
        answers = stored if isinstance(stored, list) else []
        with self._lock:
            self._cache = OrderedDict(pair for pair in answers if _is_named(pair))

    def save(self) -> None:
        """Leave the answers to the next process."""
        with self._lock:
            answers = [[name, value] for name, value in self._cache.items()]
        self._kvstore.put(CACHE_NAME, answers)

    def close(self) -> None:
        if "_client" in self.__dict__:
            self._client.close()

    # asking

    @cached_property
    def _client(self) -> httpx.Client:
        headers = {"X-GitHub-Api-Version": "2022-11-28"}
        if self._settings.github_token:
            headers["Authorization"] = f"Bearer {self._settings.github_token}"
        return httpx.Client(
            base_url=self._settings.github_url, headers=headers, timeout=TIMEOUT, follow_redirects=True, max_redirects=3
        )

    def _json(self, path: str, urgent: bool, query: Query = NO_QUERY) -> Any:
        try:
            return self._get(path, urgent, query).json()
        except ValueError as fault:
            raise GithubError(f"GitHub's answer to {path} is no JSON") from fault

    def _get(self, path: str, urgent: bool, query: Query = NO_QUERY, accept: str = JSON) -> httpx.Response:
        if self.offline:
            raise GithubError("GitHub is not asked: this server works offline")
        quota = self._current_quota()
        if quota is not None and quota["remaining"] < quota["used"] and not urgent:
            raise GithubError("GitHub is not asked: more than half of the quota is used up")
        try:
            answer = self._fetch(path, query, accept)
        except httpx.HTTPError as fault:
            raise GithubError(f"GitHub cannot be reached: {type(fault).__name__}") from fault
        self._take_quota({name: answer.headers.get(f"x-ratelimit-{name}") for name in UNKNOWN_QUOTA})
        if answer.status_code in (httpx.codes.NOT_FOUND, httpx.codes.UNPROCESSABLE_ENTITY):
            raise UnknownToGithub(f"GitHub does not know {path}")
        if answer.status_code != httpx.codes.OK:
            raise GithubError(f"GitHub answered {answer.status_code} to {path}")
        return answer

    def _fetch(self, path: str, query: Query, accept: str) -> httpx.Response:
        """httpx counts its time-out anew for each piece; this bounds the whole body, in time and in size."""
        deadline = self._clock.monotonic() + TIMEOUT
        with self._client.stream("GET", path, headers={"Accept": accept}, params=query) as answer:
            body = bytearray()
            for piece in answer.iter_bytes():
                body += piece
                if self._clock.monotonic() > deadline or len(body) > LARGEST_ANSWER:
                    raise httpx.ReadTimeout("too slow or too large")
        # The body is decoded already.
        plain = [(name, value) for name, value in answer.headers.multi_items() if name != "content-encoding"]
        return httpx.Response(answer.status_code, headers=plain, content=bytes(body))

    def _current_quota(self) -> dict[str, Any] | None:
        """What is known about the window that runs now."""
        quota = self._quota
        return quota if quota is not None and self._clock.time() < quota["reset"] else None

    def _take_quota(self, told: dict[str, Any]) -> None:
        """Believe a quota that is complete; other hosts and errors on the way tell none."""
        try:
            counts = {name: int(told[name]) for name in ("limit", "remaining", "reset", "used")}
        except (KeyError, TypeError, ValueError):
            return
        self._quota = counts | {"resource": str(told.get("resource") or "core")}


def _is_named(pair: object) -> bool:
    """A name and what was answered, as `save` leaves them."""
    return isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], str)


def _checked(value: Any, kind: type) -> Any:
    if not isinstance(value, kind):
        raise GithubError("GitHub's answer has another form than expected")
    return value


def _commit(found: Any) -> dict[str, Any]:
    try:
        commit = found["commit"]
        return {
            "sha": str(found["sha"]),
            "message": str(commit["message"]),
            "date": datetime.fromisoformat(commit["committer"]["date"]),
        }
    except (KeyError, TypeError, ValueError) as fault:
        raise GithubError("GitHub's answer is no commit") from fault
