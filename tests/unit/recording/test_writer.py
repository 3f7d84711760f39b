"""The writer's promises: order without gaps, bounded queue and folder, every loss counted."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from shadow.errors import SealError, StartError
from shadow.exchange import Exchange
from shadow.recording import index
from shadow.recording.budget import read_judged, write_judged
from shadow.recording.format import Shed
from shadow.recording.reader import Follower, scan
from shadow.recording.segments import segments
from tests.support.recording import JSON, a_request, a_sealer, a_writer, an_exchange, read_new, read_until, until


def big(size: int = 2000) -> Exchange:
    return an_exchange(request=a_request(body=os.urandom(size // 2).hex().encode()))


def test_exchanges_come_back_opened_and_in_order(tmp_path: Path) -> None:
    sealer = a_sealer(tmp_path)
    writer = a_writer(tmp_path / "rec", sealer, segment=5000)
    sent = [an_exchange(request=a_request("POST", b"/", JSON, body=b'{"token": "t%d"}' % n)) for n in range(40)]
    assert [writer.append(exchange) for exchange in sent] == [True] * 40
    got = read_new(40, tmp_path / "rec", sealer)
    assert [exchange.sequence for exchange in got] == list(range(1, 41))
    assert {exchange.writer for exchange in got} == {"w1"}
    assert [exchange.request for exchange in got] == [exchange.request for exchange in sent]
    writer.close()
    assert writer.written == 40
    assert writer.lag == 0
    assert all(name.name.endswith((".zst", ".index.json")) for name in (tmp_path / "rec").iterdir())


def test_files_are_for_their_owner_only(tmp_path: Path) -> None:
    writer = a_writer(tmp_path / "rec", a_sealer(tmp_path))
    writer.append(big())
    read_new(1, tmp_path / "rec")
    assert {path.stat().st_mode & 0o77 for path in (tmp_path / "rec").glob("*.jsonl*")} == {0}
    writer.close()
    assert {path.stat().st_mode & 0o77 for path in (tmp_path / "rec").glob("*.jsonl*")} == {0}


def test_a_stalled_disk_never_blocks_append_and_every_loss_is_counted(tmp_path: Path) -> None:
    """A pipe that nobody reads stands for the disk: the first write blocks for as long as we like."""
    folder = tmp_path / "rec"
    folder.mkdir()
    os.mkfifo(folder / ".w1-1.jsonl.part")
    writer = a_writer(folder, a_sealer(tmp_path), queue=200_000)
    results = [writer.append(big()) for _ in range(100)]
    kept = sum(results)
    assert 0 < kept < 100
    assert writer.lag <= 200_000
    assert writer.shed == {"queue": 100 - kept}
    # The disk comes back: what had waited is written, and what was shed stands behind it.
    pipe = os.open(folder / ".w1-1.jsonl.part", os.O_RDONLY)
    data = bytearray()
    reading = threading.Thread(target=lambda: _drain(pipe, data))
    reading.start()
    until(lambda: b'"shed"' in data and data.endswith(b"\n"))
    # A pipe cannot be compressed.
    (folder / "w1-1.jsonl").unlink()
    writer.close()
    reading.join()
    lines = bytes(data).splitlines()
    assert len(lines) == 1 + kept + 1
    assert b'"shed":[["api.beat","POST",%d]]' % (100 - kept) in lines[-1]


def _drain(pipe: int, data: bytearray) -> None:
    while chunk := os.read(pipe, 65536):
        data += chunk
    os.close(pipe)


def test_a_folder_that_goes_away_is_shed_and_counted_and_taken_up_again(tmp_path: Path) -> None:
    folder = tmp_path / "rec"
    sealer = a_sealer(tmp_path)
    writer = a_writer(folder, sealer, queue=100_000)
    writer.append(big())
    read_new(1, folder)
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    folder.write_text("no folder any more")
    appended = [writer.append(big()) for _ in range(100)]
    assert not all(appended)
    folder.unlink()
    got = read_new(sum(appended) + 1, folder, sealer, {"w1": 1})
    assert [record.sequence for record in got] == list(range(2, sum(appended) + 3))
    assert isinstance(got[-1], Shed)
    assert got[-1].counts == {("api.beat", "POST"): appended.count(False)}
    writer.close()


def test_past_the_budget_judged_segments_go_first_and_then_new_exchanges_are_shed(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    folder = tmp_path / "rec"
    sealer = a_sealer(tmp_path)
    writer = a_writer(folder, sealer, segment=8000, max_bytes=30_000)
    follower = Follower(folder, sealer)
    request.addfinalizer(follower.close)
    sent = 0
    while writer.append(big()):
        sent += 1
        if sent % 20 == 0:
            read_until(follower, 20)
    assert writer.shed == {"budget": 1}
    # The mirror catches up, which means with all that was appended: the writer may not have written it yet.
    assert {type(record) for record in read_until(follower, sent % 20)} <= {Exchange}
    before = len(segments(folder))
    write_judged(folder, {"w1": sent})
    assert read_judged(folder) == {"w1": sent}
    until(lambda: writer.append(big()))
    assert len(segments(folder)) < before
    lost = writer.shed["budget"]
    writer.close()
    got = follower.read(1000)
    assert [type(record) for record in got] == [Shed] * (len(got) - 1) + [Exchange]
    assert follower.lost == 0
    assert sum(record.total for record in got if isinstance(record, Shed)) == lost


def test_an_exchange_that_cannot_be_written_is_counted_and_the_next_one_is_written(tmp_path: Path) -> None:
    writer = a_writer(tmp_path / "rec", a_sealer(tmp_path))
    writer.append(an_exchange(route="odd", client_key="\ud800"))
    writer.append(an_exchange())
    got = read_new(2, tmp_path / "rec")
    assert {type(record) for record in got} == {Exchange, Shed}
    assert writer.shed == {"unwritable": 1}
    writer.close()


def test_nothing_is_recorded_after_the_end(tmp_path: Path) -> None:
    writer = a_writer(tmp_path / "rec", a_sealer(tmp_path))
    writer.close()
    assert not writer.append(an_exchange())
    assert writer.shed == {"closed": 1}


def test_a_folder_that_cannot_be_written_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "rec").write_text("a file")
    with pytest.raises(StartError, match=r"rec.*\[recording\] path"):
        a_writer(tmp_path / "rec", a_sealer(tmp_path))


def test_what_a_killed_process_left_behind_is_compressed_at_the_next_start(tmp_path: Path) -> None:
    folder = tmp_path / "rec"
    sealer = a_sealer(tmp_path)
    first = a_writer(folder, sealer)
    first.append(big())
    read_new(1, folder)
    # What kill -9 leaves: the file without its lock, here with a torn line.
    live = folder / "w1-1.jsonl"
    copy = live.read_bytes()
    first.close()
    (folder / "w1-1.jsonl.zst").unlink()
    (folder / "w1-1.index.json").unlink()
    live.write_bytes(copy + b'{"sequence":2,"id":"to')
    second = a_writer(folder, sealer, writer="w2")
    second.append(big())
    second.close()
    assert sorted(path.name for path in folder.glob("*.jsonl*")) == ["w1-1.jsonl.zst", "w2-1.jsonl.zst"]
    found = scan(folder, sealer)
    assert len(list(found)) == 2
    assert found.torn == 1


def test_the_index_counts_and_finds_and_can_be_rebuilt(tmp_path: Path) -> None:
    folder = tmp_path / "rec"
    sealer = a_sealer(tmp_path)
    writer = a_writer(folder, sealer, segment=6000)
    sent = [an_exchange(route=f"r{n % 2}", request=a_request("GET", b"/?token=t%d" % n)) for n in range(30)]
    for half in (sent[:15], sent[15:]):
        for exchange in half:
            writer.append(exchange)
        # A segment ends with a batch.
        read_new(len(half) + sent.index(half[0]), folder)
    assert index.count_after(folder, {}) == {"r0": 15, "r1": 15}
    assert index.count_after(folder, {"w1": 29}) == {"r1": 1}
    writer.close()
    assert len(segments(folder)) > 1
    assert index.count_after(folder, {"w1": 3}) == {"r0": 13, "r1": 14}
    assert index.find(folder, sent[20].id, sealer).request == sent[20].request
    assert b"{{sealed:" in index.find(folder, sent[20].id).request.target
    kept = [index.summary(segment) for segment in segments(folder)]
    for segment in segments(folder):
        segment.index.unlink()
    assert index.count_after(folder, {"w1": 3}) == {"r0": 13, "r1": 14}
    assert index.rebuild(folder) == kept
    assert all(segment.index.exists() for segment in segments(folder))


def test_a_missing_exchange_is_said_to_be_missing(tmp_path: Path) -> None:
    from shadow.errors import NotFound

    with pytest.raises(NotFound, match="01ABC"):
        index.find(tmp_path, "01ABC")


def test_a_recording_of_another_key_says_so(tmp_path: Path) -> None:
    writer = a_writer(tmp_path / "rec", a_sealer(tmp_path))
    writer.append(an_exchange(request=a_request("GET", b"/?token=x")))
    writer.close()
    with pytest.raises(SealError, match="does not open"):
        list(scan(tmp_path / "rec", a_sealer(tmp_path / "other")))
