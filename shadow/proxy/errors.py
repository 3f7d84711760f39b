"""The answers that the proxy gives by itself, in JSON or HTML by Accept. They name no upstream and echo nothing."""

from __future__ import annotations

from dataclasses import dataclass

import orjson

from shadow.errors import UpstreamError
from shadow.headers import HeaderList

_TEXTS = {
    404: ("Not Found", "This address is not open to clients."),
    502: ("Bad Gateway", "The application could not be reached. Try again in a moment."),
    504: ("Gateway Timeout", "The application did not answer in time. Try again in a moment."),
}
_PAGE = (
    '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{status} {reason}</title></head>'
    "<body><h1>{reason}</h1><p>{text}</p></body></html>\n"
)


@dataclass(frozen=True, slots=True)
class OwnAnswer:
    """An answer that no upstream gave."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


def own_answer(status: int, request_headers: HeaderList) -> OwnAnswer:
    """The answer of this status in the form that the client prefers."""
    reason, text = _TEXTS[status]
    if _prefers_html(request_headers):
        kind, body = b"text/html; charset=utf-8", _PAGE.format(status=status, reason=reason, text=text).encode()
    else:
        kind, body = b"application/json", orjson.dumps({"error": reason, "status": status, "detail": text})
    fields = [
        (b"Content-Type", kind),
        (b"Content-Length", b"%d" % len(body)),
        (b"Cache-Control", b"no-store"),
    ]
    return OwnAnswer(status, fields, body)


def status_of(error: UpstreamError) -> int:
    """504 for a time-out, 502 for every other way not to answer."""
    return 504 if error.phase == "timeout" else 502


def _prefers_html(headers: HeaderList) -> bool:
    accept = headers.text("accept").lower()
    html, json = accept.find("text/html"), accept.find("application/json")
    return html >= 0 and not 0 <= json < html
