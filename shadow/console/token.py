"""The operator's token: a file that only its owner can read."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from shadow.errors import StartError


def token(path: Path) -> str:
    """The operator's token; made at the first call, readable by its owner only. Raises StartError."""
    try:
        if not path.exists():
            _create(path)
        found = path.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise StartError(f"console token {path}: {error}. Next: make the folder writable, or set [console]") from None
    if len(found) < 16:
        raise StartError(f"console token {path}: shorter than 16 characters. Next: delete the file, it is made anew")
    return found


def _create(path: Path) -> None:
    """Write a new token; of processes that do so at once, all end up with the same one, and none with half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(24))
        # A link, unlike a rename, leaves a token alone that another process has put there meanwhile.
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
