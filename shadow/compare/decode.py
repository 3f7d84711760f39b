"""From the bytes and fields of an answer to a document: what kind of body it is, and its text.

A charset that lies leaves its odd bytes visible instead of raising. Everything here takes hostile input.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from email.message import Message
from email.utils import collapse_rfc2231_value
from functools import lru_cache
from typing import Any

import msgspec
import orjson

from shadow.compare.codings import LIMIT, CodingError, opened
from shadow.compare.html_limits import too_much
from shadow.headers import HeaderList

# It bounds the time of one pair: beyond it text is compared as a whole, up to renaming, without places. Beyond `LIMIT`
# bytes are compared as a digest.
DETAILED = 512 * 1024

_BLANKS = b" \t\r\n"
_META_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([A-Za-z0-9_.:-]{1,40})""", re.IGNORECASE)
_HTML_START = re.compile(rb"\s*<(?:!doctype html|html|head|body)\b", re.IGNORECASE)
_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_XML_CHARSET = re.compile(rb"""<\?xml[^>]{0,100}?encoding\s*=\s*["']([A-Za-z0-9_.:-]{1,40})""")
_TEXT_MEDIA = re.compile(r"text/.*|.*[+/](?:yaml|javascript|ecmascript)|application/(?:sql|x-sh)|message/.*")
_KINDS = (
    (re.compile(r"application/json|.*\+json"), "json"),
    (re.compile(r"text/html|application/xhtml\+xml"), "html"),
    (re.compile(r"(?:text|application)/xml|.*\+xml"), "xml"),
    (re.compile(r"application/x-www-form-urlencoded"), "form"),
    (re.compile(r"(?:application|text)/(?:x-)?(?:ndjson|jsonl|jsonlines|json-seq)"), "ndjson"),
    (re.compile(r"(?:text|application)/csv|text/tab-separated-values"), "csv"),
    (re.compile(r"text/event-stream"), "events"),
    (re.compile(r"multipart/.+"), "multipart"),
    (_TEXT_MEDIA, "text"),
    (re.compile(r".*json"), "text"),
)


Fields = dict[bytes, list[bytes]]


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
# An integer that is not what it is written as; to look at each one costs, so only where there may be one.
_MINUS_NOTHING = re.compile(r"(?:^|[:\[,])\s*-0(?![\d.eE])")
_MINDFUL = json.JSONDecoder(
    object_pairs_hook=_object,
    parse_float=Number,
    parse_constant=Number,
    parse_int=lambda text: Number(text) if text == "-0" else int(text),
)
# A Content-Type of more characters is compared as it stands: to read its parameters takes their number squared.
LONGEST_LABEL = 1000

_UNKNOWN = "not asked yet"
# The members of an object without what is in them: a quarter of the time that loading takes.
MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])


@dataclass(eq=False)
class Document:
    """A decoded body. `kind` is empty, json, html, xml, form, ndjson, csv, events, multipart, text, binary or encoded;
    all but the last two by its label only.

    `data` is the body with its content codings undone, `text` set for all that is text. `encoded` means that a coding
    could not be undone, for the reason in `text`. `boundary` stands between the parts of a multipart body.
    """

    kind: str
    media: str
    data: bytes
    text: str = ""
    boundary: str = ""
    # What was found out already. (cached_property takes a lock before Python 3.12, longer than some of this takes.)
    _parsable: bool | None = field(default=None, init=False)
    _loaded: tuple[bool, Any] | None = field(default=None, init=False)
    _compact: str | None = field(default=_UNKNOWN, init=False)

    @property
    def parsable(self) -> bool:
        """False for a page that the parser would take too long for, and for what is too long for details."""
        if self._parsable is None:
            self._parsable = len(self.text) <= DETAILED and not (self.kind == "html" and too_much(self.text))
        return self._parsable

    @property
    def loaded(self) -> tuple[bool, Any]:
        """Whether the text is JSON, and its value without the finer points: repeated keys, spelling of numbers."""
        if self._loaded is None:
            try:
                self._loaded = True, orjson.loads(self.text)
            except (orjson.JSONDecodeError, RecursionError):
                self._loaded = False, None
        return self._loaded

    @property
    def top(self) -> tuple[bool, Any]:
        """Whether the text is JSON, and its value; the members of an object may be undecoded."""
        if self._loaded and self._loaded[0]:
            return self._loaded
        try:
            return True, MEMBERS.decode(self.text)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            return self.loaded

    @property
    def compact(self) -> str | None:
        """The same JSON without blanks between its parts; None when `loaded` has lost a finer point of it.

        Nothing is lost when the text, written again, differs by blanks only: then no key was repeated, no number was
        spelled in another way, none was too large.
        """
        if self._compact is _UNKNOWN:
            self._compact = self._without_blanks()
        return self._compact

    def _without_blanks(self) -> str | None:
        valid, value = self.loaded
        if not valid:
            return None
        try:
            again = orjson.dumps(value)
            text = self.text.encode()
            if again == text:
                return self.text
            text = text.translate(None, _BLANKS)
            if again.translate(None, _BLANKS) == text or ("\\u" in self.text and _escaped(value) == text):
                return again.decode()
        except (orjson.JSONEncodeError, RecursionError, ValueError):
            pass
        return None

    @property
    def respelled(self) -> str | None:
        """The same JSON without blanks and with its keys in order; None when it would lose a finer point."""
        if self.compact is None:
            return None
        return orjson.dumps(self.loaded[1], option=orjson.OPT_SORT_KEYS).decode()


