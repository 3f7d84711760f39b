"""Workers at work: tasks taken, played, uploaded, failed and stopped."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from gzip import compress
from typing import Any

from tests.parity.rows.row import (
    ERIN,
    NO_SPSA,
    NO_STATS,
    OTHER_KEY,
    STATS,
    Row,
    asked,
    worker,
)


def rows() -> Iterator[Row]:
    yield from tasks()
    yield from spsa()
    yield from pgns()
    yield from ends()


def tasks() -> Iterator[Row]:
    """One worker takes a task of the SPRT run and plays; others come too near."""
    mine: dict[str, Any] = {"run_id": "$sprt", "task_id": 0}
    yield worker("the first task", "request_task", asked(), None, ("X-Country-Code", "DE"))
    yield worker(
        "the same name elsewhere", "request_task", asked({"unique_key": "c0ffee12-ffff-4c3d-9e8f-0123456789ab"})
    )
    yield worker("a blocked worker", "request_task", asked({"username": "dave"}, "pw-dave"))
    yield worker(
        "another user",
        "request_task",
        asked(ERIN, "pw-erin"),
        None,
        ("X-Country-Code", "ZZ"),
    )
    yield worker(
        "more than the limit",
        "request_task",
        asked({**ERIN, "unique_key": "feedbeef-1a2b-4c3d-9e8f-0123456789ab"}, "pw-erin"),
    )
    yield worker(
        "too little memory",
        "request_task",
        asked({"max_memory": 10, "unique_key": "abcd1234-1a2b-4c3d-9e8f-0123456789ab"}),
    )
    yield worker("an unknown run", "beat", asked(run_id="0123456789abcdef01234567", task_id=0))
    yield worker("an unknown task", "beat", asked(run_id="$sprt", task_id=99))
    yield worker("another key", "beat", asked(OTHER_KEY, **mine))
    yield worker("another user", "beat", asked({"username": "erin"}, "pw-erin", **mine))
    yield worker("without run", "beat", asked())
    yield worker("without task", "beat", asked(run_id="$sprt"))
    yield worker("of a live task", "beat", asked(**mine))
    yield worker("with an upper-case run id", "beat", asked(run_id="$SPRT", task_id=0))
    yield worker("with the query ignored", "beat?run_id=zz", asked(**mine))
    yield worker("results", "update_task", asked(stats=STATS, **mine))
    yield worker("the same results again", "update_task", asked(stats=STATS, **mine))
    yield worker("without stats", "update_task", asked(**mine))
    yield worker("without task", "update_task", asked(run_id="$sprt", stats=STATS))
    yield worker("without run", "update_task", asked(stats=STATS))
    yield worker("a message", "worker_log", asked(message="book checksum differs ☃"))
    yield worker("no message", "worker_log", asked())
    yield worker("a message that is too long", "worker_log", asked(message="x" * 9000))
    yield worker("fewer games than before", "update_task", asked(stats=NO_STATS, **mine))
    yield worker("a dead task", "update_task", asked(stats=STATS, **mine))
    yield worker("a dead task", "beat", asked(**mine))
    yield worker("a dead task", "failed_task", asked(message="late", **mine))
    yield worker("without run", "failed_task", asked())
    yield worker("without task", "failed_task", asked(run_id="$sprt"))


def spsa() -> Iterator[Row]:
    """The next task comes from the SPSA run, by its priority."""
    mine: dict[str, Any] = {"run_id": "$spsa", "task_id": 0}
    yield worker("on a run without it", "request_spsa", asked(run_id="$sprt", task_id=0))
    yield worker("without run", "request_spsa", asked())
    yield worker("without task", "request_spsa", asked(run_id="$spsa"))
    yield worker("of another worker", "request_spsa", asked(OTHER_KEY, **mine))
    yield worker(
        "parameters",
        "request_spsa",
        asked(ERIN, "pw-erin", **mine),
        {"sig": r'"sig": (\d+)'},
    )
    # As many wins as losses: whatever the signs were, the parameters stay where they are.
    stats = {**NO_STATS, "wins": 1, "losses": 1, "pentanomial": [0, 0, 1, 0, 0]}
    played = {**NO_SPSA, "wins": 1, "losses": 1, "num_games": 2, "sig": "$sig"}
    yield worker("played with parameters", "update_task", asked(ERIN, "pw-erin", stats=stats, spsa=played, **mine))
    yield worker("the same games again", "update_task", asked(ERIN, "pw-erin", stats=stats, spsa=played, **mine))
    yield worker("parameters of an ended task", "request_spsa", asked(ERIN, "pw-erin", **mine))
    yield worker("another task", "request_task", asked(ERIN, "pw-erin"), None, ("X-Country-Code", "ZZ"))
    yield worker(
        "games without parameters", "update_task", asked(ERIN, "pw-erin", run_id="$spsa", task_id=1, stats=stats)
    )


def pgns() -> Iterator[Row]:
    mine: dict[str, Any] = {"run_id": "$sprt", "task_id": 0}
    good = b64encode(compress(b'[Event "x"]\n', mtime=0)).decode()
    yield worker("games", "upload_pgn", asked(pgn=good, **mine))
    yield worker("games again with noise", "upload_pgn", asked(pgn=f"{good[:8]}\n {good[8:]}", message="", **mine))
    yield worker("without games", "upload_pgn", asked(**mine))
    yield worker("without run", "upload_pgn", asked(pgn=good))
    yield worker("without task", "upload_pgn", asked(pgn=good, run_id="$sprt"))
    yield worker("broken padding", "upload_pgn", asked(pgn="abc", **mine))
    yield worker("other letters", "upload_pgn", asked(pgn="☃☃☃☃", **mine))
    yield worker("not compressed", "upload_pgn", asked(pgn=b64encode(b"plain text, long enough").decode(), **mine))
    yield worker("nothing", "upload_pgn", asked(pgn="", **mine))


def ends() -> Iterator[Row]:
    yield worker("without run", "stop_run", asked())
    yield worker("without task", "stop_run", asked(run_id="$sprt"))
    yield worker("without the right", "stop_run", asked(run_id="$sprt", task_id=0, message="bench mismatch"))
    yield worker("with the right", "stop_run", asked(ERIN, "pw-erin", run_id="$spsa", task_id=1))
    yield worker("of a finished run", "stop_run", asked(ERIN, "pw-erin", run_id="$spsa", task_id=1))
    yield worker(
        "of an ended task",
        "request_spsa",
        asked(ERIN, "pw-erin", run_id="$spsa", task_id=1),
    )
    yield worker(
        "of a fresh task", "request_task", asked(), None, ("X-Country-Code", "DE"), ("X-Forwarded-For", "1.2.3.4")
    )
    yield worker(
        "my machine broke ☃", "failed_task", asked(run_id="$sprt", task_id=1, message="engine would not build")
    )
    yield worker("a second time", "failed_task", asked(run_id="$sprt", task_id=1))
