"""From the bytes and fields of an answer to a value that can be compared.

Content codings are undone within a limit, so that a small bomb stays small; a charset that lies leaves its odd bytes
visible instead of raising. Everything here takes hostile input.
"""

from __future__ import annotations

import json
import re
import zlib
from dataclasses import dataclass
from email.message import Message
from functools import cached_property, lru_cache
from typing import Any
from urllib.parse import parse_qsl

import orjson
import zstandard

from shadow.exchange import Response

# They bound the memory and the time of one pair. Beyond the first, bytes are compared as a digest; beyond the second,
# text is compared as a whole, up to renaming, without places.
LIMIT = 2 * 1024 * 1024
DETAILED = 512 * 1024

_BLANKS = b" \t\r\n"
_META_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([A-Za-z0-9_.:-]{1,40})""", re.IGNORECASE)
_HTML_START = re.compile(rb"\s*<(?:!doctype html|html|head|body)\b", re.IGNORECASE)
_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_TEXT_MEDIA = re.compile(
    r"text/.*|.*[+/](?:xml|yaml|javascript|ecmascript)|application/(?:x-ndjson|sql|x-sh)|message/.*"
)


class Number(str):
    """A JSON number with a point or an exponent, as it was written; also NaN and the infinities."""

    __slots__ = ()


class Repeated(list[Any]):
    """A JSON object with a key more than once: its (key, value) pairs in order."""

    __slots__ = ()


def _object(pairs: list[tuple[str, Any]]) -> object:
    found = dict(pairs)
    return found if len(found) == len(pairs) else Repeated(pairs)


DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_float=Number, parse_constant=Number)


@dataclass(frozen=True)
class Document:
    """A decoded body. `kind` is empty, json, form, html, text, binary or encoded; json by its label only.

    `data` is the body with its content codings undone, `text` set for all that is text. `encoded` means that a coding
    could not be undone, for the reason in `text`.
    """

    kind: str
    media: str
    data: bytes
    text: str = ""

    @cached_property
    def loaded(self) -> tuple[bool, Any]:
        """Whether the text is JSON, and its value without the finer points: repeated keys, spelling of numbers."""
        try:
            return True, orjson.loads(self.text.encode("utf-8", "surrogatepass"))
        except (orjson.JSONDecodeError, RecursionError):
            return False, None

    @cached_property
    def respelled(self) -> str | None:
        """The same JSON without spaces and with sorted keys; None when that would lose anything.

        Nothing is lost when the text, written again in its own order, differs by blanks only: then no key was
        repeated, no number was spelled in another way, none was too large.
        """
        valid, value = self.loaded
        if not valid:
            return None
        try:
            again = orjson.dumps(value)
            if again.translate(None, _BLANKS) != self.text.encode("utf-8", "surrogatepass").translate(None, _BLANKS):
                return None
            return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
        except (orjson.JSONEncodeError, RecursionError):
            return None


def decode(answer: Response) -> Document:
    """The answer's body as a document. Nothing is parsed yet."""
    media, charset = media_type(answer.headers.text("content-type"))
    try:
        data = _plain(answer.body.data, answer.headers.get_all(b"content-encoding"))
    except _CodingError as error:
        return Document("encoded", media, answer.body.data, str(error))
    if not data:
        return Document("empty", media, b"")
    if len(data) > LIMIT:
        return Document("binary", media, data)
    if media == "application/json" or media.endswith("+json"):
        return Document("json", media, data, decode_text(data, charset or "utf-8"))
    if media in ("text/html", "application/xhtml+xml") or (not media and _HTML_START.match(data)):
        return Document("html", media, data, decode_text(data, _html_charset(data, charset)))
    if media == "application/x-www-form-urlencoded":
        return Document("form", media, data, decode_text(data, charset or "utf-8"))
    if _TEXT_MEDIA.fullmatch(media) or media.endswith("json") or (not media and b"\0" not in data):
        return Document("text", media, data, decode_text(data, charset or "utf-8"))
    return Document("binary", media, data)


def parse_json(text: str) -> tuple[bool, Any]:
    """Whether the text is JSON, and its value."""
    try:
        return True, DECODER.decode(text)
    except (ValueError, RecursionError):
        return False, None


def parse_form(text: str) -> dict[str, list[str]]:
    """Field names to their values, in order."""
    found: dict[str, list[str]] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        found.setdefault(name, []).append(value)
    return found


@lru_cache(256)
def media_type(value: str) -> tuple[str, str]:
    """Media type and charset of a Content-Type, both in lower case (RFC 9110 8.3.1)."""
    media, parameters = content_type(value)
    return media, parameters.get("charset", "").lower()


def content_type(value: str) -> tuple[str, dict[str, str]]:
    """Media type in lower case and its parameters, names in lower case, values unquoted."""
    if ";" not in value:
        return value.strip().lower(), {}
    message = Message()
    message["content-type"] = value.replace("\r", " ").replace("\n", " ")
    found = message.get_params(failobj=[], unquote=True)
    return value.partition(";")[0].strip().lower(), {name.lower(): text for name, text in found[1:]}


def decode_text(data: bytes, charset: str) -> str:
    """The text of some bytes; what the charset does not allow stays visible as escapes."""
    for mark, name in _BOMS:
        if data.startswith(mark):
            return data[len(mark) :].decode(name, "backslashreplace")
    try:
        return data.decode(charset)
    except (LookupError, UnicodeError, ValueError):
        return data.decode("utf-8", "backslashreplace")


def _html_charset(data: bytes, charset: str) -> str:
    """The field's charset, else the one of a meta element at the beginning, else UTF-8 (HTML 13.2.3.2)."""
    if charset:
        return charset
    found = _META_CHARSET.search(data, 0, 1024)
    return found[1].decode("ascii") if found else "utf-8"


class _CodingError(ValueError):
    """A content coding that is unknown, broken or opens to too much."""


def _plain(data: bytes, fields: list[bytes]) -> bytes:
    """The body with its content codings undone, last one first (RFC 9110 8.4)."""
    codings = [item.strip().lower() for field in fields for item in field.decode("latin-1").split(",")]
    for coding in reversed([item for item in codings if item and item != "identity"]):
        data = _undo(coding, data) if data else data
    return data


def _undo(coding: str, data: bytes) -> bytes:
    try:
        if coding in ("gzip", "x-gzip"):
            return _inflate(data, 31)
        if coding == "deflate":
            # RFC 9110 8.4.1.2: some send the raw stream without the zlib wrapper.
            return _inflate(data, 15 if data[0] & 15 == 8 and int.from_bytes(data[:2], "big") % 31 == 0 else -15)
        if coding == "zstd":
            opened = zstandard.ZstdDecompressor(max_window_size=8 << 20).stream_reader(data).read(LIMIT + 1)
            return _within(opened)
    except (zlib.error, zstandard.ZstdError, EOFError) as error:
        raise _CodingError(f"{coding}: {error}") from None
    raise _CodingError(f"{coding}: cannot be undone here")


def _inflate(data: bytes, window: int) -> bytes:
    """Every member of a zlib stream, none beyond the limit; a stream that ends early is broken."""
    opened = b""
    while data:
        stream = zlib.decompressobj(window)
        opened += stream.decompress(data, LIMIT + 1 - len(opened))
        _within(opened)
        if not stream.eof:
            raise _CodingError("the stream ends early")
        data = stream.unused_data
    return opened


def _within(data: bytes) -> bytes:
    if len(data) > LIMIT:
        raise _CodingError(f"opens to more than {LIMIT} bytes")
    return data
