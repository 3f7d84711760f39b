"""The conformance suite runs against every implementation of the Store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from shadow.judgement import Judgement
from shadow.store import open_store
from shadow.store.base import Store


@pytest.fixture(params=["sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path / 'shadow.db'}")
    yield opened
    opened.close()


@pytest.fixture
def record(store: Store) -> Callable[..., int]:
    """Record judgements with the checkpoint that covers them."""

    def write(*judgements: Judgement, **more: object) -> int:
        checkpoint: dict[str, int] = {}
        for one in judgements:
            checkpoint[one.writer] = max(one.sequence, checkpoint.get(one.writer, 0))
        return store.record(judgements, checkpoint=checkpoint, **more)

    return write
