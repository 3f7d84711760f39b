"""The whole comparer: what is a match, what is masked, what is one difference, and hostile answers."""

from __future__ import annotations

import gzip
import json
import random

import pytest

from shadow.compare.differences import STEPS
from shadow.exchange import Body, Response, Unanswered
from shadow.headers import HeaderList
from shadow.words import Outcome, Severity
from tests.support.compare import KnownNames, answer, as_json, compared, found, json_text, page

ONE, TWO = "65f0a1b2c3d4e5f607182930", "65f0a1b2c3d4e5f607182931"
UNE, DEUX = "75f0a1b2c3d4e5f607182930", "75f0a1b2c3d4e5f607182931"


def test_equal_answers_match_and_count_places() -> None:
    comparison = compared(as_json({"a": [1, 2], "b": "x"}), as_json({"a": [1, 2], "b": "x"}))
    assert comparison.outcome is Outcome.MATCH
    assert comparison.places > 2


def test_a_renamed_identifier_is_no_difference_and_gives_an_alias() -> None:
    comparison = compared(as_json({"id": ONE, "again": ONE}), as_json({"id": UNE, "again": UNE}))
    assert comparison.outcome is Outcome.MATCH
    assert [(a.kind, a.primary, a.candidate, a.scope) for a in comparison.aliases] == [("objectid", ONE, UNE, "")]


def test_an_identifier_that_is_equal_on_both_sides_is_an_alias_of_itself() -> None:
    comparison = compared(as_json({"id": ONE}), as_json({"id": ONE}))
    assert [(a.primary, a.candidate) for a in comparison.aliases] == [(ONE, ONE)]


def test_an_alias_that_is_known_is_not_told_again() -> None:
    comparison = compared(as_json({"id": ONE}), as_json({"id": UNE}), names=KnownNames({ONE: UNE}))
    assert comparison.outcome is Outcome.MATCH
    assert comparison.aliases == ()


@pytest.mark.parametrize(
    ("primary", "candidate", "known"),
    [
        ({"a": ONE, "b": ONE}, {"a": UNE, "b": DEUX}, {}),
        ({"a": ONE, "b": TWO}, {"a": UNE, "b": UNE}, {}),
        ({"a": ONE}, {"a": DEUX}, {ONE: UNE}),
        ({"a": TWO}, {"a": UNE}, {ONE: UNE}),
        ({"a": ONE}, {"a": ONE}, {ONE: UNE}),
        ({"a": ONE}, {"a": UNE}, {ONE: ONE}),
        ({"a": UNE}, {"a": UNE}, {ONE: UNE}),
    ],
    ids=["two new names", "one new name for two", "other name", "taken name", "unchanged", "was itself", "foreign"],
)
def test_a_name_that_means_two_things_is_a_difference_of_identity(
    primary: object, candidate: object, known: dict[str, str]
) -> None:
    comparison = compared(as_json(primary), as_json(candidate), names=KnownNames(known))
    assert comparison.outcome is Outcome.MISMATCH
    assert [difference.kind for difference in comparison.differences] == ["identity"]
    assert comparison.differences[0].severity is Severity.BREAKING


def test_a_swapped_pair_of_identifiers_is_a_difference() -> None:
    comparison = compared(as_json([ONE, TWO, ONE]), as_json([UNE, DEUX, DEUX]))
    assert found(comparison) == [("identity", "json:$[2]")]


def test_a_status_is_one_difference_and_all_else_follows_from_it() -> None:
    comparison = compared(as_json({"a": 1}), answer("<p>oops", media="text/html", status=500))
    assert found(comparison) == [("status", "status")]
    assert (comparison.differences[0].primary, comparison.differences[0].candidate) == ("200", "500")


def test_what_two_successes_made_has_its_names_whatever_their_status() -> None:
    """Or a port that answers 200 where 201 was meant would be told of once, and then wrong at every later request."""
    made, also = as_json({"id": ONE}, status=201), as_json({"id": UNE, "more": 1})
    comparison = compared(made, also)
    assert found(comparison) == [("status", "status")]
    assert [(alias.primary, alias.candidate) for alias in comparison.aliases] == [(ONE, UNE)]
    assert compared(made, as_json({"id": UNE}, status=500)).aliases == ()


def test_an_answer_on_one_side_only_is_unanswered_and_on_none_a_match() -> None:
    none = Unanswered("timeout", "no head within 10 s")
    assert found(compared(as_json(1), none)) == [("unanswered", "status")]
    assert found(compared(none, as_json(1))) == [("unanswered", "status")]
    assert compared(none, Unanswered("connect", "refused")).outcome is Outcome.MATCH


