"""Ids of exchanges in files of tools that know hexadecimal ids only."""

from __future__ import annotations

import re

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ULID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")
_HEX = re.compile(r"[0-9a-f]{32}")
_NAME = re.compile(r"[0-9A-Za-z_-]{1,64}")


def to_hex(name: str) -> str:
    """A ULID as 32 hexadecimal digits; another id as it is, where it is a plain word, else spelled out."""
    if not _ULID.fullmatch(name):
        return name if _NAME.fullmatch(name) else name.encode().hex()
    number = 0
    for letter in name:
        number = number << 5 | _CROCKFORD.index(letter)
    return f"{number:032x}"


def from_hex(name: str) -> str:
    """The ULID of 32 hexadecimal digits; another plain word as it is, nothing for what is none."""
    if not _HEX.fullmatch(name):
        return name if _NAME.fullmatch(name) else ""
    number = int(name, 16)
    return "".join(_CROCKFORD[number >> shift & 31] for shift in range(125, -1, -5))
