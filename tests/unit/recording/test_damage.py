"""A damaged recording is read as far as it is good, and says where it broke."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import orjson
import pytest
from structlog.testing import capture_logs

from shadow.errors import NewerFormat, SealError
from shadow.recording.format import Header, encode_header, encode_line
from shadow.recording.reader import Follower, scan
from shadow.recording.segments import Segment, compress, segments
from tests.support.recording import a_request, a_sealer, a_writer, an_answer, an_exchange


def a_line(number: int, body: bytes = b"") -> bytes:
    return encode_line(
        an_exchange(writer="w", sequence=number, started_at=float(number), answer=an_answer(body=body * 3000))
    )


def a_segment(folder: Path, first: int, *lines: bytes, head: bytes = b"") -> Segment:
    folder.mkdir(exist_ok=True)
    segment = Segment(folder, "w", first)
    segment.live.write_bytes((head or encode_header(Header("w", first, 0.0, ""))) + b"".join(lines))
    return segment


def read(folder: Path) -> tuple[list[int], list[str]]:
    """The sequence numbers that are good, and the breaks."""
    scanned = scan(folder)
    good = [record.sequence for record in scanned]
    return good, [str(one) for one in scanned.breaks]


@pytest.mark.parametrize("odd", [b"garbage\n", b"\n", b'{"sequence":2,"id":1}\n', b"\xff\xfe\n", b'{"sequence":2,"i\n'])
def test_garbage_in_the_middle_is_told_with_line_and_byte_and_the_rest_is_read(tmp_path: Path, odd: bytes) -> None:
    head, first = encode_header(Header("w", 1, 0.0, "")), a_line(1)
    a_segment(tmp_path, 1, first, odd, a_line(3))
    good, (told,) = read(tmp_path)
    assert good == [1, 3]
    assert told == f"w-1.jsonl line 3 (byte {len(head) + len(first)}): no record"


def test_a_torn_last_line_is_told_with_its_place(tmp_path: Path) -> None:
    a_segment(tmp_path, 1, a_line(1), a_line(2)[:60])
    good, (told,) = read(tmp_path)
    assert good == [1]
    assert "w-1.jsonl line 3 " in told
    assert "a line that is cut off" in told


@pytest.mark.parametrize("cut", [0.9, 0.5])
def test_a_compressed_segment_that_is_cut_off_gives_what_stands_before(tmp_path: Path, cut: float) -> None:
    """Two hundred lines that do not compress well: the frame has several blocks."""
    segment = a_segment(tmp_path, 1, *(a_line(n, orjson.dumps(hash((n, 7)))) for n in range(1, 201)))
    compress(segment)
    whole = segment.closed.read_bytes()
    segment.closed.write_bytes(whole[: int(len(whole) * cut)])
    a_segment(tmp_path, 201, a_line(201))
    good, (told,) = read(tmp_path)
    assert good[-1] == 201
    assert 1 < len(good) < 201
    assert good[:-1] == list(range(1, len(good)))
    assert f"w-1.jsonl line {len(good) + 1} " in told
    assert "cut off" in told


def test_damage_within_a_compressed_segment_ends_it_there_and_the_next_one_is_read(tmp_path: Path) -> None:
    segment = a_segment(tmp_path, 1, *(a_line(n, orjson.dumps(hash((n, 7)))) for n in range(1, 201)))
    compress(segment)
    data = bytearray(segment.closed.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 2000] = b"\xff" * min(2000, len(data) - middle)
    segment.closed.write_bytes(bytes(data))
    a_segment(tmp_path, 201, a_line(201))
    good, told = read(tmp_path)
    assert good[-1] == 201
    assert good[:2] == [1, 2]
    assert any("compressed data" in one for one in told)


@pytest.mark.parametrize("content", [b"", b"no zstd at all", b"\x28\xb5\x2f\xfd"])
def test_a_compressed_segment_without_a_good_byte_is_passed_over(tmp_path: Path, content: bytes) -> None:
    a_segment(tmp_path, 2, a_line(2))
    Segment(tmp_path, "w", 1).closed.write_bytes(content)
    good, (told,) = read(tmp_path)
    assert good == [2]
    assert told.startswith("w-1.jsonl line 1 (byte 0): ")


def test_a_segment_that_does_not_begin_like_one_is_passed_over(tmp_path: Path) -> None:
    a_segment(tmp_path, 1, a_line(1), head=b"hello\n")
    a_segment(tmp_path, 2, a_line(2))
    assert read(tmp_path) == (
        [2],
        ["w-1.jsonl line 1 (byte 0): it does not begin like a recording; none of it is read"],
    )


def test_a_newer_format_is_no_damage_and_is_refused(tmp_path: Path) -> None:
    a_segment(tmp_path, 1, a_line(1), head=orjson.dumps({**_head(), "format": 99}) + b"\n")
    with pytest.raises(NewerFormat, match="has format 99"):
        read(tmp_path)


def test_one_damaged_seal_costs_one_exchange_and_another_key_costs_all(tmp_path: Path) -> None:
    folder, sealer = tmp_path / "rec", a_sealer(tmp_path)
    writer = a_writer(folder, sealer)
    for secret in (b"first-secret", b"other-secret"):
        writer.append(an_exchange(request=a_request("GET", b"/", (b"Cookie", b"s=" + secret))))
    writer.close()
    text = scan_text(folder)
    at = text.index(b"{{sealed:") + 20
    other = b"B" if text[at : at + 1] == b"A" else b"A"
    segment = a_segment(folder, 1, head=text[:at] + other + text[at + 1 :])
    segment.live.rename(folder / "w1-1.jsonl")
    scanned = scan(folder, sealer)
    assert [record.sequence for record in scanned] == [2]
    assert [one.why for one in scanned.breaks] == ["a seal in it is damaged"]
    (tmp_path / "elsewhere").mkdir()
    with pytest.raises(SealError):
        list(scan(folder, a_sealer(tmp_path / "elsewhere")))


def test_a_follower_goes_on_past_damage_and_logs_it_once(tmp_path: Path) -> None:
    a_segment(tmp_path, 1, a_line(1), b"garbage\n", a_line(3))
    with capture_logs() as logs, closing(Follower(tmp_path)) as follower:
        assert [record.sequence for record in follower.read(10)] == [1, 3]
        assert follower.read(10) == []
    assert [log["event"] for log in logs] == ["recording.broken"]


def _head() -> dict[str, object]:
    return dict(orjson.loads(encode_header(Header("w", 1, 0.0, ""))))


def scan_text(folder: Path) -> bytes:
    """The text of the one segment, whose compressed file is taken away."""
    (segment,) = segments(folder)
    file = segment.open()
    assert file is not None
    text = b""
    while piece := file.read(1 << 20):
        text += piece
    file.close()
    segment.closed.unlink()
    return text