def test_a_status_rule_never_hides_a_missing_answer() -> None:
    assert found(compared(as_json(1), Unanswered("body"), ("status", "ignore"))) == [("unanswered", "status")]


def test_content_codings_are_undone_before_the_bodies_are_compared() -> None:
    plain, packed = as_json({"a": 1}), gzip.compress(b'{"a":1}')
    comparison = compared(plain, answer(packed, media="application/json", headers=[("Content-Encoding", "gzip")]))
    assert found(comparison) == [("encoding", "header:content-encoding")]
    assert comparison.differences[0].severity is Severity.COSMETIC
    changed = answer(gzip.compress(b'{"a":2}'), media="application/json", headers=[("Content-Encoding", "gzip")])
    assert ("value", "json:$.a") in found(compared(plain, changed))


def test_a_body_of_another_sort_is_one_difference() -> None:
    assert ("type", "json:$") in found(compared(as_json({"a": 1}), page("<p>a</p>")))
    assert found(compared(as_json({"a": 1}), answer("", media="application/json"))) == [("missing", "text")]
    assert found(compared(answer("", media="text/html"), page("x"))) == [("extra", "text")]


def test_a_body_that_is_missing_with_its_label_is_one_difference() -> None:
    assert found(compared(page("x"), answer(""))) == [("missing", "text")]
    assert found(compared(answer(""), as_json({}))) == [("extra", "text")]
    # A label without a body is another matter.
    assert found(compared(answer("", media="text/html"), answer(""))) == [("missing", "header:content-type")]
    assert compared(page("x"), answer("")).differences[0].severity is Severity.BREAKING


def test_the_note_of_a_redirect_is_cosmetic() -> None:
    there = [("Location", "/b")]
    p = answer("<p>Go to <a href=/b>b</a>", media="text/html", status=302, headers=there)
    for c in (answer("", status=302, headers=there), answer("<p>b", media="text/html", status=302, headers=there)):
        assert {one.severity for one in compared(p, c).differences} == {Severity.COSMETIC}
    elsewhere = answer("", status=302, headers=[("Location", "/c")])
    assert [one.severity for one in compared(p, elsewhere).differences] == [Severity.BREAKING, Severity.COSMETIC]


def test_a_rule_for_a_missing_body_says_nothing_of_the_pages() -> None:
    rule = ("text", "ignore")
    assert compared(page("x"), answer(""), rule).outcome is Outcome.ACCEPTED
    assert found(compared(page("x"), page("y"), rule)) == [("value", "html:body")]


def test_a_rule_for_the_whole_page_accepts_a_body_of_another_sort() -> None:
    rule = ("html:html", "ignore")
    assert found(compared(page("x"), as_json({}), rule)) == [("header", "header:content-type")]


def test_json_under_another_label_is_still_compared_as_json() -> None:
    comparison = compared(as_json({"a": 1, "b": 2}), answer('{"b":2,"a":3}', media="text/plain"))
    assert found(comparison) == [("header", "header:content-type"), ("value", "json:$.a")]


def test_head_and_bodiless_answers_are_compared_without_bodies() -> None:
    p, c = answer("ignored", headers=[("Content-Length", "7")]), answer("", headers=[("Content-Length", "9")])
    assert compared(p, c, method="HEAD").outcome is Outcome.MATCH
    assert found(compared(p, answer(""), method="HEAD")) == [("missing", "header:content-length")]
    assert compared(answer("x", status=304), answer("y", status=304)).outcome is Outcome.MATCH


def test_plain_text_is_compared_line_by_line() -> None:
    p = answer("a\nb\nc\nd\n", media="text/plain")
    assert found(compared(p, answer("a\nb\nX\nd\n", media="text/plain"))) == [("value", "text[3]")]
    assert found(compared(p, answer("a\nc\nd\n", media="text/plain"))) == [("missing", "text[2]")]
    assert found(compared(p, answer("a\r\nb\nc\nd\n", media="text/plain"))) == [("encoding", "text")]
    assert found(compared(p, answer("a\nb\nc\nd", media="text/plain"))) == [("encoding", "text")]


def test_other_bytes_are_compared_by_digest_and_first_offset() -> None:
    p, c = (answer(b"\x89PNG" + bytes([n, 0, 1]), media="image/png") for n in (1, 2))
    assert compared(p, p).outcome is Outcome.MATCH
    difference = compared(p, c).differences[0]
    assert (difference.layer, difference.kind) == ("binary", "value")
    assert "from offset 4" in difference.primary


