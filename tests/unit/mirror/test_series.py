"""A number that differs by a constant because one world has counted further is a name; a wrong number is not."""

from __future__ import annotations

import json
from datetime import date

import pytest

from shadow.compare.comparer import Comparer
from shadow.mirror.aliases import AliasBook
from shadow.mirror.jars import Client, CopyCookies
from shadow.mirror.judge import Judge, Mirrored
from shadow.mirror.translate import translate
from shadow.recording.seal import Sealer
from shadow.words import Side
from tests.support.builders import a_request, an_answer, an_exchange
from tests.support.mirrors import a_config


class Shop:
    """A mirror's judge and what it is told: each step is one exchange with its two answers."""

    def __init__(self, folder, book: AliasBook | None = None) -> None:
        self.book = book or AliasBook()
        sealer = Sealer.load(folder / "key", (), create=True)
        self.judge = Judge(a_config(folder), Comparer((), today=date(2026, 1, 1)), self.book, sealer)

    def asked(self, method: str, target: str, live: object, shadow: object, *, serving: Side = Side.PRIMARY, **fields):
        """The outcome of one exchange, with its reason or the place and kind of each difference."""
        answers = [
            an_answer(200, json.dumps(body).encode(), Content_Type="application/json", **more)
            for body, more in ((live, {}), (shadow, {}))
        ]
        exchange = an_exchange(a_request(method, target, **fields), answers[0], serving=serving)
        judged = self.judge.pair(exchange, Client("c"), Mirrored(answers[1], 0.1, frozenset()))
        return str(judged.outcome), judged.reason or " ".join(f"{one.kind} {one.place}" for one in judged.differences)

    def ordered(self, live: int, shadow: int, **more):
        return self.asked("POST", "/orders", {"order": {"id": live}}, {"order": {"id": shadow}}, **more)

    def proven(self) -> Shop:
        for number in (17, 18, 19):
            self.ordered(number, number + 1)
        return self

    def sent(self, target: str) -> str:
        words = self.book.glossary("c", "01A")
        return translate(a_request("GET", target), CopyCookies(()), words).target.decode()


@pytest.fixture
def shop(tmp_path) -> Shop:
    return Shop(tmp_path)


ON_TRIAL, MATCH = ("skipped", "number"), ("match", "")
WRONG = ("mismatch", "value json:$.order.id")


def test_a_sequence_that_is_further_by_a_constant_is_learned_and_leaves_no_finding(shop):
    assert [shop.ordered(number, number + 1) for number in (17, 18, 19, 20)] == [ON_TRIAL, ON_TRIAL, MATCH, MATCH]
    assert shop.asked("GET", "/orders/18", {"id": 18, "total": 5}, {"id": 19, "total": 5}) == MATCH
    assert shop.asked("GET", "/orders", {"orders": [{"id": 17}]}, {"orders": [{"id": 18}]}) == MATCH


def test_a_thing_is_asked_for_by_its_own_number_even_while_its_series_is_on_trial(shop):
    shop.ordered(17, 18)
    assert shop.sent("/orders/17") == "/orders/18"
    assert shop.asked("GET", "/orders/17", {"id": 17}, {"id": 18}) == ON_TRIAL
    assert shop.asked("PUT", "/orders/17", {"id": 17}, {"id": 18}) == ON_TRIAL
    assert shop.asked("GET", "/orders/17", {"id": 17, "n": 1}, {"id": 18, "n": 2}) == ("mismatch", "value json:$.n")


def test_an_off_by_one_that_never_changes_is_a_difference_when_it_comes_again(shop):
    assert shop.ordered(17, 18) == ON_TRIAL
    assert [shop.ordered(17, 18) for _ in range(3)] == [WRONG] * 3
    assert shop.sent("/orders/17") == "/orders/17"


def test_a_count_that_differs_is_never_a_name(shop):
    found = [shop.asked("POST", "/orders", {"count": n, "total": n}, {"count": n + 1, "total": n}) for n in range(9)]
    assert found == [("mismatch", "value json:$.count")] * 9


def test_a_distance_that_changes_before_it_is_proven_was_none(shop):
    assert [shop.ordered(17, 18), shop.ordered(18, 25), shop.ordered(19, 21)][0] == ON_TRIAL
    assert shop.ordered(20, 99) == WRONG


