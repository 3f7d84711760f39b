"""The domain's exceptions: wrong use and broken promises, never things that happen in traffic."""

from __future__ import annotations


class DomainError(Exception):
    """Anything the domain raises on purpose."""


class NotOwner(DomainError):
    """A run was to be changed by a process that does not keep the runs (a standby)."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what}: this server is a standby and writes no runs; send it to the owner")
