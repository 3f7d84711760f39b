"""What can go wrong with plain text, tables, lines of JSON, downloads and methods."""

from __future__ import annotations

import gzip

from shadow.exchange import Request, Response
from tests.mutation.mutation import (
    AnswerChange,
    body,
    field,
    in_field,
    method,
    misbehaviour,
    mutation,
    no_field,
    one_more,
    status,
    text,
)
from tests.support.subjects.meters import Reading


def _refused(request: Request, answer: Response) -> bool:
    return answer.status >= 400


def _head(request: Request, answer: Response) -> bool:
    return request.method == "HEAD"


def _device(request: Request, answer: Response) -> bool:
    return request.headers.text("x-device") == "dev-2" and answer.status == 200 and request.method == "GET"


def _unpacked(pattern: bytes, replacement: bytes) -> AnswerChange:
    """The packed body with these bytes replaced."""
    return body(lambda data: gzip.compress(gzip.decompress(data).replace(pattern, replacement, 1)))


STATUS = [
    mutation("stored is accepted", "readings.add", "status status status", status(202)),
    mutation("removed is fine", "reading.remove", "status status status", status(200)),
    mutation("removed twice is fine", "reading.remove", "status status status", status(204), when=_refused),
    mutation("moved for now", "moved", "status status status", status(302)),
    mutation("options are fine", "sensor.methods", "status status status", status(200)),
]

FIELDS = [
    mutation("a method less", "sensor.methods", "header header header:allow", field("allow", "GET, HEAD")),
    mutation("asked again at once", "sensor.methods", "header header header:access-control-max-age", field("access-control-max-age", "5")),
    mutation("one origin only", "sensor.methods", "header header header:access-control-allow-origin", field("access-control-allow-origin", "https://meters.example")),
    mutation("no origin", "sensor.methods", "header missing header:access-control-allow-origin", no_field("access-control-allow-origin")),
    mutation("a download of another name", "export", "header header header:content-disposition", in_field("content-disposition", "export", "readings")),
    mutation("shown, not downloaded", "export", "header header header:content-disposition", in_field("content-disposition", "attachment", "inline")),
    mutation("one table for all", "export", "header header header:vary", field("vary", "Origin")),
    mutation("bytes of another type", "dump", "header header header:content-type", field("content-type", "application/x-dump")),
    mutation("text as a page", "help", "header header header:content-type", in_field("content-type", "plain", "html")),
    mutation("a table without a header", "sensor.table", "header header header:content-type", in_field("content-type", "header=present; ", "")),
    mutation("kept for a day", "help", "header header header:cache-control", in_field("cache-control", "3600", "86400")),
    mutation("events are kept", "events", "header missing header:cache-control", no_field("cache-control")),
    mutation("moved elsewhere", "moved", "header header header:location", in_field("location", "$", "/")),
    mutation("changed an hour later", "sensor", "header header header:last-modified", field("last-modified", "Thu, 12 Nov 2026 12:00:00 GMT"), when=lambda r, a: a.headers.get(b"last-modified") is not None),
    mutation("no date for HEAD only", "sensor", "header missing header:last-modified", no_field("last-modified"), when=_head),
    mutation("a length of nothing", "export", "header header header:content-length", field("content-length", "0"), when=_head),
    mutation("a field in an answer without a body", "sensor.unit", "header extra header:x-unit", field("x-unit", "set")),
    mutation("one language more", "help", "header extra header:content-language", one_more("content-language", "en")),
    mutation("not packed", "export", "header encoding header:content-encoding", lambda answer: no_field("content-encoding")(body(gzip.decompress)(answer))),
]  # fmt: skip

TEXTS = [
    mutation("another word", "help", "text value text", text("kept", "Kept")),
    mutation("a tabulator as spaces", "help", "text value text", text("\t", "    ")),
    mutation("a line missing", "help", "text missing text", text("GET  /status\n", "")),
    mutation("a line more", "help", "text extra text", body(lambda data: data + b"bye\n")),
    mutation("no last line end", "help", "text encoding text", body(lambda data: data[:-1])),
    mutation("line ends of another system", "help", "text encoding text", text("\n", "\r\n", times=0)),
    mutation("a blank at the end of a line", "sensor", "text value text", text("\nunit", " \nunit")),
    mutation("a unit in capitals", "sensor", "text value text", text("unit: l", "unit: L"), when=lambda r, a: b"unit: l" in a.body.data),
    mutation("lines swapped", "sensor", "text missing text", text("(unit: .\n)(readings: .*?\n)", r"\2\1"), also=("text extra text",), because="in a text a line that moved is gone here and new there"),
    mutation("a count off by one", "sensor", "text value text", text(r"readings: ", "readings: 1"), when=_device),
    mutation("rounded to two places", "sensor.mean", "text value text", text(r"(\.\d\d)\d", r"\1")),
    mutation("a comma for the point", "sensor.mean", "text value text", text(r"\.", ",")),
    mutation("a plus sign", "sensor.mean", "text value text", text("^([0-9])", r"+\1")),
    mutation("a mean off by a thousandth", "sensor.mean", "text value text", text(r"\.(\d\d)(\d)", r".\g<1>0"), when=lambda r, a: not a.body.data.endswith(b"0")),
    mutation("a mean with an exponent", "sensor.mean", "text value text", text("$", "e0")),
    mutation("the id of another reading", "sensor", "text identity text", text("[0-9a-f]{32}", "0123456789abcdef0123456789abcdef"), nth=5),
    mutation("another sentence of a refusal", "readings.add", "text value text", text("not a number", "no number"), when=_refused),
    mutation("a refusal without the value", "readings.add", "text value text", text(": warm", ""), when=_refused),
    mutation("nothing", "help", "text missing text", body(lambda data: b"")),
    mutation("cut off", "help", "text missing text", body(lambda data: data[:7])),
]  # fmt: skip

