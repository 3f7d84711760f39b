"""The nine worker routes of the legacy application over real HTTP: what each answers and what it leaves behind."""

from __future__ import annotations

import base64
import gzip
import re
from collections.abc import Iterator
from typing import Any

import pytest

from demo import cast
from tests.support.apps import App
from tests.support.fishtest import (
    FIXED_ARCH,
    SPRT_ARCH,
    SPSA_ARCH,
    Seeded,
    Worker,
    drawn,
    granted,
    refused,
    seeded,
    stats,
)
from tests.support.mongo import mongo_client, mongo_url

__all__ = ["mongo_client", "mongo_url", "seeded"]

PGN = base64.b64encode(gzip.compress(b"1. e4 e5", mtime=0)).decode()


@pytest.fixture(scope="module")
def app(seeded: Seeded, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    with App("legacy_pyramid", tmp_path_factory.mktemp("app"), seeded.url, seeded.name) as running:
        yield running


@pytest.fixture
def worker(app: App) -> Iterator[Worker]:
    """A machine that gets tasks of the fixed-games run."""
    with Worker(app, FIXED_ARCH) as one:
        yield one


def test_request_version_needs_no_more_than_a_user(app: App) -> None:
    body = {"password": "carol-plays-chess", "worker_info": {"username": "carol"}, "anything": None}
    with app.client() as client:
        assert granted(client.post("/api/request_version", json=body)) == {"version": 311}


def test_a_task_is_given_out_with_its_run(seeded: Seeded, worker: Worker) -> None:
    given = granted(worker.ask("request_task"))
    assert list(given) == ["run", "task_id"]
    assert list(given["run"]) == ["_id", "args", "my_task"]
    assert given["run"]["_id"] == seeded.runs["fixed"]
    assert given["run"]["args"]["new_tag"] == "fixed_games"
    assert given["run"]["my_task"]["stats"] == stats()
    assert given["run"]["my_task"]["num_games"] % 2 == 0
    stored = seeded.run("fixed")["tasks"][given["task_id"]]
    assert stored["active"]
    assert stored["worker_info"] == worker.machine.worker_info() | {"remote_addr": "127.0.0.1", "country_code": "?"}


@pytest.mark.parametrize(("sent", "stored"), [("NO", "NO"), ("ZZ", "?")])
def test_the_proxys_word_on_address_and_country_is_taken(
    seeded: Seeded, worker: Worker, sent: str, stored: str
) -> None:
    body = worker.body()
    headers = {"X_Forwarded_For": "203.0.113.7", "X_Country_Code": sent}
    given = granted(worker.send("request_task", body, **headers))
    info = seeded.run("fixed")["tasks"][given["task_id"]]["worker_info"]
    assert (info["remote_addr"], info["country_code"]) == ("203.0.113.7", stored)


def test_a_worker_that_fits_no_run_waits(app: App) -> None:
    with Worker(app, "riscv64") as worker:
        assert granted(worker.ask("request_task")) == {"task_waiting": False}


def test_two_machines_of_one_name_are_told_apart(app: App, worker: Worker) -> None:
    worker.take_task()
    body = worker.body()
    body["worker_info"]["unique_key"] = worker.machine.unique_key[:9] + "ffff" + worker.machine.unique_key[13:]
    refusal = granted(worker.send("request_task", body))
    assert refusal["task_waiting"] is False
    assert "error" in refusal
    assert not refusal["error"].startswith("/api/")


def test_results_are_counted_and_totals_may_be_sent_again(seeded: Seeded, worker: Worker) -> None:
    task = worker.take_task()
    report = stats(4, 4, 24, (0, 4, 8, 4, 0))
    for _ in range(2):
        assert granted(worker.ask("update_task", **task, stats=report)) == {"task_alive": True}
    assert seeded.run("fixed")["tasks"][task["task_id"]]["stats"] == report


def test_an_update_must_not_shrink_the_totals(worker: Worker) -> None:
    task = worker.take_task()
    worker.ask("update_task", **task, stats=drawn(4))
    answer = granted(worker.ask("update_task", **task, stats=drawn(2)))
    assert answer["task_alive"] is False
    assert "has incompatible stats" in answer["error"]
    again = granted(worker.ask("update_task", **task, stats=drawn(6)))
    name = f"{task['run_id']}/{task['task_id']}"
    assert again == {"task_alive": False, "info": f"Update_task: task {name} is not active"}


def test_a_sequential_run_takes_whole_batches_only(app: App) -> None:
    with Worker(app, SPRT_ARCH, number=3) as worker:
        task = worker.take_task()
        answer = granted(worker.ask("update_task", **task, stats=drawn(2)))
    assert answer["task_alive"] is False
    assert "error" in answer


@pytest.mark.parametrize(
    ("counts", "of_type"),
    [(stats(1, 0, 0), "valid_results"), (stats(2, 0, 0, (0, 0, 1, 0, 0)), "valid_results")],
)
def test_counts_that_contradict_each_other_are_refused(worker: Worker, counts: dict[str, Any], of_type: str) -> None:
    task = worker.take_task()
    error = refused(worker.ask("update_task", **task, stats=counts), 400)
    assert error.startswith("/api/update_task: request['stats'] (value:")
    assert error.endswith(f"is not of type '{of_type}'")


def test_an_update_without_results_is_a_crash_that_the_worker_waits_out(app: App, worker: Worker) -> None:
    answer = worker.ask("update_task", **worker.take_task())
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["connection"] == "close"
    assert answer.text.startswith("Internal Server Error")
    assert len(answer.content) == 110
    assert "set-cookie" not in answer.headers


def test_a_beat_says_whether_the_task_is_alive(seeded: Seeded, worker: Worker) -> None:
    task = worker.take_task()
    before = seeded.run("fixed")["tasks"][task["task_id"]]["last_updated"]
    assert granted(worker.ask("beat", **task)) == {"task_alive": True}
    assert seeded.run("fixed")["tasks"][task["task_id"]]["last_updated"] >= before
    worker.ask("failed_task", **task)
    assert granted(worker.ask("beat", **task)) == {"task_alive": False}


def test_a_tuning_run_deals_parameters_and_learns(app: App, seeded: Seeded) -> None:
    with Worker(app, SPSA_ARCH, number=4) as worker:
        task = worker.take_task()
        dealt = granted(worker.ask("request_spsa", **task))
        assert list(dealt) == ["w_params", "b_params", "sig", "task_alive"]
        names = [one["name"] for one in seeded.run("spsa")["args"]["spsa"]["params"]]
        assert [one["name"] for one in dealt["w_params"]] == names
        assert {tuple(one) for one in dealt["w_params"]} == {("name", "value", "R", "c", "flip")}
        assert [list(one) for one in dealt["b_params"]] == [["name", "value"]] * len(names)
        assert {one["flip"] for one in dealt["w_params"]} <= {-1, 1}
        played = {"wins": 2, "losses": 0, "draws": 0, "num_games": 2, "sig": dealt["sig"]}
        counts = stats(2, 0, 0, (0, 0, 0, 0, 1))
        assert granted(worker.ask("update_task", **task, stats=counts, spsa=played)) == {"task_alive": True}
        assert seeded.run("spsa")["args"]["spsa"]["iter"] == 1

        worker.ask("failed_task", **task)
        name = f"{task['run_id']}/{task['task_id']}"
        info = {"task_alive": False, "info": f"request_spsa_data: task {name} is not active"}
        assert granted(worker.ask("request_spsa", **task)) == info


def test_a_tuning_run_without_its_part_and_another_run_with_it_crash(app: App, worker: Worker) -> None:
    assert worker.ask("request_spsa", **worker.take_task()).status_code == 500
    with Worker(app, SPSA_ARCH, number=5) as tuner:
        assert tuner.ask("update_task", **tuner.take_task(), stats=drawn(2)).status_code == 500


def test_a_failed_task_ends_and_is_logged(seeded: Seeded, worker: Worker) -> None:
    task = worker.take_task()
    assert granted(worker.ask("failed_task", **task, message="engine would not build" + "!" * 6000)) == {}
    logged = seeded.db["actions"].find_one({"action": "failed_task", "task_id": task["task_id"]})
    assert logged is not None
    assert logged["message"].startswith("engine would not build")
    assert len(logged["message"]) == 5120
    name = f"{task['run_id']}/{task['task_id']}"
    info = {"task_alive": False, "info": f"Failed_task: task {name} is not active"}
    assert granted(worker.ask("failed_task", **task)) == info


def test_stopping_a_run_takes_experience(seeded: Seeded, worker: Worker) -> None:
    task = worker.take_task()
    answer = worker.ask("stop_run", **task, message="bench mismatch")
    assert refused(answer, 401) == "/api/stop_run: User carol has too few games to stop a run"
    run = seeded.run("fixed")
    assert not run["finished"]
    assert not run["tasks"][task["task_id"]]["active"]
    logged = seeded.db["actions"].find_one({"action": "stop_run", "task_id": task["task_id"]})
    assert logged is not None
    assert logged["message"] == "bench mismatch (not authorized)"


def test_an_experienced_worker_stops_a_run_once(app: App, seeded: Seeded) -> None:
    with Worker(app, cast.STOP_CLASS, owner=cast.STOPPER) as worker:
        task = worker.take_task()
        assert granted(worker.ask("stop_run", **task, message="wrong bench")) == {}
        run = seeded.run("stoppable")
        assert (run["finished"], run["failed"], run["failures"], run["workers"]) == (True, True, 1, 0)
        again = worker.ask("stop_run", **task)
        assert refused(again, 401) == f"/api/stop_run: Run {task['run_id']} is already finished"


def test_games_are_stored_as_often_as_they_are_sent(seeded: Seeded, worker: Worker) -> None:
    task = worker.take_task()
    for _ in range(2):
        assert granted(worker.ask("upload_pgn", **task, message="", pgn=PGN)) == {}
    name = f"{task['run_id']}-{task['task_id']}"
    stored = list(seeded.db["pgns"].find({"run_id": name}))
    assert [gzip.decompress(one["pgn_zip"]) for one in stored] == [b"1. e4 e5"] * 2
    assert {one["size"] for one in stored} == {len(base64.b64decode(PGN))}


def test_an_upload_is_checked_from_the_games_inward(seeded: Seeded, worker: Worker) -> None:
    """The text for missing games is an error printed inside another one, as workers know it."""
    run_id = seeded.runs["fixed"]
    error = refused(worker.ask("upload_pgn"), 400)
    nested = r"/api/upload_pgn: \{'error': '/api/upload_pgn: Missing pgn content', 'duration': [0-9.e-]+\}"
    assert re.fullmatch(nested, error)
    assert refused(worker.ask("upload_pgn", pgn=PGN), 400) == "/api/upload_pgn: Missing run_id"
    assert refused(worker.ask("upload_pgn", pgn=PGN, run_id=run_id), 400) == "/api/upload_pgn: Missing task_id"


@pytest.mark.parametrize(
    ("pgn", "start"),
    [
        ("abcdef", "/api/upload_pgn: Incorrect padding"),
        ("bm90IGd6aXA=", "/api/upload_pgn: pgn (value:b'not gzip') is not of type 'gzip_data': "),
        ("é", "/api/upload_pgn: string argument should contain only ASCII characters"),
    ],
)
def test_games_that_cannot_be_unpacked_are_refused(worker: Worker, pgn: str, start: str) -> None:
    task = worker.take_task()
    assert refused(worker.ask("upload_pgn", **task, pgn=pgn), 400).startswith(start)


def test_foreign_characters_in_uploaded_games_are_skipped(worker: Worker) -> None:
    broken = PGN[:8] + "\n !" + PGN[8:]
    assert granted(worker.ask("upload_pgn", **worker.take_task(), pgn=broken)) == {}


@pytest.mark.parametrize(("sent", "stored"), [({"message": "book differs"}, "book differs"), ({}, "")])
def test_a_workers_words_are_logged(seeded: Seeded, worker: Worker, sent: dict[str, str], stored: str) -> None:
    assert granted(worker.ask("worker_log", **sent)) == {}
    logged = seeded.db["actions"].find_one({"action": "log_message", "message": stored})
    assert logged is not None
    assert logged["username"] == "carol"
    assert logged["worker"].startswith("carol-4cores-00000001-1a2b")


def test_an_endless_message_is_cut_and_logged_once(seeded: Seeded, worker: Worker) -> None:
    """The original logged its own complaint about it, twice as long each time, for ever."""
    assert granted(worker.ask("worker_log", message="#" * 20_000)) == {}
    assert seeded.db["actions"].count_documents({"message": {"$regex": "^#{100}"}}) == 1
