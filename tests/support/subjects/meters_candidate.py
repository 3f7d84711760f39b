"""The meters as a bare ASGI application: quoted tables, thorough gzip, small names in another order."""

from __future__ import annotations

import csv
import gzip
import io
import json
import struct
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qsl

from tests.support.subjects import wire
from tests.support.subjects.conversation import HOST
from tests.support.subjects.meters import HELP, METHODS, Meters, row, status
from tests.support.subjects.source import http_date

Fields = dict[str, str]
Answer = tuple[int, Fields, bytes]
TEXT: Fields = {"content-type": "text/plain;charset=UTF-8"}


class Service:
    """One world's answers by method and path."""

    def __init__(self, meters: Meters) -> None:
        self.meters = meters

    async def __call__(
        self,
        scope: dict[str, Any],
        receive: Callable[[], Awaitable[dict[str, Any]]],
        send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
    ) -> None:
        body = (await receive())["body"].decode()
        code, fields, data = self._answer(scope["method"], scope["path"].split("/")[1:], body)
        headers = [(name.encode(), value.encode()) for name, value in fields.items()]
        headers.insert(0, (b"content-length", str(len(data)).encode()))
        await send({"type": "http.response.start", "status": code, "headers": headers})
        await send({"type": "http.response.body", "body": data})

    def _answer(self, method: str, path: list[str], body: str) -> Answer:
        match method, path:
            case "POST", ["readings"]:
                return self._add(dict(parse_qsl(body)))
            case "DELETE", ["readings", id]:
                return (204, {}, b"") if self.meters.remove(id) else (404, TEXT, f"no reading {id}\n".encode())
            case _, ["sensor", name] if name in self.meters.units:
                return 301, {"location": f"http://{HOST}/sensors/{name}"}, b""
            case _, ["sensors", name, *rest] if name in self.meters.units:
                return self._sensor(method, name, rest, body)
            case _, ["status"]:
                return 200, {"content-type": "application/x-www-form-urlencoded"}, status(self.meters).encode()
            case _, ["readings.ndjson"]:
                return self._lines()
            case _, ["export.csv"]:
                return self._export()
            case _, ["dump.bin"]:
                values = [one.value for one in self.meters.latest()]
                data = b"MTR1" + struct.pack(f"<{len(values)}d", *values)
                return 200, {"content-type": "application/octet-stream"}, data
            case _, ["events"]:
                told = [f"data:{one.sensor} {one.value}\nevent:reading\n\n" for one in self.meters.latest()[-3:]]
                fields = {"cache-control": "no-store", "content-type": "text/event-stream"}
                return 200, fields, (": as it goes\n\n" + "".join(told)).encode()
            case _, ["help"]:
                return 200, {"cache-control": "max-age=3600, public", **TEXT}, HELP.encode()
        return 404, TEXT, b"nothing here\n"

    def _add(self, form: dict[str, str]) -> Answer:
        try:
            reading = self.meters.add(form["sensor"], float(form["value"]))
        except ValueError:
            return 422, TEXT, f"value: not a number: {form['value']}\n".encode()
        return 201, TEXT, f"stored {reading.id}\n".encode()

    def _sensor(self, method: str, name: str, rest: list[str], body: str) -> Answer:
        if method == "OPTIONS":
            allowed = ", ".join(reversed(METHODS.split(", ")))
            return 204, {"access-control-max-age": "600", "access-control-allow-origin": "*", "allow": allowed}, b""
        if rest == ["unit"]:
            self.meters.set_unit(name, body)
            return 204, {}, b""
        found = self.meters.of(name)
        if rest == ["mean"]:
            return 200, TEXT, f"{self.meters.mean(name):.3f}".encode()
        if rest == ["readings.csv"]:
            table = io.StringIO()
            writer = csv.writer(table, quoting=csv.QUOTE_ALL, lineterminator="\n")
            writer.writerows([("id", "value", "at"), *map(row, found)])
            return 200, {"content-type": "text/csv; header=present; charset=UTF-8"}, table.getvalue().encode()
        latest = f"{found[-1].value:.2f}\nid: {found[-1].id}" if found else "none"
        text = f"sensor: {name}\nunit: {self.meters.units[name]}\nreadings: {len(found)}\nlatest: {latest}\n"
        dated = {"last-modified": http_date(found[-1].at)} if found else {}
        return 200, {**dated, **TEXT}, text.encode()

    def _lines(self) -> Answer:
        lines = [
            json.dumps(
                {"unit": self.meters.units[one.sensor], "value": one.value, "sensor": one.sensor, "id": one.id},
                separators=(",", ":"),
            )
            for one in self.meters.latest()
        ]
        return 200, {"content-type": "application/x-ndjson"}, "\n".join([*lines, ""]).encode()

    def _export(self) -> Answer:
        rows = [("sensor", "id", "value"), *((one.sensor, one.id, repr(one.value)) for one in self.meters.latest())]
        data = gzip.compress("".join(";".join(one) + "\n" for one in rows).encode(), 9, mtime=0)
        fields = {
            "content-disposition": 'attachment; filename="export.csv"',
            "vary": "origin, accept-encoding",
            "content-encoding": "gzip",
            "content-type": "text/csv;charset=UTF-8",
        }
        return 200, fields, data


def serve(meters: Meters) -> wire.Serve:
    """The meters as an ASGI server answers for them."""
    return wire.asgi(Service(meters), meters.source)
