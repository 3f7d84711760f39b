"""Operators: who may use the console, and the name under which the ledger will know them.

The token of the first start belongs to nobody in particular: what is done with it, `console` has done. A token of one's
own puts `NAME@console` there. Each is one file beside the first, named after its owner, so that two terminals cannot
disturb each other; it holds a digest only, since a token is shown once and never again.
"""

from __future__ import annotations

import hmac
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from shadow.errors import NotFound, ShadowError, StartError

UNNAMED = "console"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Operators:
    """The token of the first start, and the folder of the named ones, read at every look: a removal counts at once."""

    secret: str
    folder: Path

    def by_token(self, given: str) -> str:
        """Whose token this is, as the ledger has it; empty for a stranger."""
        return _whose(self._digests(), _digest(given))

    def by_cookie(self, given: str) -> str:
        """Whose cookie this is; empty for a stranger."""
        return _whose({who: self._cookie(who, digest) for who, digest in self._digests().items()}, given)

    def cookie_for(self, token: str) -> str:
        """What signs the owner of this token in again; empty for a stranger."""
        digests = self._digests()
        who = _whose(digests, _digest(token))
        return self._cookie(who, digests[who]) if who else ""

    def _digests(self) -> dict[str, str]:
        named = {f"{name}@console": digest for name, digest in _kept(self.folder).items()}
        return {UNNAMED: _digest(self.secret), **named}

    def _cookie(self, who: str, digest: str) -> str:
        # Not the token: a page that leaks it cannot sign in elsewhere. Keyed: the digests alone do not make one.
        return hmac.new(self.secret.encode(), f"console cookie {who} {digest}".encode(), sha256).hexdigest()


def folder_of(token_file: Path) -> Path:
    """Where the digests of the named tokens lie."""
    return token_file.with_suffix(".operators")


def add(folder: Path, name: str) -> str:
    """A new token for this name, to be shown once; ShadowError when the name is taken or cannot be told in a ledger."""
    if not _NAME.fullmatch(name):
        raise ShadowError(f"{name!r} is no name for an operator: letters, digits and . _ - only. Next: another name")
    token = secrets.token_urlsafe(24)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise ShadowError(f"{name} has a token already. Next: shadow operators remove {name}, then add it") from None
    except OSError as error:
        raise StartError(f"console tokens {folder}: {error}. Next: make the folder writable") from None
    with os.fdopen(handle, "w") as file:
        file.write(_digest(token) + "\n")
    return token


def remove(folder: Path, name: str) -> None:
    """Let this operator's token and sessions open nothing any more; NotFound when there is none."""
    if not _NAME.fullmatch(name) or not (folder / name).is_file():
        raise NotFound(f"no operator is called {name!r}. Next: shadow operators list")
    (folder / name).unlink()


def since(folder: Path) -> dict[str, float]:
    """The names that have a token, and when (unix s) each was given it."""
    return {name: (folder / name).stat().st_mtime for name in _kept(folder)}


def _kept(folder: Path) -> dict[str, str]:
    """Name to digest; a file that is not ours, or not whole, lets nobody in."""
    if not folder.is_dir():
        return {}
    found = {path.name: _text(path) for path in sorted(folder.iterdir()) if _NAME.fullmatch(path.name)}
    return {name: text for name, text in found.items() if _DIGEST.fullmatch(text)}


def _text(path: Path) -> str:
    try:
        return path.read_text("ascii", "replace").strip()
    except OSError:
        # Removed at this moment, or a folder.
        return ""


def _digest(token: str) -> str:
    # No salt and no stretching: a token is 192 random bits, which nobody guesses.
    return sha256(token.encode()).hexdigest()


def _whose(known: Mapping[str, str], given: str) -> str:
    """All are compared, each in constant time, so that the time tells nothing."""
    found = [who for who, kept in known.items() if hmac.compare_digest(kept.encode(), given.encode())]
    return found[0] if found else ""
