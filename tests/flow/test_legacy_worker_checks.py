"""The checks before the nine worker routes of the legacy application, in their order, and what is around the routes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from demo import cast
from tests.support.apps import App
from tests.support.fishtest import FIXED_ARCH, Seeded, Worker, drawn, granted, refused, seeded
from tests.support.mongo import mongo_client, mongo_url

__all__ = ["mongo_client", "mongo_url", "seeded"]

ROUTES = (
    "request_version",
    "request_task",
    "update_task",
    "beat",
    "request_spsa",
    "failed_task",
    "stop_run",
    "upload_pgn",
    "worker_log",
)
STRICT_ROUTES = tuple(route for route in ROUTES if route != "request_version")
TASK_ROUTES = ("update_task", "beat", "request_spsa", "failed_task", "stop_run")


@pytest.fixture(scope="module")
def app(seeded: Seeded, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    with App("legacy_pyramid", tmp_path_factory.mktemp("app"), seeded.url, seeded.name) as running:
        yield running


@pytest.fixture
def worker(app: App) -> Iterator[Worker]:
    """A machine that gets tasks of the fixed-games run."""
    with Worker(app, FIXED_ARCH) as one:
        yield one


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"{'a': 1}", b"[" * 100_000])
def test_what_is_no_json_is_refused_first(app: App, route: str, body: bytes) -> None:
    with app.client() as client:
        answer = client.post(f"/api/{route}", content=body)
    assert refused(answer, 400) == f"/api/{route}: request is not json encoded"


@pytest.mark.parametrize("route", ROUTES)
def test_the_content_type_does_not_matter(app: App, route: str) -> None:
    with app.client() as client:
        answer = client.post(f"/api/{route}", content=b"{}", headers={"Content-Type": "text/plain"})
    assert refused(answer, 400) == f"/api/{route}: request['password'] is missing"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ([], "request (value:[]) is not of type 'dict'"),
        (None, "request (value:None) is not of type 'dict'"),
        ({}, "request['password'] is missing"),
        ({"password": "p"}, "request['worker_info'] is missing"),
        ({"password": "p", "worker_info": {}}, "request['worker_info']['username'] is missing"),
        ({"password": 1, "worker_info": {"username": "ab"}}, "request['password'] (value:1) is not of type 'str'"),
        (
            {"password": "p", "worker_info": {"username": "a"}},
            "request['worker_info']['username'] (value:'a') is not of type 'valid_username'"
            " and request['worker_info']['username'] (value:'a') is not of type 'legacy_username'",
        ),
    ],
)
@pytest.mark.parametrize("route", ROUTES)
def test_what_the_password_check_needs_comes_second(app: App, route: str, body: Any, message: str) -> None:
    with app.client() as client:
        answer = client.post(f"/api/{route}", content=json.dumps(body))
    assert refused(answer, 400) == f"/api/{route}: {message}"


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize(
    ("name", "password", "message"),
    [
        ("carol", "wrong", "Invalid password for user: carol"),
        ("nobody", "wrong", "Invalid password for user: nobody"),
        (cast.BLOCKED, cast.person(cast.BLOCKED).password, f"Account blocked for user: {cast.BLOCKED}"),
        (cast.PENDING, cast.person(cast.PENDING).password, f"Account pending for user: {cast.PENDING}"),
        (cast.BLOCKED, "wrong", f"Invalid password for user: {cast.BLOCKED}"),
    ],
)
def test_who_may_not_work_is_told_why(app: App, route: str, name: str, password: str, message: str) -> None:
    """Before the strict schema: these bodies lack almost everything."""
    with app.client() as client:
        answer = client.post(f"/api/{route}", json={"password": password, "worker_info": {"username": name}})
    assert refused(answer, 401) == f"/api/{route}: {message}"


@pytest.mark.parametrize("route", STRICT_ROUTES)
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"extra": 1}, "request['extra'] is not in the schema"),
        ({"run_id": "zz"}, "request['run_id'] (value:'zz') is not of type 'valid_object_id'"),
        ({"task_id": 0}, "request['run_id'] is missing"),
        ({"message": 5}, "request['message'] (value:5) is not of type 'str'"),
    ],
)
def test_every_field_is_checked_after_the_password(
    worker: Worker, route: str, change: dict[str, Any], message: str
) -> None:
    assert refused(worker.ask(route, **change), 400) == f"/api/{route}: {message}"


@pytest.mark.parametrize("route", STRICT_ROUTES)
def test_the_worker_info_must_be_whole(worker: Worker, route: str) -> None:
    body = worker.body()
    del body["worker_info"]["ARCH"]
    assert refused(worker.send(route, body), 400) == f"/api/{route}: request['worker_info']['ARCH'] is missing"
    body = worker.body()
    body["worker_info"]["concurrency"] = 0
    message = f"/api/{route}: request['worker_info']['concurrency'] (value:0) is not strictly greater than 0"
    assert refused(worker.send(route, body), 400) == message


@pytest.mark.parametrize("route", STRICT_ROUTES)
def test_the_run_must_exist(worker: Worker, route: str) -> None:
    answer = worker.ask(route, run_id="0123456789abcdef01234567")
    assert refused(answer, 400) == f"/api/{route}: Invalid run_id: 0123456789abcdef01234567"


@pytest.mark.parametrize("route", STRICT_ROUTES)
def test_the_task_must_exist_and_be_the_workers_own(app: App, seeded: Seeded, worker: Worker, route: str) -> None:
    task = worker.take_task()
    run_id, task_id = task["run_id"], task["task_id"]
    beyond = worker.ask(route, run_id=run_id, task_id=1000)
    assert refused(beyond, 400) == f"/api/{route}: Invalid task_id 1000 for run_id {run_id}"

    with Worker(app, FIXED_ARCH, number=2) as other, Worker(app, FIXED_ARCH, owner="dave") as owner:
        mine, theirs = worker.machine.unique_key, other.machine.unique_key
        assert refused(other.ask(route, **task), 400) == (
            f"/api/{route}: Invalid unique_key for task {run_id}/{task_id}. From task: {mine}. From request: {theirs}."
        )
        assert refused(owner.ask(route, **task), 400) == (
            f"/api/{route}: Invalid username for task {run_id}/{task_id}. From task: carol. From request: dave."
        )


@pytest.mark.parametrize("route", TASK_ROUTES)
def test_run_and_task_must_be_named(seeded: Seeded, worker: Worker, route: str) -> None:
    more = {"stats": drawn(2)}
    assert refused(worker.ask(route, **more), 400) == f"/api/{route}: Missing run_id"
    answer = worker.ask(route, run_id=seeded.runs["fixed"], **more)
    assert refused(answer, 400) == f"/api/{route}: Missing task_id"


def test_upper_case_run_ids_name_the_same_run(seeded: Seeded, worker: Worker) -> None:
    task = worker.take_task()
    assert granted(worker.ask("beat", **task | {"run_id": task["run_id"].upper()})) == {"task_alive": True}


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
def test_a_wrong_method_finds_nothing(app: App, route: str, method: str) -> None:
    with app.client() as client:
        answer = client.request(method, f"/api/{route}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "text/html; charset=UTF-8"
    assert answer.headers["set-cookie"].startswith("session=")
    assert "allow" not in answer.headers


@pytest.mark.parametrize("path", ["/api/beat/", "/api", "/api/", "/api/nothing"])
def test_an_unknown_path_under_the_api_is_the_common_page(app: App, path: str) -> None:
    with app.client() as client:
        answer = client.post(path, json={})
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "text/html; charset=UTF-8"


def test_the_path_in_an_error_has_no_query(app: App) -> None:
    with app.client() as client:
        answer = client.post("/api/beat?x=1", content=b"")
    assert refused(answer, 400) == "/api/beat: request is not json encoded"


def test_words_of_other_alphabets_are_escaped(app: App) -> None:
    with app.client() as client:
        answer = client.post("/api/beat", json={"password": "ü", "worker_info": {"username": "ü"}})
    assert r"\u00fc" in answer.text
    refused(answer, 400)
