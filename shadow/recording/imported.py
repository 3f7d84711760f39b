"""Import: exchanges from other tools' files to a recording, sealed before anything is written."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from shadow.clock import new_id
from shadow.errors import RecordingError, SealError
from shadow.exchange import Exchange, Request, Response, Unanswered
from shadow.recording.copies import MIRRORED
from shadow.recording.format import encode_sealed
from shadow.recording.output import Output
from shadow.recording.seal import Sealer

# RFC 9110 5.6.2: what methods and names of fields are made of.
_TOKEN = re.compile(rb"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_TARGET = re.compile(rb"[^\x00-\x20]+")
_LINE_END = re.compile(rb"[\r\n]")
_SEGMENT_BYTES = 16 << 20
# The answer of a request that was captured without one: a replay to two sides needs none.
UNRECORDED = Unanswered("unrecorded", "the imported file has no answer to this request", sent=False)


@dataclass(frozen=True, slots=True)
class Owner:
    """What a foreign file does not know of a request: its route and group here, and whose it is."""

    route: str
    group: str
    client_key: str


Identify = Callable[[Request], Owner]


@dataclass
class Imported:
    """What a file gave: exchanges, mirrored answers by the same id, and what was left out, by reason."""

    exchanges: list[Exchange] = field(default_factory=list)
    copies: list[Exchange] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)


def mistake(exchange: Exchange) -> str:
    """What makes an exchange of a foreign file unfit to be compared or sent again; empty for a sound one.

    A file holds whatever its tool, or a person with an editor, put there: its types are no promise.
    """
    request, answer = exchange.request, exchange.answer
    if not (isinstance(request.method, str) and _TOKEN.fullmatch(request.method.encode("utf-8", "replace"))):
        return f"the method {str(request.method)[:20]!r} is no word"
    if isinstance(answer, Response) and not (type(answer.status) is int and 100 <= answer.status <= 599):
        return f"the status {str(answer.status)[:20]!r} is no number from 100 to 599"
    times = (exchange.started_at, exchange.began, exchange.ended, exchange.first_byte)
    if not all(type(time) in (int, float) and math.isfinite(time) for time in times):
        return "a time is no number"
    texts = (exchange.id, exchange.route, exchange.group, exchange.client_key)
    if not all(isinstance(text, str) for text in texts):
        return "id, route, group or client is no text"
    if not _TARGET.fullmatch(request.target):
        return "the target has blanks or control characters"
    # Sent again, a line end in a value would begin a field, or a request, of its own. Browsers join an answer's so.
    if not all(_TOKEN.fullmatch(name) and not _LINE_END.search(value) for name, value in request.headers):
        return "a header field of the request has an odd name, or a line end in its value"
    return ""


def write(out: Path, imported: Imported, sealer: Sealer) -> None:
    """Make a recording of it in the new folder `out`."""
    if out.exists() and any(out.iterdir()):
        raise RecordingError(f"{out}: this folder is not empty; name a new one for the imported recording")
    _write(out, imported.exchanges, sealer)
    if imported.copies:
        _write(out / MIRRORED, imported.copies, sealer)


def overlapping(exchanges: Iterable[Exchange]) -> list[Exchange]:
    """The exchanges in the order of their ends; those that ran beside a write are marked."""
    ordered = sorted(exchanges, key=lambda one: one.began)
    marked: set[int] = set()
    running: list[int] = []
    for number, one in enumerate(ordered):
        running = [other for other in running if ordered[other].ended > one.began]
        for other in running:
            if not (one.request.safe and ordered[other].request.safe):
                marked |= {number, other}
        running.append(number)
    found = [replace(one, overlaps=one.overlaps or number in marked) for number, one in enumerate(ordered)]
    return sorted(found, key=lambda one: one.ended)


def _write(folder: Path, exchanges: Iterable[Exchange], sealer: Sealer) -> None:
    writer = f"import-{new_id()}"
    output = Output(folder, writer, sealer.key_name, _SEGMENT_BYTES)
    ordered = sorted(exchanges, key=lambda one: one.started_at + one.duration)
    for sequence, exchange in enumerate(ordered, 1):
        opened = _opened(exchange, sealer)
        line = encode_sealed(opened, writer, sequence, *sealer.pair(opened.request, opened.answer))
        output.put(sequence, line, {(opened.route, opened.request.method): 1})
        output.flush()
    output.close()


def _opened(exchange: Exchange, sealer: Sealer) -> Exchange:
    """The exchange without the seals of our own export; seals of another key are text like any other."""
    try:
        return sealer.open_exchange(exchange)
    except SealError:
        return exchange
