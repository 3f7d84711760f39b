"""The ledger is checked as a whole before it is shown: whatever is changed, removed or put elsewhere is found."""

from __future__ import annotations

import sqlite3
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from shadow.cutover.ledger import checked, verified
from shadow.errors import StoreError
from shadow.store.trail import BEGINNING, linked
from shadow.store.values import LedgerEntry, Move
from shadow.words import Stage

FIELDS = [field.name for field in fields(Move)]
TEXT = st.text(max_size=20)
MOVES = st.builds(Move, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, st.booleans())


def chain(moves: list[Move], at: float = 1000.0) -> list[LedgerEntry]:
    """A ledger of these moves, as a store writes it."""
    found: list[LedgerEntry] = []
    for number, move in enumerate(moves, 1):
        previous = found[-1].digest if found else BEGINNING
        found.append(linked(move, number=number, at=at + number, previous=previous))
    return found


LEDGERS = st.lists(MOVES, min_size=1, max_size=6).map(chain)


def found(entries: list[LedgerEntry], anchor: str) -> bool:
    try:
        checked(entries, anchor)
    except StoreError:
        return True
    return False


def other(value: Any, text: str) -> Any:
    """Another value of the same kind."""
    if isinstance(value, str):
        return value + text
    return not value if isinstance(value, bool) else value + 1


@given(LEDGERS, st.data())
def test_a_ledger_as_it_was_written_passes_with_every_anchor_it_ever_had(entries, data):
    anchor = data.draw(st.sampled_from(["", *(entry.digest for entry in entries)]))
    assert checked(entries, anchor) == entries


@given(LEDGERS, st.data(), st.text(min_size=1, max_size=5))
def test_a_change_of_any_field_of_any_entry_is_found(entries, data, text):
    place = data.draw(st.integers(0, len(entries) - 1))
    entry = entries[place]
    name = data.draw(st.sampled_from([*FIELDS, "number", "at", "previous", "digest"]))
    if name in FIELDS:
        changed = replace(entry, move=replace(entry.move, **{name: other(getattr(entry.move, name), text)}))
    else:
        changed = replace(entry, **{name: other(getattr(entry, name), text)})
    assert found([*entries[:place], changed, *entries[place + 1 :]], "")


@given(LEDGERS, st.data())
def test_a_removal_is_found_at_the_end_by_the_anchor_and_elsewhere_without(entries, data):
    first = data.draw(st.integers(0, len(entries) - 1))
    last = data.draw(st.integers(first, len(entries) - 1))
    rest = [*entries[:first], *entries[last + 1 :]]
    assert found(rest, entries[-1].digest)
    assert found(rest, "") is (last < len(entries) - 1)


@given(LEDGERS, st.data())
def test_another_order_and_an_entry_put_in_twice_are_found(entries, data):
    order = data.draw(st.permutations(entries))
    assume(order != entries)
    assert found(order, "")
    place = data.draw(st.integers(0, len(entries) - 1))
    assert found([*entries[: place + 1], *entries[place:]], "")


@given(LEDGERS, st.data(), st.text(min_size=1, max_size=5))
def test_a_trail_that_was_written_anew_from_some_entry_on_is_found_by_the_anchor(entries, data, text):
    """Whoever can write the store can make a chain that is whole; not one with a digest that an auditor has."""
    place = data.draw(st.integers(0, len(entries) - 1))
    moves = [entry.move for entry in entries]
    moves[place] = replace(moves[place], who=moves[place].who + text)
    forged = chain(moves)
    assert not found(forged, "")
    assert found(forged, entries[-1].digest)


@pytest.mark.parametrize("name", FIELDS)
def test_a_field_changed_behind_the_stores_back_is_found(store, url, name):
    """Whoever can write the file can drop the triggers; the chain still shows it."""
    move = Move("promote", "orders.list", "ann@cli", "shadow", "promoted", "release 5", '{"digest": "d1"}')
    store.move("orders.list", Stage.SHADOW, Stage.PROMOTED, move)
    store.move("orders.list", Stage.PROMOTED, Stage.SHADOW, Move("rollback", "orders.list", "guard"))
    assert [entry.move.who for entry in verified(store)] == ["ann@cli", "guard"]
    connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    connection.execute("DROP TRIGGER ledger_keeps")
    path, value = f"$.{name}", "json('true')" if name == "forced" else "'eve'"
    connection.execute(f"UPDATE ledger SET move = json_set(move, ?, {value}) WHERE number = 1", (path,))
    connection.close()
    with pytest.raises(StoreError, match="entry 1 was changed"):
        verified(store)


def test_a_removal_at_the_end_behind_the_stores_back_is_found_by_the_digest_that_was_the_last(store, url):
    store.move("orders.list", Stage.SHADOW, Stage.PROMOTED, Move("promote", "orders.list", "ann"))
    store.move("orders.list", Stage.PROMOTED, Stage.SHADOW, Move("rollback", "orders.list", "bob"))
    anchor = verified(store)[-1].digest
    connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    connection.execute("DROP TRIGGER ledger_stays")
    connection.execute("DELETE FROM ledger WHERE number = 2")
    connection.close()
    assert len(verified(store)) == 1
    with pytest.raises(StoreError, match=r"none of 1 entries has the digest .* removed at the end"):
        verified(store, anchor)
