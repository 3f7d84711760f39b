"""What is where in a recording: first and last sequence and counts of each segment. Can always be rebuilt.

The writer leaves a summary beside each segment that it closes; where one is missing, the segment itself is read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import orjson

from shadow.errors import NotFound
from shadow.exchange import Exchange
from shadow.recording.format import Record
from shadow.recording.seal import Sealer
from shadow.recording.segments import Segment, segments
from shadow.recording.tail import Line, Tail


@dataclass(frozen=True, slots=True)
class Summary:
    """What a segment holds; `last` is 0 for one without records, `counts` are exchanges by route and method."""

    first: int
    last: int
    counts: Mapping[tuple[str, str], int]


def write(segment: Segment, summary: Summary) -> None:
    """Put the summary beside its segment, atomically."""
    counts = [[route, method, count] for (route, method), count in summary.counts.items()]
    part = segment.folder / f".{segment.index.name}.part"
    part.write_bytes(orjson.dumps({"first": summary.first, "last": summary.last, "counts": counts}))
    part.rename(segment.index)


def summary(segment: Segment) -> Summary:
    """The segment's summary, from its file or from its records."""
    try:
        values = orjson.loads(segment.index.read_bytes())
        counts = {(route, method): count for route, method, count in values["counts"]}
        return Summary(values["first"], values["last"], counts)
    except (OSError, orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        return _read(segment)


def rebuild(folder: Path) -> list[Summary]:
    """Write the summary of every finished segment anew, from its records; returns them in order."""
    found: list[Summary] = []
    for segment in segments(folder):
        if segment.finished():
            found.append(_read(segment))
            write(segment, found[-1])
    return found


def count_after(folder: Path, after: Mapping[str, int]) -> dict[str, int]:
    """Exchanges by route that stand behind these sequence numbers (0 for a writer that is not named), shed ones too."""
    found: Counter[str] = Counter()
    for segment in segments(folder):
        passed = after.get(segment.writer, 0)
        if segment.first > passed and segment.index.exists():
            counts = summary(segment).counts
        elif segment.index.exists() and summary(segment).last <= passed:
            continue
        else:
            counts = _read(segment, passed).counts
        for (route, _), count in counts.items():
            found[route] += count
    return dict(found)


def find(folder: Path, exchange_id: str, sealer: Sealer | None = None) -> Exchange:
    """The exchange of this id, opened if there is a sealer; NotFound when no segment has it."""
    wanted = b'"id":"%s"' % exchange_id.encode()
    for segment in segments(folder):
        tail = _tail(segment, 0)
        for line in _lines(tail):
            if wanted in line.data:
                for record in tail.record(line, sealer):
                    if isinstance(record, Exchange) and record.id == exchange_id:
                        tail.close()
                        return record
    raise NotFound(f"no exchange {exchange_id!r} in {folder}; it may have been deleted to keep the folder's budget")


def _read(segment: Segment, after: int = 0) -> Summary:
    last = 0
    counts: Counter[tuple[str, str]] = Counter()
    tail = _tail(segment, after)
    for line in _lines(tail):
        for record in tail.record(line, None):
            last = record.sequence
            counts.update(_counts(record))
    return Summary(segment.first, last, dict(counts))


def _tail(segment: Segment, after: int) -> Tail:
    tail = Tail(after)
    tail.known = [segment]
    return tail


def _lines(tail: Tail) -> Iterator[Line]:
    try:
        while lines := tail.take(1, 1):
            yield lines[0]
    finally:
        tail.close()


def _counts(record: Record) -> Mapping[tuple[str, str], int]:
    return {(record.route, record.request.method): 1} if isinstance(record, Exchange) else record.counts
