"""From a BSON document to the values that `compare/json_walk.py` walks. No type is lost on the way.

What JSON has is itself; everything else is written as MongoDB's Extended JSON names it (`{"$oid": …}`,
`{"$numberLong": …}`), so that a number of another width or a text in place of an id is a difference of type. Bytes are
told by their digest, which no renaming may touch.
"""

from __future__ import annotations

import hashlib
from collections.abc import Hashable
from typing import Any

import bson
from bson.binary import UUID_SUBTYPE, Binary
from bson.codec_options import CodecOptions, DatetimeConversion
from bson.datetime_ms import DatetimeMS
from bson.decimal128 import Decimal128
from bson.int64 import Int64
from bson.objectid import ObjectId

from shadow.compare.decode import Number
from shadow.compare.elements import signature
from shadow.compare.identifiers import identifiers
from shadow.compare.noise import is_number
from shadow.compare.shown import written

# Dates as milliseconds: BSON holds more of them than Python's datetime.
_CODEC: CodecOptions[dict[str, Any]] = CodecOptions(datetime_conversion=DatetimeConversion.DATETIME_MS)
_UNIX = (1e9, 4e9)  # what looks like a time in seconds since 1970


def read(raw: bytes) -> dict[str, Any]:
    """A document of a database as comparable values."""
    return {key: plain(value) for key, value in bson.decode(raw, _CODEC).items()}


def plain(value: Any) -> Any:
    """One BSON value as a comparable one."""
    kind = type(value)
    if kind in (str, bool, int) or value is None:
        return value
    if kind is dict:
        return {key: plain(item) for key, item in value.items()}
    if kind is list:
        return [plain(item) for item in value]
    if kind is float:
        return Number(repr(value))  # -0.0 and NaN among them
    return _extended(value)


def _extended(value: Any) -> Any:
    if isinstance(value, ObjectId):
        return {"$oid": str(value)}
    if isinstance(value, DatetimeMS):
        return {"$date": _moment(value)}
    if isinstance(value, Int64):
        return {"$numberLong": int(value)}
    if isinstance(value, Decimal128):
        return {"$numberDecimal": Number(value)}
    if isinstance(value, Binary) and value.subtype == UUID_SUBTYPE:
        return {"$uuid": str(value.as_uuid())}
    if isinstance(value, bytes):
        return Number(_bytes(value, value.subtype if isinstance(value, Binary) else 0))
    return Number(repr(value))


def _moment(value: DatetimeMS) -> str:
    """The date as ISO text, or its milliseconds where the calendar has no such year."""
    try:
        return value.as_datetime().isoformat(timespec="milliseconds").replace("+00:00", "Z")
    except (ValueError, OverflowError):
        return f"{int(value)} ms"


def _bytes(value: bytes, subtype: int) -> str:
    return f"Binary({subtype}, {len(value)} bytes, sha256 {hashlib.sha256(value).hexdigest()[:16]}…)"


def key(value: Any) -> str:
    """The text of an `_id`, different for different ids of any type."""
    return written(value)


def name(value: Any) -> str:
    """What other documents call the one with this `_id`, if it is a name that may differ; else an empty text.

    An ObjectId, a UUID, or a text with an identifier in it; any other text is what a person called the document.
    """
    if type(value) is str:
        return value if identifiers(value) else ""
    if isinstance(value, dict) and len(value) == 1:
        return str(value.get("$oid") or value.get("$uuid") or "")
    return ""


def form(document: Any) -> Hashable:
    """Equal for documents that are equal up to names and times: enough to tell which belong together."""
    return signature(_timeless(document))


def _timeless(value: Any) -> Any:
    if isinstance(value, dict):
        if "$date" in value:
            return "date"
        return {key: _timeless(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_timeless(item) for item in value]
    if is_number(value) and _UNIX[0] <= float(value) < _UNIX[1]:
        return "time"
    return value
