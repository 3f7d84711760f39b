"""Whatever a side answers: an outcome in bounded time and memory, the same from both directions, no exception."""

from __future__ import annotations

import json
import os
import time
import tracemalloc
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shadow.exchange import Body, Response
from shadow.headers import HeaderList
from shadow.words import Outcome
from tests.support.compare import answer, as_json, compared, found

JSON, HTML, TEXT, XML = "application/json", "text/html", "text/plain", "application/xml"
# The budget is 250 ms of an idle core; shared machines, and those that measure coverage, get some more.
SECONDS = 1.5
MIB = 1 << 20
FUZZ = int(os.environ.get("FUZZ_EXAMPLES", "20000"))

BODIES = {
    "brackets, 10 MB": (JSON, "[" * 10_000_000),
    "brackets": (JSON, "[" * 500_000),
    "deep lists": (JSON, "[" * 120_000 + "]" * 120_000),
    "deep objects": (JSON, '{"a":' * 70_000 + "1" + "}" * 70_000),
    "10 million keys": (JSON, "{" + '"k":1,' * 10_000_000 + '"k":1}'),
    "keys": (JSON, "{" + ",".join(f'"k{number}":{number}' for number in range(35_000)) + "}"),
    "empty lists": (JSON, "[" + "[]," * 150_000 + "[]]"),
    "surrogates": (JSON, '["' + "\\ud800" * 40_000 + '"]'),
    "digits": (JSON, "9" * 500_000),
    "100,000 nested elements": (HTML, "<div>" * 100_000),
    "nested inline elements": (HTML, "<b>" * 80_000),
    "1,000,000 attributes": (HTML, "<p " + " ".join(f"a{number}" for number in range(250_000)) + ">"),
    "attributes": (HTML, "<p " + " ".join(f"a{number}" for number in range(60_000)) + ">"),
    "options": (HTML, "<select>" + "<option>" * 60_000),
    "paragraphs": (HTML, "".join(f"<p>row {number}</p>" for number in range(20_000))),
    "tables": (HTML, "<table><tr><td>" * 2_000),
    "entities": (HTML, "&amp;" * 100_000),
    "scripts": (HTML, "<script>" + "{[" * 100_000 + "</script>"),
    "dates": (TEXT, "2023-11-14 " * 45_000),
    "ages": (TEXT, "1 minute, " * 50_000),
    "dashes": (TEXT, "1-" * 250_000),
    "dots": (TEXT, "eyJ." * 120_000),
    "begun tokens": (TEXT, "eyJ_" * 120_000),
    "names in one word": (TEXT, "a_65f0a1b2c3d4e5f607182901_" * 18_000),
    "names in one JSON text": (JSON, f'["{"a_65f0a1b2c3d4e5f607182901_" * 18_000}"]'),
    "ones": (JSON, "[" + "1," * 250_000 + "1]"),
    "seals": (TEXT, "{{sealed:" * 55_000),
    "lines": (TEXT, "x\n" * 250_000),
    "queries": (TEXT, "?v=" * 160_000),
    "deep elements": (XML, "<a>" * 150_000),
    "flat elements": (XML, "<a>" + "<b/>" * 120_000 + "</a>"),
    "xml attributes": (XML, "<a " + " ".join(f"a{number}=''" for number in range(50_000)) + "/>"),
    "references": (XML, "<a>" + "x&#10;" * 80_000 + "</a>"),
    "columns": ("text/csv", "a," * 200_000 + "\n" + "1," * 50_000),
    "quotes": ("text/csv", '"' * 400_000),
    "json lines": ("application/x-ndjson", "[]\n" * 150_000),
    "events": ("text/event-stream", "data:x\n\n" * 60_000),
    "fields": ("application/x-www-form-urlencoded", "a=b&" * 120_000),
    "parts": ("multipart/mixed; boundary=b", "--b\r\n\r\n" * 60_000),
    "part fields": ("multipart/mixed; boundary=b", "--b\r\n" + "A:b\r\n" * 60_000 + "\r\n--b--"),
}  # fmt: skip


@pytest.mark.parametrize("name", BODIES)
def test_hostile_bodies_are_judged_within_the_budget(name: str) -> None:
    media, text = BODIES[name]
    middle = len(text) // 2
    p, c = answer(text, media=media), answer(f"{text[:middle]}Q{text[middle + 1 :]}", media=media)
    started = time.process_time()
    comparison = compared(p, c)
    assert time.process_time() - started < SECONDS
    assert comparison.outcome is Outcome.MISMATCH
    assert all(difference.place for difference in comparison.differences)
    assert len(comparison.differences) <= 100


