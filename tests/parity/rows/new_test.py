"""The form of a new test, on a server that asks GitHub nothing: who may, every field, and the tests that come of it."""

from __future__ import annotations

from collections.abc import Iterator

from tests.parity.rows.people import MULTIPART, a_form, enters, parts
from tests.parity.rows.row import FORM, HTTPS, Row
from tests.support.new_tests import COMMITS, SPRT, SPSA, WRONG, without
from tests.support.new_tests import FORM as FIELDS

GIVEN = FIELDS | COMMITS
UNKNOWN = "0123456789abcdef01234567"
TOKEN = ("X-CSRF-Token", "$nora_token")
LATIN = ("Content-Type", "application/x-www-form-urlencoded; charset=latin-1")

CRASHES = frozenset({"new test: in another charset"})


def rows() -> Iterator[Row]:
    """Nora submits, rita approves; xaver only looks on."""
    for name in ("nora", "xaver", "rita"):
        yield from enters(name, name)
    yield from visits()
    yield from protection()
    yield from missing_and_doubled()
    yield from wrong_values()
    yield from submissions()


def submits(name: str, fields: dict[str, str], browser: str = "nora", query: str = "", note: str = "") -> Row:
    """A submission; the id of the test that comes of it is kept under the name in ``note``."""
    noted = {note: r"/tests/view/([0-9a-f]{24})\?follow=1"} if note else {}
    body = a_form({"csrf_token": f"${browser}_token", **fields})
    return Row(f"new test: {name}", "POST", f"/tests/run{query}", body, (FORM,), browser, noted)


def visits() -> Iterator[Row]:
    for method in ("GET", "HEAD", "OPTIONS"):
        yield Row(f"{method} of the form by a stranger", method, "/tests/run")
        yield Row(f"{method} of the form by nora", method, "/tests/run", browser="nora")
    yield Row("a stranger wants to repeat a test", "GET", "/tests/run?id=$sprt&x=%C3%BC%20y")
    for kind in ("sprt", "SPRT", "spsa", "fixed", "odd", "relic"):
        yield Row(f"repeating the {kind} run", "GET", f"/tests/run?id=${kind}", browser="nora")
    for run_id in ("", "zz", UNKNOWN, "$sprt&id=zz", "zz&id=$fixed"):
        yield Row(f"repeating {run_id or 'nothing'}", "GET", f"/tests/run?id={run_id}", browser="nora")
    yield Row("the form with a slash", "GET", "/tests/run/", browser="nora")


def protection() -> Iterator[Row]:
    for accept in ("", "text/html", "application/json"):
        headers = (FORM, ("Accept", accept)) if accept else (FORM,)
        yield Row(f"new test: no token as {accept or 'text'}", "POST", "/tests/run", a_form(GIVEN), headers, "nora")
    for method in ("PUT", "DELETE", "PATCH"):
        yield Row(f"{method} of the form without a token", method, "/tests/run", "", (FORM,), "nora")
        yield Row(f"{method} of the form with a token", method, "/tests/run", a_form(GIVEN), (FORM, TOKEN), "nora")
    yield Row("new test: a wrong token", "POST", "/tests/run", "csrf_token=0", (FORM,), "nora")
    query = "/tests/run?csrf_token=$nora_token"
    yield Row("new test: the token in the query", "POST", query, a_form(GIVEN), (FORM,), "nora")
    json = (("Content-Type", "application/json"), TOKEN)
    yield Row("new test: fields in JSON", "POST", "/tests/run", '{"tests-repo": "x"}', json, "nora")
    yield Row("new test: no fields at all", "POST", "/tests/run", None, (TOKEN,), "nora")
    yield Row("new test: of a stranger", "POST", "/tests/run", a_form(GIVEN), (FORM,))
    yield Row("nobody opens the site", "GET", "/login", browser="nobody", note=TOKEN_OF_NOBODY)
    yield submits("of a stranger with a token", GIVEN, "nobody")
    yield submits("of a stranger who repeats", GIVEN, "nobody", "?id=$sprt")
    for origin in ("https://evil.example", "https://fishtest.example"):
        headers = (FORM, HTTPS, ("Origin", origin))
        body = a_form({"csrf_token": "$nora_token", "tc": "x"})
        yield Row(f"new test: over https from {origin}", "POST", "/tests/run", body, headers, "nora")


