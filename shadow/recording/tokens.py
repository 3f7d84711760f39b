"""Seals: secrets to `{{sealed:...}}` and back, byte for byte.

A seal is AES-SIV (RFC 5297) over one byte of kind and the secret, padded to whole blocks of 16: authenticated and
deterministic, so equal secrets have equal seals; a seal tells their equality and rough length, nothing else.
A secret is sealed where it stands, so the rest of the text stays as it was. Text that holds the opening of a seal by
itself has that opening sealed as well, which is why every seal in sealed text is one of ours.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from shadow.errors import SealError
from shadow.recording.key import Key
from shadow.recording.spans import Span, merged

OPENING = b"{{sealed:"
SEAL = re.compile(rb"\{\{sealed:([A-Za-z0-9_=-]++)\}\}")
REDACTED = b"{{redacted}}"

_PLAIN = b"\0"
_QUOTED = b"\1"
_BLOCK = 16
_PURPOSE = [b"shadow seal 1"]
# Longer secrets than this (bodies sealed whole) are not remembered, which bounds the memory of the cache.
_REMEMBERED = 512
_CACHE = 4096


class Tokens:
    """Replaces spans by seals and seals by what they hold, under one key."""

    def __init__(self, key: Key) -> None:
        self._key = key
        self._cipher = AESSIV(key.sealing)
        # Cookies and passwords repeat with every request of a client.
        self._remembered_seal = lru_cache(_CACHE)(self._new_seal)
        self._remembered_secret = lru_cache(_CACHE)(self._secret)

    def seal(self, secret: bytes, *, quoted: bool = False) -> bytes:
        """The seal of these bytes."""
        return (self._remembered_seal if len(secret) <= _REMEMBERED else self._new_seal)(secret, quoted)

    def replace(self, data: bytes, spans: Iterable[Span]) -> bytes:
        """`data` with a seal in place of each span."""
        parts: list[bytes] = []
        position = 0
        for span in merged(spans):
            parts += (data[position : span.start], self.seal(data[span.start : span.end], quoted=span.quoted))
            position = span.end
        parts.append(data[position:])
        return b"".join(parts)

    def open(self, data: bytes) -> bytes:
        """`data` with every seal replaced by what it holds; SealError when another key sealed it."""
        if OPENING not in data:
            return data
        parts: list[bytes] = []
        position = 0
        for found in SEAL.finditer(data):
            token = found.group(1)
            opened = (self._remembered_secret if len(token) <= 2 * _REMEMBERED else self._secret)(token)
            quotes = 1 if opened.startswith(_QUOTED) else 0
            parts += (data[position : found.start() - quotes], opened[1:])
            position = found.end() + quotes
        parts.append(data[position:])
        return b"".join(parts)

    def _new_seal(self, secret: bytes, quoted: bool) -> bytes:
        text = (_QUOTED if quoted else _PLAIN) + secret + b"\x80"
        text += b"\0" * (-len(text) % _BLOCK)
        token = OPENING + base64.urlsafe_b64encode(self._cipher.encrypt(text, _PURPOSE)).rstrip(b"=") + b"}}"
        return b'"%s"' % token if quoted else token

    def _secret(self, token: bytes) -> bytes:
        """Kind and secret of a seal's text."""
        try:
            text = self._cipher.decrypt(base64.urlsafe_b64decode(token + b"=" * (-len(token) % 4)), _PURPOSE)
        except (InvalidTag, binascii.Error, ValueError):
            raise SealError(
                f"{self._key.file}: this key ({self._key.name}) does not open the seal {shortened(token)}; "
                "use the key that the recording was made with"
            ) from None
        return text.rstrip(b"\0")[:-1]


def shortened(token: bytes) -> str:
    """A seal's text cut for display: enough to see which ones are equal."""
    return "{{sealed:" + token[:8].decode() + "...}}"


def mask(text: str) -> str:
    """`text` with every seal shortened for display."""
    return masked(text.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass")


def masked(data: bytes) -> bytes:
    """Bytes with every seal shortened for display."""
    return SEAL.sub(lambda found: shortened(found.group(1)).encode(), data) if OPENING in data else data


def redacted(data: bytes) -> bytes:
    """`data` with every seal dropped for good."""
    return SEAL.sub(REDACTED, data) if OPENING in data else data
