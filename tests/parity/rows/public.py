"""The public API: what anybody may ask, in every way that somebody may ask it."""

from __future__ import annotations

import json
from collections.abc import Iterator

from tests.parity.rows.identity import in_pieces
from tests.parity.rows.row import FORM, Row

METHODS = ("POST", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND")
NOWHERE = "0123456789abcdef01234567"

# What cannot be read back after its quotes were turned is the page, not JSON.
ODD_NAMES = {
    "malformed": "zz",
    "quoted": "z'z",
    "doubly quoted": "z%22z",
    "quoted in both ways": "z'%22z",
    "that is JSON inside JSON": "z%22,%20%22a%22:%20%22z",
    "with a backslash": "z%5Cz",
    "with a backslash at a quote": "z%5C'z",
    "with a tab": "z%09z",
    "with a line end": "z%0A",
    "with a NUL": "z%00z",
    "with a control character": "z%7Fz",
    "with a hard space": "z%C2%A0z",
    "with an invisible space": "z%E2%80%8Bz",
    "with other letters": "%C3%A9%E2%98%83",
    "with an emoji": "%F0%9F%90%9F",
    "with a space": "z%20z",
    "with a percent sign": "z%25zz",
    "with a plus": "z+z",
    "with a parameter": "z;a=1",
    "with brackets": "%7B%5B(z)%5D%7D",
    "that is long": "z" * 3000,
    "of nobody": NOWHERE,
    "of nobody in upper case": NOWHERE.upper(),
    "that is a digit short": NOWHERE[:-1],
}

CRASHES = (
    "finished runs with a query that is no UTF-8",
    "actions: an unknown operator",
    "actions: an unknown operator inside",
    "actions: a number that is too large",
    "actions: a lone surrogate",
    "actions: a NUL in a key",
    "a run that is no UTF-8",
    "a task that is no UTF-8",
)


def rows() -> Iterator[Row]:
    yield from any_method("rate limit", "/api/rate_limit")
    yield from any_method("active runs", "/api/active_runs")
    yield Row("active runs with a query that is no UTF-8", "GET", "/api/active_runs?a=%ff")
    yield from finished_runs()
    yield from actions()
    yield from runs()
    yield from tasks()


def any_method(name: str, target: str) -> Iterator[Row]:
    """The handler runs whatever the method; behind a slash there is none."""
    yield Row(name, "GET", target)
    for method in METHODS:
        yield Row(f"{name} by {method}", method, target)
    yield Row(f"{name} behind a slash", "GET", f"{target}/")


def finished_runs() -> Iterator[Row]:
    name, target = "finished runs", "/api/finished_runs"
    yield from any_method(name, f"{target}?page=1")
    for query in (
        "",
        "page=",
        "page",
        "page=0",
        "page=00",
        "page=-1",
        "page=%2B1",
        "page=+1",
        "page=1.0",
        "page=x",
        "page=01",
        "page=2",
        "page=%D9%A3",
        "page=%C2%B2",
        "page=1%0A",
        "page=999999999999999",
        "page=1000000000000000",
        "page=x&page=1",
        "page=1&page=x",
        "Page=1",
        "page=1&username=erin",
        "page=1&username=nobody",
        "page=1&username=carol&username=",
        "page=1&success_only=1",
        "page=1&success_only=0",
        "page=1&success_only=",
        "page=1&yellow_only=no",
        "page=1&ltc_only=1",
        "page=1&ltc_only=1&yellow_only=1&username=carol",
        "page=1&timestamp=",
        "page=1&timestamp=0000000000",
        "page=1&timestamp=1767225599",
        "page=1&timestamp=1767225600.5",
        "page=1&timestamp=9999999999",
        "page=1&timestamp=1",
        "page=1&timestamp=12345678901",
        "page=1&timestamp=1234567890.",
        "page=1&timestamp=1234567890.5.5",
        "page=1&timestamp=-123456789",
        "page=1&timestamp=1234567890%0A",
        "page=1&timestamp=%D9%A1234567890",
        "page=1&timestamp=yesterday",
        "page=x&timestamp=yesterday",
        "timestamp=yesterday",
        "page=1;username=erin",
        "page=1&username=a%3Bb",
    ):
        yield Row(f"{name} with {query}", "GET", f"{target}?{query}")
    yield Row("finished runs with a query that is no UTF-8", "GET", f"{target}?page=%ff")
    yield Row("finished runs by form", "POST", target, "page=1&username=erin", (FORM,))
    yield Row("finished runs by form and query", "POST", f"{target}?page=x", "page=1", (FORM,))
    yield Row("finished runs by form that is no UTF-8", "POST", target, b"page=1&username=\xff", (FORM,))
    yield Row("finished runs by form and PUT", "PUT", target, "page=1", (FORM,))
    yield Row("finished runs by form and GET", "GET", target, "page=1", (FORM,))
    yield Row("finished runs by JSON", "POST", target, '{"page": 1}', (("Content-Type", "application/json"),))


def actions() -> Iterator[Row]:
    target = "/api/actions"
    yield from any_method("actions", target)
    for name, wanted in (
        ("all", {}),
        ("new runs", {"action": "new_run"}),
        ("failed tasks", {"action": "failed_task"}),
        ("a run", {"run_id": "$sprt"}),
        ("messages of other letters", {"message": "book checksum differs ☃"}),
        ("a pattern", {"message": {"$$regex": "^New"}}),
        ("a time", {"time": {"$$gt": 0}, "username": {"$$in": ["carol", "erin"]}}),
        ("an id as text", {"_id": NOWHERE}),
        ("null", {"task_id": None}),
        ("a number that is none", {"time": float("nan")}),
        ("an unknown operator", {"$$nothing": 1}),
        ("an unknown operator inside", {"time": {"$$nothing": 1}}),
        ("a number that is too large", {"time": 2**70}),
        ("a lone surrogate", {"message": "\ud800"}),
        ("a NUL in a key", {"a\0b": 1}),
    ):
        yield Row(f"actions: {name}", "POST", target, json.dumps(wanted))
    for name, body in (
        ("nothing", ""),
        ("a list", '[{"action": "new_run"}]'),
        ("null itself", "null"),
        ("a number", "1"),
        ("a text", '"new_run"'),
        ("half an object", '{"action": '),
        ("single quotes", "{'action': 'new_run'}"),
        ("two objects", "{}{}"),
        ("a byte order mark", b"\xef\xbb\xbf{}"),
        ("no UTF-8", b'{"message": "\xff"}'),
        ("UTF-16", '{"action": "new_run"}'.encode("utf-16")),
        ("endless nesting", "[" * 100_000),
        ("a form", "action=new_run"),
        ("a key twice", '{"action": "nothing", "action": "approve_run"}'),
    ):
        yield Row(f"actions by {name}", "POST", target, body)
    wanted = '{"action": "approve_run"}'
    yield Row("actions by GET with a body", "GET", target, wanted)
    yield Row("actions by HEAD with a body", "HEAD", target, wanted)
    yield Row("actions as a form", "POST", target, wanted, (FORM,))
    latin = (("Content-Type", "application/json; charset=iso-8859-1"),)
    yield Row("actions in Latin-1", "POST", target, b'{"message": "\xe9"}', latin)
    unknown = (("Content-Type", "application/json; charset=x"),)
    yield Row("actions in an unknown charset", "POST", target, wanted, unknown)
    chunked = (("Transfer-Encoding", "chunked"),)
    yield Row("actions in pieces", "POST", target, in_pieces(wanted), chunked)
    yield Row("actions with a query", "POST", f"{target}?action=new_run&a=%ff", wanted)
    origin = (("Origin", "https://elsewhere.example"), ("Access-Control-Request-Method", "POST"))
    yield Row("actions asked for permission", "OPTIONS", target, headers=origin)


def runs() -> Iterator[Row]:
    yield from any_method("the relic", "/api/get_run/$relic")
    for run in ("sprt", "SPRT", "spsa", "fixed", "pending", "finished"):
        yield Row(f"the {run} run itself", "GET", f"/api/get_run/${run}")
    for name, odd in ODD_NAMES.items():
        yield Row(f"a run {name}", "GET", f"/api/get_run/{odd}")
    yield Row("HEAD of a run that is not there", "HEAD", "/api/get_run/zz")
    yield Row("OPTIONS of a run that is not there", "OPTIONS", "/api/get_run/zz")
    yield Row("a run that is no UTF-8", "GET", "/api/get_run/%ff")
    yield Row("a run with a query that is no UTF-8", "GET", "/api/get_run/$relic?a=%ff")
    for target in ("/api/get_run", "/api/get_run/", "/api/get_run/a%2Fb", "/api/get_run//$relic"):
        yield Row(f"GET {target}", "GET", target)


def tasks() -> Iterator[Row]:
    yield from any_method("a task", "/api/get_task/$relic/0")
    for number in (
        *("1", "2", "-1", "-2", "-3", "0bad", "1bad", "2bad", "-1bad", "-3bad", "bad", "0badbad", "bad0", "0BAD"),
        *("x", "xbad", "00", "+1", "%201", "1_0", "1.0", "0x1", "%D9%A0", "9" * 30, "9" * 5000, "0'", "%22", "%00"),
    ):
        yield Row(f"task {number}"[:60], "GET", f"/api/get_task/$relic/{number}")
    for run in ("sprt", "SPRT", "spsa", "finished"):
        yield Row(f"the first task of {run}", "GET", f"/api/get_task/${run}/0")
    yield Row("a task of a run without tasks", "GET", "/api/get_task/$pending/0")
    for name, odd in ODD_NAMES.items():
        yield Row(f"the task of a run {name}", "GET", f"/api/get_task/{odd}/0")
    yield Row("a task that is no UTF-8", "GET", "/api/get_task/$relic/%ff")
    for target in ("/api/get_task/$relic", "/api/get_task/$relic/", "/api/get_task/$relic/0/1", "/api/get_task//0"):
        yield Row(f"GET {target}", "GET", target)
