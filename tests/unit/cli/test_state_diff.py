"""Bad input to `shadow state-diff`: one clear line, exit code 2, never a password."""

from __future__ import annotations

import pytest

from demo.database import free_port
from shadow.cli import main as cli
from shadow.state import mongo


def refused(arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    """What the command says that it will not do."""
    monkeypatch.setattr("sys.argv", ["shadow", "state-diff", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == cli.WRONG
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.splitlines()) == 1
    assert "geheim" not in said.err
    return said.err


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("nonsense", "'nonsense' is not a URL such as"),
        ("http://127.0.0.1/fishtest", "is not a URL such as"),
        ("mongodb://127.0.0.1:27017", "names no database"),
        ("mongodb://carol:geheim@127.0.0.1:70000/fishtest", "is not a URL such as"),
    ],
)
def test_what_is_no_database_is_wrong_use(url, told, monkeypatch, capsys):
    assert told in refused([url, "mongodb://127.0.0.1/other"], monkeypatch, capsys)


@pytest.mark.parametrize("option", [("--ignore", "runs.tasks[x]"), ("--apart", "soon")])
def test_a_wrong_place_or_time_is_wrong_use(option, monkeypatch, capsys):
    urls = ["mongodb://127.0.0.1/a", "mongodb://127.0.0.1/b"]
    assert refused([*urls, *option], monkeypatch, capsys).startswith(option[0])


def test_a_server_that_is_away_is_told(monkeypatch, capsys):
    monkeypatch.setattr(mongo, "_PATIENCE_MS", 200)
    away = f"mongodb://carol:geheim@127.0.0.1:{free_port()}/fishtest"
    assert "cannot be read" in refused([away, "mongodb://127.0.0.1/other"], monkeypatch, capsys)
