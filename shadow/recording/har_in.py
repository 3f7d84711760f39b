"""Import of HAR 1.2: our own export as it was, and what browsers and other tools write, as far as it goes.

A browser tells the body as it shows it, decoded, and HTTP/2 fields by other names; both are brought back to what an
HTTP/1.1 server would have to send for it.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit

import orjson

from shadow.clock import new_id
from shadow.errors import RecordingError
from shadow.exchange import Answer, Body, Exchange, Request, Response, Unanswered
from shadow.headers import HeaderList
from shadow.recording.har import CREATOR
from shadow.recording.imported import UNRECORDED, Identify, Imported, mistake, overlapping
from shadow.words import Side, Stage

# Fields of a body as it was on the wire; a browser's is not that any more.
_WIRE = (b"content-encoding", b"content-length", b"transfer-encoding")
_Values = Mapping[str, Any]


def read(data: bytes, identify: Identify) -> Imported:
    """The exchanges of a file; RecordingError for one that is no HAR. Odd entries are left out and counted."""
    try:
        log = orjson.loads(data.removeprefix(b"\xef\xbb\xbf"))["log"]
        entries, own = log["entries"], log.get("creator", {}).get("name") == CREATOR
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
        raise RecordingError('this file is no HAR: it needs {"log": {"entries": […]}}') from None
    found = Imported()
    foreign: list[Exchange] = []
    first: dict[str, int] = {}
    for number, entry in enumerate(entries, 1):
        try:
            if own and "_shadow" in entry:
                shelf, exchange = found.copies if entry["_shadow"]["copy"] else found.exchanges, _own(entry)
            elif reason := _unfit(entry):
                found.left_out[reason] += 1
                continue
            else:
                shelf, exchange = foreign, _foreign(entry, identify)
            if reason := mistake(exchange):
                found.left_out[f"{reason}, first in entry {first.setdefault(reason, number)}"] += 1
            else:
                shelf.append(exchange)
        except (KeyError, TypeError, ValueError, AttributeError):
            found.left_out["no entry of an exchange"] += 1
    found.exchanges += overlapping(foreign)
    return found


def _own(entry: _Values) -> Exchange:
    """The exchange that our export wrote."""
    rest, request = entry["_shadow"], entry["request"]
    body = _body(request.get("postData", {}), "_encoding", request["bodySize"], truncated=rest["request_truncated"])
    target, headers = rest["target"].encode("latin-1"), _headers(request["headers"])
    return Exchange(
        id=entry["_exchange"],
        writer="",
        sequence=0,
        started_at=rest["started_at"],
        began=rest["began"],
        ended=rest["ended"],
        first_byte=rest["first_byte"],
        client_key=rest["client"],
        route=entry["_route"],
        group=rest["group"],
        serving=Side(entry["_side"]),
        stage=Stage(rest["stage"]),
        request=Request(request["method"], target, headers, body, rest["scheme"], rest["peer"]),
        answer=_own_answer(entry, rest),
        overlaps=rest["overlaps"],
        fallback=rest["fallback"],
    )


def _own_answer(entry: _Values, rest: _Values) -> Answer:
    if "_unanswered" in entry:
        return Unanswered(entry["_unanswered"], rest["detail"], rest["sent"])
    response = entry["response"]
    content = response["content"]
    body = _body(content, "encoding", content["size"], truncated=rest["answer_truncated"])
    return Response(response["status"], _headers(response["headers"]), body, response["statusText"].encode("latin-1"))


def _unfit(entry: _Values) -> str:
    """Why an entry is no request to a server; empty when it is one."""
    if not entry["request"]["url"].startswith(("http://", "https://")):
        return "no HTTP request"
    return "answered from the browser's cache" if entry.get("_fromCache") else ""


def _foreign(entry: _Values, identify: Identify) -> Exchange:
    request = _foreign_request(entry["request"])
    owner = identify(request)
    at = datetime.fromisoformat(entry["startedDateTime"]).timestamp()
    seconds = max(float(entry.get("time") or 0), 0.0) / 1000
    return Exchange(
        id=new_id(),
        writer="",
        sequence=0,
        started_at=at,
        began=at,
        ended=at + seconds,
        first_byte=min(max(float(entry.get("timings", {}).get("wait") or 0), 0.0) / 1000, seconds),
        client_key=owner.client_key,
        route=owner.route,
        group=owner.group,
        serving=Side.PRIMARY,
        stage=Stage.SHADOW,
        request=request,
        answer=_foreign_answer(entry["response"]),
    )


def _foreign_request(values: _Values) -> Request:
    url = urlsplit(values["url"])
    target = quote(url.path or "/", safe="/%:@!$&'()*+,;=~-._") + (f"?{url.query}" if url.query else "")
    headers = _http1(values["headers"])
    if headers.get(b"host") is None:
        headers = HeaderList(((b"Host", url.netloc.rpartition("@")[2].encode()), *headers.pairs))
    body = Body.of(_posted(values.get("postData") or {}))
    if body.size:
        headers = headers.without(*_WIRE).adding(b"Content-Length", str(body.size).encode())
    return Request(values["method"].upper(), target.encode("utf-8"), headers, body, url.scheme, "")


def _foreign_answer(values: _Values) -> Answer:
    if not values["status"]:
        return UNRECORDED  # what browsers export for a request that failed or was blocked
    content = values.get("content") or {}
    body = Body.of(_text(content.get("text") or "", content.get("encoding") or ""))
    headers = _http1(values["headers"]).without(*_WIRE)
    return Response(values["status"], headers, body, (values.get("statusText") or "").encode("latin-1", "replace"))


def _posted(values: _Values) -> bytes:
    """The body of a request, from its text or from the fields of a form."""
    if values.get("text"):
        return _text(values["text"], values.get("_encoding") or values.get("encoding") or "")
    pairs = ((quote(one["name"]), quote(one.get("value") or "")) for one in values.get("params") or ())
    return "&".join(f"{name}={value}" for name, value in pairs).encode()


def _http1(fields: list[_Values]) -> HeaderList:
    """The fields without HTTP/2's own (`:path`); lines that a browser has joined stay joined but for cookies set."""
    pairs = []
    for one in fields:
        if not one["name"].startswith(":"):
            values = one["value"].split("\n") if one["name"].lower() == "set-cookie" else [one["value"]]
            pairs += [(one["name"].encode("latin-1"), value.encode("utf-8")) for value in values]
    return HeaderList.of(pairs)


def _headers(fields: list[_Values]) -> HeaderList:
    return HeaderList.of((one["name"].encode("latin-1"), one["value"].encode("latin-1")) for one in fields)


def _body(values: _Values, encoding: str, size: int, *, truncated: bool) -> Body:
    return Body(_text(values.get("text", ""), values.get(encoding, "")), size, truncated)


def _text(text: str, encoding: str) -> bytes:
    return base64.b64decode(text) if encoding == "base64" else text.encode()
