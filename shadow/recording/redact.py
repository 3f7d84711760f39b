"""Drop the seals of a recording for good: a copy that nobody can open, with or without the key."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from shadow.errors import RecordingError
from shadow.exchange import Body, Exchange, Request, Response, Unanswered
from shadow.headers import HeaderList
from shadow.recording.copies import MIRRORED, has_copies
from shadow.recording.format import Record, encode_line
from shadow.recording.output import Output
from shadow.recording.reader import scan
from shadow.recording.tokens import redacted

_SEGMENT_BYTES = 16 << 20


def redact(folder: Path, out: Path) -> int:
    """Copy the recording to the new folder `out` with `{{redacted}}` in place of every seal; returns the records.

    The mirrored answers that are kept with it are copied likewise.
    """
    if out.exists() and any(out.iterdir()):
        raise RecordingError(f"{out}: this folder is not empty; name a new one for the redacted recording")
    count = _copied(folder, out)
    if has_copies(folder):
        _copied(folder / MIRRORED, out / MIRRORED)
    return count


def _copied(folder: Path, out: Path) -> int:
    outputs: dict[str, Output] = {}
    count = 0
    for record in scan(folder):
        output = outputs.get(record.writer)
        if output is None:
            output = outputs[record.writer] = Output(out, record.writer, "", _SEGMENT_BYTES)
        counts = {(record.route, record.request.method): 1} if isinstance(record, Exchange) else record.counts
        output.put(record.sequence, encode_line(_redacted(record)), counts)
        output.flush()
        count += 1
    for output in outputs.values():
        output.close()
    return count


def _redacted(record: Record) -> Record:
    if not isinstance(record, Exchange):
        return record
    answer = record.answer
    if isinstance(answer, Response):
        answer = replace(
            answer,
            headers=_headers(answer.headers),
            body=_body(answer.body),
            reason=redacted(answer.reason),
        )
    else:
        answer = Unanswered(answer.phase, redacted(answer.detail.encode()).decode(), answer.sent)
    return replace(record, request=_request(record.request), answer=answer)


def _request(request: Request) -> Request:
    return replace(
        request, target=redacted(request.target), headers=_headers(request.headers), body=_body(request.body)
    )


def _headers(headers: HeaderList) -> HeaderList:
    return HeaderList.of((redacted(name), redacted(value)) for name, value in headers)


def _body(body: Body) -> Body:
    return replace(body, data=redacted(body.data))
