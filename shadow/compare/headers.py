"""Compare header fields: a multi-map with folded names; some by meaning, some left out by rule of HTTP.

Set-Cookie belongs to `cookies.py`.
"""

from __future__ import annotations

import re
from collections.abc import Set
from functools import lru_cache
from urllib.parse import urlsplit

from shadow.compare import noise
from shadow.compare.clocks import http_time
from shadow.compare.decode import LONGEST_LABEL, Fields, content_type
from shadow.compare.differences import Tally
from shadow.compare.identifiers import SHORTEST

# RFC 9110 7.6.1: these end at the hop, like those that Connection names. Date, Server and Via tell of the server
# itself, X-Build of the build that is under judgement.
_LEFT_OUT = frozenset(
    b"connection keep-alive proxy-connection te trailer transfer-encoding upgrade proxy-authenticate"
    b" date server via x-build content-length content-encoding set-cookie".split()
)
# Lists whose order says nothing (RFC 9110 5.6.1 and the fields' own definitions).
_SETS = frozenset(
    b"cache-control vary allow accept-ranges pragma content-language accept-patch accept-post"
    b" access-control-allow-methods access-control-allow-headers access-control-expose-headers clear-site-data".split()
)
_MOMENTS = frozenset({b"expires", b"last-modified", b"retry-after"})
_URLS = frozenset({b"location", b"content-location", b"refresh"})
_LINK = re.compile(r"\s*<([^>]*)>((?:[^,\"]|\"[^\"]*\")*)(?:,|$)")
_DEFAULT_PORT = {"http": ":80", "https": ":443"}


def compare_headers(primary: Fields, candidate: Fields, tally: Tally, *, bodies: bool) -> None:
    """Report every unequal field. `bodies` tells that the bodies are compared, so that their lengths need not be."""
    left_out, other_left_out = _left_out(primary), _left_out(candidate)
    tally.step(len(primary) + len(candidate))
    for name, values in primary.items():
        if name in left_out:
            continue
        others = candidate.get(name) if name not in other_left_out else None
        plain = values == others and len(values) == 1 and len(values[0]) < SHORTEST
        if not plain or tally.renaming.counted or name == b"etag":
            _field(name, _texts(values), None if others is None else _texts(others), tally)
        else:
            tally.places += 1
    for name, values in candidate.items():
        if name not in other_left_out and (name not in primary or name in left_out):
            _field(name, None, _texts(values), tally)
    if not bodies:
        _length(primary, candidate, tally)


def _left_out(fields: Fields) -> Set[bytes]:
    named = fields.get(b"connection")
    if not named:
        return _LEFT_OUT
    return _LEFT_OUT | {item.strip().lower() for value in named for item in value.split(b",")}


def _texts(values: list[bytes]) -> list[str]:
    return [value.decode("latin-1").strip(" \t") for value in values]


def _field(name: bytes, primary: list[str] | None, candidate: list[str] | None, tally: Tally) -> None:
    place = f"header:{name.decode('latin-1')}"
    if primary is None or candidate is None:
        kind = "missing" if candidate is None else "extra"
        tally.differ("header", kind, place, ", ".join(primary or ()), ", ".join(candidate or ()))
        return
    if name in _SETS:
        primary, candidate = [_set(primary)], [_set(candidate)]
    elif name == b"content-type":
        primary, candidate = list(map(_content_type, primary)), list(map(_content_type, candidate))
    elif name in _URLS:
        primary, candidate = list(map(_url, primary)), list(map(_url, candidate))
    elif name == b"link":
        primary, candidate = _links(primary), _links(candidate)
    if len(primary) != len(candidate):
        tally.differ("header", "header", place, ", ".join(primary), ", ".join(candidate))
    elif len(primary) > 1 and primary != candidate and sorted(primary) == sorted(candidate):
        tally.differ("header", "order", place, ", ".join(primary), ", ".join(candidate))
    else:
        for p, c in zip(primary, candidate, strict=True):
            if name == b"etag":
                _etag(place, p, c, tally)
            elif name in _MOMENTS or name == b"age":
                _moment(name, place, p, c, tally)
            else:
                tally.text("header", place, p, c, name=name.decode("latin-1"), kind="header")


