"""One exchange to one line of JSON and back. Pure; secrets are sealed before they come here.

Raw bytes stay exact: targets and header fields are Latin-1 text, a body is text where it is UTF-8 and base64 where
it is not. `docs/recording.md` describes the lines; `migrate.py` reads those of older formats.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from shadow.errors import NewerFormat, RecordingError
from shadow.exchange import Answer, Body, Exchange, Request, Response, Unanswered
from shadow.headers import HeaderList
from shadow.words import SAFE_METHODS, Side, Stage

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Shed:
    """Exchanges that were served but not recorded, for want of room: how many of each (route, method), and why."""

    writer: str
    sequence: int
    at: float
    counts: dict[tuple[str, str], int]
    reason: str

    @property
    def total(self) -> int:
        """How many exchanges this stands for."""
        return sum(self.counts.values())

    @property
    def safe(self) -> bool:
        """True when no write is among them."""
        return all(method in SAFE_METHODS for _, method in self.counts)


@dataclass(frozen=True, slots=True)
class Header:
    """Line one of a segment: whose it is, its first sequence number, and which key sealed it."""

    writer: str
    first: int
    at: float
    key: str
    format: int = FORMAT


Record = Exchange | Shed


def encode(exchange: Exchange) -> dict[str, Any]:
    """The exchange as JSON values; `sequence` stands first, where `sequence_of` finds it."""
    return _encoded(exchange, exchange.writer, exchange.sequence, exchange.request, exchange.answer)


def encode_sealed(exchange: Exchange, writer: str, sequence: int, request: Request, answer: Answer) -> bytes:
    """The line of an exchange at this place and with these, sealed, messages: none of its own goes into it."""
    return orjson.dumps(_encoded(exchange, writer, sequence, request, answer), option=orjson.OPT_APPEND_NEWLINE)


def _encoded(exchange: Exchange, writer: str, sequence: int, request: Request, answer: Answer) -> dict[str, Any]:
    line: dict[str, Any] = {
        "sequence": sequence,
        "id": exchange.id,
        "writer": writer,
        "started_at": exchange.started_at,
        "began": exchange.began,
        "ended": exchange.ended,
        "first_byte": exchange.first_byte,
        "client": exchange.client_key,
        "route": exchange.route,
        "group": exchange.group,
        "serving": exchange.serving.value,
        "stage": exchange.stage.value,
    }
    if exchange.overlaps:
        line["overlaps"] = True
    if exchange.fallback:
        line["fallback"] = exchange.fallback
    if exchange.alone:
        line["alone"] = True
    line["request"] = encode_request(request)
    line["answer"] = encode_answer(answer)
    return line


def decode(line: Mapping[str, Any]) -> Exchange:
    """The exchange of these JSON values; KeyError, TypeError or ValueError when they are none."""
    return Exchange(
        id=line["id"],
        writer=line["writer"],
        sequence=line["sequence"],
        started_at=line["started_at"],
        began=line["began"],
        ended=line["ended"],
        first_byte=line["first_byte"],
        client_key=line["client"],
        route=line["route"],
        group=line["group"],
        serving=Side(line["serving"]),
        stage=Stage(line["stage"]),
        request=decode_request(line["request"]),
        answer=decode_answer(line["answer"]),
        overlaps=line.get("overlaps", False),
        fallback=line.get("fallback", ""),
        alone=line.get("alone", False),
    )


def encode_request(request: Request) -> dict[str, Any]:
    """A request as JSON values."""
    return {
        "method": request.method,
        "target": request.target.decode("latin-1"),
        "scheme": request.scheme,
        "peer": request.peer,
        "headers": _encode_headers(request.headers),
        **_encode_body(request.body),
    }


def decode_request(values: Mapping[str, Any]) -> Request:
    """The request of these JSON values."""
    return Request(
        values["method"],
        values["target"].encode("latin-1"),
        _decode_headers(values["headers"]),
        _decode_body(values),
        values["scheme"],
        values["peer"],
    )


def encode_answer(answer: Answer) -> dict[str, Any]:
    """An answer, or why there was none, as JSON values."""
    if isinstance(answer, Unanswered):
        return {"unanswered": answer.phase, "detail": answer.detail, "sent": answer.sent}
    return {
        "status": answer.status,
        "reason": answer.reason.decode("latin-1"),
        "headers": _encode_headers(answer.headers),
        **_encode_body(answer.body),
    }


def decode_answer(values: Mapping[str, Any]) -> Answer:
    """The answer of these JSON values."""
    if "unanswered" in values:
        return Unanswered(values["unanswered"], values["detail"], values["sent"])
    headers = _decode_headers(values["headers"])
    return Response(values["status"], headers, _decode_body(values), values["reason"].encode("latin-1"))


def encode_line(record: Record) -> bytes:
    """One record as a line, its end included; ValueError for text that is no Unicode."""
    if isinstance(record, Exchange):
        return orjson.dumps(encode(record), option=orjson.OPT_APPEND_NEWLINE)
    counts = [[route, method, count] for (route, method), count in record.counts.items()]
    line = {
        "sequence": record.sequence,
        "writer": record.writer,
        "at": record.at,
        "shed": counts,
        "reason": record.reason,
    }
    return orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)


def decode_line(values: Mapping[str, Any]) -> Record:
    """The record of a line's JSON values; KeyError, TypeError or ValueError when they are none."""
    if "shed" not in values:
        return decode(values)
    counts = {(route, method): count for route, method, count in values["shed"]}
    return Shed(values["writer"], values["sequence"], values["at"], counts, values["reason"])


def encode_header(header: Header) -> bytes:
    """Line one of a segment."""
    line = {
        "format": header.format,
        "writer": header.writer,
        "first": header.first,
        "at": header.at,
        "key": header.key,
    }
    return orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)


def decode_header(line: bytes, place: object) -> Header:
    """Line one of the segment at `place`; RecordingError when it is none, NewerFormat when a later version wrote it."""
    try:
        values = orjson.loads(line)
        version = values["format"]
        header = Header(values["writer"], values["first"], values["at"], values["key"], version)
    except (orjson.JSONDecodeError, KeyError, TypeError):
        raise RecordingError(f"{place} does not begin like a recording; move the file out of the folder") from None
    if not isinstance(version, int) or version > FORMAT:
        raise NewerFormat(
            f"{place} has format {version}, this version reads up to {FORMAT}: upgrade, or record it again"
        )
    return header


def sequence_of(line: bytes) -> int:
    """The sequence number of a record's line, without reading the rest; -1 when it has none."""
    number = line[len(b'{"sequence":') : 64].partition(b",")[0]
    return int(number) if line.startswith(b'{"sequence":') and number.isdigit() else -1


def _encode_headers(headers: HeaderList) -> list[tuple[str, str]]:
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers.pairs]


def _decode_headers(pairs: list[list[str]]) -> HeaderList:
    return HeaderList(tuple((name.encode("latin-1"), value.encode("latin-1")) for name, value in pairs))


def _encode_body(body: Body) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if body.data:
        try:
            values["text"] = body.data.decode()
        except UnicodeDecodeError:
            values["base64"] = base64.b64encode(body.data).decode()
    # The bytes that passed are not the bytes that are kept, once something is cut off or sealed.
    if body.size != len(body.data):
        values["size"] = body.size
    if body.truncated:
        values["truncated"] = True
    return values


def _decode_body(values: Mapping[str, Any]) -> Body:
    data = base64.b64decode(values["base64"]) if "base64" in values else values.get("text", "").encode()
    return Body(data, values.get("size", len(data)), values.get("truncated", False))
