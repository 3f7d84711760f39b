"""Bring the two applications of `[parity]` into this process, at rest or on equal data."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from shadow.config import Parity
from shadow.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Applications:
    """The Pyramid application, the FastAPI application, and the world that both live in (None at rest)."""

    primary: Any
    candidate: Any
    world: Any = None


@contextmanager
def at_rest(parity: Parity) -> Iterator[Applications]:
    """Both as they are built, without data: enough to read their routes and sources."""
    with ExitStack() as stack:
        primary, candidate = _factories(parity)
        yield Applications(_entered(stack, primary()), _entered(stack, candidate()))


@contextmanager
def on_equal_data(parity: Parity) -> Iterator[Applications]:
    """Both in one world, ready to be asked."""
    primary, candidate = _factories(parity)
    with ExitStack() as stack:
        given = [_entered(stack, load("world", parity.world)())] if parity.world else []
        yield Applications(_entered(stack, primary(*given)), _entered(stack, candidate(*given)), *given)


def load(setting: str, name: str) -> Callable[..., Any]:
    """The object that a setting of `[parity]` names; raises ConfigError that says what is wrong with it."""
    if not name:
        raise ConfigError([f"[parity] {setting} is missing: a dotted name such as 'package.module:name'"])
    # As a server's command line does: an application need not be installed to be found.
    if (here := os.getcwd()) not in sys.path:
        sys.path.insert(0, here)
    module, _, path = name.partition(":")
    try:
        found: Any = importlib.import_module(module)
        for part in path.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError) as error:
        raise ConfigError([f"[parity] {setting}: {name!r} cannot be had: {error}"]) from None
    if not callable(found):
        raise ConfigError([f"[parity] {setting}: {name!r} cannot be called"])
    return found  # type: ignore[no-any-return]


def _factories(parity: Parity) -> list[Callable[..., Any]]:
    """Both, or every mistake in either."""
    found: list[Callable[..., Any]] = []
    mistakes: list[str] = []
    for side in ("primary", "candidate"):
        try:
            found.append(load(side, getattr(parity, side)))
        except ConfigError as error:
            mistakes += error.mistakes
    if mistakes:
        raise ConfigError(mistakes)
    return found


def _entered(stack: ExitStack, given: Any) -> Any:
    return stack.enter_context(given) if isinstance(given, AbstractContextManager) else given
