"""HAR, curl, pytest snippets and redaction: exact for honest text, harmless for hostile text."""

from __future__ import annotations

import ast
import json
import socket
import subprocess
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shadow.errors import RecordingError
from shadow.exchange import Body, Request, Unanswered
from shadow.headers import HeaderList
from shadow.recording.har import har
from shadow.recording.reader import scan
from shadow.recording.redact import redact
from shadow.recording.snippets import curl, pytest_file
from shadow.words import Side
from tests.support.recording import JSON, a_request, a_sealer, a_writer, an_answer, an_exchange

HOSTILE = b'\'; touch pwned; $(touch pwned) `touch pwned` \\ "{{7*7}}" \n\r\x1b[31m \xff @/etc/passwd'


def received_from(command: str, folder: Path) -> bytes:
    """Run a command made for http://127.0.0.1:PORT in bash and return the bytes that reached the port."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        got = bytearray()

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.settimeout(5)
                while b"\r\n\r\n" not in got:
                    got.extend(connection.recv(65536))
                head, _, body = bytes(got).partition(b"\r\n\r\n")
                length = next(
                    (int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
                )
                while len(body) < length:
                    chunk = connection.recv(65536)
                    got.extend(chunk)
                    body += chunk
                connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

        thread = threading.Thread(target=serve)
        thread.start()
        command = command.replace("http://127.0.0.1:1", f"http://127.0.0.1:{port}")
        done = subprocess.run(
            ["bash"], input=command.encode(), cwd=folder, capture_output=True, timeout=20, check=False
        )
        thread.join()
    assert done.returncode == 0, done.stderr
    return bytes(got)


@pytest.mark.parametrize("body", [HOSTILE, b"@/etc/passwd", b"", b"\0\xff" * 100, b"x" * 100_000])
def test_the_curl_command_sends_the_very_bytes_and_runs_none_of_them(tmp_path: Path, body: bytes) -> None:
    target = b"/a//b/../%2F;x?q='$(touch pwned)'{1,2}[3]\xff#y"
    request = Request(
        "PUT",
        target,
        HeaderList.of([(b"Host", b"h"), (b"X-A", b"it's $(touch pwned)"), (b"x-empty", b""), (b"@/etc/passwd", b"v")]),
        Body.of(body),
    )
    got = received_from(curl(request, "http://127.0.0.1:1"), tmp_path)
    head, _, sent = got.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    assert lines[0] == b"PUT " + target + b" HTTP/1.1"
    assert sent == body
    names = {line.partition(b":")[0].lower() for line in lines[1:]}
    assert names <= {b"host", b"x-a", b"x-empty", b"content-length", b"expect"}
    assert b"X-A: it's $(touch pwned)" in lines
    assert list(tmp_path.iterdir()) == []


def test_snippets_are_masked_unless_told_otherwise(tmp_path: Path) -> None:
    sealer = a_sealer(tmp_path)
    exchange = sealer.exchange(
        an_exchange(request=a_request("POST", b"/?token=longsecret", JSON, (b"Cookie", b"a=longsecret"), body=b"{}"))
    )
    token = sealer.seal_text("longsecret")
    for snippet in (curl(exchange.request, "http://h"), pytest_file([exchange], "http://h")):
        assert "longsecret" not in snippet
        assert token not in snippet
    assert "a=longsecret" in curl(exchange.request, "http://h", reveal=sealer)
    assert "a=longsecret" in pytest_file([exchange], "http://h", reveal=sealer)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(max_size=10), st.binary(max_size=20), st.binary(max_size=20), st.text(max_size=10))
def test_the_pytest_snippet_is_one_function_whatever_is_in_the_request(method, target, body, route) -> None:
    request = Request(method, target, HeaderList.of([(b"X", body)]), Body.of(body))
    tree = ast.parse(pytest_file([an_exchange(route=route, request=request)], "http://h"))
    assert [type(node) for node in tree.body] == [ast.Import, ast.FunctionDef]
    assert body in [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]


@given(st.lists(st.tuples(st.text(max_size=3), st.sampled_from(["a", "A", "a_2", "a 2", ""])), max_size=8))
def test_no_two_tests_of_a_pytest_file_have_one_name(exchanges) -> None:
    found = [replace(an_exchange(route=route), id=identity) for route, identity in exchanges]
    names = [node.name for node in ast.parse(pytest_file(found, "http://h")).body if isinstance(node, ast.FunctionDef)]
    assert len(set(names)) == len(found)
    assert all(name.startswith("test_") for name in names)


def test_a_test_has_the_same_name_whatever_else_is_exported() -> None:
    first, second = (an_exchange(route="home"), an_exchange(route="home"))
    assert first.id != second.id
    for file in (pytest_file([first, second], "http://h"), pytest_file([second], "http://h")):
        assert f"def test_post_home_{second.id.lower()}():" in file


def test_har_has_two_linked_entries_where_a_mirrored_answer_is_known() -> None:
    exchange = an_exchange(
        request=a_request("GET", b"/x?a=1&b=%20", (b"Host", b"example.test"), (b"Cookie", b"s=1; t=2")),
        answer=an_answer(200, (b"Set-Cookie", b"s=2; Path=/"), JSON, body=b"\xff\0"),
    )
    copy = replace(exchange, serving=Side.CANDIDATE, answer=Unanswered("timeout"))
    log = har([(exchange, copy), (an_exchange(), None)])["log"]
    json.dumps(log)
    first, second, third = log["entries"]
    assert log["version"] == "1.2"
    assert first["_exchange"] == second["_exchange"] == exchange.id != third["_exchange"]
    assert (first["_side"], second["_side"]) == ("primary", "candidate")
    assert first["request"]["url"] == "http://example.test/x?a=1&b=%20"
    assert first["request"]["queryString"] == [{"name": "a", "value": "1"}, {"name": "b", "value": " "}]
    assert first["request"]["cookies"] == [{"name": "s", "value": "1"}, {"name": "t", "value": "2"}]
    assert first["response"]["content"] == {
        "size": 2,
        "mimeType": "application/json",
        "text": "/wA=",
        "encoding": "base64",
    }
    assert first["time"] == pytest.approx(12)
    assert second["response"]["status"] == 0
    assert second["_unanswered"] == "timeout"


def test_a_redacted_recording_has_no_seals_and_reads_without_a_key(tmp_path: Path) -> None:
    sealer = a_sealer(tmp_path)
    writer = a_writer(tmp_path / "rec", sealer)
    binary = (
        b'--Bo\r\ncontent-disposition: form-data; name="password"\r\n\r\nlongsecret\r\n--Bo\r\n\r\n\xff\xfe\r\n--Bo--'
    )
    multipart = (b"Content-Type", b"multipart/form-data; boundary=Bo")
    writer.append(an_exchange(request=a_request("POST", b"/?token=longsecret", multipart, body=binary)))
    writer.append(an_exchange(answer=Unanswered("head", "odd")))
    writer.close()
    assert redact(tmp_path / "rec", tmp_path / "out") == 2
    first, second = scan(tmp_path / "out")
    assert first.request.target == b"/?token={{redacted}}"
    assert b"{{redacted}}" in first.request.body.data
    assert b"sealed" not in first.request.body.data
    assert second.answer == Unanswered("head", "odd")
    with pytest.raises(RecordingError, match="not empty"):
        redact(tmp_path / "rec", tmp_path / "out")
