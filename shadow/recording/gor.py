"""GoReplay files (`.gor`) in and out: raw HTTP messages with a line before and a separator behind each.

    1 <id> <start, unix ns> <latency, ns>     a request (https://github.com/probelabs/goreplay, protocol.go)
    2 <id> <start, unix ns> <latency, ns>     the answer to it; without a latency the number is the round trip
    3 <id> <start, unix ns> <latency, ns>     the answer of the side that it was replayed to: here the mirrored one

A file holds requests and answers as bytes and when they were; routes, clients, stages and flags it does not hold. The
body of a message is what stands behind its head, whatever its fields say, except for chunks, which are joined.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction

from shadow.clock import new_id
from shadow.exchange import Answer, Body, Exchange, Request, Response
from shadow.headers import HeaderList
from shadow.recording.imported import UNRECORDED, Identify, Imported, overlapping
from shadow.recording.ulid import from_hex, to_hex
from shadow.words import Side, Stage

SEPARATOR = "\n🐵🙈🙉\n".encode()
_REQUEST, _ANSWER, _REPLAYED = b"1", b"2", b"3"
_NANO = 10**9


def export(exchanges: Iterable[tuple[Exchange, Exchange | None]]) -> Iterator[bytes]:
    """The payloads of these exchanges and their copies; one that holds the separator itself is left out."""
    for exchange, copy in exchanges:
        payloads = [_payload(_REQUEST, exchange, _request_bytes(exchange.request))]
        if isinstance(exchange.answer, Response):
            payloads.append(_payload(_ANSWER, exchange, _answer_bytes(exchange.answer)))
        if copy is not None and isinstance(copy.answer, Response):
            payloads.append(_payload(_REPLAYED, replace(copy, id=exchange.id), _answer_bytes(copy.answer)))
        if not any(SEPARATOR in payload for payload in payloads):
            yield from (payload + SEPARATOR for payload in payloads)


def read(data: bytes, identify: Identify) -> Imported:
    """The exchanges of a file; what is no HTTP message, or an answer to nothing, is left out and counted."""
    found = Imported()
    requests: dict[bytes, Exchange] = {}
    for payload in data.split(SEPARATOR):
        if payload.strip():
            _take(payload, requests, found, identify)
    found.exchanges = overlapping(requests.values())
    return found


def _take(payload: bytes, requests: dict[bytes, Exchange], found: Imported, identify: Identify) -> None:
    meta, _, raw = payload.partition(b"\n")
    try:
        kind, name, *numbers = meta.split(b" ")
        times = [int(number) for number in numbers]
        if kind == _REQUEST:
            requests[name] = _exchange(name, times[0], _request(raw), identify)
        elif kind in (_ANSWER, _REPLAYED) and name in requests:
            exchange = requests[name]
            answered = _answered(exchange, _response(raw), times)
            if kind == _ANSWER:
                requests[name] = answered
            else:
                found.copies.append(replace(answered, serving=exchange.serving.other))
        else:
            found.left_out["an answer to no request" if kind in (_ANSWER, _REPLAYED) else "no payload"] += 1
    except (ValueError, IndexError):
        found.left_out["no HTTP message"] += 1


def _exchange(name: bytes, start: int, request: Request, identify: Identify) -> Exchange:
    owner = identify(request)
    at = float(Fraction(start, _NANO))
    return Exchange(
        id=from_hex(name.decode("ascii")) or new_id(),
        writer="",
        sequence=0,
        started_at=at,
        began=at,
        ended=at,
        first_byte=0.0,
        client_key=owner.client_key,
        route=owner.route,
        group=owner.group,
        serving=Side.PRIMARY,
        stage=Stage.SHADOW,
        request=request,
        answer=UNRECORDED,
    )


def _answered(exchange: Exchange, answer: Answer, times: list[int]) -> Exchange:
    """The exchange with its answer; one number alone is the round trip, two are start and latency."""
    start = float(Fraction(times[0], _NANO)) if len(times) > 1 else exchange.started_at
    seconds = max(float(Fraction(times[-1], _NANO)), 0.0)
    return replace(exchange, answer=answer, started_at=start, began=start, ended=start + seconds, first_byte=seconds)


def _payload(kind: bytes, exchange: Exchange, raw: bytes) -> bytes:
    start, latency = (round(Fraction(seconds) * _NANO) for seconds in (exchange.started_at, exchange.duration))
    return b"%s %s %d %d\n%s" % (kind, to_hex(exchange.id).encode(), start, latency, raw)


def _request_bytes(request: Request) -> bytes:
    return b"%s %s HTTP/1.1\r\n" % (request.method.encode("latin-1"), request.target) + _fields(
        request.headers, request.body
    )


def _answer_bytes(answer: Response) -> bytes:
    return b"HTTP/1.1 %d %s\r\n" % (answer.status, answer.reason) + _fields(answer.headers, answer.body)


def _fields(headers: HeaderList, body: Body) -> bytes:
    """Fields and body; the length is that of the bytes that stand here, where a body does."""
    if body.data and headers.get(b"content-length") is not None:
        headers = headers.replacing(b"Content-Length", str(len(body.data)).encode())
    return b"".join(b"%s: %s\r\n" % pair for pair in headers) + b"\r\n" + body.data


def _request(raw: bytes) -> Request:
    line, headers, body = _message(raw)
    method, target, version = line.split(b" ")
    if not version.startswith(b"HTTP/"):
        raise ValueError("no request line")
    return Request(method.decode("latin-1"), target, headers, Body.of(body))


def _response(raw: bytes) -> Response:
    line, headers, body = _message(raw)
    version, status, *reason = line.split(b" ", 2)
    if not version.startswith(b"HTTP/"):
        raise ValueError("no status line")
    return Response(int(status), headers, Body.of(body), b"".join(reason))


def _message(raw: bytes) -> tuple[bytes, HeaderList, bytes]:
    head, end, body = raw.partition(b"\r\n\r\n")
    if not end:
        raise ValueError("no head")
    line, *fields = head.split(b"\r\n")
    pairs = [one.partition(b":") for one in fields]
    if not all(colon for _, colon, _ in pairs):
        raise ValueError("no field")
    headers = HeaderList.of((name, value.removeprefix(b" ")) for name, _, value in pairs)
    if (headers.get(b"transfer-encoding") or b"").lower().endswith(b"chunked"):
        return line, headers.without(b"transfer-encoding"), _joined(body)
    return line, headers, body


def _joined(body: bytes) -> bytes:
    """The chunks of a body as one (RFC 9112 7.1); ValueError when they are none."""
    found: list[bytes] = []
    while True:
        size, _, body = body.partition(b"\r\n")
        length = int(size.partition(b";")[0], 16)
        if not length:
            return b"".join(found)
        if body[length : length + 2] != b"\r\n":
            raise ValueError("a chunk that does not end where it says")
        found.append(body[:length])
        body = body[length + 2 :]
