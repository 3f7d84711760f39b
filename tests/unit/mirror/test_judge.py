"""From a pair to its judgement: whose answer is whose, and what a mismatch counts as."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from shadow.compare.classify import fingerprint
from shadow.compare.comparer import Comparer
from shadow.exchange import Unanswered
from shadow.mirror.aliases import AliasBook
from shadow.mirror.jars import Client
from shadow.mirror.judge import Judge, Mirrored
from shadow.mirror.stacks import Stacks
from shadow.recording.seal import Sealer
from shadow.words import Outcome, Side
from tests.support.builders import a_request, an_answer, an_exchange
from tests.support.mirrors import a_config

LIVE_ID, SHADOW_ID = "65f0a1b2c3d4e5f601234567", "75f0a1b2c3d4e5f60123456f"


@pytest.fixture
def book():
    return AliasBook()


@pytest.fixture
def judge(tmp_path, book):
    sealer = Sealer.load(tmp_path / "key", (), create=True)
    return Judge(a_config(tmp_path), Comparer((), today=date(2026, 1, 1)), book, sealer)


def json_answer(text: str, **fields: str):
    return an_answer(200, text.encode(), Content_Type="application/json", **fields)


def mirrored(answer, seconds: float | None = 0.25) -> Mirrored:
    return Mirrored(answer, seconds, frozenset())


def test_each_answer_stands_on_the_side_that_gave_it(judge):
    shadow = mirrored(json_answer('{"a": 2}', X_Build="b2"))
    exchange = an_exchange(answer=json_answer('{"a": 1}', X_Build="a1"), began=1.0, ended=1.5)
    judged = judge.pair(exchange, Client("c"), shadow)
    (difference,) = judged.differences
    assert (difference.primary, difference.candidate) == ("1", "2")
    assert (judged.primary_seconds, judged.candidate_seconds) == (0.5, 0.25)
    assert (judged.epoch.primary_build, judged.epoch.candidate_build) == ("a1", "b2")


def test_after_a_promotion_the_sides_are_turned_round(judge):
    exchange = an_exchange(answer=json_answer('{"a": 1}'), serving=Side.CANDIDATE, began=1.0, ended=1.5)
    judged = judge.pair(exchange, Client("c"), mirrored(json_answer('{"a": 2}')))
    (difference,) = judged.differences
    assert (difference.primary, difference.candidate) == ("2", "1")
    assert (judged.primary_seconds, judged.candidate_seconds) == (0.25, 0.5)


def test_a_fallback_is_the_primarys_answer_and_the_candidates_failure(judge):
    served = replace(an_exchange(serving=Side.CANDIDATE, answer=json_answer("1")), fallback="connect: refused")
    judged = judge.pair(served, Client("c"), mirrored(Unanswered("connect", "refused"), None))
    (difference,) = judged.differences
    assert (difference.kind, difference.primary, difference.candidate) == ("unanswered", "200", "no answer: connect")
    assert judged.primary_seconds is not None
    assert judged.candidate_seconds is None
    assert judged.outcome is Outcome.MISMATCH


def test_ids_are_learned_for_the_worlds_whichever_side_served(judge, book):
    exchange = an_exchange(answer=json_answer(f'{{"id": "{LIVE_ID}"}}'), serving=Side.CANDIDATE)
    judged = judge.pair(exchange, Client("c"), mirrored(json_answer(f'{{"id": "{SHADOW_ID}"}}')))
    assert judged.outcome is Outcome.MATCH
    assert book.shadow_of(LIVE_ID, "") == SHADOW_ID


def test_old_names_that_changed_places_are_found_at_first_sight_and_never_learned(judge, book):
    """Both worlds have them, since the shadow world is a clone: neither can be the other's name."""
    exchange = an_exchange(answer=json_answer(f'{{"a": "{LIVE_ID}", "b": "{SHADOW_ID}"}}'))
    judged = judge.pair(exchange, Client("c"), mirrored(json_answer(f'{{"a": "{SHADOW_ID}", "b": "{LIVE_ID}"}}')))
    assert [(one.kind, one.place) for one in judged.differences] == [("identity", "json:$.a"), ("identity", "json:$.b")]
    assert book.shadow_of(LIVE_ID, "") in (None, LIVE_ID)
    again = json_answer(f'{{"a": "{LIVE_ID}"}}')
    assert judge.pair(an_exchange(answer=again), Client("c"), mirrored(again)).outcome is Outcome.MATCH


def test_a_mismatch_beside_a_write_is_a_race_and_after_a_lost_write_a_consequence(judge):
    beside = an_exchange(answer=json_answer("1"), overlaps=True)
    other = mirrored(json_answer("2"))
    assert judge.pair(beside, Client("c"), other).outcome is Outcome.RACE
    judge.tainted = "write X was under way when the mirror was killed"
    assert judge.pair(an_exchange(answer=json_answer("1")), Client("c"), other).reason == judge.tainted


