"""One element less is one difference, also where every element holds a time that was written down in its own world."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from shadow.compare.elements import signature
from shadow.compare.timeless import timeless, without_clocks
from shadow.exchange import Response
from tests.support.compare import answer, as_json, compared, found, page

Row = dict[str, Any]


def rows(count: int, *, later: int = 0, apart: int = 977, gone: frozenset[int] = frozenset()) -> list[Row]:
    """Rows of an old list, each with a time of its own, `later` seconds later than those of the other world."""
    times = (datetime.fromtimestamp(1_650_000_000 + number * apart + later, UTC) for number in range(count))
    return [
        {"name": f"task {number}", "n": number, "updated": time.strftime("%Y-%m-%dT%H:%M:%SZ")}
        for number, time in enumerate(times)
        if number not in gone
    ]


def table(found: list[Row]) -> Response:
    cells = "".join(f"<tr><td>{row['name']}<td>{row['n']}<td>{row['updated']}" for row in found)
    return page(f"<table id='t'>{cells}</table>")


def csv(found: list[Row]) -> Response:
    lines = "".join(f"{row['updated']},{row['name']},{row['n']}\n" for row in found)
    return answer(f"when,name,n\n{lines}", media="text/csv")


def lines(found: list[Row]) -> Response:
    return answer("".join(f"{row['updated']} {row['name']} done\n" for row in found), media="text/plain")


def events(found: list[Row]) -> Response:
    return answer("".join(f"data: {json.dumps(row)}\n\n" for row in found), media="text/event-stream")


def feed(found: list[Row]) -> Response:
    entries = "".join(f"<e><n>{row['name']}</n><at>{row['updated']}</at></e>" for row in found)
    return answer(f"<f>{entries}</f>", media="application/xml")


def seconds(row: Row) -> int:
    return int(datetime.fromisoformat(row["updated"]).timestamp())


FORMS: dict[str, tuple[Callable[[list[Row]], Response], str]] = {
    "json": (as_json, "json:$[{0}]"),
    "one level deeper": (
        lambda found: as_json({"data": [{"type": "task", "attributes": row} for row in found]}),
        "json:$.data[{0}]",
    ),
    "unix times": (lambda found: as_json([{"name": row["name"], "at": seconds(row)} for row in found]), "json:$[{0}]"),
    "nothing but times": (lambda found: as_json([row["updated"] for row in found]), "json:$[{0}]"),
    "events": (events, "json:$[{0}]"),
    "csv": (csv, "json:$[{1}]"),
    "text": (lines, "text[{1}]"),
    "table": (table, "html:table#t > tbody > tr[{1}]"),
    "feed": (feed, "xml:/f/e[{1}]"),
}


@pytest.mark.parametrize("count", [5, 20, 61, 200, 1000])
@pytest.mark.parametrize(("form", "place"), FORMS.values(), ids=FORMS)
def test_an_element_less_among_times_is_one_difference(
    form: Callable[[list[Row]], Response], place: str, count: int
) -> None:
    gone = count // 2
    comparison = compared(form(rows(count)), form(rows(count, later=1, gone=frozenset({gone}))))
    assert found(comparison) == [("missing", place.format(gone, gone + 1))]


@pytest.mark.parametrize("count", [20, 200])
@pytest.mark.parametrize("form", [form for form, _ in FORMS.values()], ids=FORMS)
def test_two_elements_less_among_times_are_two_differences(form: Callable[[list[Row]], Response], count: int) -> None:
    comparison = compared(form(rows(count)), form(rows(count, later=2, gone=frozenset({3, count - 4}))))
    assert [kind for kind, _ in found(comparison)] == ["missing", "missing"]


@pytest.mark.parametrize("count", [10, 100])
def test_rows_closer_than_their_clocks_still_lose_one_only(count: int) -> None:
    """With 3 s between two rows and 2 s between the worlds, a row may be taken for its neighbour."""
    p, c = (
        as_json([row["updated"] for row in side])
        for side in (rows(count, apart=3), rows(count, apart=3, later=2, gone=frozenset({4})))
    )
    assert [kind for kind, _ in found(compared(p, c))] == ["missing"]


def test_a_list_that_moved_on_by_one_is_aligned_in_spite_of_its_times() -> None:
    """A page of twenty rows, of which one is gone: another one follows at the end."""
    ours, theirs = rows(20), rows(21, later=1, gone=frozenset({4}))
    moved = [("missing", "json:$[4]"), ("extra", "json:$[19]")]
    assert found(compared(as_json(ours), as_json(theirs))) == moved
    times = [as_json([row["updated"] for row in side]) for side in (ours, theirs)]
    assert found(compared(*times)) == moved


def test_a_wrong_time_beside_a_missing_row_is_still_found() -> None:
    wrong = rows(100, later=1, gone=frozenset({50}))
    wrong[10]["updated"] = "2019-01-01T00:00:00Z"
    assert found(compared(as_json(rows(100)), as_json(wrong))) == [
        ("value", "json:$[10].updated"),
        ("missing", "json:$[50]"),
    ]


def test_an_unordered_list_is_paired_by_its_times() -> None:
    p = [{"at": "2023-01-01T10:00:00Z"}, {"at": "2023-01-01T12:00:00Z"}]
    assert not compared(as_json(p), as_json(p[::-1]), ("json:$", "unordered")).differences


def test_what_clocks_read_is_kept_beside_the_key() -> None:
    ours = timeless(signature({"b": "at 2023-11-14T22:13:20Z", "created_at": 1_600_000_000, "took": 12, "n": 1}))
    theirs = timeless(signature({"created_at": 1_600_000_003, "n": 1, "b": "at 2023-11-14T22:13:21Z", "took": 15}))
    assert ours.times == (1_700_000_000.0, 1_600_000_000.0)
    assert ours.key == theirs.key
    assert ours.same(theirs)
    assert not ours.same(timeless(signature({"b": "at 2023-11-14T22:13:20Z", "n": 2})))
    assert without_clocks("on 2023-11-14T22:13:20Z, 3 minutes ago") == "on <iso>, <ago>"


@pytest.mark.parametrize("count", [20, 200])
def test_what_is_changed_one_level_deeper_is_still_told_beside_a_missing_row(count: int) -> None:
    ours, theirs = rows(count), rows(count, later=1)
    theirs[3]["name"], theirs[count - 3]["n"] = "changed", -1
    del theirs[10]
    p, c = (as_json({"data": [{"type": "task", "attributes": row} for row in side]}) for side in (ours, theirs))
    assert found(compared(p, c)) == [
        ("value", "json:$.data[3].attributes.name"),
        ("missing", "json:$.data[10]"),
        ("value", f"json:$.data[{count - 3}].attributes.n"),
    ]
