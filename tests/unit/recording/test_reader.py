"""Following and scanning: each record once, in order, whatever happens to the files meanwhile."""

from __future__ import annotations

import random
from contextlib import closing
from math import inf
from pathlib import Path

import orjson
import pytest

from shadow.errors import RecordingError
from shadow.recording.budget import write_judged
from shadow.recording.format import Header, encode_header, encode_line
from shadow.recording.reader import Follower, scan
from shadow.recording.segments import Segment, compress, create, segments
from tests.support.recording import a_sealer, a_writer, an_exchange, read_until


def segment_of(folder: Path, writer: str, sequences: range, tail: bytes = b"") -> Segment:
    folder.mkdir(exist_ok=True)
    segment = Segment(folder, writer, sequences.start)
    lines = [encode_line(an_exchange(writer=writer, sequence=number, started_at=number)) for number in sequences]
    segment.live.write_bytes(encode_header(Header(writer, sequences.start, 0.0, "")) + b"".join(lines) + tail)
    return segment


def numbers(records) -> list[tuple[str, int]]:
    return [(record.writer, record.sequence) for record in records]


def test_a_half_written_line_is_never_returned_and_comes_when_it_is_whole(tmp_path: Path) -> None:
    segment = Segment(tmp_path, "w", 1)
    handle = create(segment, encode_header(Header("w", 1, 0.0, "")))
    line = encode_line(an_exchange(writer="w", sequence=1))
    with closing(Follower(tmp_path)) as follower, open(handle, "wb", buffering=0) as file:
        for cut in range(0, len(line), 50):
            file.write(line[cut : cut + 50])
            found = follower.read(10)
            assert len(found) == (cut + 50 >= len(line))
        assert follower.torn == 0


def test_compression_and_deletion_under_the_follower_lose_and_repeat_nothing(tmp_path: Path) -> None:
    """Two writers with tiny segments, a budget that deletes what is judged, and reads at random moments."""
    rng = random.Random(1)
    sealer = a_sealer(tmp_path)
    folder = tmp_path / "rec"
    writers = [a_writer(folder, sealer, writer=name, segment=4000, max_bytes=40_000) for name in ("a", "b")]
    appended = {"a": 0, "b": 0}
    seen: list[tuple[str, int]] = []
    with closing(Follower(folder, sealer)) as follower:
        while len(seen) < 1500:
            for writer in writers:
                for _ in range(rng.randrange(12)):
                    appended[writer.writer] += writer.append(an_exchange())
            seen += numbers(follower.read(rng.randrange(1, 60)))
            write_judged(folder, dict(seen))
        for writer in writers:
            writer.close()
        seen += numbers(follower.read(100_000))
        assert follower.read(10) == []
        assert (follower.torn, follower.lost) == (0, 0)
    for writer in writers:
        mine = [number for name, number in seen if name == writer.writer]
        assert mine == list(range(1, len(mine) + 1))
        assert len(mine) >= appended[writer.writer]


def test_a_follower_goes_on_where_its_checkpoint_says(tmp_path: Path) -> None:
    segment_of(tmp_path, "a", range(1, 5))
    compress(segment_of(tmp_path, "a", range(5, 9)))
    segment_of(tmp_path, "b", range(1, 4))
    with closing(Follower(tmp_path, None, {"a": 6, "b": 3})) as follower:
        assert numbers(follower.read(100)) == [("a", 7), ("a", 8)]
        assert follower.lost == 0


def test_what_two_writers_wrote_comes_in_the_order_in_which_it_ended_however_little_is_read_at_once(
    tmp_path: Path,
) -> None:
    segment_of(tmp_path, "a", range(1, 200))
    segment_of(tmp_path, "b", range(101, 150))
    with closing(Follower(tmp_path)) as follower:
        times = []
        while records := follower.read(7):
            times += [record.started_at for record in records]
            assert follower.unread_from == (100.012 if len(times) < 248 else inf)
    assert times == sorted(times)
    assert len(times) == 248


def test_limits_of_number_and_bytes_hold(tmp_path: Path) -> None:
    segment_of(tmp_path, "a", range(1, 200))
    segment_of(tmp_path, "b", range(1, 200))
    with closing(Follower(tmp_path)) as follower:
        assert len(follower.read(70)) == 70
        assert 1 <= len(follower.read(1000, max_bytes=2000)) < 10
        rest = follower.read(1000)
        assert len(rest) == 398 - 70 - len(numbers(rest)) or {name for name, _ in numbers(rest)} == {"a", "b"}


def test_a_torn_last_line_of_a_dead_writer_is_counted_and_its_file_let_go(tmp_path: Path) -> None:
    segment_of(tmp_path, "a", range(1, 3), tail=b'{"sequence":3,"id":"01')
    with closing(Follower(tmp_path)) as follower:
        assert numbers(follower.read(10)) == [("a", 1), ("a", 2)]
        assert follower.torn == 1
        assert follower.read(10) == []
        assert follower.torn == 1


@pytest.mark.parametrize("odd", [b"garbage\n", b'{"sequence":2,"id":1}\n', b'{"sequence":2,"shed":3}\n', b"\xff\n"])
def test_a_line_that_is_no_record_is_skipped_and_counted(tmp_path: Path, odd: bytes) -> None:
    segment_of(tmp_path, "a", range(1, 2), tail=odd + encode_line(an_exchange(writer="a", sequence=3)))
    with closing(Follower(tmp_path)) as follower:
        assert numbers(follower.read(10)) == [("a", 1), ("a", 3)]
        assert follower.torn == 1


def test_a_segment_that_was_deleted_unread_shows_as_lost(tmp_path: Path) -> None:
    segment_of(tmp_path, "a", range(1, 4))
    with closing(Follower(tmp_path)) as follower:
        follower.read(10)
        segment_of(tmp_path, "a", range(9, 11))
        assert numbers(follower.read(10)) == [("a", 9), ("a", 10)]
        assert follower.lost == 5


def test_a_scan_merges_the_writers_by_the_time_at_which_they_ended(tmp_path: Path) -> None:
    segment_of(tmp_path, "a", range(1, 8))
    segment_of(tmp_path, "b", range(4, 6))
    times = [record.started_at for record in scan(tmp_path)]
    assert times == sorted(times)
    assert len(times) == 9


def test_a_folder_without_a_recording_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="no recording there"):
        scan(tmp_path / "none")
    with closing(Follower(tmp_path / "none")) as follower:
        assert follower.read(1) == []


def test_a_segment_of_a_newer_format_is_refused(tmp_path: Path) -> None:
    segment = segment_of(tmp_path, "a", range(1, 2))
    head, _, rest = segment.live.read_bytes().partition(b"\n")
    segment.live.write_bytes(orjson.dumps({**orjson.loads(head), "format": 2}) + b"\n" + rest)
    with pytest.raises(RecordingError, match="has format 2, this version reads up to 1"):
        list(scan(tmp_path))


def test_a_live_segment_is_locked_and_a_finished_one_is_not(tmp_path: Path) -> None:
    writer = a_writer(tmp_path / "rec", a_sealer(tmp_path))
    writer.append(an_exchange())
    with closing(Follower(tmp_path / "rec")) as follower:
        read_until(follower, 1)
        (segment,) = segments(tmp_path / "rec")
        assert not segment.finished()
        writer.close()
        assert segment.finished()
