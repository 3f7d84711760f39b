"""The sealing key: one file of mode 0600 outside the recording, made once, and the keys that are derived from it."""

from __future__ import annotations

import base64
import binascii
import os
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from shadow.errors import SealError

# What the file begins with, so that another file is not taken for a key.
_PREFIX = "shadow-recording-key-1:"
_BYTES = 64


@dataclass(frozen=True, slots=True, repr=False)
class Key:
    """`sealing` is for AES-256-SIV (64 bytes), `salt` for hashes of client keys; `name` tells keys apart, no more."""

    file: Path
    sealing: bytes
    salt: bytes
    name: str


def load(file: Path, *, create: bool) -> Key:
    """The key in this file, made there first when it is missing and `create` says so."""
    if create and not file.exists():
        _create(file)
    try:
        mode = stat.S_IMODE(file.stat().st_mode)
        text = file.read_text("ascii").strip()
    except FileNotFoundError:
        raise SealError(
            f"{file}: no sealing key there; `shadow serve` makes one, or copy the key that the recording was made with"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise SealError(f"{file}: the sealing key cannot be read ({error}); give its reader the right to") from None
    if mode & 0o077:
        raise SealError(f"{file}: the sealing key has mode {mode:04o}, others can reach it; run: chmod 600 {file}")
    try:
        root = base64.urlsafe_b64decode(text.removeprefix(_PREFIX))
    except (binascii.Error, ValueError):
        root = b""
    if not text.startswith(_PREFIX) or len(root) != _BYTES:
        raise SealError(f"{file}: this is no sealing key; name another file in [recording] key, or move this one away")
    return Key(file, _derived(root, b"seal", 64), _derived(root, b"client keys", 32), _derived(root, b"name", 4).hex())


def refuse_inside(folder: Path, key: Key) -> None:
    """SealError when the key lies in the recording folder, where a copy of the recording would take it along."""
    if key.file.resolve().is_relative_to(folder.resolve()):
        raise SealError(f"{key.file}: the sealing key lies inside the recording {folder}; move it out of that folder")


def _create(file: Path) -> None:
    """Write a new key; when two processes do so at once, both end up with the same one."""
    text = _PREFIX + base64.urlsafe_b64encode(secrets.token_bytes(_BYTES)).decode() + "\n"
    draft = file.with_name(f".{file.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.write(handle, text.encode())
            os.fsync(handle)
        finally:
            os.close(handle)
        try:
            # A link, unlike a rename, leaves a key alone that another process has put there meanwhile.
            os.link(draft, file)
        except FileExistsError:
            pass
        finally:
            os.unlink(draft)
    except OSError as error:
        raise SealError(
            f"{file}: the sealing key cannot be made ({error.strerror}); "
            "name a file in [recording] key that can be written"
        ) from None


def _derived(root: bytes, purpose: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt=None, info=b"shadow recording 1: " + purpose).derive(root)
