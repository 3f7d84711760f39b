"""Invented results are such as the server's own schemas accept."""

import base64

from hypothesis import given
from hypothesis import strategies as st

from demo.cast import Machine
from demo.games import Games, played
from domain.schemas import gzip_data, request_schema, validate


def empty() -> dict[str, object]:
    return {"wins": 0, "losses": 0, "draws": 0, "crashes": 0, "time_losses": 0, "pentanomial": [0] * 5}


@given(st.text(max_size=8), st.lists(st.integers(1, 60), min_size=1, max_size=5))
def test_totals_stay_consistent_batch_after_batch(seed: str, batches: list[int]):
    games, stats = Games(seed), empty()
    for pairs in batches:
        before = played(stats)
        added = games.play(stats, pairs)
        assert sum(added.values()) == 2 * pairs
        assert played(stats) == before + 2 * pairs
        body = {
            "password": "p",
            "worker_info": Machine("carol", 1, "x86-64").worker_info(),
            "run_id": "0123456789abcdef01234567",
            "task_id": 0,
            "stats": stats,
            "spsa": {**added, "num_games": 2 * pairs, "sig": 1},
        }
        validate(request_schema, body, "request")


def test_the_same_seed_plays_the_same_games():
    first, second = empty(), empty()
    Games("a").play(first, 50)
    Games("a").play(second, 50)
    assert first == second


def test_an_upload_is_real_gzip():
    validate(gzip_data, base64.b64decode(Games("a").pgn(pairs=3)), "pgn")