def _escaped(value: Any) -> bytes:
    """The JSON as Python writes it, all that is not ASCII escaped, without blanks."""
    return json.dumps(value).encode().translate(None, _BLANKS)


def by_name(headers: HeaderList) -> Fields:
    """The values of each field, in order, by its name in lower case."""
    found: Fields = {}
    for name, value in headers.pairs:
        folded = name.lower()
        if folded in found:
            found[folded].append(value)
        else:
            found[folded] = [value]
    return found


def decode(fields: Fields, data: bytes) -> Document:
    """The body of an answer with these fields as a document. Nothing is parsed yet."""
    label = fields[b"content-type"][0].decode("latin-1") if b"content-type" in fields else ""
    if b"content-encoding" in fields:
        try:
            data = opened(data, fields[b"content-encoding"])
        except CodingError as error:
            return Document("encoded", media_type(label)[0], data, str(error))
    return document(label, data)


def document(label: str, data: bytes) -> Document:
    """Some bytes under the label that they carry, those of an answer or of one part of it."""
    media, charset = media_type(label)
    if not data:
        return Document("empty", media, b"")
    if len(data) > LIMIT:
        return Document("binary", media, data)
    kind = _kind(media, data)
    if kind == "binary":
        return Document(kind, media, data)
    if kind == "multipart":
        boundary = boundary_of(label)
        # The boundary is a name that each answer makes anew: the text has another for it, the same for all.
        text = data.decode("latin-1").replace(f"--{boundary}", "--boundary")
        return Document(kind, media, data, text, boundary)
    if kind in ("html", "xml") and not charset:
        charset = _own_charset(kind, data)
    return Document(kind, media, data, decode_text(data, charset or "utf-8"))


def _kind(media: str, data: bytes) -> str:
    if not media:
        return "html" if _HTML_START.match(data) else "binary" if b"\0" in data else "text"
    return _kind_of_media(media)


@lru_cache(256)
def _kind_of_media(media: str) -> str:
    return next((kind for pattern, kind in _KINDS if pattern.fullmatch(media)), "binary")


def parse_json(text: str) -> tuple[bool, Any]:
    """Whether the text is JSON, and its value."""
    try:
        return True, (_MINDFUL if _MINUS_NOTHING.search(text) else DECODER).decode(text)
    except (ValueError, RecursionError):
        return False, None


@lru_cache(256)
def media_type(value: str) -> tuple[str, str]:
    """Media type and charset of a Content-Type, both in lower case (RFC 9110 8.3.1)."""
    media, parameters = content_type(value)
    return media, parameters.get("charset", "").lower()


def boundary_of(value: str) -> str:
    """The boundary that a Content-Type names; empty without one."""
    return content_type(value)[1].get("boundary", "")


def content_type(value: str) -> tuple[str, dict[str, str]]:
    """Media type in lower case and its parameters, names in lower case, values unquoted; none of too long a value."""
    if ";" not in value or len(value) > LONGEST_LABEL:
        return value.partition(";")[0].strip().lower(), {}
    message = Message()
    message["content-type"] = value.replace("\r", " ").replace("\n", " ")
    media = value.partition(";")[0].strip().lower()
    try:
        found = message.get_params(failobj=[], unquote=True)[1:]
        return media, {name.lower(): collapse_rfc2231_value(text) for name, text in found}
    except (TypeError, ValueError):
        # Continuations (RFC 2231 3) that contradict one another, a number of thousands of digits, an odd charset.
        return media, {}


def decode_text(data: bytes, charset: str) -> str:
    """The text of some bytes; what the charset does not allow stays visible as escapes."""
    if data[:1] >= b"\xef":
        for mark, name in _BOMS:
            if data.startswith(mark):
                return data[len(mark) :].decode(name, "backslashreplace")
    try:
        return data.decode(charset)
    except (LookupError, UnicodeError, ValueError):
        return data.decode("utf-8", "backslashreplace")


def _own_charset(kind: str, data: bytes) -> str:
    """The charset that a page or an XML document names at its beginning; empty when it names none (HTML 13.2.3.2)."""
    found = (_META_CHARSET if kind == "html" else _XML_CHARSET).search(data, 0, 1024)
    return found[1].decode("ascii") if found else ""