def objects(count: int, factor: int) -> str:
    return json.dumps([{"n": n * factor, "text": f"text {n * factor}", "list": [n, n * factor]} for n in range(count)])


def nested(depth: int, tail: list[int]) -> str:
    value: list[Any] = [str(tail)]
    for _ in range(depth):
        value = [0, 1, 2, value, 0, 1, 2, *tail]
    return json.dumps(value)


def rows(numbers: Iterable[int]) -> str:
    return "<table>" + "".join(f"<tr><td>{n}<td>row <b>{n}</b>" for n in numbers) + "</table>"


def times(hour: int) -> str:
    return json.dumps([f"2023-11-14 {hour}:{n % 60:02}:20" for n in range(15_000)])


def named(count: int) -> tuple[str, str]:
    """Two lists of names; in the second half of the other one the first name comes again, at growing distances."""
    ours, theirs = ([f"{number:08x}{side}0c1d2e3f4a5b687" for number in range(count)] for side in "ab")
    at = count // 2
    while at < count:
        theirs[at], at = theirs[0], at + max(40, (count - at) // 5)
    return json.dumps([{"a": name} for name in ours]), json.dumps([{"a": name} for name in theirs])


def wrapped(last: int) -> str:
    """A long list in lists of objects, one in the other, and a difference at the bottom."""
    value: dict[str, Any] = {"x": [f"{number:08x}a0c1d2e3f4a5b687" for number in range(17_000)], "k": last}
    for _ in range(72):
        value = {"a": [value, {}]}
    return json.dumps(value)


def texts(number: int) -> str:
    return json.dumps([*["text"] * 30_000, number, *["text"] * 30_000])


PAIRS = {
    "names met again": (JSON, *named(15_000)),
    "lists in lists": (JSON, wrapped(1), wrapped(2)),
    "one text of many": (JSON, texts(1), texts(2)),
    "all objects unlike": (JSON, objects(5000, 1), objects(5000, 3)),
    "all objects unlike, one less": (JSON, objects(5000, 1), objects(4999, 3)),
    "one more in every list": (JSON, nested(60, []), nested(60, [9])),
    "rows turned round": (HTML, rows(range(4000)), rows(range(4000, 0, -1))),
    "all rows unlike, one less": (HTML, rows(range(4000)), rows(range(9000, 12_999))),
    "rows that are all alike": (HTML, rows([1] * 4000), rows([1] * 3990 + [2] * 5)),
    "long texts": (JSON, json.dumps(["word " * 40_000 + "a"]), json.dumps(["word " * 40_000 + "b"])),
    "times": (JSON, times(21), times(23)),
}


@pytest.mark.parametrize("name", PAIRS)
def test_pairs_that_are_unlike_everywhere_are_judged_within_the_budget(name: str) -> None:
    media, one, other = PAIRS[name]
    started = time.process_time()
    comparison = compared(answer(one, media=media), answer(other, media=media))
    assert time.process_time() - started < SECONDS
    assert comparison.outcome is Outcome.MISMATCH


@pytest.mark.parametrize("name", ["keys", "xml attributes", "brackets, 10 MB"])
def test_hostile_bodies_take_bounded_memory(name: str) -> None:
    media, text = BODIES[name]
    p, c = answer(text, media=media), answer(text + "x", media=media)
    tracemalloc.start()
    try:
        compared(p, c)
        assert tracemalloc.get_traced_memory()[1] < 150 * MIB
    finally:
        tracemalloc.stop()


medias = st.sampled_from(
    [
        JSON, HTML, TEXT, XML, "text/csv", "application/x-ndjson", "text/event-stream", "image/png", "",
        "multipart/form-data; boundary=b", "multipart/mixed", "application/x-www-form-urlencoded",
        "text/html; charset=utf-16", "text/xml; charset=nonsense", "application/json; charset=idna", ";;=;",
    ]
)  # fmt: skip
FRAGMENTS = [
    *b"<p> </p> <table><tr><td> <script> { } [ ] \" : , \\u \\ud800 &#0; <a ]]> = %f 1e999 -0 10:61".split(),
    b"<!DOCTYPE a [<!ENTITY b 'c'>]>", b"<a b='c'>", b"--b\r\n", b"--b--", b"\r\n\r\n", b"data: ", b"\n\n", b"\x00",
    b"\xff\xfe", b"2023-11-14 22:13:20", b"14 Nov 2023", b"65f0a1b2c3d4e5f607182930", b"eyJhbGciOi.eyJ.x",
]  # fmt: skip
fragments = st.sampled_from(FRAGMENTS)
bodies = st.binary(max_size=60) | st.lists(fragments | st.binary(max_size=4), max_size=12).map(b"".join)
NAMES = [
    "Set-Cookie",
    "Content-Encoding",
    "ETag",
    "Location",
    "Link",
    "Expires",
    "Vary",
    "X-Request-Id",
    "Age",
    "Connection",
]
names = st.sampled_from(NAMES)
fields = st.lists(st.tuples(names, st.text(st.characters(max_codepoint=255), max_size=30)), max_size=4)
coded = st.sampled_from([[], [], [], [("Content-Encoding", "gzip")], [("Content-Encoding", "br, zstd, deflate")]])


@st.composite
def answers(draw: st.DrawFn) -> Response:
    headers = [("Content-Type", draw(medias)), *draw(coded), *draw(fields)]
    pairs = [(name.encode(), value.encode("latin-1")) for name, value in headers]
    return Response(draw(st.sampled_from([200, 200, 200, 404])), HeaderList.of(pairs), Body.of(draw(bodies)))


def fuzzed(one: Response, other: Response) -> None:
    there, back = compared(one, other), compared(other, one)
    assert there == compared(one, other)
    assert there.outcome is back.outcome
    assert compared(one, one).outcome in (Outcome.MATCH, Outcome.SKIPPED)
    for difference in there.differences:
        f"{difference.place}{difference.primary}{difference.candidate}".encode()


@settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.too_slow])
@given(answers(), answers())
def test_any_two_answers_have_one_outcome(one: Response, other: Response) -> None:
    fuzzed(one, other)


@settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.too_slow])
@given(answers(), bodies)
def test_two_bodies_under_one_label_have_one_outcome(one: Response, body: bytes) -> None:
    fuzzed(one, Response(one.status, one.headers, Body.of(body)))


@pytest.mark.soak
@pytest.mark.timeout(3600)
@settings(deadline=None, max_examples=FUZZ, suppress_health_check=list(HealthCheck))
@given(answers(), answers(), bodies)
def test_any_two_answers_have_one_outcome_for_long(one: Response, other: Response, body: bytes) -> None:
    fuzzed(one, other)
    fuzzed(one, Response(one.status, one.headers, Body.of(body)))


@pytest.mark.parametrize(
    ("p", "c"),
    [
        (as_json({f"a-{i:024x}": i for i in range(2000)}), as_json({f"b-{i:024x}": i for i in range(2000)})),
        (
            as_json([f"{i:07x}{'ab' * 17}" for i in range(4000)] + [f"run-{i:07x}" for i in range(4000)]),
            as_json([f"{i + 5000:07x}{'cd' * 17}" for i in range(4000)] + [f"run-{i + 5000:07x}" for i in range(4000)]),
        ),
        (
            as_json([f"abcdefa{i:033x}" for i in range(4000)] + ["run-abcdefa"] * 4000),
            as_json([f"abcdefb{i:033x}" for i in range(4000)] + ["run-abcdefb"] * 4000),
        ),
        (answer("a", media='text/plain; a="' + ";" * 60_000), answer("a", media='text/plain; a="' + ";" * 60_001)),
    ],
    ids=["keys of two forms", "beginnings", "one beginning of all", "parameters"],
)
def test_what_once_took_the_square_of_its_length_takes_no_time(p: Response, c: Response) -> None:
    begun = time.process_time()
    compared(p, c)
    assert time.process_time() - begun < 0.8


@pytest.mark.parametrize("sizes", [[201_000], [5_000] * 45], ids=["one long field", "many fields"])
def test_fields_that_are_too_long_are_one_difference(sizes: list[int]) -> None:
    p, c = ([(f"X-{i}", letter * size) for i, size in enumerate(sizes)] for letter in "ab")
    assert found(compared(answer("", headers=p), answer("", headers=c))) == [("header", "header:*")]
    assert found(compared(answer("", headers=p), answer("", headers=c), ("header:*", "ignore"))) == []
    both = found(compared(answer("a", headers=p), answer("b", headers=c)))
    assert [place for _, place in both] == ["header:*", "text"]


def test_a_cookie_that_is_nested_deeply_is_one_difference() -> None:
    p, c = (answer("", headers=[("Set-Cookie", f"a={'[' * 700}{digit}{']' * 700}")]) for digit in "12")
    assert len(found(compared(p, c))) == 1


@pytest.mark.parametrize("digits", [400, 5_000])
def test_long_numbers_in_a_document_that_is_too_deep_are_one_difference(digits: int) -> None:
    p, c = (f'{"[" * 600}{{"took_ms":{digit * digits}}}{"]" * 600}' for digit in "98")
    assert len(found(compared(answer(p, media=JSON), answer(c, media=JSON)))) == 1
