"""The desk's numbers while the mirror goes on working."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shadow import desk as module
from shadow.config import Config, Recording, Upstream
from shadow.desk import StoreDesk
from shadow.recording.index import count_after
from shadow.store import open_store
from shadow.store.base import Store
from tests.support.builders import an_exchange
from tests.support.judgements import a_judgement
from tests.support.recording import a_sealer, a_writer

EXCHANGES = 20


class BusyStore:
    """A store in which the mirror writes down one more judgement, whenever the counts are asked for."""

    def __init__(self, store: Store, judged: int) -> None:
        self._store = store
        self._sequences = iter(range(1, judged + 1))

    def counts(self, *arguments: Any) -> Any:
        for sequence in self._sequences:
            self._store.record([a_judgement(sequence, route="orders.list")], checkpoint={"w1": sequence})
            break
        return self._store.counts(*arguments)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path / 'shadow.db'}")
    yield opened
    opened.close()


def test_what_is_judged_while_the_report_is_built_is_not_counted_twice(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And what waits is read once, however often the mirror gets in between: it may be much."""
    read: list[Path] = []
    monkeypatch.setattr(module, "count_after", lambda folder, after: read.append(folder) or count_after(folder, after))
    writer = a_writer(tmp_path / "recording", a_sealer(tmp_path))
    for _ in range(EXCHANGES):
        writer.append(an_exchange(route="orders.list"))
    writer.close()
    side = Upstream(live="http://127.0.0.1:1")
    recording = Recording(path=tmp_path / "recording")
    config = Config(source=tmp_path / "shadow.toml", primary=side, candidate=side, recording=recording)
    totals = StoreDesk(config, BusyStore(store, judged=3)).report()["totals"]
    assert (totals["captured"], totals["match"], totals["pending"]) == (EXCHANGES, 3, EXCHANGES - 3)
    assert read == [recording.path]
