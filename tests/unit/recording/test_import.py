"""Export then import gives the same exchanges, up to what the format cannot hold; foreign files as far as they go."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shadow import clock
from shadow.errors import RecordingError
from shadow.exchange import Body, Exchange, Request, Response, Unanswered
from shadow.headers import HeaderList
from shadow.recording import gor, har_in, imported
from shadow.recording.copies import Copies
from shadow.recording.har import har
from shadow.recording.imported import UNRECORDED, Owner
from shadow.recording.reader import scan
from shadow.recording.ulid import from_hex, to_hex
from shadow.words import Side, Stage
from tests.support.recording import JSON, a_request, a_sealer, an_answer, an_exchange

TOKEN = st.from_regex(rb"[A-Za-z][A-Za-z0-9-]{0,12}", fullmatch=True).filter(
    lambda name: name.lower() not in (b"transfer-encoding", b"content-length")
)
VALUE = st.binary(max_size=20).map(lambda value: value.replace(b"\r", b"").replace(b"\n", b""))
HEADERS = st.lists(st.tuples(TOKEN, VALUE), max_size=4).map(HeaderList.of)
TARGET = st.binary(max_size=20).map(lambda rest: b"/" + bytes(byte for byte in rest if byte > 32))
BODY = st.one_of(st.just(b""), st.binary(max_size=40), st.text(max_size=20).map(str.encode))
REQUEST = st.builds(Request, st.sampled_from(["GET", "POST", "HEAD", "PURGE"]), TARGET, HEADERS, BODY.map(Body.of))
RESPONSE = st.builds(
    Response, st.integers(200, 599), HEADERS, BODY.map(Body.of), st.sampled_from([b"", b"OK", b"Not Found", b"\xe9"])
)
SECONDS = st.floats(0.0, 500.0, allow_nan=False)
AT = st.floats(1.5e9, 2.5e9, allow_nan=False)
QUICK = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def exchanges(draw: st.DrawFn, answer: st.SearchStrategy[Any]) -> Exchange:
    began = draw(SECONDS)
    duration = draw(SECONDS)
    return an_exchange(
        id=clock.new_id(),
        started_at=draw(AT),
        began=began,
        ended=began + duration,
        first_byte=duration / 2,
        client_key=draw(st.text(max_size=8)),
        route=draw(st.text(max_size=8)),
        group=draw(st.text(max_size=8)),
        serving=draw(st.sampled_from(Side)),
        stage=draw(st.sampled_from(Stage)),
        overlaps=draw(st.booleans()),
        fallback=draw(st.sampled_from(["", "connect"])),
        request=draw(REQUEST),
        answer=draw(answer),
    )


def nobody(_request: Request) -> Owner:
    return Owner("r", "g", "c")


@QUICK
@given(
    st.lists(
        exchanges(
            st.one_of(RESPONSE, st.builds(Unanswered, st.sampled_from(["client", "head"]), st.text(), st.booleans()))
        ),
        max_size=4,
    ),
    st.booleans(),
    st.integers(0, 1000),
)
def test_har_gives_back_every_exchange_and_copy_as_it_was(
    originals: list[Exchange], truncated: bool, more: int
) -> None:
    cut = [
        replace(one, request=replace(one.request, body=replace(one.request.body, size=one.request.body.size + more)))
        for one in originals
    ]
    cut = [
        replace(one, request=replace(one.request, body=replace(one.request.body, truncated=truncated))) for one in cut
    ]
    pairs = [
        (one, replace(one, serving=one.serving.other, client_key="copy") if number % 2 else None)
        for number, one in enumerate(cut)
    ]
    found = har_in.read(orjson.dumps(har(pairs)), nobody)
    assert found.exchanges == [replace(one, writer="", sequence=0) for one, _ in pairs]
    assert found.copies == [replace(copy, writer="", sequence=0) for _, copy in pairs if copy]
    assert not found.left_out


@QUICK
@given(st.lists(exchanges(RESPONSE), max_size=4, unique_by=lambda one: one.id))
def test_gor_gives_back_bytes_ids_and_times(originals: list[Exchange]) -> None:
    data = b"".join(gor.export((one, None) for one in originals))
    found = {one.id: one for one in gor.read(data, nobody).exchanges}
    assert found.keys() == {one.id for one in originals}
    for one in originals:
        back = found[one.id]
        assert (back.request, back.answer) == (replace(one.request, peer="", scheme="http"), one.answer)
        assert back.started_at == one.started_at
        assert back.duration == pytest.approx(one.duration, abs=1e-6)


def test_gor_holds_a_mirrored_answer_as_a_replayed_one() -> None:
    one = an_exchange()
    data = b"".join(gor.export([(one, replace(one, answer=an_answer(404)))]))
    assert [payload[:1] for payload in data.split(gor.SEPARATOR) if payload] == [b"1", b"2", b"3"]
    found = gor.read(data, nobody)
    assert [copy.answer.status for copy in found.copies] == [404]
    assert found.copies[0].id == found.exchanges[0].id == one.id
    assert found.copies[0].serving is found.exchanges[0].serving.other


def test_gor_of_goreplay_itself_with_chunks_round_trips_and_requests_alone() -> None:
    """As `gor --input-raw --output-file` writes it; the older form tells an answer's round trip only."""
    first, second = "932079936fa4306fc308d67588178d17d823647c", "f45590522cd1838b4a0d5c5aab80b77929dea3b3"
    data = gor.SEPARATOR.join(
        [
            f"1 {first} 1439818823587396305 -1\nPOST /a HTTP/1.1\r\nHost: h\r\n".encode()
            + b"Transfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n4\r\n you\r\n0\r\n\r\n",
            f"2 {first} 2000000\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".encode(),
            f"1 {second} 1439818823600000000\nGET /b HTTP/1.1\r\nHost: h\r\n\r\n".encode(),
            b"",
        ]
    )
    found = gor.read(data, nobody)
    answered, alone = found.exchanges
    assert (answered.id, answered.request.body.data) == (first, b"hello you")
    assert answered.duration == pytest.approx(0.002, abs=1e-6)
    assert answered.answer.body.data == b"ok"
    assert (alone.id, alone.answer) == (second, UNRECORDED)


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"garbage", "no HTTP message"),
        (b"1 a 1\nhello", "no HTTP message"),
        (b"1 a 1\nPOST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n", "no HTTP message"),
        (b"1 a x\nGET / HTTP/1.1\r\n\r\n", "no HTTP message"),
        (b"1 a 1\nPOST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc", "no HTTP message"),
        (b"2 a 1\nHTTP/1.1 200 OK\r\n\r\n", "an answer to no request"),
        (b"7 a 1\nGET / HTTP/1.1\r\n\r\n", "no payload"),
    ],
)
def test_an_odd_payload_is_left_out_and_counted_and_the_rest_is_read(payload: bytes, reason: str) -> None:
    good = b"1 b 1\nGET / HTTP/1.1\r\n\r\n"
    found = gor.read(gor.SEPARATOR.join([payload, good]), nobody)
    assert dict(found.left_out) == {reason: 1}
    assert [one.id for one in found.exchanges] == ["b"]


