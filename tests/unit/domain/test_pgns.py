"""Games as they are taken home: one task's, or all of a run in the order of its tasks."""

from __future__ import annotations

import gzip
from typing import Any

import pytest
from pymongo.database import Database

from domain.pgns import BLOCK, in_blocks
from domain.server import Fishtest

Db = Database[dict[str, Any]]
RUN, OTHER = "65f0a1b2c3d4e5f601234567", "65f0a1b2c3d4e5f60123456"


def upload(fishtest: Fishtest, task_id: int, text: str, run_id: str = RUN) -> bytes:
    packed = gzip.compress(text.encode(), mtime=0)
    fishtest.upload_pgn(run_id, task_id, packed)
    return packed


def test_the_first_upload_of_a_task_counts(fishtest: Fishtest) -> None:
    first = upload(fishtest, 2, "first")
    upload(fishtest, 2, "second")
    found = fishtest.pgns.get(f"{RUN}-2")
    assert found is not None
    assert (found["pgn_zip"], found["size"]) == (first, len(first))
    assert fishtest.pgns.get(f"{RUN}-1") is None
    assert fishtest.pgns.get(RUN) is None


def test_a_run_is_all_its_uploads_by_the_number_of_their_tasks(fishtest: Fishtest) -> None:
    """By number and not by letters; of one task in the order of uploading; of no other run."""
    parts = {task_id: upload(fishtest, task_id, f"games of {task_id}\n") for task_id in (10, 2, 0)}
    again = upload(fishtest, 2, "games of 2 again\n")
    upload(fishtest, 1, "not mine\n", run_id=OTHER)
    upload(fishtest, 1, "not mine either\n", run_id=RUN + "8")
    found = fishtest.pgns.of_run(RUN)
    assert found is not None
    whole = b"".join(found.blocks)
    assert whole == parts[0] + parts[2] + again + parts[10]
    assert found.size == len(whole)
    assert gzip.decompress(whole) == b"games of 0\ngames of 2\ngames of 2 again\ngames of 10\n"


def test_a_run_without_games(fishtest: Fishtest) -> None:
    upload(fishtest, 0, "not mine", run_id=OTHER)
    assert fishtest.pgns.of_run(RUN) is None


def test_games_are_read_one_document_at_a_time(fishtest: Fishtest, db: Db) -> None:
    """What has not been sent yet has not been read yet."""
    for task_id in range(3):
        fishtest.upload_pgn(RUN, task_id, bytes([task_id]) * BLOCK)
    found = fishtest.pgns.of_run(RUN)
    assert found is not None
    assert next(found.blocks) == bytes(BLOCK)
    db["pgns"].update_one({"run_id": f"{RUN}-1"}, {"$set": {"pgn_zip": b"\7" * BLOCK}})
    assert next(found.blocks) == b"\7" * BLOCK


def test_games_that_vanish_break_the_download_off(fishtest: Fishtest, db: Db) -> None:
    """A length was promised; to end early without a sign would be a lie."""
    upload(fishtest, 0, "some")
    found = fishtest.pgns.of_run(RUN)
    assert found is not None
    db["pgns"].delete_many({})
    with pytest.raises(KeyError, match="deleted"):
        next(found.blocks)


@pytest.mark.parametrize(
    ("parts", "blocks"),
    [
        ([], []),
        ([b""], []),
        ([b"ab", b"cd", b"e"], [b"abcd", b"e"]),
        ([b"abcdefghi"], [b"abcd", b"efgh", b"i"]),
        ([b"abcd", b"efgh"], [b"abcd", b"efgh"]),
    ],
)
def test_bytes_are_cut_anew(parts: list[bytes], blocks: list[bytes]) -> None:
    assert list(in_blocks(parts, 4)) == blocks
