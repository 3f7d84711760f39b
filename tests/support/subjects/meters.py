"""Meter readings for devices: no cookies, no tokens, no JSON documents; text, tables, lines of JSON and downloads."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from urllib.parse import urlencode

from shadow.exchange import Request, Response
from shadow.routes import Route, RouteTable
from tests.support.subjects.conversation import Browser, Script
from tests.support.subjects.source import Source

GET = frozenset({"GET", "HEAD"})
ROUTES = RouteTable(
    [
        Route("readings.add", "/readings", frozenset({"POST"})),
        Route("readings", "/readings.ndjson", GET),
        Route("reading.remove", "/readings/{id}", frozenset({"DELETE"})),
        Route("sensor", "/sensors/{name}", GET),
        Route("sensor.methods", "/sensors/{name}", frozenset({"OPTIONS"})),
        Route("sensor.unit", "/sensors/{name}/unit", frozenset({"PUT"})),
        Route("sensor.table", "/sensors/{name}/readings.csv", GET),
        Route("sensor.mean", "/sensors/{name}/mean", GET),
        Route("status", "/status", GET),
        Route("export", "/export.csv", GET),
        Route("dump", "/dump.bin", GET),
        Route("help", "/help", GET),
        Route("events", "/events", GET),
        Route("moved", "/sensor/{name}", GET),
    ]
)
CLIENT_KEY = ("header:X-Device",)
SENSORS = {"north": "C", "south": "C", "tank": "l"}
METHODS = "GET, HEAD, OPTIONS"
HELP = "Meters\n======\n\nPOST /readings  sensor, value\nGET  /status\n\tkept as it stands\n"


@dataclass
class Reading:
    id: str
    sensor: str
    value: float
    at: float


class Meters:
    """The readings, and what can be told of them."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.units = dict(SENSORS)
        self.readings: dict[str, Reading] = {}
        for number, sensor in enumerate(SENSORS):
            self.add(sensor, 10.5 + number)

    def add(self, sensor: str, value: float) -> Reading:
        reading = Reading(self.source.hex(32), sensor, value, self.source.now)
        self.readings[reading.id] = reading
        return reading

    def remove(self, id: str) -> bool:
        """False when there is no such reading."""
        return self.readings.pop(id, None) is not None

    def set_unit(self, sensor: str, unit: str) -> None:
        self.units[sensor] = unit

    def of(self, sensor: str) -> list[Reading]:
        """The latest readings of a sensor, newest last."""
        return [one for one in self.readings.values() if one.sensor == sensor][-12:]

    def latest(self) -> list[Reading]:
        return list(self.readings.values())[-10:]

    def mean(self, sensor: str) -> float:
        found = self.of(sensor)
        return sum(one.value for one in found) / len(found) if found else 0.0


def row(reading: Reading) -> tuple[str, str, str]:
    """A reading as a row of a table."""
    return reading.id, f"{reading.value:.2f}", f"{reading.at:.0f}"


def device(name: str) -> Callable[[Browser, Random], Script]:
    """A device that reports and now and then asks."""

    def script(browser: Browser, dice: Random) -> Script:
        browser.fields["X-Device"] = name
        sensors = list(SENSORS)
        while True:
            sensor = dice.choice(sensors)
            own = []
            for _ in range(dice.randint(1, 3)):
                answer = yield _report(browser, sensor, f"{dice.uniform(-20, 40):.2f}")
                own += _ids(answer)
            yield browser.get(f"/sensors/{sensor}")
            yield browser.get(f"/sensors/{sensor}/readings.csv")
            yield browser.get(f"/sensors/{sensor}/mean")
            yield browser.ask("HEAD", f"/sensors/{sensor}")
            if dice.random() < 0.5:
                yield browser.ask("DELETE", f"/readings/{own[0]}")
                yield browser.ask("DELETE", f"/readings/{own[0]}")
            if dice.random() < 0.4:
                unit = dice.choice(["C", "K", "F"])
                yield browser.ask("PUT", f"/sensors/{sensor}/unit", unit.encode(), Content_Type="text/plain")
            yield _report(browser, sensor, "warm")

    return script


def watcher(browser: Browser, dice: Random) -> Script:
    """Somebody who looks at all there is and changes nothing."""
    while True:
        for target in ("/status", "/readings.ndjson", "/export.csv", "/dump.bin", "/events"):
            yield browser.get(target, Accept_Encoding="gzip")
        yield browser.get(dice.choice(["/help", "/status", "/sensors/nowhere", "/favicon.ico"]))
        yield browser.get("/help")
        yield browser.ask("OPTIONS", f"/sensors/{dice.choice(list(SENSORS))}", Origin="https://meters.example")
        yield browser.ask("HEAD", "/export.csv")
        yield browser.get("/sensor/north")


def _report(browser: Browser, sensor: str, value: str) -> Request:
    return browser.submit("/readings", {"sensor": sensor, "value": value})


def _ids(answer: Response) -> list[str]:
    return [one.decode() for one in re.findall(rb"\b[0-9a-f]{32}\b", answer.body.data)]


def status(meters: Meters) -> str:
    """All in one line, as a form would send it."""
    last = meters.latest()[-1]
    fields = {
        "sensors": len(meters.units),
        "readings": len(meters.readings),
        "last": last.id,
        "note": "all well & good",
    }
    return urlencode(fields)


CLIENTS = {"dev-1": device("dev-1"), "dev-2": device("dev-2"), "watcher": watcher}
