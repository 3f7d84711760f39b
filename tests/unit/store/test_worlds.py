"""Conformance: what the mirror needs after a restart."""

from __future__ import annotations

from shadow.store import limits
from shadow.store.values import KnownAlias, Move, World
from shadow.words import Side


def keep(store, **values):
    store.record([], checkpoint={}, **values)


def test_aliases_come_back_in_the_order_in_which_they_were_learned(store):
    first, second = KnownAlias("", "objectid", "a", "b"), KnownAlias("client", "token", "{{sealed:x}}", "{{sealed:y}}")
    keep(store, aliases=[first])
    keep(store, aliases=[second])
    assert store.aliases() == [first, second]


def test_a_newer_alias_of_the_same_live_name_replaces_the_older(store):
    keep(
        store, aliases=[KnownAlias("", "id", "a", "b"), KnownAlias("", "id", "a", "c"), KnownAlias("s", "id", "a", "d")]
    )
    assert [(one.scope, one.shadow) for one in store.aliases()] == [("", "c"), ("s", "d")]


def test_what_was_learned_since_can_be_asked_for(store):
    first, second = KnownAlias("", "id", "a", "b"), KnownAlias("s", "id", "c", "d")
    assert store.newer_aliases(0) == (0, [])
    keep(store, aliases=[first])
    seen, found = store.newer_aliases(0)
    assert found == [first]
    keep(store, aliases=[second])
    later, found = store.newer_aliases(seen)
    assert (found, later > seen) == ([second], True)
    assert store.newer_aliases(later) == (later, [])


def test_an_alias_without_a_shadow_name_is_forgotten_and_the_others_keep_where_they_come_from(store):
    kept = KnownAlias("", "id", "a", "b", "runs.create", "01FIRST", "01LAST")
    keep(store, aliases=[kept, KnownAlias("", "id", "c", "d"), KnownAlias("s", "id", "c", "d")])
    keep(store, aliases=[KnownAlias("", "id", "c", "")])
    assert store.aliases() == [kept, KnownAlias("s", "id", "c", "d")]


def test_aliases_and_jars_are_bounded_and_the_oldest_go(store, monkeypatch):
    monkeypatch.setattr(limits, "ALIASES", 3)
    monkeypatch.setattr(limits, "JARS", 2)
    for name in "abcde":
        keep(store, aliases=[KnownAlias("", "id", name, name)], jars={name: "jar"})
    assert [one.live for one in store.aliases()] == ["c", "d", "e"]
    assert list(store.jars()) == ["d", "e"]


def test_rows_past_the_limit_are_looked_for_now_and_then_only():
    assert sum(limits.due(last, 1, 50_000) for last in range(1, 5001)) == 10
    assert sum(limits.due(last, 7, 50_000) for last in range(7, 5007, 7)) == 10
    assert all(limits.due(last, 1, 3) for last in range(1, 10))
    assert not limits.due(500, 0, 50_000)


def test_a_jar_that_is_used_again_and_again_pushes_nobody_out(store, monkeypatch):
    monkeypatch.setattr(limits, "JARS", 2)
    keep(store, jars={"quiet": "jar"})
    for number in range(10):
        keep(store, jars={"busy": f"jar {number}"})
    assert store.jars() == {"quiet": "jar", "busy": "jar 9"}


def test_an_emptied_jar_is_forgotten(store):
    keep(store, jars={"a": "jar", "b": "jar"})
    keep(store, jars={"a": ""})
    assert store.jars() == {"b": "jar"}


def test_a_taint_keeps_its_first_cause_until_the_next_world(store):
    keep(store, tainted="first", owners={"worker": Side.PRIMARY}, aliases=[KnownAlias("", "id", "a", "b")])
    keep(store, tainted="second")
    world = store.world()
    assert (world.number, world.tainted) == (1, "first")
    assert world.tainted_at is not None
    assert store.owners() == {"worker": Side.PRIMARY}
    assert store.new_world() == World(2)
    assert (store.aliases(), store.owners(), store.world()) == ([], {}, World(2))


def test_a_new_world_and_its_entry_in_the_ledger_are_one_change(store):
    entry = Move("resync", "world 2", "ann@cli", reason="a write was lost")
    store.new_world(entry)
    assert [(one.number, one.move) for one in store.ledger()] == [(1, entry)]
    store.new_world()
    assert len(store.ledger()) == 1


def test_texts_are_kept_under_a_name(store):
    assert store.noted("rules") is None
    store.note("rules", "[1]")
    store.note("rules", "[2]")
    assert store.noted("rules") == "[2]"
    store.note("rule", "[3]")
    store.note("other", "[4]")
    assert store.notes("rul") == {"rule": "[3]", "rules": "[2]"}
    assert store.notes("none") == {}
