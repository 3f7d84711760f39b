"""Bodies that stand for a value as JSON does: forms, NDJSON, CSV, events, multipart. They are walked like JSON.

So places, rules and the alignment of what is missing are those of JSON: `json:$[3].name` is the column `name` of the
third row under the header. A body that is not what its label says has no value and is compared as text.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl

from shadow.compare.decode import Document, document, parse_json
from shadow.compare.differences import Tally
from shadow.compare.html_text import respelled
from shadow.compare.multipart import Part, parts

VALUED = frozenset({"form", "ndjson", "csv", "events", "multipart"})
_NESTED = 3  # multipart in multipart
_NUMBER = re.compile(r"[-+]?[\d.,]+(?:[eE][-+]?\d+)?%?")


def values(primary: Document, candidate: Document, tally: Tally) -> tuple[Any, Any]:
    """Both bodies, of one kind, as values; None for one that is not what its label says. Raises Exhausted."""
    if primary.kind == "csv":
        return _tables(_rows(primary, tally), _rows(candidate, tally))
    return _value(primary, tally), _value(candidate, tally)


def _value(body: Document, tally: Tally, depth: int = 0) -> Any:
    if body.kind == "form":
        return _form(body.text, tally)
    if body.kind == "ndjson":
        return _lines(body.text, tally)
    if body.kind == "events":
        return _events(body.text, tally)
    return _parts(body, tally, depth)


def _form(text: str, tally: Tally) -> dict[str, list[str]]:
    """Field names to their values, in order."""
    tally.step(text.count("&"))
    found: dict[str, list[str]] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        found.setdefault(name, []).append(value)
    return found


def _lines(text: str, tally: Tally) -> list[Any] | None:
    """The values of NDJSON, or of a JSON text sequence (RFC 7464), whose record separators are blanks here."""
    found = []
    for line in text.replace("\x1e", "\n").split("\n"):
        tally.step()
        if line and not line.isspace():
            valid, value = parse_json(line)
            if not valid:
                return None
            found.append(value)
    return found


def _events(text: str, tally: Tally) -> list[dict[str, Any]]:
    """Server-sent events as a browser dispatches them (HTML 9.2.6): comments say nothing, an unfinished event neither.

    Their data is taken as JSON where it is an object or a list.
    """
    *blocks, _ = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n\n")
    found = []
    for block in blocks:
        tally.step(2 + block.count("\n"))
        if event := _event(block):
            found.append(event)
    return found


def _event(block: str) -> dict[str, Any]:
    fields: dict[str, list[str]] = {}
    for line in block.split("\n"):
        name, _, value = line.partition(":")
        if name in ("event", "data", "id", "retry"):
            fields.setdefault(name, []).append(value.removeprefix(" "))
    event: dict[str, Any] = {name: lines[-1] for name, lines in fields.items() if name != "data"}
    if "data" in fields:
        data = "\n".join(fields["data"])
        valid, loaded = parse_json(data) if data[:1] in ("{", "[") else (False, None)
        event["data"] = loaded if valid else data
    return event


def _rows(body: Document, tally: Tally) -> list[list[str]] | None:
    """The filled rows of a table; None for what is no CSV (RFC 4180)."""
    found = []
    try:
        for row in csv.reader(
            io.StringIO(body.text, newline=""), delimiter="\t" if "tab" in body.media else ",", strict=True
        ):
            tally.step(1 + len(row) // 4)
            if row:
                found.append(row)
    except csv.Error:
        return None
    return found


def _tables(primary: list[list[str]] | None, candidate: list[list[str]] | None) -> tuple[Any, Any]:
    """Two tables as lists of rows; the rows by the names of their columns when both begin with a header."""
    if not (primary and candidate and _is_header(primary) and _is_header(candidate)):
        return primary, candidate
    names, others = primary[0], candidate[0]
    # A column with another name is a difference in the header and none in every row.
    if len(names) == len(others) and sorted(names) != sorted(others):
        others = names
    return [primary[0], *_named(names, primary[1:])], [candidate[0], *_named(others, candidate[1:])]


def _is_header(rows: Sequence[Sequence[str]]) -> bool:
    """True when the first row looks like names: filled, each once, no numbers."""
    first = rows[0]
    return (
        len(rows) > 1
        and len(set(first)) == len(first)
        and not any(not cell or _NUMBER.fullmatch(cell) for cell in first)
    )


def _named(names: Sequence[str], rows: Sequence[list[str]]) -> list[dict[str, str] | list[str]]:
    return [dict(zip(names, row, strict=True)) if len(row) == len(names) else row for row in rows]


def _parts(body: Document, tally: Tally, depth: int) -> Any:
    """A form's parts by their names, others in order; each with its fields and its body by its own kind."""
    found = parts(body.data, body.boundary) if depth < _NESTED else None
    if found is None:
        return None
    tally.step(5 * len(found))
    if body.media != "multipart/form-data":
        return [_part(part, tally, depth) for part in found]
    by_name: dict[str, list[Any]] = {}
    for part in found:
        by_name.setdefault(part.name, []).append(_part(part, tally, depth))
    return by_name


def _part(part: Part, tally: Tally, depth: int) -> dict[str, Any]:
    body = document(part.fields.get("content-type", "text/plain"), part.data)
    return {**part.told, "body": _content(body, tally, depth)}


def _content(body: Document, tally: Tally, depth: int) -> Any:
    if body.kind == "json":
        valid, value = parse_json(body.text)
        return value if valid else body.text
    if body.kind == "html":
        return respelled(body.text) or body.text
    if body.kind in VALUED - {"csv"}:
        value = _value(body, tally, depth + 1)
        return body.text if value is None else value
    if body.kind in ("binary", "multipart"):
        # Short enough to be no identifier: bytes are never renamed.
        return f"{len(body.data)} bytes, sha256 {hashlib.sha256(body.data).hexdigest()[:12]}"
    return body.text
