"""The meters as a bare WSGI application: CR LF in tables, quick gzip, fields in capitals."""

from __future__ import annotations

import gzip
import json
import struct
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs

from tests.support.subjects import wire
from tests.support.subjects.conversation import HOST
from tests.support.subjects.meters import HELP, METHODS, Meters, row, status
from tests.support.subjects.source import http_date

Answer = tuple[str, list[tuple[str, str]], bytes]
TEXT, CSV = "text/plain; charset=utf-8", "text/csv; charset=utf-8; header=present"


class Service:
    """One world's answers by method and path."""

    def __init__(self, meters: Meters) -> None:
        self.meters = meters

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        method = environ["REQUEST_METHOD"]
        status_line, fields, body = self._answer(method, environ["PATH_INFO"], environ)
        start_response(status_line, [*fields, ("Content-Length", str(len(body)))])
        return [body]

    def _answer(self, method: str, path: str, environ: dict[str, Any]) -> Answer:
        parts = path.strip("/").split("/")
        if method == "POST" and path == "/readings":
            return self._add(environ["wsgi.input"].read().decode())
        if method == "DELETE" and parts[0] == "readings":
            found = self.meters.remove(parts[1])
            return ("204 No Content", [], b"") if found else _text("404 Not Found", f"no reading {parts[1]}\n")
        if parts[0] in ("sensors", "sensor") and parts[1] in self.meters.units:
            return self._sensor(method, parts[0], parts[1], parts[2:], environ)
        plain = {
            "/status": lambda: ("200 OK", _typed("application/x-www-form-urlencoded"), status(self.meters).encode()),
            "/readings.ndjson": self._lines,
            "/export.csv": self._export,
            "/dump.bin": self._dump,
            "/events": self._events,
            "/help": lambda: ("200 OK", [*_typed(TEXT), ("Cache-Control", "public, max-age=3600")], HELP.encode()),
        }
        make = plain.get(path)
        return make() if make else _text("404 Not Found", "nothing here\n")

    def _add(self, body: str) -> Answer:
        form = parse_qs(body)
        try:
            reading = self.meters.add(form["sensor"][0], float(form["value"][0]))
        except ValueError:
            return _text("422 Unprocessable Content", f"value: not a number: {form['value'][0]}\n")
        return _text("201 Created", f"stored {reading.id}\n")

    def _sensor(self, method: str, root: str, name: str, rest: list[str], environ: dict[str, Any]) -> Answer:
        if root == "sensor":
            return "301 Moved Permanently", [("Location", f"http://{HOST}/sensors/{name}")], b""
        if method == "OPTIONS":
            fields = [("Allow", METHODS), ("Access-Control-Allow-Origin", "*"), ("Access-Control-Max-Age", "600")]
            return "204 No Content", fields, b""
        if rest == ["unit"]:
            self.meters.set_unit(name, environ["wsgi.input"].read().decode())
            return "204 No Content", [], b""
        found = self.meters.of(name)
        if rest == ["mean"]:
            return _text("200 OK", f"{self.meters.mean(name):.3f}")
        if rest == ["readings.csv"]:
            rows = [("id", "value", "at"), *map(row, found)]
            return "200 OK", _typed(CSV), "".join(",".join(one) + "\r\n" for one in rows).encode()
        text = f"sensor: {name}\nunit: {self.meters.units[name]}\nreadings: {len(found)}\n"
        if not found:
            return _text("200 OK", f"{text}latest: none\n")
        latest = f"latest: {found[-1].value:.2f}\nid: {found[-1].id}\n"
        head, fields, body = _text("200 OK", text + latest)
        return head, [*fields, ("Last-Modified", http_date(found[-1].at))], body

    def _lines(self) -> Answer:
        lines = [
            {"id": one.id, "sensor": one.sensor, "value": one.value, "unit": self.meters.units[one.sensor]}
            for one in self.meters.latest()
        ]
        return "200 OK", _typed("application/x-ndjson"), b"".join(json.dumps(one).encode() + b"\n" for one in lines)

    def _export(self) -> Answer:
        rows = ["sensor;id;value", *(f"{one.sensor};{one.id};{one.value}" for one in self.meters.latest())]
        data = gzip.compress("\n".join(rows).encode() + b"\n", 1, mtime=int(self.meters.source.now))
        fields = [
            *_typed("text/csv; charset=utf-8"),
            ("Content-Encoding", "gzip"),
            ("Vary", "Accept-Encoding, Origin"),
            ("Content-Disposition", 'attachment; filename="export.csv"'),
        ]
        return "200 OK", fields, data

    def _dump(self) -> Answer:
        data = b"MTR1" + b"".join(struct.pack("<d", one.value) for one in self.meters.latest())
        return "200 OK", _typed("application/octet-stream"), data

    def _events(self) -> Answer:
        events = "".join(f"event: reading\ndata: {one.sensor} {one.value}\n\n" for one in self.meters.latest()[-3:])
        return "200 OK", [*_typed("text/event-stream"), ("Cache-Control", "no-store")], events.encode()


def _typed(media: str) -> list[tuple[str, str]]:
    return [("Content-Type", media)]


def _text(line: str, text: str) -> Answer:
    return line, _typed(TEXT), text.encode()


def serve(meters: Meters) -> wire.Serve:
    """The meters as a WSGI server answers for them."""
    return wire.wsgi(Service(meters), meters.source)
