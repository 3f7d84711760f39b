"""RecordingWriter: puts finished exchanges behind the earlier ones, from a thread.

Stands between the proxy's event loop and the disk. `append` never waits and never raises for the disk's sake; what
finds no room is shed and counted, and the counts are records of their own, so that nothing is missing silently.
"""

from __future__ import annotations

import threading
from collections import Counter, deque
from pathlib import Path

import structlog

from shadow import clock
from shadow.errors import StartError
from shadow.exchange import Exchange, Response
from shadow.recording import budget, key
from shadow.recording.format import Shed, encode_line, encode_sealed
from shadow.recording.output import Output
from shadow.recording.seal import Sealer

# A batch is written when it is this old or this big, whichever comes first (seconds, bytes). Every batch costs some
# switches between this thread and the event loop's. Within a batch only the interpreter switches: pauses that give its
# lock away were measured (make bench ARGS=proxy) to cost more CPU than the waiting that they spare the loop.
BATCH_SECONDS = 0.02
BATCH_BYTES = 256 * 1024
# How often room is looked for in a full folder, counts of shed exchanges are written, a broken disk is logged and
# tried again (seconds).
PAUSE = 1.0
# What an exchange is taken to weigh in memory besides its bodies (bytes).
OVERHEAD = 4096

_log = structlog.get_logger("shadow.recording")
_Counts = Counter[tuple[str, str]]


class RecordingWriter:
    """Writes one writer's part of a recording. `append` is for one thread; `close` ends it in order.

    `segment`, `max_bytes` and `queue` are bytes: the size at which a segment is closed, the budget of the folder and
    the bound of what waits in memory. `written` and `shed` count exchanges; `lag` is the queue's bytes.
    """

    def __init__(self, folder: Path, *, writer: str, sealer: Sealer, segment: int, max_bytes: int, queue: int) -> None:
        key.refuse_inside(folder, sealer.key)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            probe = folder / f".{writer}.part"
            probe.touch()
            probe.unlink()
        except OSError as error:
            raise StartError(
                f"{folder}: the recording cannot be written there ({error.strerror}); "
                "make it a folder of this user, or name another in [recording] path"
            ) from None
        self.writer = writer
        self.written = 0
        self.shed: Counter[str] = Counter()
        self._folder = folder
        self._sealer = sealer
        self._max_bytes = max_bytes
        self._limit = queue
        self._output = Output(folder, writer, sealer.key_name, segment)
        # Bytes that ever went in and out: each is changed by one thread only, so no lock is needed on the way in.
        self._in = 0
        self._out = 0
        # Weight of what was taken from the queue and is not on disk yet.
        self._held = 0
        self._queue: deque[Exchange | tuple[str, _Counts]] = deque()
        self._losses: dict[str, _Counts] = {}
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._closing = False
        self._full = False
        self._sequence = 0
        self._counts_due = 0.0
        self._retry_due = 0.0
        self._room_due = 0.0
        self._thread = threading.Thread(target=self._run, name=f"recording-{writer}", daemon=True)
        self._thread.start()

    @property
    def lag(self) -> int:
        """Bytes that wait to be written."""
        return self._in - self._out

    def append(self, exchange: Exchange) -> bool:
        """Put the exchange behind the earlier ones, under the next sequence number; False when it had to be shed."""
        weight = _weight(exchange)
        lag = self._in - self._out + weight
        if self._full or lag > self._limit or self._closing:
            self._lose(exchange, "budget" if self._full else "closed" if self._closing else "queue")
            return False
        if self._losses:
            # What was shed before this exchange stands before it in the recording.
            self._queue_losses()
        self._queue.append(exchange)
        self._in += weight
        if lag > BATCH_BYTES and not self._wake.is_set():
            self._wake.set()
        return True

    def close(self, timeout: float = 10.0) -> None:
        """Write what waits, as far as the disk takes it within `timeout` seconds, and close the segment."""
        self._closing = True
        self._wake.set()
        self._thread.join(timeout)
        if self._thread.is_alive():
            _log.error("recording.stalled", writer=self.writer, waiting=len(self._queue))

    def _lose(self, exchange: Exchange, reason: str) -> None:
        with self._lock:
            self._losses.setdefault(reason, Counter())[exchange.route, exchange.request.method] += 1
            self.shed[reason] += 1

    def _queue_losses(self) -> None:
        # Queued before they are gone from `_losses`, so that an `append` that finds none there stands behind them.
        with self._lock:
            self._queue.extend(self._losses.items())
            self._losses = {}

    def _run(self) -> None:
        self._output.adopt()
        while not self._closing:
            self._wake.wait(BATCH_SECONDS)
            self._wake.clear()
            self._turn()
        self._turn()
        if self._output.pending or self._queue:
            _log.error("recording.lost", writer=self.writer, exchanges=len(self._queue) + self._output.pending)
        self._output.close()

    def _turn(self) -> None:
        """Write all that waits; on a disk that fails, leave it where it is and try again after a pause."""
        now = clock.monotonic()
        if now >= self._room_due:
            self._room_due = now + PAUSE
            self._look_for_room()
        if now >= self._counts_due and self._losses and not self._queue:
            self._counts_due = now + PAUSE
            self._queue_losses()
        if now < self._retry_due and not self._closing:
            return
        try:
            self._drain()
        except OSError as error:
            self._retry_due = clock.monotonic() + PAUSE
            _log.error("recording.failed", writer=self.writer, folder=str(self._folder), error=error.strerror)

    def _drain(self) -> None:
        self._flush()
        while self._queue:
            while self._queue and self._held < BATCH_BYTES:
                self._held += self._take(self._queue.popleft())
            self._flush()

    def _flush(self) -> None:
        self._output.flush()
        self._out += self._held
        self._held = 0

    def _take(self, item: Exchange | tuple[str, _Counts]) -> int:
        """Seal one record and hand it to the output; returns its weight."""
        if isinstance(item, tuple):
            reason, counts = item
            line = encode_line(Shed(self.writer, self._sequence + 1, clock.now(), dict(counts), reason))
            self._sequence += 1
            self._output.put(self._sequence, line, counts)
            return 0
        weight = _weight(item)
        try:
            request, answer = self._sealer.pair(item.request, item.answer)
            number = self._sequence + 1
            line = encode_sealed(item, self.writer, number, request, answer)
        except Exception as error:  # whatever a hostile exchange may trigger, the next one must be written
            self._lose(item, "unwritable")
            _log.error("recording.unwritable", exchange=item.id, route=item.route, error=type(error).__name__)
            return weight
        self._sequence += 1
        self.written += 1
        self._output.put(self._sequence, line, {(item.route, item.request.method): 1})
        return weight

    def _look_for_room(self) -> None:
        try:
            self._full = not budget.keep(self._folder, self._max_bytes)
        except OSError as error:
            _log.error("recording.failed", writer=self.writer, folder=str(self._folder), error=error.strerror)


def _weight(exchange: Exchange) -> int:
    weight = OVERHEAD + len(exchange.request.body.data)
    return weight + len(exchange.answer.body.data) if isinstance(exchange.answer, Response) else weight
