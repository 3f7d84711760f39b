"""What the parts do for one another."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from shadow.app import say_goodbye
from shadow.config import Config, Store, Upstream
from shadow.store import open_store
from shadow.store.values import Heartbeat


def a_config(url: str) -> Config:
    side = Upstream(live="http://127.0.0.1:1")
    return Config(source=Path("shadow.toml"), primary=side, candidate=side, store=Store(url=url))


def test_the_good_bye_of_a_proxy_that_died_is_said_for_it(tmp_path):
    config = a_config(f"sqlite:///{tmp_path / 'shadow.db'}")
    with closing(open_store(config.store.url)) as store:
        for name in ("dead", "alive"):
            store.beat(Heartbeat(name, store.now()))
        say_goodbye(config, "dead")
        assert [beat.proxy for beat in store.heartbeats()] == ["alive"]


def test_a_store_that_cannot_be_told_so_is_no_failure(tmp_path):
    file = tmp_path / "shadow.db"
    file.write_text("no store\n" * 100)
    assert say_goodbye(a_config(f"sqlite:///{file}"), "dead") is None
    assert file.read_text() == "no store\n" * 100
