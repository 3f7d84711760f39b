"""Request, Response, Exchange: frozen values that every part of the harness passes on.

Raw bytes stay raw: the target is the request line's, names and values of fields are as they came.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from shadow.headers import HeaderList
from shadow.words import SAFE_METHODS, Side, Stage


@dataclass(frozen=True, slots=True)
class Body:
    """The captured bytes of one body; `size` is what passed, even when only the beginning was kept."""

    data: bytes = b""
    size: int = 0
    truncated: bool = False

    @classmethod
    def of(cls, data: bytes) -> Body:
        """A whole body."""
        return cls(data, len(data))


@dataclass(frozen=True, slots=True)
class Request:
    """What a client asked. `target` is the raw path and query, `peer` the client's address."""

    method: str
    target: bytes
    headers: HeaderList
    body: Body = Body()
    scheme: str = "http"
    peer: str = ""

    @property
    def path(self) -> bytes:
        """The raw path, percent-encoding kept."""
        return self.target.partition(b"?")[0]

    @property
    def query(self) -> bytes:
        """The raw query without its question mark."""
        return self.target.partition(b"?")[2]

    @property
    def decoded_path(self) -> str:
        """The path as an application matches it: percent-decoded, UTF-8, odd bytes replaced."""
        return unquote_to_bytes(self.path).decode("utf-8", "replace")

    @property
    def safe(self) -> bool:
        """True for methods that ask for no change (RFC 9110 9.2.1)."""
        return self.method in SAFE_METHODS


@dataclass(frozen=True, slots=True)
class Response:
    """What a side answered."""

    status: int
    headers: HeaderList
    body: Body = Body()
    reason: bytes = b""


@dataclass(frozen=True, slots=True)
class Unanswered:
    """No complete answer: where it ended (see `UpstreamError`; `client` when the client went away) and what is known.

    `sent` tells whether any byte of the request may have reached the upstream.
    """

    phase: str
    detail: str = ""
    sent: bool = True


Answer = Response | Unanswered


@dataclass(frozen=True, slots=True)
class Exchange:
    """One client request with the serving side's answer.

    `writer` and `sequence` say where it stands in the recording (one writer per proxy process, counted from 1).
    `started_at` is wall time (unix s); `began` and `ended` are CLOCK_MONOTONIC seconds, `ended` being taken before
    the last byte goes to the client, so that an effect never stands before its cause; `first_byte` is seconds from
    `began` to the head of the answer. `serving` is the side that the route's stage named; `fallback` says why the
    other one had to answer after all (empty: it had not). `overlaps` marks a request that ran beside a write,
    `alone` one whose client is signed in, but not on the serving side (docs/sessions.md).
    """

    id: str
    writer: str
    sequence: int
    started_at: float
    began: float
    ended: float
    first_byte: float
    client_key: str
    route: str
    group: str
    serving: Side
    stage: Stage
    request: Request
    answer: Answer
    overlaps: bool = False
    fallback: str = ""
    alone: bool = False

    @property
    def duration(self) -> float:
        """Seconds from the request's head to the end of the answer."""
        return self.ended - self.began

    @property
    def answering(self) -> Side:
        """The side whose answer this is: the serving one, unless the other had to answer in its place."""
        return self.serving.other if self.fallback else self.serving
