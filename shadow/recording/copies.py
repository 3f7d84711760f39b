"""The mirrored answers that are kept with a recording: a recording of its own in the folder `mirrored` inside it.

A copy is an exchange with the id of its original: the request as it was sent, the answer of the mirrored side, and
as client key the client as the mirror told clients apart.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import orjson
import zstandard

from shadow.exchange import Exchange
from shadow.recording.format import decode, encode_line
from shadow.recording.reader import Scan, scan
from shadow.recording.seal import Sealer
from shadow.recording.segments import segments

MIRRORED = "mirrored"


def has_copies(folder: Path) -> bool:
    """True when mirrored answers are kept with this recording."""
    return bool(segments(folder / MIRRORED))


class Copies:
    """The copies of a recording by exchange id; they may be many, so they wait in a temporary file, sealed."""

    def __init__(self, folder: Path, sealer: Sealer | None = None) -> None:
        self._sealer = sealer
        self._file = tempfile.TemporaryFile(prefix="shadow-")  # noqa: SIM115 (closed by `close`)
        self._where: dict[str, tuple[int, int]] = {}
        self.scanned: Scan | None = None
        if has_copies(folder):
            self.scanned = scan(folder / MIRRORED)
            self._load(self.scanned)

    def __len__(self) -> int:
        return len(self._where)

    def of(self, exchange_id: str) -> Exchange | None:
        """The copy of this exchange, opened if there is a sealer."""
        if exchange_id not in self._where:
            return None
        offset, size = self._where[exchange_id]
        self._file.seek(offset)
        copy = decode(orjson.loads(zstandard.decompress(self._file.read(size))))
        return self._sealer.open_exchange(copy) if self._sealer else copy

    def close(self) -> None:
        """Let the temporary file go."""
        self._file.close()

    def _load(self, scanned: Scan) -> None:
        compressor = zstandard.ZstdCompressor(level=1)
        for copy in scanned:
            if isinstance(copy, Exchange):
                line = compressor.compress(encode_line(copy))
                self._where[copy.id] = (self._file.tell(), len(line))
                self._file.write(line)
