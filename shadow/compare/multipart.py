"""Cut a multipart body into its parts (RFC 2046 5.1): of forms, byte ranges, batches.

Over bytes and with a bound, since a body may have as many delimiters as it has lines.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from shadow.compare.decode import boundary_of, content_type

_MOST = 2000  # parts of one body
_MOST_FIELDS = 100  # header fields of one part
_TOLD = frozenset({"content-type", "content-disposition", "content-range", "content-id", "content-transfer-encoding"})
_BREAK = re.compile(rb"\r?\n")
# What a form calls a part, in the fields of the part as they follow its delimiter.
FIELD_NAME = re.compile(rb'(?i)\r\ncontent-disposition:[^\r\n]*?;\s*name="?([^"\r\n;]*)')


@dataclass(frozen=True, slots=True)
class Part:
    """One part; `fields` are its header fields by folded names."""

    fields: Mapping[str, str]
    data: bytes

    @property
    def name(self) -> str:
        """What a form calls it."""
        return content_type(self.fields.get("content-disposition", ""))[1].get("name", "")

    @property
    def told(self) -> dict[str, str]:
        """The fields that say something about the part, without the boundary that it may name for parts of its own."""
        found = {name: value for name, value in self.fields.items() if name in _TOLD}
        boundary = boundary_of(found.get("content-type", ""))
        if boundary:
            found["content-type"] = found["content-type"].replace(boundary, "boundary")
        return found


def parts(data: bytes, boundary: str) -> list[Part] | None:
    """The parts in order; None for a body that does not end as it should, or has too many."""
    # RFC 2046 5.1.1: a boundary has 1 to 70 characters.
    if not 0 < len(boundary) <= 70 or not boundary.isascii():
        return None
    _, *pieces = (b"\r\n" + data).split(b"\r\n--" + boundary.encode(), _MOST + 1)
    if not 0 < len(pieces) <= _MOST or not pieces.pop().startswith(b"--"):
        return None
    found = [_part(piece) for piece in pieces]
    return None if None in found else [part for part in found if part]


def _part(piece: bytes) -> Part | None:
    blanks, found, rest = piece.partition(b"\r\n")
    if not found or blanks.strip(b" \t"):
        return None
    head, _, data = (b"\r\n" + rest).partition(b"\r\n\r\n")
    lines = _BREAK.split(head, _MOST_FIELDS + 1)
    if len(lines) > _MOST_FIELDS:
        return None
    fields = {}
    for line in lines:
        name, separator, value = line.decode("utf-8", "backslashreplace").partition(":")
        if separator:
            fields[name.strip().lower()] = value.strip()
    return Part(fields, data)