VALUES = [
    mutation("a number of the form as another", "status", "json value json:$.sensors", text("sensors=3", "sensors=4")),
    mutation("a member of the form missing", "status", "json missing json:$.note", text("&note=.*", "")),
    mutation("a blank written wrong", "status", "json value json:$.note", text(r"\+well", "%2Bwell")),
    mutation("a member of the form twice", "status", "json extra json:$.sensors", body(lambda data: data + b"&sensors=3")),
    mutation("a row less", "sensor.table", "json missing json:$", text(r'"[^"]*","[^"]*","[^"]*"\n$', "")),
    mutation("lines of JSON swapped", "readings", "json order json:$", text(r"(\{[^\n]*\n)(\{[^\n]*\n)$", r"\2\1")),
    mutation("a column by another name", "sensor.table", "json value json:$", text('"value"', '"val"')),
    mutation("a value spelled otherwise", "sensor.table", "json value json:$[*].value", text(r'(\.\d)(\d)"', r'\1\g<2>0"')),
    mutation("a time of an hour later", "sensor.table", "json value json:$[*].at", text(r'"1794517200"', '"1794520800"')),
    mutation("a line less", "readings", "json missing json:$[*]", text(r"^.*?\n", "")),
    mutation("a line that is no JSON", "readings", "json type json:$", text("^.", "")),
    mutation("a number as text in a line", "readings", "json type json:$[*].value", text(r'"value":(-?[\d.]+)', r'"value":"\1"')),
    mutation("a number in another spelling", "readings", "json encoding json:$[*].value", text(r'"value":(-?\d+\.\d+)', r'"value":\g<1>0')),
    mutation("a member missing in a line", "readings", "json missing json:$[*].unit", text(r'"unit":"\w",', "")),
    mutation("ids of two lines swapped", "readings", "json identity json:$[*].id", text(r'([0-9a-f]{32})([^\n]*\n[^\n]*)([0-9a-f]{32})([^\n]*\n)$', r"\3\2\1\4")),
    mutation("an event of another name", "events", "json value json:$[*].event", text("event:reading", "event:measure")),
    mutation("an event less", "events", "json missing json:$[*]", text(r"data:[^\n]*\nevent:reading\n\n", "")),
    mutation("an event with an id", "events", "json extra json:$[*].id", text("event:reading", "id: 7\nevent:reading")),
]  # fmt: skip

DOWNLOADS = [
    mutation("another byte", "dump", "binary value text", body(lambda data: data[:-1] + bytes([data[-1] ^ 1]))),
    mutation("a byte less", "dump", "binary value text", body(lambda data: data[:-1])),
    mutation("a byte more", "dump", "binary value text", body(lambda data: data + b"\0")),
    mutation("another mark at the beginning", "dump", "binary value text", body(lambda data: b"MTR2" + data[4:])),
    mutation("a packed table with another header", "export", "json value json:$[0]", _unpacked(b"sensor;id", b"sensor;key")),
    mutation("a packed table without its last row", "export", "json missing json:$[*]", body(lambda data: gzip.compress(gzip.decompress(data).rpartition(b"\n")[0].rpartition(b"\n")[0] + b"\n"))),
    mutation("packed bytes that are damaged", "export", "json encoding json:$", body(lambda data: data[:20] + b"\0" + data[21:])),
]  # fmt: skip

WORLD = [
    misbehaviour(
        "one reading in twenty is lost",
        "sensor text value text",
        world=method("add", lambda sound, *args: Reading("f" * 31 + "0", *args, 0.0), nth=20),
        spreads=(
            "readings.add",
            "sensor",
            "sensor.table",
            "sensor.mean",
            "reading.remove",
            "status",
            "readings",
            "export",
            "dump",
            "events",
        ),
        because="what was lost is missing wherever it would be read",
    ),
    misbehaviour(
        "a unit is never kept",
        "sensor text value text",
        world=method("set_unit", lambda sound, *args: None),
        spreads=("sensor", "readings"),
        because="the unit is read in two places",
    ),
    misbehaviour("a mean of all", "sensor.mean text value text", world=method("mean", lambda sound, name: 1.0)),
]

MUTATIONS = [*STATUS, *FIELDS, *TEXTS, *VALUES, *DOWNLOADS, *WORLD]
