"""Conformance: what the proxies tell one another of sessions on both stacks."""

from __future__ import annotations

from shadow.store import limits


def test_what_is_kept_is_told_once_and_again_when_it_changes(store):
    assert store.twins(0) == (0, {})
    store.keep_twins({"a": "sealed a", "b": "sealed b"}, {}, idle=60)
    seen, told = store.twins(0)
    assert told == {"a": "sealed a", "b": "sealed b"}
    assert store.twins(seen) == (seen, {})
    store.keep_twins({"a": "sealed anew"}, {}, idle=60)
    later, told = store.twins(seen)
    assert (told, later > seen) == ({"a": "sealed anew"}, True)
    assert store.twins(0)[1] == {"a": "sealed anew", "b": "sealed b"}


def test_an_end_is_told_too_and_takes_what_was_known_away(store):
    store.keep_twins({"a": "sealed"}, {}, idle=60)
    seen, _ = store.twins(0)
    store.keep_twins({"a": ""}, {}, idle=60)
    assert store.twins(seen)[1] == {"a": ""}


def test_an_end_is_final_whatever_another_proxy_tells_meanwhile(store):
    store.keep_twins({"a": "sealed"}, {}, idle=60)
    store.keep_twins({"a": ""}, {}, idle=60)
    seen, _ = store.twins(0)
    store.keep_twins({"a": "sealed by another", "b": "sealed"}, {}, idle=60)
    assert store.twins(seen)[1] == {"b": "sealed"}
    assert store.twins(0)[1] == {"a": "", "b": "sealed"}


def test_what_has_long_ended_or_lain_idle_goes_and_no_number_comes_twice(store, monkeypatch):
    store.keep_twins({"used": "sealed", "ended": ""}, {}, idle=60)
    seen, _ = store.twins(0)
    monkeypatch.setattr(limits, "TWIN_TOLD", -0.001)
    store.keep_twins({}, {}, idle=60)
    assert store.twins(0)[1] == {"used": "sealed"}
    store.keep_twins({}, {}, idle=0)
    assert store.twins(0)[1] == {}
    monkeypatch.setattr(limits, "TWIN_TOLD", 600.0)
    store.keep_twins({"new": "sealed"}, {}, idle=60)
    assert store.twins(seen)[1] == {"new": "sealed"}


def test_the_counts_of_all_proxies_are_added_up(store):
    assert store.twin_counts() == {}
    store.keep_twins({"a": "sealed", "b": ""}, {"made": 2}, idle=60)
    store.keep_twins({}, {"made": 1, "failed": 4}, idle=60)
    assert store.twin_counts() == {"kept": 1, "failed": 4, "made": 3}
