"""The AliasBook: one-to-one within a scope, own scope first, bounded, readable from both sides."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from shadow.judgement import Alias
from shadow.mirror.aliases import AliasBook
from shadow.words import Side

_names = st.sampled_from(["aaaa", "bbbb", "cccc", "dddd"])


@given(st.lists(st.tuples(st.sampled_from(["", "c1"]), _names, _names, st.booleans())))
def test_the_book_stays_one_to_one_whatever_it_is_told(told: list[tuple[str, str, str, bool]]) -> None:
    book = AliasBook()
    for scope, primary, candidate, latest in told:
        book.learn(Alias("id", primary, candidate, scope, latest), Side.PRIMARY)
    for scope in ("", "c1"):
        for name in ("aaaa", "bbbb", "cccc", "dddd"):
            shadow = book.shadow_of(name, scope)
            if shadow is not None and scope == "":
                assert book.live_of(shadow, scope) == name


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["", "c1", "c2"]),
            st.sampled_from(["hex", "token"]),
            st.integers(0, 30),
            st.integers(0, 30),
            st.booleans(),
            st.sampled_from(["learn", "use", "forget"]),
        ),
        max_size=80,
    ),
    st.integers(600, 6000),
)
def test_the_book_is_one_to_one_within_its_bytes_and_a_store_that_is_told_has_the_same(told, room: int) -> None:
    book, store = AliasBook(max_bytes=room), {}
    for scope, kind, primary, candidate, latest, what in told:
        live, shadow = f"{primary:07d}live", f"{candidate:07d}shadow"
        if what == "learn":
            book.learn(Alias(kind, live, shadow, scope, latest), Side.PRIMARY, exchange="01A", route="r")
        elif what == "use":
            book.used(live, scope, "01ARZ3NDEKTSV4RRFFQ69G5FAV")
        else:
            book.forget(live, scope)
        for entry in book.unsaved():
            store.pop((entry.scope, entry.live), None)
            if entry.shadow:
                store[entry.scope, entry.live] = entry
    entries = list(book)
    assert book.bytes <= room or len(book) == 1
    assert len({(one.scope, one.shadow) for one in entries}) == len({(one.scope, one.live) for one in entries})
    assert all(book.live_of(one.shadow, one.scope) == one.live for one in entries)
    assert set(store.values()) == set(entries)
    again = AliasBook(max_bytes=room)
    again.load(store.values())
    assert {(one.scope, one.live, one.shadow) for one in again} == {(one.scope, one.live, one.shadow) for one in book}
    assert again.bytes == book.bytes


def test_a_beginning_is_known_only_while_it_is_certain() -> None:
    book = AliasBook()
    book.learn(Alias("hex", "1a2b3c4d" + "0" * 32, "9f8e7d6c" + "1" * 32), Side.PRIMARY)
    assert book.beginning_of("1a2b3c4") == "9f8e7d6"
    assert book.beginning_of("1a2b3c4d0") == "9f8e7d6c1"
    assert book.beginning_of("1a2b3c") is None
    book.learn(Alias("hex", "1a2b3c4e" + "0" * 32, "55555555" + "1" * 32), Side.PRIMARY)
    assert book.beginning_of("1a2b3c4") is None
    assert book.beginning_of("1a2b3c4e") == "55555555"
    book.forget("1a2b3c4e" + "0" * 32)
    assert book.beginning_of("1a2b3c4") == "9f8e7d6"


def test_where_a_name_was_learned_and_when_it_was_used_lately_is_kept() -> None:
    book = AliasBook()
    book.learn(Alias("hex", "live", "shadow"), Side.PRIMARY, exchange="01ARZ3NDEKTSV4RRFFQ69G5FAV", route="runs")
    assert [(one.route, one.first, one.last) for one in book.unsaved()] == [
        ("runs", *["01ARZ3NDEKTSV4RRFFQ69G5FAV"] * 2)
    ]
    book.used("live", "", "01ARZ3NDEKTSV4RRFFQ69G5FAW")
    assert book.unsaved() == []
    book.used("live", "", "01ARZ3QQQQTSV4RRFFQ69G5FAW")
    assert [(one.first, one.last) for one in book] == [("01ARZ3NDEKTSV4RRFFQ69G5FAV", "01ARZ3QQQQTSV4RRFFQ69G5FAW")]
    assert len(book.unsaved()) == 1


def test_a_pair_learned_after_a_promotion_is_turned_round() -> None:
    book = AliasBook()
    book.learn(Alias("id", "made-by-shadow", "made-live"), Side.CANDIDATE)
    assert book.shadow_of("made-live", "") == "made-by-shadow"
    view = book.view(Side.CANDIDATE)
    assert view.candidate_of("made-by-shadow", "") == "made-live"
    assert view.primary_of("made-live", "") == "made-by-shadow"


def test_the_own_scope_wins_and_other_clients_see_nothing() -> None:
    book = AliasBook()
    book.learn(Alias("token", "t", "mine", "c1"), Side.PRIMARY)
    book.learn(Alias("id", "t", "world"), Side.PRIMARY)
    assert book.shadow_of("t", "c1") == "mine"
    assert book.shadow_of("t", "c2") == "world"


def test_only_a_latest_pair_replaces_an_older_one() -> None:
    book = AliasBook()
    book.learn(Alias("id", "a", "x"), Side.PRIMARY)
    book.learn(Alias("id", "a", "y"), Side.PRIMARY)
    assert book.shadow_of("a", "") == "x"
    book.learn(Alias("id", "a", "y", latest=True), Side.PRIMARY)
    assert book.shadow_of("a", "") == "y"
    assert book.live_of("x", "") is None


def test_the_pairs_used_longest_ago_go_first_when_memory_is_short() -> None:
    book = AliasBook(max_bytes=6000)
    for number in range(100):
        book.learn(Alias("id", f"live-{number}", f"shadow-{number}"), Side.PRIMARY)
        book.shadow_of("live-0", "")
    assert book.shadow_of("live-0", "") == "shadow-0"
    assert book.shadow_of("live-1", "") is None
    assert book.live_of("shadow-1", "") is None
    assert len(book) < 20


def test_a_use_makes_room_as_well() -> None:
    book = AliasBook(max_bytes=900)
    for number in range(2):
        book.learn(Alias("uuid", f"live-{number}", f"shadow-{number}"), Side.PRIMARY)
    book.used("live-0", "", "0" * 26)
    book.used("live-1", "", "1" * 26)
    assert book.bytes <= 900


def test_names_of_either_world_are_unlearned_in_the_scope_and_in_the_world() -> None:
    book = AliasBook()
    for scope, live, shadow in (("c1", "aaaa", "bbbb"), ("", "cccc", "dddd"), ("c2", "aaaa", "eeee")):
        book.learn(Alias("token", live, shadow, scope), Side.PRIMARY)
    book.unlearn(["bbbb", "cccc"], "c1")
    assert [(one.scope, one.live) for one in book] == [("c2", "aaaa")]
