"""The worker API: nine POST routes whose 200, 400 and 401 answers are JSON objects that end in ``duration``.

The checks run in one order (spec worker-api §3) and the first that fails ends the request. What is not caught here is a
500 without JSON, after which a worker waits and tries again.
"""

from __future__ import annotations

import base64
from typing import Any

from pyramid.httpexceptions import HTTPBadRequest, HTTPUnauthorized
from pyramid.request import Request
from pyramid.view import view_config, view_defaults

from domain.schemas import ValidationError, access_schema, gzip_data, request_schema, validate
from legacy_pyramid.api.answers import ApiView


@view_defaults(renderer="json", request_method="POST")
class WorkerApi(ApiView):
    """One worker's request on its way through the checks."""

    def __init__(self, request: Request) -> None:
        super().__init__(request)
        self.run: dict[str, Any] | None = None
        self.body = self.parse_body()

    @view_config(route_name="api_request_version")
    def request_version(self) -> dict[str, Any]:
        self.validate_user()
        return self.done(self.fishtest.request_version())

    @view_config(route_name="api_request_task")
    def request_task(self) -> dict[str, Any]:
        self.validate_request()
        return self.done(self.fishtest.request_task(self.worker_info()))

    @view_config(route_name="api_update_task")
    def update_task(self) -> dict[str, Any]:
        self.validate_request()
        result = self.fishtest.update_task(
            self.worker_info(),
            self.run_id(),
            self.task_id(),
            self.body["stats"],
            self.body.get("spsa"),
        )
        return self.done(result)

    @view_config(route_name="api_beat")
    def beat(self) -> dict[str, Any]:
        self.validate_request()
        return self.done(self.fishtest.beat(self.run_id(), self.task_id()))

    @view_config(route_name="api_request_spsa")
    def request_spsa(self) -> dict[str, Any]:
        self.validate_request()
        return self.done(self.fishtest.request_spsa(self.run_id(), self.task_id()))

    @view_config(route_name="api_failed_task")
    def failed_task(self) -> dict[str, Any]:
        self.validate_request()
        return self.done(self.fishtest.failed_task(self.run_id(), self.task_id(), self.message()))

    @view_config(route_name="api_stop_run")
    def stop_run(self) -> dict[str, Any]:
        self.validate_request()
        result = self.fishtest.stop_run(self.worker_info(), self.run_id(), self.task_id(), self.message())
        if "error" in result:
            raise self.refused(HTTPUnauthorized, result["error"])
        return self.done(result)

    @view_config(route_name="api_upload_pgn")
    def upload_pgn(self) -> dict[str, Any]:
        self.validate_request()
        pgn_zip = self.pgn_zip()
        return self.done(self.fishtest.upload_pgn(self.run_id(), self.task_id(), pgn_zip))

    @view_config(route_name="api_worker_log")
    def worker_log(self) -> dict[str, Any]:
        self.validate_request()
        return self.done(self.fishtest.worker_log(self.worker_info(), self.message()))

    def parse_body(self) -> Any:
        """The body as JSON whatever its Content-Type; a charset named there counts (LookupError: an unknown one)."""
        try:
            return self.request.json_body
        except (ValueError, LookupError, RecursionError):
            raise self.refused(HTTPBadRequest, "request is not json encoded") from None

    def validate_user(self) -> None:
        """Checks 2 to 5: the shape that the password check needs, then the user."""
        self.validate_schema(access_schema)
        found = self.fishtest.users.login(self.body["worker_info"]["username"], self.body["password"])
        if "error" in found:
            raise self.refused(HTTPUnauthorized, found["error"])

    def validate_request(self) -> None:
        """Checks 2 to 9: the user, the whole shape, and that run and task are this worker's."""
        self.validate_user()
        self.validate_schema(request_schema)
        if "run_id" in self.body:
            self.validate_run()
        if "task_id" in self.body:
            self.validate_task()

    def validate_schema(self, schema: object) -> None:
        try:
            validate(schema, self.body, "request")
        except ValidationError as error:
            raise self.refused(HTTPBadRequest, str(error)) from None
        except RecursionError:
            # Nested just deep enough for the parser and too deep for a message about it.
            raise self.refused(HTTPBadRequest, "request is not json encoded") from None

    def validate_run(self) -> None:
        self.run = self.fishtest.runs.get(self.run_id())
        if self.run is None:
            raise self.refused(HTTPBadRequest, f"Invalid run_id: {self.body['run_id']}")

    def validate_task(self) -> None:
        run_id, task_id = self.body["run_id"], self.body["task_id"]
        tasks = self.run["tasks"]
        if task_id >= len(tasks):
            raise self.refused(HTTPBadRequest, f"Invalid task_id {task_id} for run_id {run_id}")
        for key in ("unique_key", "username"):
            stored, sent = tasks[task_id]["worker_info"][key], self.body["worker_info"][key]
            if stored != sent:
                raise self.refused(
                    HTTPBadRequest,
                    f"Invalid {key} for task {run_id}/{task_id}. From task: {stored}. From request: {sent}.",
                )

    def run_id(self) -> str:
        """In lower case: the schema lets upper-case digits pass, and they must not name a second run."""
        if "run_id" not in self.body:
            raise self.refused(HTTPBadRequest, "Missing run_id")
        return self.body["run_id"].lower()

    def task_id(self) -> int:
        if "task_id" not in self.body:
            raise self.refused(HTTPBadRequest, "Missing task_id")
        return self.body["task_id"]

    def message(self) -> str:
        return self.body.get("message", "")

    def pgn_zip(self) -> bytes:
        """The uploaded games, still compressed."""
        if "pgn" not in self.body:
            # Workers know the nested text: an error that was once caught and wrapped as another.
            raise self.refused(HTTPBadRequest, str(self.error("Missing pgn content")))
        try:
            pgn_zip = base64.b64decode(self.body["pgn"])
            validate(gzip_data, pgn_zip, "pgn")
        except (ValueError, ValidationError) as error:
            raise self.refused(HTTPBadRequest, str(error)) from None
        return pgn_zip

    def worker_info(self) -> dict[str, Any]:
        """What the worker says about itself, and what its connection says."""
        country = self.request.headers.get("X-Country-Code", "?")
        return {
            **self.body["worker_info"],
            "remote_addr": self.request.remote_addr,
            "country_code": "?" if country == "ZZ" else country,
        }

    def done(self, result: dict[str, Any]) -> dict[str, Any]:
        return {**result, "duration": self.duration()}
