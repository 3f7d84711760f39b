"""AnswerHead: what the parser tells of an upstream's head, and what it let pass that no proxy may pass on."""

from __future__ import annotations

import re

from shadow.headers import HeaderList

# A head, a trailer section or a chunk extension of more bytes is not an answer but an attack or a fault.
MAX_HEAD = 256 * 1024
_CONTROLS = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")


class AnswerHead:
    """The head of one answer, interim or not, as far as it has come; `whole` when its last line is here.

    `sized` says that its fields tell where the body ends.
    """

    __slots__ = ("_coded", "_fault", "_fields", "_size", "reason", "sized", "whole")

    def __init__(self) -> None:
        self.reason = b""
        self.sized = self.whole = False
        self._coded = False
        self._size = 0
        self._fault = ""
        self._fields: list[tuple[bytes, bytes]] = []

    @property
    def headers(self) -> HeaderList:
        """The fields that have come, as sent."""
        return HeaderList(tuple(self._fields))

    def add(self, name: bytes, value: bytes) -> None:
        """The next field. One that comes behind the whole head is a trailer field, and these end at this hop."""
        if self.whole:
            return
        self._fields.append((name, value))
        size = len(name)
        self._size += size + len(value) + 4
        if size == 14 and name.lower() == b"content-length":
            self.sized = True
        elif size == 17 and name.lower() == b"transfer-encoding":
            if self._coded or value.strip().lower() != b"chunked":
                self._fault = f"transfer coding {value[:40]!r}; only chunked, once, is understood (RFC 9112 6.1)"
            self._coded = self.sized = True

    def end(self, status: int, version: str) -> str:
        """The head is whole, and this is what its first line says; gives what is wrong with it, if anything is."""
        self.whole = True
        if self._fault:
            return self._fault
        if self._size > MAX_HEAD:
            return f"more than {MAX_HEAD} bytes of head"
        if status < 100 or version not in ("1.1", "1.0"):
            return f"status {status} in HTTP/{version}"
        if self._coded and version == "1.0":
            return "chunks in HTTP/1.0 (RFC 9112 6.1)"
        return "control characters in the reason" if _CONTROLS.search(self.reason) else ""
