"""Bodies to text: codings within a limit, charsets that lie, labels that lie."""

from __future__ import annotations

import gzip
import zlib

import pytest
import zstandard

from shadow.compare.decode import LIMIT, Document, by_name, content_type, decode, decode_text
from shadow.headers import HeaderList


def unpacked(data: bytes, coding: str, media: str = "text/plain") -> Document:
    fields = [(b"Content-Type", media.encode()), (b"Content-Encoding", coding.encode())]
    return decode(by_name(HeaderList.of(fields)), data)


def gzipped(data: bytes) -> bytes:
    """The same bytes at any time: they are part of a test's name."""
    return gzip.compress(data, mtime=0)


def raw_deflate(data: bytes) -> bytes:
    stream = zlib.compressobj(wbits=-15)
    return stream.compress(data) + stream.flush()


@pytest.mark.parametrize(
    ("coding", "data"),
    [
        ("gzip", gzipped(b"hello")),
        ("x-gzip", gzipped(b"hel") + gzipped(b"lo")),
        ("deflate", zlib.compress(b"hello")),
        ("deflate", raw_deflate(b"hello")),
        ("zstd", zstandard.compress(b"hello")),
        ("gzip, deflate", zlib.compress(gzipped(b"hello"))),
        ("identity", b"hello"),
    ],
)
def test_content_codings_are_undone(coding: str, data: bytes) -> None:
    assert unpacked(data, coding).text == "hello"


@pytest.mark.parametrize(
    ("coding", "data"),
    [
        ("gzip", gzipped(b"\0" * (LIMIT + 1))),
        ("deflate", zlib.compress(b"\0" * (LIMIT * 4))),
        ("zstd", zstandard.compress(b"\0" * (LIMIT + 1))),
        ("gzip", gzipped(gzipped(b"x" * 1000))[:-9]),
        ("gzip", b"no gzip"),
        ("zstd", b"no zstd"),
        ("deflate", b"\xff\xff"),
        ("pack200", b"x"),
    ],
)
def test_bombs_and_broken_codings_stay_closed(coding: str, data: bytes) -> None:
    document = unpacked(data, coding)
    assert (document.kind, document.data) == ("encoded", data)


def test_what_a_charset_does_not_allow_stays_visible() -> None:
    assert decode_text("é".encode("latin-1"), "utf-8") == "\\xe9"
    assert decode_text("é".encode("latin-1"), "latin-1") == "é"
    assert decode_text("é".encode(), "no-such-charset") == "é"
    assert decode_text(b"\xef\xbb\xbfa", "latin-1") == "a"
    assert decode_text("aé".encode("utf-16"), "utf-8") == "aé"


def test_the_charset_of_a_page_may_stand_in_the_page() -> None:
    body = b"<html><head><meta charset='latin-1'></head><p>\xe9</p>"
    assert "é" in decode(by_name(HeaderList()), body).text


@pytest.mark.parametrize(
    "text", ['{"a":1,"a":2}', "[1e2]", "[1.50]", "[123456789012345678901234]", "[NaN]", "{", '["\\ud800"]', "[-0]"]
)
def test_json_is_respelled_only_when_nothing_is_lost(text: str) -> None:
    assert Document("json", "", b"", text).respelled is None


def test_respelled_json_is_compact_and_sorted() -> None:
    assert Document("json", "", b"", '{"b": [1.5, 2],\n "a": "x y"}').respelled == '{"a":"x y","b":[1.5,2]}'


@pytest.mark.parametrize("text", ['{ "b":1.5,\n "a":"é" }', '{"b": 1.5, "a": "\\u00e9"}'])
def test_json_is_respelled_without_blanks_and_escapes_in_the_order_of_its_keys(text: str) -> None:
    assert Document("json", "", b"", text).respelled == '{"a":"é","b":1.5}'


@pytest.mark.parametrize(
    ("parameters", "found"),
    [
        ("boundary=b", "b"),
        ("boundary*=utf-8''b%21", "b!"),
        ("boundary*0=a; boundary*1=b", "ab"),
        ("boundary*0=a; boundary*=b", None),
        ("boundary*=idna''%ff", None),
        (f"boundary*{'9' * 5000}=a", None),
    ],
)
def test_parameters_in_any_spelling_are_text_or_none(parameters: str, found: str | None) -> None:
    media, others = content_type(f"Multipart/Form-Data; {parameters}")
    assert (media, others.get("boundary")) == ("multipart/form-data", found)
