"""The faulty build against the primary, judged by the real comparer: each fault is one finding, at the named place.

What the two answer to one request is compared without any rule, so this also says that apart from its faults the build
cannot be told from the primary.
"""

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest

from demo import cast
from demo.browser import Page
from demo.faults import FAULTS
from demo.games import Games
from shadow.compare.classify import fingerprint
from shadow.compare.comparer import Comparer, Pair
from shadow.exchange import Body, Response
from shadow.headers import HeaderList
from shadow.judgement import Difference
from shadow.words import Side, World
from tests.support.demo import application, worlds

__all__ = ["worlds"]

MACHINE = cast.machines()[1]
OWNERS = ((Side.PRIMARY, World.LIVE, ()), (Side.CANDIDATE, World.SHADOW, tuple(FAULTS)))


class Unnamed:
    """No renaming is known beforehand."""

    def candidate_of(self, primary: str, scope: str) -> str | None:
        return None

    def primary_of(self, candidate: str, scope: str) -> str | None:
        return None

    def begin(self, primary: str, candidate: str) -> bool:
        return False


class Twins:
    """One client for each side, doing the same; `found` collects the differences by route."""

    def __init__(self, clients: dict[Side, httpx.Client]) -> None:
        self.clients = clients
        self.found: list[tuple[str, Difference]] = []
        self.tokens = dict.fromkeys(clients, "")
        self._comparer = Comparer((), today=date(2026, 1, 1))

    def send(self, route: str, method: str, target: str, **fields: Any) -> dict[Side, httpx.Response]:
        """The same request on both sides, `data` with each side's own token."""
        held = {side: frozenset(client.cookies) for side, client in self.clients.items()}
        answers = {}
        for side, client in self.clients.items():
            own = dict(fields)
            if "data" in own:
                own["data"] = own["data"] | {"csrf_token": self.tokens[side]}
            answers[side] = client.request(method, target, **own)
            self.tokens[side] = Page(answers[side].text).token or self.tokens[side]
        pair = Pair(
            route,
            method,
            "client",
            as_response(answers[Side.PRIMARY]),
            as_response(answers[Side.CANDIDATE]),
            time.time(),
            held[Side.PRIMARY],
            held[Side.CANDIDATE],
        )
        self.found += [(route, one) for one in self._comparer.compare(pair, Unnamed()).differences]
        return answers

    def call(self, name: str, **extra: Any) -> dict[str, Any]:
        """A worker's call on both sides; the primary's reply."""
        body = {"password": cast.person(MACHINE.owner).password, "worker_info": MACHINE.worker_info(), **extra}
        answers = self.send(f"api.{name}", "POST", f"/api/{name}", content=json.dumps(body))
        return dict(answers[Side.PRIMARY].json())


def as_response(answer: httpx.Response) -> Response:
    fields = HeaderList.of((name.lower(), value) for name, value in answer.headers.raw)
    return Response(answer.status_code, fields, Body.of(answer.content))


@pytest.fixture
def twins(worlds: str, tmp_path: Path) -> Iterator[Twins]:
    with ExitStack() as stack:
        clients = {}
        for side, world, faults in OWNERS:
            url = stack.enter_context(application(worlds, tmp_path, side, world, faults)).plan.url
            # One Host for both, as behind the proxy: it is part of absolute addresses.
            headers = {"Host": "site.example", "Accept": "text/html"}
            clients[side] = stack.enter_context(httpx.Client(base_url=url, headers=headers, trust_env=False))
        yield Twins(clients)


@pytest.mark.soak  # the demo does it too
def test_every_fault_is_found_where_it_is_named_and_nothing_else_is(twins: Twins):
    a_worker(twins)
    a_browser(twins)
    found = [{"route": route, **asdict(one)} for route, one in twins.found]
    unexplained = [one for one in found if not any(fault.explains(one) for fault in FAULTS.values())]
    assert unexplained == []
    unseen = [name for name, fault in FAULTS.items() if fault.kind and not any(map(fault.explains, found))]
    assert unseen == []
    fingerprints = {fingerprint(route, one) for route, one in twins.found}
    assert len(fingerprints) == len([fault for fault in FAULTS.values() if fault.kind])


def a_worker(twins: Twins) -> None:
    """Every worker route once or twice, and a request without its run."""
    twins.call("request_version")
    for played_out in (True, False):
        reply = twins.call("request_task")
        task = {"run_id": reply["run"]["_id"], "task_id": reply["task_id"]}
        stats = reply["run"]["my_task"]["stats"]
        twins.call("beat", **task)
        if played_out:
            Games("worker").play(stats, reply["run"]["my_task"]["num_games"] // 2)
        twins.call("update_task", **task, stats=stats)
        if not played_out:
            twins.call("stop_run", **task, message="bench mismatch")
        twins.call("upload_pgn", **task, message="", pgn=Games("worker").pgn(2))
    twins.call("failed_task")
    twins.call("worker_log", message="book checksum differs")


def a_browser(twins: Twins) -> None:
    """Every page, a login, the files, a logout."""
    twins.send("home", "GET", "/")
    listing = Page(twins.send("tests.list", "GET", "/tests")[Side.PRIMARY].text)
    twins.send("tests.list", "HEAD", "/tests")
    for path in listing.links("/tests/view/"):
        twins.send("tests.view", "GET", path)
    for address in listing.files():
        twins.send("static", "GET", httpx.URL(address).raw_path.decode())
    twins.send("*", "GET", "/nope")
    twins.send("login", "GET", "/login")
    twins.send("login", "POST", "/login", data={"username": "olivia", "password": "wrong"})
    twins.send("login", "POST", "/login", data={"username": "olivia", "password": cast.person("olivia").password})
    twins.send("tests.list", "GET", "/tests")
    twins.send("logout", "POST", "/logout", data={})
