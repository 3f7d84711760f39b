"""The answers that the proxy gives by itself, in JSON or HTML by Accept, else in plain text.

They name no upstream and echo nothing. JSON is only for who asks for it by name: to the workers of the testing server,
which send `*/*`, an object without `duration` is fatal and an `error` final, while any other text makes them try again.
"""

from __future__ import annotations

import re
from collections.abc import Callable
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
_QUALITY = re.compile(r"[01](?:\.[0-9]{0,3})?")


@dataclass(frozen=True, slots=True)
class OwnAnswer:
    """An answer that no upstream gave."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


def own_answer(status: int, request_headers: HeaderList) -> OwnAnswer:
    """The answer of this status in the form that the client prefers."""
    reason, text = _TEXTS[status]
    html, json = _weight(request_headers, _is_html), _weight(request_headers, _is_json)
    if json and json >= html:
        kind, body = b"application/json", orjson.dumps({"error": reason, "status": status, "detail": text})
    elif html:
        kind, body = b"text/html; charset=utf-8", _PAGE.format(status=status, reason=reason, text=text).encode()
    else:
        kind, body = b"text/plain; charset=utf-8", f"{text}\n".encode()
    fields = [
        (b"Content-Type", kind),
        (b"Content-Length", b"%d" % len(body)),
        (b"Cache-Control", b"no-store"),
    ]
    return OwnAnswer(status, fields, body)


def status_of(error: UpstreamError) -> int:
    """504 for a time-out, 502 for every other way not to answer."""
    return 504 if error.phase == "timeout" else 502


def _is_html(media_type: str) -> bool:
    return media_type == "text/html"


def _is_json(media_type: str) -> bool:
    return media_type == "application/json" or media_type.endswith("+json")


def _weight(headers: HeaderList, is_wanted: Callable[[str], bool]) -> float:
    """How much the client asks for such a media type by name (RFC 9110 12.5.1): 0 for not at all."""
    weight = 0.0
    for element in b",".join(headers.get_all(b"accept")).decode("latin-1").lower().split(","):
        media_type, *parameters = (part.strip() for part in element.split(";"))
        if is_wanted(media_type):
            weight = max(weight, _quality(parameters))
    return weight


def _quality(parameters: list[str]) -> float:
    """1 when nothing is said; what cannot be read asks for nothing."""
    for parameter in parameters:
        if parameter.startswith("q="):
            return float(parameter[2:]) if _QUALITY.fullmatch(parameter[2:]) else 0.0
    return 1.0
