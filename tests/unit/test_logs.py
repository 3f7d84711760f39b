"""What the harness's log says, and at which level."""

from __future__ import annotations

import io

import pytest
import structlog

from shadow import logs
from shadow.errors import ConfigError


@pytest.fixture
def say(capsys):
    """Configure the log by an environment, say something at each level, return the words that were printed."""

    def said(environ):
        logs.configure(environ)
        log = structlog.get_logger("shadow.test")
        for level in ("debug", "info", "error"):
            getattr(log, level)(f"some.{level}", route="a\x1b[2J")
        return capsys.readouterr().err

    yield said
    structlog.reset_defaults()


def test_what_is_for_debugging_is_printed_only_when_asked_for(say):
    quiet, loud, silent = say({}), say({"SHADOW_LOG_LEVEL": "DEBUG"}), say({"SHADOW_LOG_LEVEL": "error"})
    assert [level in quiet for level in ("some.debug", "some.info", "some.error")] == [False, True, True]
    assert [level in loud for level in ("some.debug", "some.info", "some.error")] == [True, True, True]
    assert [level in silent for level in ("some.debug", "some.info", "some.error")] == [False, False, True]


def test_a_level_that_does_not_exist_is_a_mistake_of_the_configuration():
    with pytest.raises(ConfigError, match=r"SHADOW_LOG_LEVEL: 'chatty' is unknown \(debug, info, warning, error\)"):
        logs.configure({"SHADOW_LOG_LEVEL": "chatty"})


def test_a_line_is_one_write_since_several_processes_share_the_log(monkeypatch):
    written = []

    class Counted(io.StringIO):
        def write(self, text: str) -> int:
            written.append(text)
            return len(text)

    monkeypatch.setattr("sys.stderr", Counted())
    logs.configure({})
    structlog.get_logger("shadow.test").info("some.thing")
    structlog.reset_defaults()
    (line,) = written
    assert line.endswith("event=some.thing\n")


def test_what_comes_from_traffic_moves_no_cursor(say):
    printed = say({})
    assert ("\x1b" in printed, "x1b[2J" in printed) == (False, True)
