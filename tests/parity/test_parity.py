"""A client cannot tell the port from the legacy application: every row of the table, then the databases."""

from __future__ import annotations

import re
import time
from datetime import date
from string import Template
from typing import Any

import pytest

from new_server.http.session import sign
from shadow.state.diff import state_diff
from shadow.state.mongo import open_mongo
from tests.parity.conftest import Both
from tests.parity.rows import CRASHES, Row, table
from tests.parity.same import contents, names_of, renamed, view_of
from tests.parity.wire import Answer, Side
from tests.support.apps import SECRET

# Coins of SPSA, thrown by each process for itself.
THROWN = ("runs.tasks[*].spsa_params.packed_flips",)
# Which runs a worker has had: a timer leaves out those that are finished at that moment, and each process has its own.
TIMED = ("kvstore.value",)


@pytest.mark.parametrize("row", table(), ids=str)
def test_both_answer_alike(row: Row, both: Both) -> None:
    legacy, port = (ask(side, row, both.names) for side in (both.legacy, both.port))
    assert seen(port, both.port) == seen(legacy, both.legacy)
    assert (legacy.status == 500) == (row.name in CRASHES)


def test_both_databases_hold_the_same(both: Both) -> None:
    """After all requests above: the same runs, tasks, results, actions, users, games."""
    sides = zip((both.legacy, both.port), both.databases, strict=True)
    legacy, port = (renamed(contents(database), names_of(side.noted)) for side, database in sides)
    assert port == legacy


def test_both_databases_are_one_up_to_renaming(both: Both, mongo_url: str) -> None:
    """The same, looked at by the harness: exact in every type, and one renaming for all collections."""
    urls = (f"{mongo_url}/{database.name}" for database in both.databases)
    with open_mongo(next(urls)) as legacy, open_mongo(next(urls)) as port:
        found = state_diff(legacy, port, today=date.today(), ignore=(*THROWN, *TIMED), named=["actions.run"])
    assert found.equal, found.differences[:5]
    assert found.renamed > 0


@pytest.mark.parametrize(("first", "second"), [("legacy", "port"), ("port", "legacy")])
def test_a_login_on_one_is_a_login_on_the_other(first: str, second: str, both: Both) -> None:
    here, there = getattr(both, first), getattr(both, second)
    browser = f"wanderer from {first}"
    seen = Row("the form", "GET", "/login", browser=browser, note={"wanderer": r'content="([0-9a-f]{40})"'})
    ask(here, seen, both.names)
    token = here.noted["wanderer"]
    login = Row("login", "POST", "/login", f"csrf_token={token}&username=carol&password=pw-carol", browser=browser)
    assert ask(here, login, both.names).status == 302

    there.take_cookies_of(browser, here)
    page = ask(there, Row("look", "GET", "/tests", browser=browser), both.names)
    assert b'<span id="username">carol</span>' in page.body
    assert token.encode() in page.body, "the session and its token go on too"
    logout = Row("out", "POST", "/logout", "", (("X-CSRF-Token", token),), browser)
    assert ask(there, logout, both.names).status == 302

    here.take_cookies_of(browser, there)
    assert b'id="username"' not in ask(here, Row("look", "GET", "/tests", browser=browser), both.names).body


@pytest.mark.parametrize("name", ["legacy", "port"])
def test_a_session_cookie_just_written_is_not_written_again(name: str, both: Both) -> None:
    """The rows above find each one due; this one was written in a second that is yet to come."""
    fresh = sign([int(time.time()) + 60, int(time.time()), {"_csrft_": "ab" * 20}])
    answer = ask(getattr(both, name), Row("look", "GET", "/login", headers=(("Cookie", f"session={fresh}"),)), {})
    assert b'content="' + b"ab" * 20 + b'"' in answer.body
    assert answer.cookies == []


def seen(answer: Answer, side: Side) -> Any:
    """The answer as a client sees it who calls the runs that the side has made by their names in the table."""
    return renamed(view_of(answer, SECRET), names_of(side.noted))


def ask(side: Side, row: Row, names: dict[str, str]) -> Answer:
    """The answer to the row once its names stand for something; remembers what the row wants remembered."""
    known = {**names, **side.noted}

    def filled(text: str) -> str:
        return Template(text).safe_substitute(known)

    body = filled(row.body).encode() if isinstance(row.body, str) else row.body
    headers = [(name, filled(value)) for name, value in row.headers]
    answer = side.ask(row.method, filled(row.target), headers, body, row.browser)
    for name, pattern in row.note.items():
        found = re.search(pattern, answer.body.decode())
        assert found, f"{side.name} gave no {name}: {answer.status} {answer.body[:500]!r}"
        side.noted[name] = found[1]
    return answer
