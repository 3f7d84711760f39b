"""One mirror for one recording: two would send every write twice and mix their checkpoints."""

from __future__ import annotations

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shadow.errors import StartError

_NAME = ".mirror.lock"


def name_of(folder: Path) -> str:
    """The mirror of this recording, among those of all machines on one store."""
    return f"{socket.gethostname()}:{folder.resolve()}"


def is_running(folder: Path) -> bool:
    """True while a mirror of this recording lives."""
    try:
        with (folder / _NAME).open("a+") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Be the only mirror of this recording; StartError names the other one.

    The kernel lets go of the lock when the process dies, however it dies, so the file itself stays and means nothing.
    """
    try:
        file = (folder / _NAME).open("a+")
    except OSError as error:
        raise StartError(f"{folder / _NAME}: cannot be written ({error.strerror}). Next: make it writable") from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            pid = file.read().strip() or "unknown"
            raise StartError(f"{folder}: another mirror works on this recording (pid {pid}). Next: stop it") from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
