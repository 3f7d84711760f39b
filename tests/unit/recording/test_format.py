"""A line is an exchange and back, for whatever bytes; newer formats are refused."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shadow.errors import RecordingError
from shadow.exchange import Body, Request, Response, Unanswered
from shadow.headers import HeaderList
from shadow.recording.format import Header, Shed, decode_header, decode_line, encode_header, encode_line, sequence_of
from shadow.recording.migrate import migrate
from shadow.words import Side, Stage
from tests.support.recording import a_request, an_exchange

HEADERS = st.lists(st.tuples(st.binary(max_size=8), st.binary(max_size=16)), max_size=4).map(HeaderList.of)
BODIES = st.builds(
    Body, st.one_of(st.binary(max_size=64), st.text(max_size=32).map(str.encode)), st.integers(0, 2**40), st.booleans()
)
TEXT = st.text(max_size=16)
ANSWERS = st.one_of(
    st.builds(Response, st.integers(100, 999), HEADERS, BODIES, st.binary(max_size=8)),
    st.builds(Unanswered, TEXT, TEXT, st.booleans()),
)
EXCHANGES = st.builds(
    an_exchange,
    writer=TEXT,
    sequence=st.integers(0, 2**53),
    started_at=st.floats(0, 2e9),
    ended=st.floats(0, 1e9),
    client_key=TEXT,
    route=TEXT,
    group=TEXT,
    serving=st.sampled_from(Side),
    stage=st.sampled_from(Stage),
    request=st.builds(Request, TEXT, st.binary(max_size=32), HEADERS, BODIES, TEXT, TEXT),
    answer=ANSWERS,
    overlaps=st.booleans(),
    alone=st.booleans(),
    fallback=TEXT,
)


@settings(deadline=None)
@given(EXCHANGES)
def test_every_exchange_is_one_line_and_comes_back_equal(exchange) -> None:
    line = encode_line(exchange)
    assert line.count(b"\n") == 1
    assert sequence_of(line) == exchange.sequence
    assert decode_line(orjson.loads(line)) == exchange


def test_counts_of_shed_exchanges_come_back_equal() -> None:
    shed = Shed("w1", 7, 1_790_000_000.5, {("tests.view", "GET"): 3, ("*", "POST"): 1}, "queue")
    line = encode_line(shed)
    assert sequence_of(line) == 7
    assert decode_line(orjson.loads(line)) == shed
    assert shed.total == 4


def test_a_text_body_stays_readable_and_a_binary_one_is_base64() -> None:
    assert b'\xc3\xa4 {\\"a\\"' in encode_line(an_exchange(request=a_request(body='ä {"a"'.encode())))
    assert b'"base64":"/w=="' in encode_line(an_exchange(request=a_request(body=b"\xff")))


def test_a_newer_format_is_refused_with_what_to_do() -> None:
    line = encode_header(Header("w1", 1, 0.0, "k", format=4))
    with pytest.raises(RecordingError, match=r"x\.jsonl has format 4, this version reads up to 1: upgrade, or record"):
        decode_header(line, "x.jsonl")


@pytest.mark.parametrize(
    "line", [b"", b"{}", b"[]", b"nonsense", b'{"format":"x","writer":"","first":1,"at":0,"key":""}']
)
def test_a_file_that_is_no_recording_is_named(line: bytes) -> None:
    with pytest.raises(RecordingError, match="odd"):
        decode_header(line, "odd.jsonl")


def test_lines_of_the_present_format_need_no_migration() -> None:
    values = {"sequence": 1}
    assert migrate(values, 1) is values


@pytest.mark.parametrize("line", [b"", b"{}", b'{"sequence":x,', b'{"sequence":-1,'])
def test_a_line_without_a_sequence_number_is_told(line: bytes) -> None:
    assert sequence_of(line) == -1
