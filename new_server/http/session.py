"""The browser session: a signed cookie with the CSRF token and the flash queues (spec ui §1).

The value is base64url(HMAC-SHA512 + JSON `[accessed, created, data]`), byte for byte as the legacy application
writes it, so that a session begun on one application goes on in the other.
"""

import base64
import binascii
import hmac
import json
import os
import time
from collections.abc import Callable
from typing import Any

COOKIE = "session"
TIMEOUT = 1200
"""Seconds without access after which the data of a session are dropped."""

# The secret is public (spec ui §1): the signature guards against accidents, not against forgers.
_KEY = b"pyramid.session." + b"fishtest"
_DIGEST = "sha512"
_DIGEST_SIZE = 64
_MAX_VALUE = 4064

_TOKEN = "_csrft_"  # noqa: S105 - the name of the field
_QUEUE = "_f_"


def sign(payload: object) -> str:
    text = json.dumps(payload).encode()
    return base64.urlsafe_b64encode(_signature(text) + text).rstrip(b"=").decode("ascii")


def verify(value: str) -> Any:
    """What `sign` was given; ValueError when it was not signed with our key or is no JSON."""
    raw = value.encode("latin-1")
    try:
        signed = base64.urlsafe_b64decode(raw + b"=" * (-len(raw) % 4))
    except binascii.Error as bad:
        raise ValueError(f"no base64: {bad}") from bad
    signature, text = signed[:_DIGEST_SIZE], signed[_DIGEST_SIZE:]
    if not hmac.compare_digest(signature, _signature(text)):
        raise ValueError("wrong signature")
    return json.loads(text.decode())


def _signature(text: bytes) -> bytes:
    return hmac.digest(_KEY, text, _DIGEST)


class Session:
    """One browser's data during one request.

    `changed` says whether the answer must carry the cookie: the data changed, or they were read and at least one
    whole second has passed since the cookie was last written.
    """

    def __init__(self, cookie: str | None, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self.changed = False
        now = clock()
        state: Any = {}
        self._created = self._renewed = now
        opened = _open(cookie)
        if opened is not None:
            self._renewed, self._created, state = opened
        if now - self._renewed > TIMEOUT:
            state = {}
        self._accessed = self._renewed
        self._data: dict[str, Any] = dict(state)

    def cookie_value(self) -> str:
        """The value to send back. ValueError when a browser would not store it."""
        value = sign([self._accessed, self._created, self._data])
        if len(value) > _MAX_VALUE:
            raise ValueError(f"session cookie is too long to store ({len(value)} bytes, at most {_MAX_VALUE})")
        return value

    def csrf_token(self) -> str:
        """The token of this browser, made on first use."""
        self._read()
        if self._data.get(_TOKEN) is None:
            self._write()
            self._data[_TOKEN] = os.urandom(20).hex()
        token: str = self._data[_TOKEN]
        return token

    def flash(self, message: str, queue: str = "") -> None:
        """Keep a message for the next full page."""
        self._write()
        self._data.setdefault(_QUEUE + queue, []).append(message)

    def peek_flash(self, queue: str = "") -> list[str]:
        self._read()
        waiting: list[str] = self._data.get(_QUEUE + queue, [])
        return waiting

    def pop_flash(self, queue: str = "") -> list[str]:
        """Take the waiting messages out. Counts as a change even when there are none, as it always did."""
        self._write()
        taken: list[str] = self._data.pop(_QUEUE + queue, [])
        return taken

    def invalidate(self) -> None:
        """Forget everything; the cookie is sent again, empty."""
        self._write()
        self._data.clear()

    def _read(self) -> None:
        self._accessed = int(self._clock())
        if self._accessed - self._renewed > 0:
            self.changed = True

    def _write(self) -> None:
        self._accessed = int(self._clock())
        self.changed = True


def _open(cookie: str | None) -> tuple[float, float, Any] | None:
    if cookie is None:
        return None
    try:
        renewed, created, state = verify(cookie)
        return float(renewed), float(created), state
    except (TypeError, ValueError):
        return None
