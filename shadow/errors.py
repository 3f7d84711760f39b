"""The exception tree: wrong configuration, broken files and refused operations.

Things that happen in traffic (time-outs, resets, odd bytes) are values, not exceptions; `UpstreamError` is made
a value (`Unanswered`) at the edge of `proxy/` and `mirror/`.

    ShadowError
    ├── ConfigError           every mistake of a configuration at once
    ├── StartError            a port in use, a folder that cannot be written
    ├── RecordingError        a recording that cannot be read or written
    │   ├── SealError         a key that is missing, unreadable or wrong
    │   └── NewerFormat       a recording that a later version wrote
    ├── StoreError            a store that is away, corrupt or newer than this version
    ├── PromotionRefused      a move that the gate, a hold or another move forbids
    ├── NotFound              a route, group, finding or exchange of that name does not exist
    └── UpstreamError         an upstream did not give an answer (side, phase)
"""

from __future__ import annotations

from collections.abc import Sequence


class ShadowError(Exception):
    """Whatever the harness raises on purpose; the message is meant for a person."""


class ConfigError(ShadowError):
    """A configuration with one or more mistakes; `mistakes` holds one line each."""

    def __init__(self, mistakes: Sequence[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = tuple(mistakes)


class StartError(ShadowError):
    """A process cannot start as configured: a port in use, a folder that cannot be written."""


class RecordingError(ShadowError):
    """A recording that cannot be read or written."""


class SealError(RecordingError):
    """A sealing key that is missing, unreadable or not the one that sealed."""


class NewerFormat(RecordingError):
    """A recording of a format that this version cannot read yet."""


class StoreError(ShadowError):
    """A store that is away, corrupt, or of a newer format than this version reads."""


class PromotionRefused(ShadowError):
    """A move that the gate, a hold, a freeze or another move forbids; nothing has changed."""


class NotFound(ShadowError):
    """No route, group, finding or exchange has that name."""


class UpstreamError(ShadowError):
    """An upstream gave no complete answer.

    `phase` is where it ended: `connect`, `send`, `head`, `body`, `timeout` or `protocol`;
    `sent` tells whether any byte of the request may have reached the upstream.
    """

    def __init__(self, phase: str, detail: str, *, sent: bool) -> None:
        super().__init__(f"{phase}: {detail}")
        self.phase = phase
        self.detail = detail
        self.sent = sent