def _set(values: list[str]) -> str:
    items = {item.strip().lower() for value in values for item in value.split(",")}
    return ", ".join(sorted(items - {""}))


@lru_cache(256)
def _content_type(value: str) -> str:
    """Media type and parameters, case folded, parameters in one order; a boundary is made anew for every body."""
    if len(value) > LONGEST_LABEL:
        return value
    media, parameters = content_type(value)
    folded = {name: "…" if name == "boundary" and text else text.lower() for name, text in parameters.items()}
    return "; ".join([media, *(f"{name}={text}" for name, text in sorted(folded.items()))])


def _url(value: str) -> str:
    """The URL with what is written in several ways written in one: case of scheme and host, default port."""
    try:
        parts = urlsplit(value)
    except ValueError:
        return value
    scheme, host = parts.scheme.lower(), parts.netloc.lower() if "@" not in parts.netloc else parts.netloc
    host = host.removesuffix(_DEFAULT_PORT.get(scheme, "\0"))
    path = "/" if host and not parts.path else parts.path
    return parts._replace(scheme=scheme, netloc=host, path=path).geturl()


def _links(values: list[str]) -> list[str]:
    """Each link of the fields by itself, its parameters in one order (RFC 8288 3); what is no link stays as it is."""
    found = []
    for value in values:
        position = 0
        while match := _LINK.match(value, position):
            parameters = sorted(item.strip().replace('"', "") for item in match[2].split(";") if item.strip())
            found.append("; ".join([f"<{_url(match[1])}>", *parameters]))
            position = match.end()
            if position >= len(value):
                break
        if position < len(value):
            found.append(value[position:])
    return found


def _etag(place: str, primary: str, candidate: str, tally: Tally) -> None:
    """A tag names one rendering, so it is an identifier of a kind of its own; strong or weak is compared."""
    tally.places += 1
    if primary != candidate and tally.excused("header", place, "header", primary, candidate):
        return
    if primary.startswith("W/") != candidate.startswith("W/") or not (_quoted(primary) and _quoted(candidate)):
        if primary != candidate:
            tally.add("header", "header", place, primary, candidate)
    # Without its quotes, as a client's If-Match is translated.
    elif not tally.renaming.same("etag", _opaque_tag(primary), _opaque_tag(candidate)):
        tally.add("header", "identity", place, primary, candidate)


def _quoted(tag: str) -> bool:
    opaque = tag.removeprefix("W/")
    return len(opaque) > 2 and opaque[0] == opaque[-1] == '"'


def _opaque_tag(tag: str) -> str:
    return tag.removeprefix("W/")[1:-1]


def _moment(name: bytes, place: str, primary: str, candidate: str, tally: Tally) -> None:
    """Two readings of a clock, as a date or as seconds."""
    tally.places += 1
    if primary == candidate or tally.excused("header", place, "header", primary, candidate):
        return
    p, c = http_time(primary), http_time(candidate)
    if p is not None and c is not None:
        close = tally.moment.near(p, c)
    else:
        seconds = primary.isdecimal() and candidate.isdecimal() and name != b"expires"
        close = seconds and abs(int(primary[:9]) - int(candidate[:9])) <= noise.CLOSE
    if close:
        tally.noise.append(place)
    else:
        tally.add("header", "header", place, primary, candidate)


def _length(primary: Fields, candidate: Fields, tally: Tally) -> None:
    """Without bodies (HEAD) the length is all that tells of them: one that is there, and whether it is zero."""
    p, c = (fields.get(b"content-length", [b""])[0].decode("latin-1") for fields in (primary, candidate))
    # The exact number differs with the spelling of equal bodies (spaces in JSON, empty lines in HTML).
    if (p.strip("0") == "") != (c.strip("0") == "") or bool(p) != bool(c):
        kind = "header" if p and c else "missing" if p else "extra"
        tally.differ("header", kind, "header:content-length", p, c)
    else:
        tally.places += 1
