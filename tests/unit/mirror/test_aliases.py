"""The AliasBook: one-to-one within a scope, own scope first, bounded, readable from both sides."""

from __future__ import annotations

from hypothesis import given
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
    book = AliasBook(max_bytes=3000)
    for number in range(100):
        book.learn(Alias("id", f"live-{number}", f"shadow-{number}"), Side.PRIMARY)
        book.shadow_of("live-0", "")
    assert book.shadow_of("live-0", "") == "shadow-0"
    assert book.shadow_of("live-1", "") is None
    assert book.live_of("shadow-1", "") is None
    assert len(book) < 20
