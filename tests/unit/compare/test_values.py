"""Bodies that stand for a value: each is compared by what it says, one missing part is one difference."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence

import pytest

from shadow.exchange import Response
from shadow.judgement import Comparison
from shadow.words import Outcome
from tests.support.compare import answer, as_json, compared, found

ONE, UNE = "65f0a1b2c3d4e5f607182930", "75f0a1b2c3d4e5f607182930"
NDJSON = [{"id": number, "name": f"n{number}"} for number in range(6)]


def ndjson(values: Sequence[object], media: str = "application/x-ndjson", end: str = "\n") -> Response:
    return answer("".join(json.dumps(value) + end for value in values), media=media)


def both(media: str, primary: str, candidate: str, *rules: tuple[str, str]) -> Comparison:
    return compared(answer(primary, media=media), answer(candidate, media=media), *rules)


def test_ndjson_is_compared_line_by_line_as_json() -> None:
    changed = [*NDJSON[:3], {**NDJSON[3], "name": "x"}, *NDJSON[4:]]
    assert found(compared(ndjson(NDJSON), ndjson(changed))) == [("value", "json:$[3].name")]
    assert found(compared(ndjson(NDJSON), ndjson(NDJSON[:2] + NDJSON[3:]))) == [("missing", "json:$[2]")]
    assert compared(ndjson(NDJSON), ndjson(NDJSON, end=" \n\n")).outcome is Outcome.MATCH
    spelled = answer('{"a": 1, "b": "é"}', media="application/jsonl")
    assert compared(spelled, answer('{"b":"\\u00e9","a":1}\n', media="application/jsonl")).outcome is Outcome.MATCH


def test_json_text_sequences_are_lines_too() -> None:
    media = "application/json-seq"
    assert found(both(media, '\x1e{"a":1}\n\x1e[2]\n', '\x1e{"a":1}\n\x1e[3]\n')) == [("value", "json:$[1][0]")]


def test_a_line_that_is_no_json_makes_it_text() -> None:
    media = "application/x-ndjson"
    assert found(both(media, '{"a":1}\noops', '{"a":1}\noop')) == [("value", "text[2]")]
    assert found(both(media, '{"a":1}\n', "oops")) == [("type", "json:$")]


@pytest.mark.parametrize("media", ["text/csv", "application/csv; charset=utf-8"])
def test_csv_is_compared_by_row_and_column(media: str) -> None:
    table = "id,name,note\r\n1,ann,\r\n2,bob,x\r\n3,cid,y\r\n"
    assert found(both(media, table, table.replace("bob", "rob"))) == [("value", "json:$[2].name")]
    assert found(both(media, table, table.replace("2,bob,x\r\n", ""))) == [("missing", "json:$[2]")]
    assert found(both(media, table, table.replace("note", "notes"))) == [("value", "json:$[0][2]")]
    assert both(media, table, table.replace("ann", '"ann"').replace("\r\n", "\n")).outcome is Outcome.MATCH


def test_columns_in_another_order_are_one_difference() -> None:
    assert found(both("text/csv", "a,b\n1,2\n3,4\n", "b,a\n2,1\n4,3\n")) == [("order", "json:$[0]")]


def test_a_table_without_a_header_is_compared_by_position() -> None:
    assert found(both("text/csv", "1,2\n3,4\n", "1,2\n3,5\n")) == [("value", "json:$[1][1]")]
    assert found(both("text/tab-separated-values", "a\tb\n1\t2\n", "a\tb\n1\t3\n")) == [("value", "json:$[1].b")]


def test_rows_may_be_paired_by_a_rule() -> None:
    one, other = "id,n\n1,a\n2,b\n3,c\n", "id,n\n3,c\n1,a\n2,x\n"
    assert found(both("text/csv", one, other, ("json:$", "keyed:id"))) == [("value", "json:$[2].n")]


def test_broken_quoting_makes_a_table_text() -> None:
    assert found(both("text/csv", 'a,b\n"1,2\n', 'a,b\n"1,3\n')) == [("value", "text[2]")]
    assert found(both("text/csv", "a,b\n1,2\n", 'a,b\n"1,2\n')) == [("type", "json:$")]


def test_events_are_compared_as_a_browser_dispatches_them() -> None:
    stream = 'event: move\ndata: {"n": 1}\nid: 7\n\n: ping\n\ndata: a\ndata: b\n\n'
    respelled = ': hello\n\nid:7\r\nevent:move\r\ndata:{"n":1}\r\n\r\ndata:a\r\ndata:b\r\n\r\n'
    media = "text/event-stream"
    assert both(media, stream, respelled).outcome is Outcome.MATCH
    assert found(both(media, stream, stream.replace("1}", "2}"))) == [("value", "json:$[0].data.n")]
    assert found(both(media, stream, stream.replace("data: a\n", ""))) == [("value", "json:$[1].data")]
    assert found(both(media, stream, stream[:-1])) == [("missing", "json:$[1]")]


def form(boundary: str, *parts: tuple[str, str]) -> Response:
    body = "".join(f"--{boundary}\r\n{head}\r\n\r\n{text}\r\n" for head, text in parts)
    return answer(f"{body}--{boundary}--\r\n", media=f"multipart/form-data; boundary={boundary}")


NAME = 'Content-Disposition: form-data; name="name"'
META = 'Content-Disposition: form-data; name="meta"\r\nContent-Type: application/json'
FILE = 'Content-Disposition: form-data; name="file"; filename="a.bin"\r\nContent-Type: application/octet-stream'


def test_parts_of_a_form_are_compared_by_name_and_kind() -> None:
    one = form("one", (NAME, "ann"), (META, f'{{"id": "{ONE}", "n": 1}}'), (FILE, "\x00\x01"))
    same = form("other-99", (META, f'{{"n":1,"id":"{UNE}"}}'), (NAME, "ann"), (FILE, "\x00\x01"))
    assert compared(one, same).outcome is Outcome.MATCH
    changed = form("x", (NAME, "ann"), (META, f'{{"id": "{ONE}", "n": 2}}'), (FILE, "\x00\x02"))
    assert found(compared(one, changed)) == [("value", "json:$.meta[0].body.n"), ("value", "json:$.file[0].body")]
    assert found(compared(one, form("x", (NAME, "ann"), (FILE, "\x00\x01")))) == [("missing", "json:$.meta")]


def test_a_file_by_another_name_is_a_difference() -> None:
    one, other = form("a", (FILE, "x")), form("b", (FILE.replace("a.bin", "b.bin"), "x"))
    assert found(compared(one, other)) == [("value", 'json:$.file[0]["content-disposition"]')] or found(
        compared(one, other)
    ) == [("value", "json:$.file[0].content-disposition")]


def test_byte_ranges_are_compared_in_order() -> None:
    def ranges(boundary: str, *spans: tuple[str, str]) -> Response:
        parts = "".join(
            f"\r\n--{boundary}\r\nContent-Type: text/plain\r\nContent-Range: bytes {span}\r\n\r\n{text}"
            for span, text in spans
        )
        media = f"multipart/byteranges; boundary={boundary}"
        return answer(f"{parts}\r\n--{boundary}--\r\n", media=media, status=206)

    one = ranges("3d6b6a416f9b5", ("0-1/9", "ab"), ("4-5/9", "ef"))
    assert compared(one, ranges("THIS_STRING_SEPARATES", ("0-1/9", "ab"), ("4-5/9", "ef"))).outcome is Outcome.MATCH
    shifted = ranges("z", ("0-1/9", "ab"), ("4-6/9", "ef"))
    assert found(compared(one, shifted)) == [("value", "json:$[1].content-range")]
    assert found(compared(one, ranges("z", ("0-1/9", "ab")))) == [("missing", "json:$[1]")]


@pytest.mark.parametrize(
    "body", ["no delimiter", "--b\r\n\r\nx", "--b\r\nX: y\r\n\r\nx\r\n--b\r\n", "--b oops\r\n\r\nx\r\n--b--"]
)
def test_a_multipart_body_that_never_ends_is_text(body: str) -> None:
    media = "multipart/mixed; boundary=b"
    assert both(media, body, body).outcome is Outcome.MATCH
    assert both(media, body, body + "y").outcome is Outcome.MISMATCH


def test_bytes_in_a_part_are_never_taken_for_names() -> None:
    one, other = (form("b", (FILE, "\x00" + name)) for name in (ONE, UNE))
    assert compared(one, other).outcome is Outcome.MISMATCH


def packed(data: bytes, coding: str) -> Response:
    return answer(data, media="application/json", headers=[("Content-Encoding", coding)])


def test_what_neither_side_can_be_freed_of_is_skipped_with_the_reason() -> None:
    bombs = [gzip.compress(bytes(3 << 20), level, mtime=0) for level in (1, 9)]
    comparison = compared(packed(bombs[0], "gzip"), packed(bombs[1], "gzip"))
    assert (comparison.outcome, comparison.reason, comparison.differences) == (Outcome.SKIPPED, "coding", ())
    assert compared(packed(b"x", "own"), packed(b"x", "own")).outcome is Outcome.MATCH
    lost = compared(packed(b"x", "own"), answer(b"y", media="text/html", headers=[("Content-Encoding", "own")]))
    assert (lost.outcome, lost.reason) == (Outcome.MISMATCH, "coding")
    assert compared(packed(bombs[0], "gzip"), as_json(1)).outcome is Outcome.MISMATCH
