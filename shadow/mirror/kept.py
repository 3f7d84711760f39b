"""Keep what was compared: the mirrored answers of a live recording, or both answers of a replay.

What is kept can be judged again under other rules (`shadow judge`). Writing is the recording's own: sealed, from a
thread, within a budget; what finds no room is shed.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from shadow import clock
from shadow.config import Recording
from shadow.exchange import Exchange
from shadow.mirror.copying import Copied
from shadow.mirror.jars import Client
from shadow.recording.budget import read_judged, write_judged
from shadow.recording.copies import MIRRORED
from shadow.recording.seal import Sealer
from shadow.recording.writer import RecordingWriter

# Nothing waits for a copy to be judged, so each counts as judged from the beginning.
_ALL = 1 << 62


class Kept:
    """Writes the copies to `folder/mirrored`; with `originals` the exchanges too, to `folder`."""

    def __init__(self, folder: Path, sealer: Sealer, settings: Recording, *, originals: bool = False) -> None:
        name = f"mirror-{clock.new_id()}"
        self._copies = self._writer(folder / MIRRORED, name, sealer, settings)
        self._originals = self._writer(folder, name, sealer, settings) if originals else None

    def __call__(self, exchange: Exchange, client: Client, copied: Copied) -> None:
        """Keep one pair."""
        if self._originals:
            self._originals.append(exchange)
        seconds = copied.sent.seconds or 0.0
        ended = clock.monotonic()
        copy = replace(
            exchange,
            client_key=client.id,
            serving=exchange.answering.other,
            fallback="",
            request=copied.request,
            answer=copied.sent.answer,
            started_at=clock.now() - seconds,
            began=ended - seconds,
            ended=ended,
            first_byte=seconds,
        )
        self._copies.append(copy)

    @property
    def shed(self) -> int:
        """Records that found no room."""
        return sum(sum(one.shed.values()) for one in (self._copies, self._originals) if one)

    def close(self) -> None:
        """Write what waits."""
        for writer in (self._copies, self._originals):
            if writer:
                writer.close()

    @staticmethod
    def _writer(folder: Path, name: str, sealer: Sealer, settings: Recording) -> RecordingWriter:
        writer = RecordingWriter(
            folder,
            writer=name,
            sealer=sealer,
            segment=settings.segment,
            max_bytes=settings.max_bytes,
            queue=settings.queue,
        )
        write_judged(folder, {**read_judged(folder), name: _ALL})
        return writer
