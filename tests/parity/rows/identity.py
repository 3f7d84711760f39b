"""Bodies that are no JSON, and who may work."""

from __future__ import annotations

import json
from collections.abc import Iterator

from tests.parity.rows.row import (
    FORM,
    Row,
    asked,
    without,
    worker,
)


def malformed_bodies() -> Iterator[Row]:
    for name, body in (
        ("an empty body", ""),
        ("half an object", '{"password": "pw-carol", "worker_info": {'),
        ("text", "hello"),
        ("an empty list", "[]"),
        ("a number", "1"),
        ("a string", '"x"'),
        ("null", "null"),
        ("NaN", "NaN"),
        ("two objects", "{}{}"),
        ("single quotes", "{'password': 'x'}"),
        ("a byte order mark", b"\xef\xbb\xbf{}"),
        ("bytes that are no UTF-8", b'{"password": "\xff"}'),
        ("UTF-16", '{"password": "x"}'.encode("utf-16")),
        ("a form", "password=x&worker_info=y"),
        ("a lone surrogate", '{"password": "\\ud800", "worker_info": {"username": "carol"}}'),
        ("endless nesting", "[" * 200_000),
    ):
        yield worker(name, "request_version", body)
    yield worker("text that is no JSON", "beat", "}")
    yield worker("in Latin-1", "request_version", '{"password": "\xe9"}'.encode("latin-1"), None)
    yield Row(
        "request_version declared as Latin-1",
        "POST",
        "/api/request_version",
        '{"password": "\xe9", "worker_info": {"username": "carol"}}'.encode("latin-1"),
        (("Content-Type", "application/json; charset=iso-8859-1"),),
    )
    yield Row("request_version without a body", "POST", "/api/request_version")
    yield Row(
        "request_version as plain text",
        "POST",
        "/api/request_version",
        json.dumps(asked()),
        (("Content-Type", "text/plain"),),
    )
    yield Row("request_version as a form", "POST", "/api/request_version", json.dumps(asked()), (FORM,))
    yield Row(
        "request_version in an unknown charset",
        "POST",
        "/api/request_version",
        "{}",
        (("Content-Type", "a/b; charset=x"),),
    )
    yield Row(
        "request_version with a query",
        "POST",
        "/api/request_version?x=1&y=%C3%A9",
        json.dumps(without(asked(), "password")),
    )
    yield Row(
        "request_version in pieces",
        "POST",
        "/api/request_version",
        in_pieces(json.dumps(asked())),
        (("Transfer-Encoding", "chunked"),),
    )


def in_pieces(text: str) -> bytes:
    """Chunked, as RFC 9112 7.1 has it."""
    pieces = [text[start : start + 100].encode() for start in range(0, len(text), 100)]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


def users() -> Iterator[Row]:
    route = "request_version"
    little = {"password": "pw-carol", "worker_info": {"username": "carol"}}
    yield worker("with little", route, little)
    yield worker("with everything", route, asked(surplus=1))
    yield worker("without password", route, without(little, "password"))
    yield worker("without worker_info", route, without(little, "worker_info"))
    yield worker("without username", route, without(little, "worker_info", "username"))
    yield worker("without anything", route, {})
    yield worker("with a number as password", route, {**little, "password": 7})
    yield worker("with a list as worker_info", route, {**little, "worker_info": []})
    yield worker("with a short name", route, {**little, "worker_info": {"username": "c"}})
    yield worker("with a name of other letters", route, {**little, "worker_info": {"username": "käte-☃"}})
    yield worker("with a very long name", route, {**little, "worker_info": {"username": "-" * 500}})
    yield worker("with both quotes", route, {**little, "worker_info": {"username": "a'b\"c"}})
    yield worker("with a wrong password", route, asked(password="wrong"))
    yield worker("with an empty password", route, asked(password=""))
    yield worker("with a password of other letters", route, asked(password="pässwörd☃"))
    yield worker("of an unknown user", route, asked({"username": "nobody"}))
    yield worker("of a blocked user", route, asked({"username": "bob"}, "pw-bob"))
    yield worker("of a blocked user with a wrong password", route, asked({"username": "bob"}))
    yield worker("of a pending user", route, asked({"username": "paul"}, "pw-paul"))
    yield worker("wrong password before a schema fault", "beat", asked({"concurrency": 0}, "wrong"))