def test_a_body_with_the_separator_cannot_be_told_in_gor_and_is_left_out() -> None:
    one = an_exchange(request=a_request("POST", b"/", body=gor.SEPARATOR))
    assert list(gor.export([(one, None)])) == []


def browser_entry(**changes: Any) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "startedDateTime": "2026-11-22T10:00:00.500Z",
        "time": 250.0,
        "request": {
            "method": "POST",
            "url": "https://shop.test/käse?a=1#x",
            "headers": [{"name": ":authority", "value": "shop.test"}, {"name": "content-length", "value": "999"}],
            "postData": {"mimeType": "application/x-www-form-urlencoded", "params": [{"name": "a b", "value": "ü"}]},
        },
        "response": {
            "status": 200,
            "statusText": "",
            "headers": [
                {"name": "content-encoding", "value": "br"},
                {"name": "set-cookie", "value": "a=1\nb=2"},
                {"name": "content-type", "value": "text/plain"},
            ],
            "content": {"size": 5, "text": "aGVsbG8=", "encoding": "base64"},
        },
        "timings": {"wait": 100.0},
    }
    return {**entry, **changes}


def browser_har(*entries: Any) -> bytes:
    return json.dumps({"log": {"creator": {"name": "WebInspector"}, "entries": entries}}).encode()


def test_a_browsers_har_becomes_what_a_server_would_have_seen_and_sent() -> None:
    (one,) = har_in.read(browser_har(browser_entry()), nobody).exchanges
    assert one.request.target == b"/k%C3%A4se?a=1"
    assert one.request.headers.pairs == ((b"Host", b"shop.test"), (b"Content-Length", b"12"))
    assert one.request.body.data == b"a%20b=%C3%BC"
    assert one.answer.body.data == b"hello"
    assert one.answer.headers.get_all(b"set-cookie") == [b"a=1", b"b=2"]
    assert one.answer.headers.get(b"content-encoding") is None
    assert (one.duration, one.first_byte) == (pytest.approx(0.25), pytest.approx(0.1))
    assert (one.route, one.client_key) == ("r", "c")


def test_what_is_no_request_to_a_server_is_left_out_and_counted() -> None:
    data = browser_har(
        browser_entry(request={**browser_entry()["request"], "url": "data:text/plain,x"}),
        browser_entry(_fromCache="memory"),
        {"request": 3},
        None,
        browser_entry(response={"status": 0, "headers": []}),
    )
    found = har_in.read(data, nobody)
    assert dict(found.left_out) == {
        "no HTTP request": 1,
        "answered from the browser's cache": 1,
        "no entry of an exchange": 2,
    }
    assert [one.answer for one in found.exchanges] == [UNRECORDED]


