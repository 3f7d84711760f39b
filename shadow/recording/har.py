"""Export to HAR 1.2 (http://www.softwareishard.com/blog/har-12-spec/), for browsers' and other tools' viewers.

Exports what it is given: sealed exchanges stay sealed. Where a mirrored answer is known, an exchange makes two
entries, linked by the custom field `_exchange` and told apart by `_side`. The custom field `_shadow` holds what HAR has
no place for, so that `har_in.py` gives back the exchange as it was.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote_plus

from shadow import __version__
from shadow.exchange import Answer, Body, Exchange, Request, Response
from shadow.headers import HeaderList

CREATOR = "shadow"
# HAR's own word for "does not apply".
_NONE = -1


def har(exchanges: Iterable[tuple[Exchange, Exchange | None]]) -> dict[str, Any]:
    """The exchanges, each with its copy where that is known, as one HAR log."""
    entries: list[dict[str, Any]] = []
    for exchange, copy in exchanges:
        entries.append(_entry(exchange))
        if copy is not None:
            entries.append(_entry(copy, copy=True))
    creator = {"name": CREATOR, "version": __version__}
    return {"log": {"version": "1.2", "creator": creator, "entries": entries}}


def _entry(exchange: Exchange, *, copy: bool = False) -> dict[str, Any]:
    wait, total = exchange.first_byte * 1000, exchange.duration * 1000
    entry: dict[str, Any] = {
        "startedDateTime": datetime.fromtimestamp(exchange.started_at, UTC).isoformat(),
        "time": total,
        "request": _request(exchange.request),
        "response": _response(exchange.answer),
        "cache": {},
        "timings": {"send": 0, "wait": wait, "receive": max(0.0, total - wait)},
        "_exchange": exchange.id,
        "_side": exchange.serving.value,
        "_route": exchange.route,
        "_shadow": _rest(exchange, copy=copy),
    }
    if not isinstance(exchange.answer, Response):
        entry["_unanswered"] = exchange.answer.phase
    return entry


def _rest(exchange: Exchange, *, copy: bool) -> dict[str, Any]:
    """What HAR has no place for."""
    answer = exchange.answer
    rest: dict[str, Any] = {
        "copy": copy,
        "started_at": exchange.started_at,
        "began": exchange.began,
        "ended": exchange.ended,
        "first_byte": exchange.first_byte,
        "client": exchange.client_key,
        "group": exchange.group,
        "stage": exchange.stage.value,
        "overlaps": exchange.overlaps,
        "fallback": exchange.fallback,
        "target": exchange.request.target.decode("latin-1"),
        "scheme": exchange.request.scheme,
        "peer": exchange.request.peer,
        "request_truncated": exchange.request.body.truncated,
    }
    if isinstance(answer, Response):
        return {**rest, "answer_truncated": answer.body.truncated}
    return {**rest, "detail": answer.detail, "sent": answer.sent}


def _request(request: Request) -> dict[str, Any]:
    host = request.headers.text("host", "unknown")
    values: dict[str, Any] = {
        "method": request.method,
        "url": f"{request.scheme}://{host}{request.target.decode('latin-1')}",
        "httpVersion": "HTTP/1.1",
        "cookies": _cookies(request.headers),
        "headers": _headers(request.headers),
        "queryString": _query(request.query.decode("latin-1")),
        "headersSize": _NONE,
        "bodySize": request.body.size,
    }
    if request.body.data:
        text, encoding = _text(request.body)
        values["postData"] = {"mimeType": request.headers.text("content-type"), "text": text}
        if encoding:
            values["postData"]["_encoding"] = encoding
    return values


def _response(answer: Answer) -> dict[str, Any]:
    # Status 0 is what browsers export for a request without an answer.
    if not isinstance(answer, Response):
        answer = Response(0, HeaderList(), reason=answer.phase.encode())
    text, encoding = _text(answer.body)
    content = {"size": answer.body.size, "mimeType": answer.headers.text("content-type"), "text": text}
    if encoding:
        content["encoding"] = encoding
    return {
        "status": answer.status,
        "statusText": answer.reason.decode("latin-1"),
        "httpVersion": "HTTP/1.1",
        "cookies": [_cookie(value.partition(b";")[0]) for value in answer.headers.get_all(b"set-cookie")],
        "headers": _headers(answer.headers),
        "content": content,
        "redirectURL": answer.headers.text("location"),
        "headersSize": _NONE,
        "bodySize": answer.body.size,
    }


def _text(body: Body) -> tuple[str, str]:
    """The body as text, and its encoding where it had to be encoded."""
    try:
        return body.data.decode(), ""
    except UnicodeDecodeError:
        return base64.b64encode(body.data).decode(), "base64"


def _headers(headers: HeaderList) -> list[dict[str, str]]:
    return [{"name": name.decode("latin-1"), "value": value.decode("latin-1")} for name, value in headers]


def _cookies(headers: HeaderList) -> list[dict[str, str]]:
    return [_cookie(part) for value in headers.get_all(b"cookie") for part in value.split(b";") if part.strip()]


def _cookie(part: bytes) -> dict[str, str]:
    name, _, value = part.strip().decode("latin-1").partition("=")
    return {"name": name, "value": value}


def _query(query: str) -> list[dict[str, str]]:
    pairs = (part.partition("=") for part in query.split("&") if part)
    return [{"name": unquote_plus(name), "value": unquote_plus(value)} for name, _, value in pairs]
