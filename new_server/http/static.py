"""The files under `/static/`: their addresses in pages, and their serving with the legacy headers (spec ui §8).

No ETag, one range at most, an hour of caching; the token in an address only makes it change with the file.
"""

import base64
import hashlib
import mimetypes
import re
import time
from datetime import datetime
from email.utils import formatdate, parsedate_to_datetime
from functools import cache
from pathlib import Path
from urllib.parse import quote

from starlette.responses import Response

from new_server.http.boundary import Call

ROOT = Path(__file__).resolve().parents[2] / "static"
MAX_AGE = 3600

# RFC 9239; Python before 3.12 without the system's table says application/javascript.
mimetypes.add_type("text/javascript", ".js")

_RANGE = re.compile(r"bytes *= *(\d*) *- *(\d*)", re.IGNORECASE)


def static_url(call: Call, path: str) -> str:
    """The absolute address of a file, with its digest as the query."""
    return f"{call.host_url}/static/{path}?x={_token(path)}"


@cache
def _token(path: str) -> str:
    digest = hashlib.sha384((ROOT / path).read_bytes()).digest()
    return quote(base64.b64encode(digest).decode("ascii"), safe="")


def find_file(path: str) -> Path | None:
    """The file behind a path below `/static/`; None for a directory and for anything outside."""
    parts = path.split("/")
    if any(part in ("", ".", "..") or "\0" in part or "\\" in part for part in parts):
        return None
    file = ROOT.joinpath(*parts)
    return file if file.is_file() else None


def serve(call: Call, file: Path) -> Response:
    """The file, a part of it (206, 416), or the news that it has not changed (304)."""
    modified = int(file.stat().st_mtime)
    headers = {
        "cache-control": f"max-age={MAX_AGE}",
        "expires": formatdate(time.time() + MAX_AGE, usegmt=True),
        "last-modified": formatdate(modified, usegmt=True),
    }
    if call.method not in ("GET", "HEAD"):
        return _whole(file, headers)
    since = _date(call.header("if-modified-since"))
    if since is not None and modified <= since.timestamp():
        return Response(None, 304, headers)
    wanted = _RANGE.match(call.header("range"))
    if wanted and _range_holds(call, modified):
        return _part(file, headers, wanted[1], wanted[2])
    return _whole(file, headers)


def _whole(file: Path, headers: dict[str, str]) -> Response:
    return Response(file.read_bytes(), 200, {**headers, "content-type": _content_type(file)})


def _part(file: Path, headers: dict[str, str], first: str, last: str) -> Response:
    content = file.read_bytes()
    size = len(content)
    start, stop = int(first or 0), int(last) + 1 if last else size
    if not first:
        start, stop = size - int(last or 0), size
    if first and last and start >= stop:  # no range at all (RFC 9110 14.1.1)
        return _whole(file, headers)
    if not 0 <= start < size:
        asked = f"bytes={first}-{last}"
        headers = {**headers, "content-range": f"bytes */{size}", "content-type": "text/plain"}
        return Response(f"Requested range not satisfiable: {asked}", 416, headers)
    stop = min(stop, size)
    headers = {
        **headers,
        "content-range": f"bytes {start}-{stop - 1}/{size}",
        "content-type": _content_type(file),
    }
    return Response(content[start:stop], 206, headers)


def _range_holds(call: Call, modified: int) -> bool:
    """RFC 9110 13.1.5: the part is of use only if the file is still the one the client has."""
    if "if-range" not in call.headers:
        return True
    date = _date(call.header("if-range"))
    return date is not None and modified <= date.timestamp()


def _content_type(file: Path) -> str:
    kind = mimetypes.guess_type(file.name, strict=False)[0] or "application/octet-stream"
    is_text = kind.startswith("text/") or kind.endswith(("/xml", "+xml"))
    return f"{kind}; charset=UTF-8" if is_text else kind


def _date(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text) if text else None
    except ValueError:
        return None