def test_forms_are_compared_by_field() -> None:
    p, c = (answer(f"a=1&b={n}&b=3", media="application/x-www-form-urlencoded") for n in (1, 2))
    assert found(compared(p, c)) == [("value", "json:$.b[0]")]


def test_truncated_bodies_are_compared_as_far_as_they_go() -> None:
    def cut(data: bytes) -> Response:
        return Response(200, HeaderList(), Body(data, 100, True))

    assert compared(cut(b'{"a": 1'), cut(b'{"a": 1, "b')).outcome is Outcome.MATCH
    assert found(compared(cut(b'{"a": 1'), cut(b'{"a": 2'))) == [("value", "text")]


@pytest.mark.parametrize("size", [STEPS // 3, STEPS], ids=["too many steps", "too large"])
def test_what_is_too_much_for_details_is_one_difference_or_a_match(size: int) -> None:
    """1e5 keys: beyond the budget there are no places, but the verdict is right."""
    large = {f"k{number}": [{}, number % 10] if size < STEPS else number for number in range(size)}
    shuffled = list(large.items())
    random.Random(1).shuffle(shuffled)
    p, same = as_json(large), json_text(json.dumps(dict(shuffled), separators=(",", ":")))
    assert compared(p, same).outcome is Outcome.MATCH
    other = as_json({**large, "k7": 8})
    assert found(compared(p, other)) == [("value", "json:$")]
    assert compared(p, other, ("json:$", "ignore")).outcome is Outcome.ACCEPTED


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        "[" * 900 + "]" * 900,
        '{"a":' * 400 + "1" + "}" * 400,
        '{"a": "\\ud800"}',
        "1" * 10_000,
        "NaN",
        "-",
        "",
        '{"a":1}garbage',
        "\ufeff{}",
        "<" * 5000,
        "<div>" * 5000,
        "<table><tr><td>" * 300,
        "<script>" + "[{" * 3000,
        "\x00\x01\x02",
        "&#xd800;&#0;<p id='&quot;'>",
        "{{sealed:" * 3000,
        "a" * 50_000 + "." + "b" * 50_000,
        "eyJ" * 20_000,
        "2024-01-" * 5_000,
    ],
)
@pytest.mark.parametrize(
    "media",
    [
        "application/json",
        "text/html",
        "text/plain",
        "",
        'application/json; charset=utf-7; x="',
        "text/html; charset=nonsense",
    ],
)
def test_hostile_bodies_never_raise(text: str, media: str) -> None:
    p = answer(text, media=media)
    assert compared(p, p).outcome is Outcome.MATCH
    for other in (
        answer(text + "x", media=media),
        as_json({"a": 1}),
        page("x"),
        answer(text[: len(text) // 2], media=media),
    ):
        for comparison in (compared(p, other), compared(other, p)):
            for difference in comparison.differences:
                (difference.primary + difference.candidate + difference.place).encode("utf-8")


def test_a_difference_shows_short_printable_text_cut_at_words() -> None:
    p = as_json({"a": "\x1b[31m\ud800" + "word " * 200})
    difference = compared(p, as_json({"a": "other"})).differences[0]
    assert difference.primary.isprintable()
    assert len(difference.primary) < 250
    secret = "Tr0ub4dor" * 100
    shown = compared(
        answer(f"{'x ' * 400}{secret} a", media="text/plain"), answer(f"{'x ' * 400}{secret} b", media="text/plain")
    )
    assert "Tr0ub4dor" not in shown.differences[0].primary or secret in shown.differences[0].primary


def test_tokens_of_a_client_are_never_shown() -> None:
    token = "q7Zp0LkT9vXw3RbN5sYc1MdE8fGh2JiA"
    difference = compared(as_json({"a": f"token {token} one"}), as_json({"a": f"token {token} two"})).differences[0]
    assert token not in difference.primary
    assert "<token of 32 characters>" in difference.primary


def test_the_same_rules_give_the_same_digest_whatever_their_reasons() -> None:
    from shadow.compare import Comparer
    from shadow.config import Rule
    from tests.support.compare import TODAY

    one = Rule(place="status", rule="ignore", reason="a")
    other = Rule(place="status", rule="ignore", reason="b", owner="me")
    assert Comparer([one], today=TODAY).rules_digest == Comparer([other], today=TODAY).rules_digest
    assert Comparer([one], today=TODAY).rules_digest != Comparer([], today=TODAY).rules_digest
