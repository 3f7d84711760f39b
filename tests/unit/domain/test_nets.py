"""Networks: by name and in pages, the counter of their downloads, and the upload of their files."""

from __future__ import annotations

import gzip
import io
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from pymongo.database import Database
from pymongo.errors import OperationFailure

from domain import nets
from domain.server import Fishtest
from tests.support.domain import MakeServer
from tests.support.log_and_nets import net_name, seed_nets

Db = Database[dict[str, Any]]

NAME = "nn-0123456789ab.nnue"
CONTENT = b"a network\r\n" * 1000
OWN_NAME = f"nn-{sha256(CONTENT).hexdigest()[:12]}.nnue"


@pytest.fixture
def uploader(make_server: MakeServer, tmp_path: Path) -> Fishtest:
    """A server that keeps networks in an empty folder."""
    return make_server(nets=tmp_path)


def test_a_network_is_found_by_its_name(fishtest: Fishtest, db: Db) -> None:
    db["nns"].insert_one({"name": NAME, "user": "carol", "downloads": 0})
    found = fishtest.nets.get(NAME)
    assert found is not None
    assert found["user"] == "carol"
    assert fishtest.nets.get("nn-ffffffffffff.nnue") is None


def test_every_download_counts_once(fishtest: Fishtest, db: Db) -> None:
    """Also that of a record from before there was a counter, and of no other record."""
    db["nns"].insert_many([{"name": NAME, "user": "carol"}, {"name": "nn-ffffffffffff.nnue", "downloads": 7}])
    fishtest.nets.count_download(NAME)
    fishtest.nets.count_download(NAME)
    assert [net["downloads"] for net in db["nns"].find()] == [2, 7]


# The list


def numbers(fishtest: Fishtest, **terms: Any) -> list[int]:
    return [net["downloads"] for net in fishtest.nets.page(**terms)["nns"]]


def test_networks_come_newest_first_in_pages_of_25(fishtest: Fishtest, db: Db) -> None:
    seed_nets(db, 30)
    assert numbers(fishtest) == list(range(29, 4, -1))
    assert numbers(fishtest, page=2) == [4, 3, 2, 1, 0]
    assert numbers(fishtest, page=3) == []
    assert fishtest.nets.page()["num_nns"] == 30


def test_the_time_of_a_network_is_that_of_its_id(fishtest: Fishtest, db: Db) -> None:
    seed_nets(db, 2)
    assert [net["time"].isoformat() for net in fishtest.nets.page()["nns"]] == [
        "2026-03-02T12:00:00+00:00",
        "2026-03-01T12:00:00+00:00",
    ]


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        ({"user": "ERIN"}, [7, 4, 1]),
        ({"user": "^g"}, [8, 5, 2]),
        ({"network_name": "3AB"}, [3]),
        ({"network_name": net_name(3)}, [3]),
        ({"network_name": "(2|3)ab", "user": "carol"}, [3]),
        ({"master_only": True}, [6, 3, 0]),
        ({"user": "nobody"}, []),
    ],
)
def test_filters_are_pieces_of_expressions_in_either_case(
    fishtest: Fishtest, db: Db, terms: dict[str, Any], expected: list[int]
) -> None:
    seed_nets(db, 9)
    assert numbers(fishtest, **terms) == expected
    assert fishtest.nets.page(**terms)["num_nns"] == len(expected)


@pytest.mark.parametrize("broken", [{"user": "("}, {"network_name": "["}])
def test_a_broken_expression_is_the_databases_error(fishtest: Fishtest, broken: dict[str, str]) -> None:
    with pytest.raises(OperationFailure):
        fishtest.nets.page(**broken)


# The upload


def test_an_upload_is_stored_recorded_and_logged(uploader: Fishtest, db: Db, tmp_path: Path) -> None:
    assert uploader.nets.upload("carol", OWN_NAME, io.BytesIO(CONTENT)) == []
    [stored] = tmp_path.iterdir()
    assert stored.name == f"{OWN_NAME}.gz"
    assert gzip.decompress(stored.read_bytes()) == CONTENT
    assert stored.stat().st_mode & 0o777 == 0o644
    [net] = db["nns"].find({}, {"_id": 0})
    assert list(net.items()) == [("name", OWN_NAME), ("user", "carol"), ("downloads", 0)]
    [action] = db["actions"].find({}, {"_id": 0, "time": 0})
    assert action == {"action": "upload_nn", "username": "carol", "nn": OWN_NAME}


def test_a_known_network_is_refused_before_anything_else(uploader: Fishtest, db: Db, tmp_path: Path) -> None:
    db["nns"].insert_one({"name": OWN_NAME, "user": "erin", "downloads": 0})
    assert uploader.nets.upload("carol", OWN_NAME, io.BytesIO(b"x")) == [f"Network {OWN_NAME} already exists"]
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_is_never_overwritten(uploader: Fishtest, db: Db, tmp_path: Path) -> None:
    kept = tmp_path / f"{OWN_NAME}.gz"
    kept.write_bytes(b"older")
    assert uploader.nets.upload("carol", OWN_NAME, io.BytesIO(CONTENT)) == [f"Network {OWN_NAME} already uploaded"]
    assert kept.read_bytes() == b"older"
    assert [file.name for file in tmp_path.iterdir()] == [kept.name]
    assert db["nns"].count_documents({}) == db["actions"].count_documents({}) == 0


@pytest.mark.parametrize(
    ("name", "faults"),
    [
        ("nn-000000000000.nnue", [f"Wrong SHA256 hash: {OWN_NAME[3:15]} Filename: 000000000000"]),
        (f"{OWN_NAME}\n", ['Name must match "nn-[SHA256 first 12 digits].nnue"']),
        (
            f"../{OWN_NAME}",
            [
                'Name must match "nn-[SHA256 first 12 digits].nnue"',
                f"Wrong SHA256 hash: {OWN_NAME[3:15]} Filename: {f'../{OWN_NAME}'[3:15]}",
            ],
        ),
    ],
)
def test_everything_that_is_wrong_is_told(uploader: Fishtest, tmp_path: Path, name: str, faults: list[str]) -> None:
    assert uploader.nets.upload("carol", name, io.BytesIO(CONTENT)) == faults
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("size", "refused"), [(199_999_999, False), (200_000_000, True)])
def test_a_network_must_be_smaller_than_200_megabytes(
    uploader: Fishtest, tmp_path: Path, size: int, refused: bool
) -> None:
    """The file is a hole in a disk, so that the test needs neither memory nor time for its content's sake."""
    with (tmp_path / "hole").open("w+b") as file:
        file.truncate(size)
        faults = uploader.nets.upload("carol", NAME, file)
    assert ("Network must be < 200MB" in faults) == refused


def test_a_folder_that_is_gone_is_told_and_nothing_is_recorded(uploader: Fishtest, db: Db, tmp_path: Path) -> None:
    tmp_path.rmdir()
    assert uploader.nets.upload("carol", OWN_NAME, io.BytesIO(CONTENT)) == ["Failed to write network"]
    assert db["nns"].count_documents({}) == 0


def test_what_cannot_be_read_back_gets_no_name(
    uploader: Fishtest, db: Db, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that loses what was written."""

    def lose(_file: int) -> None:
        [written] = tmp_path.glob(".upload-*")
        written.write_bytes(gzip.compress(b"something else"))

    monkeypatch.setattr(nets.os, "fsync", lose)
    assert uploader.nets.upload("carol", OWN_NAME, io.BytesIO(CONTENT)) == ["Failed to write network"]
    assert list(tmp_path.iterdir()) == []
    assert db["nns"].count_documents({}) == 0
