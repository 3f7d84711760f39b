"""The operator's token: a file that only its owner can read."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from shadow.errors import StartError


def token(path: Path) -> str:
    """The operator's token; made at the first call, readable by its owner only. Raises StartError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            found = path.read_text("ascii").strip()
        else:
            with os.fdopen(handle, "w") as file:
                file.write(found := secrets.token_urlsafe(24))
    except (OSError, UnicodeDecodeError) as error:
        raise StartError(f"console token {path}: {error}. Next: make the folder writable, or set [console]") from None
    if len(found) < 16:
        raise StartError(f"console token {path}: shorter than 16 characters. Next: delete the file, it is made anew")
    return found
