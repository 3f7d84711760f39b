"""Files where texts belong, in every form: each such field counts as missing."""

from __future__ import annotations

from collections.abc import Iterator

from tests.parity.rows.new_test import GIVEN
from tests.parity.rows.people import MULTIPART, enters, sees_a_form
from tests.parity.rows.row import Row, without

TOKEN = ("X-CSRF-Token", "$filer_token")
CRASHES = frozenset({"files: modify without a run", "files: purge without a run"})


def rows() -> Iterator[Row]:
    yield sees_a_form("loiterer")
    for target, files in (("/login", ("username", "password")), ("/signup", ("username", "password", "email"))):
        headers = (MULTIPART, ("X-CSRF-Token", "$loiterer_token"))
        yield Row(f"files: {target}", "POST", target, parts({}, files), headers, "loiterer")
    yield from enters("filer", "carol")
    for name, target, texts, files in (
        ("a new test", "/tests/run", without(GIVEN, "run-info"), ("run-info",)),
        ("modify without a run", "/tests/modify", {}, ("run",)),
        ("modify", "/tests/modify", {"run": "$sprt"}, ("num-games", "priority", "throughput")),
        ("stop", "/tests/stop", {}, ("run-id",)),
        ("purge without a run", "/tests/purge", {}, ("run-id",)),
        ("a profile", "/user", {"user": "carol"}, ("old_password", "password", "email")),
        ("a profile of a file", "/user", {}, ("user",)),
        ("a worker", "/workers/carol-4cores-c0ffee12", {"submit": "Submit"}, ("message", "blocked")),
        ("events", "/actions", {}, ("text", "user", "page")),
        ("networks", "/nns", {}, ("user", "page")),
        ("a test", "/tests/view/$sprt", {}, ("show_task",)),
        ("finished tests", "/tests/finished", {}, ("success_only", "page")),
        ("finished runs", "/api/finished_runs", {}, ("page",)),
        ("Elo", "/api/calc_elo", {"W": "10", "D": "20"}, ("L",)),
    ):
        yield Row(f"files: {name}", "POST", target, parts(texts, files), (MULTIPART, TOKEN), "filer")
    yield Row("files: a token", "POST", "/tests/stop", parts({}, ("csrf_token",)), (MULTIPART,), "filer")
    yield Row("files: what was said", "GET", "/nope", browser="filer")


def parts(texts: dict[str, str], files: tuple[str, ...]) -> str:
    """A form's body with fields of both kinds; each file is called a.txt and holds an x."""
    heads = {f'name="{name}"': value for name, value in texts.items()}
    heads |= {f'name="{name}"; filename="a.txt"': "x" for name in files}
    body = "".join(
        f"--XX\r\nContent-Disposition: form-data; {head}\r\n\r\n{value}\r\n" for head, value in heads.items()
    )
    return f"{body}--XX--\r\n"