def test_what_a_safe_request_shows_for_the_first_time_existed_before_and_differs(shop):
    """A list that is one off in each row: distinct numbers, one distance, and nothing was made."""
    rows = [{"id": n} for n in (1, 2, 3, 4)], [{"id": n + 1} for n in (1, 2, 3, 4)]
    found = [shop.asked("GET", "/orders", *rows) for _ in range(4)]
    assert all(outcome == "mismatch" for outcome, _ in found)
    assert shop.asked("POST", "/orders", *rows)[0] == "mismatch"


def test_in_a_proven_series_what_is_older_must_be_equal_and_what_is_newer_may_be_read_first(shop):
    shop.proven()
    assert shop.asked("GET", "/orders/5", {"id": 5}, {"id": 6}) == ("mismatch", "value json:$.id")
    assert shop.asked("GET", "/orders/5", {"id": 5}, {"id": 5}) == MATCH
    assert shop.asked("GET", "/orders", {"orders": [{"id": 23}]}, {"orders": [{"id": 24}]}) == MATCH


def test_two_things_that_change_places_are_a_difference_of_identity(shop):
    shop.proven()
    for live, shadow in ((17, 19), (18, 18), (19, 18)):
        assert shop.asked("GET", "/orders/17", {"id": live}, {"id": shadow}) == ("mismatch", "identity json:$.id")


def test_a_gap_in_a_proven_series_begins_a_new_trial_and_old_names_stay(shop):
    shop.proven()
    assert [shop.ordered(n, n + 3) for n in (20, 21, 22)] == [ON_TRIAL, ON_TRIAL, MATCH]
    assert (shop.sent("/orders/18"), shop.sent("/orders/22")) == ("/orders/19", "/orders/25")


def test_series_know_nothing_of_one_another(shop):
    shop.proven()
    assert shop.asked("GET", "/users/17", {"id": 17, "order_id": 18}, {"id": 17, "order_id": 19}) == MATCH
    assert shop.sent("/users/17?order_id=18") == "/users/17?order_id=19"


def test_numbers_in_addresses_are_the_same_names(shop):
    shop.proven()
    live, shadow = ({"self": f"/api/orders/{n}?user_id=3", "text": f"Order #{n}"} for n in (18, 19))
    assert shop.asked("GET", "/orders/18", live, shadow) == MATCH
    other = {**shadow, "self": "/api/orders/18?user_id=3"}
    assert shop.asked("GET", "/orders/18", live, other) == ("mismatch", "identity json:$.self")


def test_after_a_promotion_the_worlds_stay_what_they_are(shop):
    shop.proven()
    assert shop.ordered(20, 21, serving=Side.CANDIDATE) == MATCH
    assert shop.sent("/orders/20") == "/orders/21"


def test_what_is_known_of_a_series_survives_a_restart(tmp_path, shop):
    shop.proven()
    shop.ordered(20, 23)
    book = AliasBook()
    book.load(reversed(shop.book.unsaved()))
    again = Shop(tmp_path, book)
    assert again.sent("/orders/18") == "/orders/19"
    assert [again.ordered(21, 24), again.ordered(22, 25)] == [ON_TRIAL, MATCH]
    assert again.ordered(20, 23) == MATCH


def test_after_three_failed_trials_a_series_is_believed_no_more(shop):
    for number in range(20, 60, 10):
        shop.ordered(number, number + 1)
        shop.ordered(number, number + 1)
    assert [shop.ordered(number, number + 1) for number in (70, 71, 72, 73)] == [WRONG] * 4


def test_a_location_is_a_place_like_any_other(tmp_path, shop):
    def made(live: int, shadow: int):
        answers = [an_answer(303, Location=f"/orders/{n}") for n in (live, shadow)]
        exchange = an_exchange(a_request("POST", "/orders"), answers[0])
        return str(shop.judge.pair(exchange, Client("c"), Mirrored(answers[1], 0.1, frozenset())).outcome)

    assert [made(n, n + 2) for n in (7, 8, 9)] == ["skipped", "skipped", "match"]
    page = [an_answer(200, f'<a href="/orders/{n}/edit">edit</a>'.encode(), Content_Type="text/html") for n in (8, 10)]
    judged = shop.judge.pair(
        an_exchange(a_request("GET", "/orders/8"), page[0]), Client("c"), Mirrored(page[1], 0.1, frozenset())
    )
    assert str(judged.outcome) == "match"