@pytest.mark.parametrize(
    ("part", "name", "value", "reason"),
    [
        ("response", "status", "200", "the status '200' is no number from 100 to 599"),
        ("response", "status", True, "the status 'True' is no number from 100 to 599"),
        ("response", "status", 1200, "the status '1200' is no number from 100 to 599"),
        ("request", "method", "G T", "the method 'G T' is no word"),
        ("request", "url", "http://h/x?a b", "the target has blanks or control characters"),
        (
            "request",
            "headers",
            [{"name": "x", "value": "1\r\nHost: y"}],
            "a header field of the request has an odd name, or a line end in its value",
        ),
    ],
)
def test_an_entry_that_no_server_could_have_seen_is_left_out_and_named(
    part: str, name: str, value: Any, reason: str
) -> None:
    """Such a recording made the comparer fail later, with a TypeError that named nothing."""
    odd = browser_entry(**{part: {**browser_entry()[part], name: value}})
    found = har_in.read(browser_har(browser_entry(), odd, odd), nobody)
    assert len(found.exchanges) == 1
    assert dict(found.left_out) == {f"{reason}, first in entry 2": 2}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda entry: entry["response"].update(status="200"), "the status '200' is no number from 100 to 599"),
        (lambda entry: entry["request"].update(method=7), "the method '7' is no word"),
        (lambda entry: entry["_shadow"].update(began="now"), "a time is no number"),
        (lambda entry: entry.update(_route=None), "id, route, group or client is no text"),
    ],
)
def test_an_entry_of_our_own_that_was_edited_is_held_to_the_same(change: Any, reason: str) -> None:
    log = har([(an_exchange(), None)])
    change(log["log"]["entries"][0])
    found = har_in.read(orjson.dumps(log), nobody)
    assert not found.exchanges
    assert dict(found.left_out) == {f"{reason}, first in entry 1": 1}


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"log": 3}', b"\xff", b'{"log": {"entries": []}'])
def test_a_file_that_is_no_har_is_told(data: bytes) -> None:
    with pytest.raises(RecordingError, match="is no HAR"):
        har_in.read(data, nobody)


def test_requests_beside_a_write_are_marked_as_a_proxy_would(tmp_path: Path) -> None:
    at = {
        "write": (1.0, 3.0),
        "read beside it": (2.0, 4.0),
        "read after it": (3.5, 5.0),
        "read beside that": (4.0, 6.0),
    }
    ones = [
        an_exchange(id=name, began=began, ended=ended, request=a_request("POST" if name == "write" else "GET", b"/"))
        for name, (began, ended) in at.items()
    ]
    marked = imported.overlapping(ones)
    assert {one.id: one.overlaps for one in marked} == {
        "write": True,
        "read beside it": True,
        "read after it": False,
        "read beside that": False,
    }


def test_an_import_is_sealed_and_our_own_seals_are_opened_first(tmp_path: Path) -> None:
    sealer = a_sealer(tmp_path)
    request = a_request("POST", b"/?token=long-secret", JSON, (b"Cookie", b"s=long-secret"), body=b'{"password": "pw"}')
    plain = an_exchange(request=request, answer=an_answer(200, (b"Set-Cookie", b"s=other-secret")))
    exported = [(sealer.exchange(plain), sealer.exchange(replace(plain, serving=Side.CANDIDATE)))]
    for name, data, read in (
        ("har", orjson.dumps(har(exported)), har_in.read),
        ("gor", b"".join(gor.export([(plain, None)])), gor.read),
    ):
        out = tmp_path / name
        imported.write(out, read(data, nobody), sealer)
        text = str(list(scan(out))) + str([file.read_bytes() for file in out.rglob("*") if file.is_file()])
        assert "long-secret" not in text
        assert "other-secret" not in text
        (back,) = scan(out, sealer)
        assert (back.request.target, back.request.body.data) == (request.target, request.body.data)
        assert back.request.headers == request.headers
        assert back.answer == plain.answer
    copies = Copies(tmp_path / "har", sealer)
    assert copies.of(plain.id).request.headers == request.headers
    copies.close()
    with pytest.raises(RecordingError, match="not empty"):
        imported.write(tmp_path / "har", imported.Imported(), sealer)


@given(st.integers(0, 2**128 - 1))
def test_ids_go_to_hexadecimal_and_back(number: int) -> None:
    name = from_hex(f"{number:032x}")
    assert len(name) == 26
    assert to_hex(name) == f"{number:032x}"


def test_ids_that_are_no_words_are_made_anew() -> None:
    assert from_hex("a b") == ""
    assert to_hex("é b").isalnum()
    assert from_hex("932079936fa4306fc308d67588178d17d823647c") == "932079936fa4306fc308d67588178d17d823647c"