def test_a_copy_that_went_without_its_session_is_skipped_and_a_write_names_what_it_lacked(judge):
    """The finding of the exchange in which the shadow world gave no cookie is the cause of all that follows."""
    client = Client("c")
    login = an_exchange(a_request("POST", "/login"), an_answer(200, Set_Cookie="sid=abcdefghij0123456789; Path=/"))
    client.answered(login.answer, an_answer(200), exchange=login.id)
    (difference,) = judge.pair(login, client, mirrored(an_answer(200))).differences
    cause = fingerprint("home", difference)
    read = an_exchange(a_request(), json_answer("1"))
    judged = judge.pair(read, client, mirrored(json_answer("2")), lost=("sid",))
    assert (judged.outcome, judged.reason, judge.tainted) == (Outcome.SKIPPED, "session", "")
    assert judge.pair(read, client, mirrored(json_answer("1")), lost=("sid",)).outcome is Outcome.MATCH
    write = an_exchange(a_request("POST", "/notes"), json_answer("1"))
    judged = judge.pair(write, client, mirrored(json_answer("2")), lost=("sid",))
    assert (judged.outcome, judged.reason) == (Outcome.SKIPPED, "session")
    assert judge.tainted == f"write {write.id} went without its session (finding {cause})"
    judged = judge.pair(read, client, mirrored(json_answer("2")))
    assert (judged.outcome, judged.reason) == (Outcome.CONSEQUENCE, judge.tainted)


def test_a_match_stays_a_match_in_a_tainted_world(judge):
    judge.tainted = "a write was lost"
    assert judge.pair(an_exchange(answer=json_answer("1")), Client("c"), mirrored(json_answer("1"))).outcome.clean


def test_secrets_are_in_no_difference_and_no_sample(judge):
    request = a_request("POST", "/x", b'{"password": "hunter2hunter2"}', Content_Type="application/json")
    exchange = an_exchange(request, json_answer('{"password": "hunter2hunter2", "n": "hunter2hunter2?"}'))
    judged = judge.pair(exchange, Client("c"), mirrored(json_answer('{"password": "else-else", "n": "x"}')))
    assert judged.differences
    assert judged.samples[0].request
    assert "hunter2hunter2" not in repr(judged)
    assert "else-else" not in repr(judged)


def test_only_so_many_samples_of_one_finding_are_kept_whole(judge):
    other = mirrored(json_answer("2"))
    whole = [
        bool(judge.pair(an_exchange(answer=json_answer("1")), Client("c"), other).samples[0].request) for _ in "x" * 20
    ]
    assert whole[0]
    assert not whole[-1]


def test_the_path_is_told_for_what_no_route_matches_without_its_secrets(judge):
    exchange = an_exchange(a_request(target="/who?token=abcdefghijkl"), route="*")
    assert judge.left_out(exchange, Outcome.SKIPPED, "never").path == "/who"
    assert judge.left_out(an_exchange(), Outcome.SKIPPED, "never").path == ""


def test_who_is_signed_in_is_told_by_a_login_that_was_seen_or_by_credentials(judge):
    answer, shadow = json_answer("{}"), mirrored(json_answer("{}"))
    twin = Client("c", stacks=Stacks(home=Side.PRIMARY))
    plain, bearer = a_request("GET", "/a"), a_request("GET", "/a", Authorization="Bearer abc")
    shapes = [
        judge.pair(an_exchange(request, answer=answer), client, shadow).shape
        for request, client in ((plain, Client("c")), (plain, twin), (bearer, Client("c")))
    ]
    assert [shape.split()[2] for shape in shapes] == ["anonymous", "signed-in", "signed-in"]


@pytest.mark.parametrize(
    ("primary", "candidate"),
    [
        ("%7B%22user%22%3A%22tiger-Bellona%20blue%22%7D", "%7B%22user%22%3A%22tiger-Bellona%20grey%22%7D"),
        ('"tiger-Bellona blue\\054dark theme"', '"tiger-Bellona grey\\054dark theme"'),
        ("tiger-Bellona%2520blue", "tiger-Bellona%2520grey"),
    ],
)
def test_a_cookie_that_is_compared_by_its_words_is_in_no_difference_and_no_sample(judge, primary, candidate):
    answers = [an_answer(200, b"", Set_Cookie=f"prefs={value}") for value in (primary, candidate)]
    judged = judge.pair(an_exchange(answer=answers[0]), Client("c"), mirrored(answers[1]))
    assert [one.layer for one in judged.differences] == ["cookie"]
    assert "Bellona" not in repr(judged)
