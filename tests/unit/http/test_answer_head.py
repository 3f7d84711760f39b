"""What an upstream's head may not be like, although a parser lets it pass."""

from __future__ import annotations

import pytest

from shadow.http.answer_head import MAX_HEAD, AnswerHead


def head(*fields: tuple[bytes, bytes], status: int = 200, version: str = "1.1", reason: bytes = b"OK") -> str:
    found = AnswerHead()
    found.reason = reason
    for name, value in fields:
        found.add(name, value)
    return found.end(status, version)


def test_a_plain_head_is_fine_and_trailers_are_none_of_it() -> None:
    found = AnswerHead()
    found.add(b"Content-Length", b"1")
    assert found.end(200, "1.1") == ""
    found.add(b"X-Late", b"a")
    assert found.sized
    assert found.headers.get(b"x-late") is None


@pytest.mark.parametrize(
    ("told", "fault"),
    [
        (head((b"X", b"a" * MAX_HEAD)), "bytes of head"),
        (head(*[(b"X", b"a" * 1000)] * 300), "bytes of head"),
        (head((b"Transfer-Encoding", b"gzip")), "transfer coding"),
        (head((b"Transfer-Encoding", b"chunked"), (b"transfer-encoding", b"chunked")), "transfer coding"),
        (head((b"Transfer-Encoding", b"chunked"), version="1.0"), "chunks in HTTP/1.0"),
        (head(status=99), "status 99"),
        (head(version="2.0"), "HTTP/2.0"),
        (head(reason=b"O\x01K"), "control characters"),
    ],
)
def test_what_no_proxy_may_pass_on_is_told(told: str, fault: str) -> None:
    assert fault in told
