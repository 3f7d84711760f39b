"""Logging of the harness: event names and fields on stderr, never bodies, cookies or tokens.

Values come from traffic at times, so control characters are escaped before they reach a terminal or a file.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog

from shadow.errors import ConfigError

_LEVEL = "SHADOW_LOG_LEVEL"
_LEVELS = ("debug", "info", "warning", "error")


def configure(environ: Mapping[str, str] = os.environ) -> None:
    """Set structlog up for this process; ConfigError when the environment names a level that does not exist."""
    level = environ.get(_LEVEL, "info").lower()
    if level not in _LEVELS:
        raise ConfigError([f"environment {_LEVEL}: {environ[_LEVEL]!r} is unknown ({', '.join(_LEVELS)})"])
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(level),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            harmless,
            structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"]),
        ],
        # Asked for anew each time: a logger that is kept would write to a stderr that is no more. It writes a line and
        # its end at once: several processes share one stderr.
        logger_factory=lambda *_: structlog.WriteLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )


def harmless(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Escape what could move a cursor or forge a line."""
    for name, value in event.items():
        if isinstance(value, str) and not value.isprintable():
            event[name] = value.encode("unicode_escape").decode("ascii")
    return event
