"""The worker API: nine POST routes whose 200, 400 and 401 answers are JSON objects that end in `duration`.

The checks run in one order (spec worker-api §3) and the first that fails ends the request. What is not caught here is a
500 without JSON, after which a worker waits and tries again. Bodies are parsed here and not by the framework, whose
errors no worker would understand. Handlers are synchronous and run in the thread pool.
"""

import base64
from typing import Any

from starlette.responses import Response

from domain.schemas import ValidationError, access_schema, gzip_data, request_schema, validate
from new_server.api.answers import ApiCall
from new_server.http.boundary import Asked, Call
from new_server.http.errors import BAD_REQUEST, UNAUTHORIZED, json_answer
from new_server.http.route import call_router

router = call_router("/api")


@router.post("/request_version")
def request_version(call: Asked) -> Response:
    api = WorkerApi(call)
    api.validate_user()
    return api.done(api.fishtest.request_version())


@router.post("/request_task")
def request_task(call: Asked) -> Response:
    api = WorkerApi(call)
    api.validate_request()
    return api.done(api.fishtest.request_task(api.worker_info()))


@router.post("/update_task")
def update_task(call: Asked) -> Response:
    api = WorkerApi(call)
    api.validate_request()
    result = api.fishtest.update_task(
        api.worker_info(),
        api.run_id(),
        api.task_id(),
        api.body["stats"],
        api.body.get("spsa"),
    )
    return api.done(result)


@router.post("/beat")
def beat(call: Asked) -> Response:
    api = WorkerApi(call)
    api.validate_request()
    return api.done(api.fishtest.beat(api.run_id(), api.task_id()))


@router.post("/request_spsa")
def request_spsa(call: Asked) -> Response:
    api = WorkerApi(call)
    api.validate_request()
    return api.done(api.fishtest.request_spsa(api.run_id(), api.task_id()))


@router.post("/failed_task")
def failed_task(call: Asked) -> Response:
    api = WorkerApi(call)
    api.validate_request()
    return api.done(api.fishtest.failed_task(api.run_id(), api.task_id(), api.message()))


@router.post("/stop_run")
def stop_run(call: Asked) -> Response:
    api = WorkerApi(call)
    api.validate_request()
    result = api.fishtest.stop_run(api.worker_info(), api.run_id(), api.task_id(), api.message())
    if "error" in result:
        raise api.refused(UNAUTHORIZED, result["error"])
    return api.done(result)


@router.post("/upload_pgn")
def upload_pgn(call: Asked) -> Response:
    api = WorkerApi(call)
    api.validate_request()
    pgn_zip = api.pgn_zip()
    return api.done(api.fishtest.upload_pgn(api.run_id(), api.task_id(), pgn_zip))


@router.post("/worker_log")
def worker_log(call: Asked) -> Response:
    api = WorkerApi(call)
    api.validate_request()
    return api.done(api.fishtest.worker_log(api.worker_info(), api.message()))


class WorkerApi(ApiCall):
    """One worker's request on its way through the checks."""

    def __init__(self, call: Call) -> None:
        super().__init__(call)
        self.body = self.parse_body()

    def parse_body(self) -> Any:
        """The body as JSON whatever its Content-Type."""
        try:
            return self.call.json()
        except (ValueError, LookupError, RecursionError):
            raise self.refused(BAD_REQUEST, "request is not json encoded") from None

    def validate_user(self) -> None:
        """Checks 2 to 5: the shape that the password check needs, then the user."""
        self.validate_schema(access_schema)
        found = self.fishtest.users.login(self.body["worker_info"]["username"], self.body["password"])
        if "error" in found:
            raise self.refused(UNAUTHORIZED, found["error"])

    def validate_request(self) -> None:
        """Checks 2 to 9: the user, the whole shape, and that run and task are this worker's."""
        self.validate_user()
        self.validate_schema(request_schema)
        if "run_id" in self.body:
            self.validate_run()

    def validate_schema(self, schema: object) -> None:
        try:
            validate(schema, self.body, "request")
        except ValidationError as error:
            raise self.refused(BAD_REQUEST, str(error)) from None
        except RecursionError:
            # Nested just deep enough for the parser and too deep for a message about it.
            raise self.refused(BAD_REQUEST, "request is not json encoded") from None

    def validate_run(self) -> None:
        run = self.fishtest.runs.get(self.run_id())
        if run is None:
            raise self.refused(BAD_REQUEST, f"Invalid run_id: {self.body['run_id']}")
        # The schema lets no task come without its run.
        if "task_id" in self.body:
            self.validate_task(run["tasks"])

    def validate_task(self, tasks: list[dict[str, Any]]) -> None:
        run_id, task_id = self.body["run_id"], self.body["task_id"]
        if task_id >= len(tasks):
            raise self.refused(BAD_REQUEST, f"Invalid task_id {task_id} for run_id {run_id}")
        for key in ("unique_key", "username"):
            stored, sent = tasks[task_id]["worker_info"][key], self.body["worker_info"][key]
            if stored != sent:
                raise self.refused(
                    BAD_REQUEST,
                    f"Invalid {key} for task {run_id}/{task_id}. From task: {stored}. From request: {sent}.",
                )

    def run_id(self) -> str:
        """In lower case: the schema lets upper-case digits pass, and they must not name a second run."""
        if "run_id" not in self.body:
            raise self.refused(BAD_REQUEST, "Missing run_id")
        run_id: str = self.body["run_id"]
        return run_id.lower()

    def task_id(self) -> int:
        if "task_id" not in self.body:
            raise self.refused(BAD_REQUEST, "Missing task_id")
        task_id: int = self.body["task_id"]
        return task_id

    def message(self) -> str:
        message: str = self.body.get("message", "")
        return message

    def pgn_zip(self) -> bytes:
        """The uploaded games, still compressed."""
        if "pgn" not in self.body:
            # Workers know the nested text: an error that was once caught and wrapped as another.
            raise self.refused(BAD_REQUEST, str(self.error("Missing pgn content")))
        try:
            pgn_zip = base64.b64decode(self.body["pgn"])
            validate(gzip_data, pgn_zip, "pgn")
        except (ValueError, ValidationError) as error:
            raise self.refused(BAD_REQUEST, str(error)) from None
        return pgn_zip

    def worker_info(self) -> dict[str, Any]:
        """What the worker says about itself, and what its connection says."""
        country = self.call.header("x-country-code", "?")
        return {
            **self.body["worker_info"],
            "remote_addr": self.call.remote_addr,
            "country_code": "?" if country == "ZZ" else country,
        }

    def done(self, result: dict[str, Any]) -> Response:
        return json_answer({**result, "duration": self.duration()})
