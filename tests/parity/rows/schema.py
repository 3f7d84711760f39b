"""Requests that say something impossible about themselves."""

from __future__ import annotations

from collections.abc import Iterator

from tests.parity.rows.row import (
    INFO,
    NO_SPSA,
    STATS,
    Row,
    asked,
    without,
    worker,
)


def rows() -> Iterator[Row]:
    route = "request_task"
    for key in INFO:
        if key != "username":
            yield worker(f"without {key}", route, without(asked(), "worker_info", key))
    for name, change in (
        ("no threads", {"concurrency": 0}),
        ("threads as text", {"concurrency": "4"}),
        ("threads as a float", {"concurrency": 4.0}),
        ("negative memory", {"max_memory": -1}),
        ("one architecture", {"architecture": ["64bit"]}),
        ("three architectures", {"architecture": ["64bit", "ELF", "x"]}),
        ("a short version", {"python_version": [3, 12]}),
        ("a text in the version", {"python_version": [3, 12, "4"]}),
        ("an upper-case key", {"unique_key": "c0ffee12-1A2B-4c3d-9e8f-0123456789ab"}),
        ("a key with a line end", {"unique_key": "c0ffee12-1a2b-4c3d-9e8f-0123456789ab\n"}),
        ("another compiler", {"compiler": "icc"}),
        ("another architecture", {"worker_arch": "x86-1024"}),
        ("modified as a number", {"modified": 1}),
        ("negative speed", {"nps": -1}),
        ("speed that is no number", {"nps": float("nan")}),
        ("a long text for a number", {"concurrency": "x" * 300}),
        ("a surplus key", {"surplus": 1}),
        ("a surplus key of other letters", {"ключ": 1}),
    ):
        yield worker(name, route, asked(change))
    yield worker("a surplus key outside", route, asked(surplus=1))
    yield worker("a task without a run", "beat", asked(task_id=0))
    yield worker("a negative task", "beat", asked(run_id="$sprt", task_id=-1))
    yield worker("a task as text", "beat", asked(run_id="$sprt", task_id="0"))
    yield worker("a malformed run id", "beat", asked(run_id="zz", task_id=0))
    yield worker("a message that is no text", "worker_log", asked(message=1))
    for name, change in (
        ("stats without wins", {"wins": None}),
        ("games that do not add up", {"wins": 5}),
        ("four pentanomials", {"pentanomial": [0, 4, 8, 4]}),
        ("too many draws", {"wins": 3, "losses": 3, "draws": 26}),
        ("negative crashes", {"crashes": -1}),
    ):
        stats = {key: value for key, value in {**STATS, **change}.items() if value is not None}
        yield worker(name, "update_task", asked(run_id="$sprt", task_id=0, stats=stats))
    yield worker(
        "an odd number of games",
        "update_task",
        asked(run_id="$sprt", task_id=0, stats=STATS, spsa={**NO_SPSA, "num_games": 1}),
    )