TOKEN_OF_NOBODY = {"nobody_token": r'name="csrf-token" content="([0-9a-f]{40})"'}


def missing_and_doubled() -> Iterator[Row]:
    needed = [name for name in GIVEN if name not in ("auto-purge", "resolved_base")]
    for field in needed:
        yield submits(f"without {field}", without(GIVEN, field))
    for field in ("sprt_elo0", "sprt_elo1", "elo_model"):
        yield submits(f"SPRT without {field}", without(GIVEN | SPRT, field))
    for field in ("spsa_A", "spsa_alpha", "spsa_gamma", "spsa_raw_params", "num-games"):
        yield submits(f"SPSA without {field}", without(GIVEN | SPSA, field))
    yield submits("with branches only", FIELDS)
    # Of two values the last one counts.
    body = a_form({"csrf_token": "$nora_token", **GIVEN})
    for field in ("tests-repo", "test-branch", "info", "run-info", "tc", "book", "threads", "stop_rule", "num-games"):
        yield Row(f"new test: {field} twice", "POST", "/tests/run", f"{body}&book-depth=&{field}=", (FORM,), "nora")


def wrong_values() -> Iterator[Row]:
    for number, (fields, text) in enumerate(WRONG):
        yield submits(f"wrong {number}, {text}", GIVEN | fields)
    yield submits("wrong while repeating", without(GIVEN, "tc"), query="?id=$fixed")
    yield submits("wrong while repeating nothing", without(GIVEN, "tc"), query="?id=zz")
    yield submits("a name with markup", GIVEN | {"threads": "<b>&\"'"})
    body = a_form({"csrf_token": "$nora_token", **GIVEN})
    yield Row("new test: no UTF-8", "POST", "/tests/run", f"{body}&tc=%ff", (FORM,), "nora")
    yield Row("new test: in another charset", "POST", "/tests/run", body, (LATIN, TOKEN), "nora")


def submissions() -> Iterator[Row]:
    """The tests that the rows of moves.py go on with."""
    yield submits("fixed games", GIVEN, note="nora_fixed")
    yield Row("nora's fixed games", "GET", "/tests/view/$nora_fixed?follow=1", browser="nora")
    yield Row("nora sees her test in the queue", "GET", "/tests", browser="nora")
    yield submits("sequential and long", GIVEN | SPRT | {"tc": "60+0.6"}, note="nora_sprt")
    yield submits("a tuning", GIVEN | SPSA, note="nora_spsa")
    extras = {
        "odds": "on",
        "new_tc": "5+0.05",
        "checkbox-arch-filter": "on",
        "arch-filter": "^armv7$",
        "checkbox-compiler": "on",
        "compiler": "g++",
        "adjudication": "on",
        "run-info": "<b>two</b>\r\nlines ☃",
        "rescheduled_from": "$sprt",
        "priority": "500",
    }
    yield submits("with all extras", without(GIVEN | extras, "auto-purge"), note="nora_extras")
    yield submits("by an approver", GIVEN, "rita", note="rita_fixed")
    yield submits(
        "of a run to repeat", GIVEN | {"rescheduled_from": "$nora_fixed"}, query="?id=$nora_fixed", note="nora_again"
    )
    multipart = parts({"csrf_token": "$nora_token", **GIVEN})
    noted = {"nora_parts": r"/tests/view/([0-9a-f]{24})\?follow=1"}
    yield Row("new test: as multipart", "POST", "/tests/run", multipart, (MULTIPART,), "nora", noted)
    for kind in ("fixed", "sprt", "spsa", "extras", "again", "parts"):
        yield Row(f"the page of nora's {kind} test", "GET", f"/tests/view/$nora_{kind}", browser="nora")
        yield Row(f"the form of nora's {kind} test", "GET", f"/tests/run?id=$nora_{kind}", browser="xaver")
    yield Row("the API about nora's test", "GET", "/api/get_run/$nora_extras")
