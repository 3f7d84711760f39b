"""Scripted upstreams on raw sockets: they send the bytes they are told to, and stall, reset or cut off when told to.

A script is a function of one accepted connection; it runs in a thread of its own for each connection.
"""

from __future__ import annotations

import contextlib
import queue
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType

PATIENCE = 20.0
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@dataclass
class Seen:
    """A message as it was on the wire: first line, fields in order, body without its framing."""

    line: bytes
    headers: list[tuple[bytes, bytes]]
    body: bytes = b""
    head: bytes = b""

    def all(self, name: str) -> list[bytes]:
        """The values under this name."""
        return [value for key, value in self.headers if key.lower() == name.encode().lower()]

    def get(self, name: str) -> bytes | None:
        """The first value under this name."""
        return next(iter(self.all(name)), None)

    @property
    def status(self) -> int:
        """Of an answer."""
        return int(self.line.split(b" ")[1])

    @property
    def target(self) -> bytes:
        """Of a request."""
        return self.line.split(b" ")[1]


class Wire:
    """One end of a connection, read by hand."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.buffer = b""
        sock.settimeout(PATIENCE)

    def send(self, data: bytes) -> None:
        """All of these bytes."""
        self.sock.sendall(data)

    def more(self) -> bool:
        """Read once; False at the end."""
        data = self.sock.recv(1 << 18)
        self.buffer += data
        return bool(data)

    def until(self, mark: bytes) -> bytes:
        """Everything up to and with this mark; ConnectionError when the other end closes before it."""
        while mark not in self.buffer:
            if not self.more():
                raise ConnectionError(f"closed after {self.buffer[:200]!r}")
        found, _, self.buffer = self.buffer.partition(mark)
        return found + mark

    def exactly(self, size: int) -> bytes:
        """So many bytes."""
        while len(self.buffer) < size:
            if not self.more():
                raise ConnectionError(f"closed {size - len(self.buffer)} bytes early")
        found, self.buffer = self.buffer[:size], self.buffer[size:]
        return found

    def rest(self) -> bytes:
        """Everything until the other end closes neatly; ConnectionResetError when it resets."""
        while self.more():
            pass
        found, self.buffer = self.buffer, b""
        return found

    def closed(self) -> bool:
        """True when the other end has closed or reset and nothing is left to read."""
        try:
            return not self.buffer and not self.more()
        except ConnectionError:
            return True

    def head(self) -> Seen:
        """First line and fields of the next message."""
        raw = self.until(b"\r\n\r\n")
        line, *fields = raw[:-4].split(b"\r\n")
        return Seen(line, [(name, value) for name, _, value in (one.partition(b": ") for one in fields)], head=raw)

    def message(self, *, bodiless: bool = False) -> Seen:
        """The next whole message by its framing; an answer without any is read to the end."""
        seen = self.head()
        coded, length = seen.get("transfer-encoding"), seen.get("content-length")
        if bodiless:
            pass
        elif coded is not None:
            while size := int(self.until(b"\r\n").split(b";")[0], 16):
                seen.body += self.exactly(size + 2)[:-2]
            while self.until(b"\r\n") != b"\r\n":
                pass
        elif length is not None:
            seen.body = self.exactly(int(length))
        elif seen.line.startswith(b"HTTP/"):
            seen.body = self.rest()
        return seen

    def reset(self) -> None:
        """Close so that the other end meets a reset."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    def close(self) -> None:
        """Close neatly."""
        with contextlib.suppress(OSError):
            self.sock.shutdown(socket.SHUT_WR)
        self.sock.close()


Script = Callable[["Upstream", Wire], None]


@dataclass
class Upstream:
    """A server that runs `script` on each connection; what it read is in `seen`, in order."""

    script: Script
    seen: queue.Queue[Seen] = field(default_factory=queue.Queue)
    gone: threading.Event = field(default_factory=threading.Event)
    go: threading.Event = field(default_factory=threading.Event)
    connections: int = 0

    def __enter__(self) -> Upstream:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._wires: list[Wire] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _value: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.go.set()
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for wire in self._wires:
            with contextlib.suppress(OSError):
                wire.sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(PATIENCE)

    def request(self) -> Seen:
        """The next request that came in."""
        return self.seen.get(timeout=PATIENCE)

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listening.accept()
            except OSError:
                return
            self.connections += 1
            wire = Wire(sock)
            self._wires.append(wire)
            thread = threading.Thread(target=self._serve, args=(wire,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, wire: Wire) -> None:
        try:
            self.script(self, wire)
        except OSError:
            self.gone.set()
        finally:
            wire.close()


def answering(*answers: bytes) -> Script:
    """Read requests and send these answers in turn, over and over, on every connection."""

    def script(upstream: Upstream, wire: Wire) -> None:
        number = 0
        while True:
            upstream.seen.put(wire.message())
            wire.send(answers[number % len(answers)])
            number += 1

    return script


def stalling(beginning: bytes = b"") -> Script:
    """Read a request, send a beginning, and then nothing until `go` is set; `gone` is set when the other end left."""

    def script(upstream: Upstream, wire: Wire) -> None:
        upstream.seen.put(wire.message())
        if beginning:
            wire.send(beginning)
        if wire.closed():
            upstream.gone.set()

    return script


def breaking(beginning: bytes = b"", *, neat: bool = False) -> Script:
    """Read a request, send a beginning, wait for `go` when there is one, then reset (or close neatly)."""

    def script(upstream: Upstream, wire: Wire) -> None:
        upstream.seen.put(wire.message())
        if beginning:
            wire.send(beginning)
            upstream.go.wait(PATIENCE)
        if neat:
            wire.close()
        else:
            wire.reset()

    return script


def serving_bytes(head: bytes, piece: bytes, times: int) -> Script:
    """Answer each request with this head and `times` pieces."""

    def script(upstream: Upstream, wire: Wire) -> None:
        while True:
            upstream.seen.put(wire.message())
            wire.send(head)
            for _ in range(times):
                wire.send(piece)

    return script
