"""The ledger is checked as a whole before it is shown."""

from __future__ import annotations

import sqlite3

import pytest

from shadow.cutover.ledger import verified
from shadow.errors import StoreError
from shadow.store.values import Move
from shadow.words import Stage


def test_an_entry_changed_behind_the_stores_back_is_found(store, url):
    """Whoever can write the file can drop the triggers; the chain still shows it."""
    store.move("orders.list", Stage.SHADOW, Stage.PROMOTED, Move("promote", "orders.list", "ann"))
    store.move("orders.list", Stage.PROMOTED, Stage.SHADOW, Move("rollback", "orders.list", "bob"))
    assert [entry.move.who for entry in verified(store)] == ["ann", "bob"]
    connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    connection.execute("DROP TRIGGER ledger_keeps")
    connection.execute("UPDATE ledger SET move = replace(move, 'ann', 'eve') WHERE number = 1")
    connection.close()
    with pytest.raises(StoreError, match="entry 1 was changed"):
        verified(store)
