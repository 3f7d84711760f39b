"""Header fields: names folded, some by meaning, some left out; repeats keep their order."""

from __future__ import annotations

import pytest

from shadow.words import Outcome
from tests.support.compare import KnownNames, answer, compared, found

Fields = list[tuple[str, str]]
DATE = "Tue, 14 Nov 2023 22:13:20 GMT"
LATER = "Tue, 14 Nov 2023 22:13:23 GMT"
NEXT_DAY = "Wed, 15 Nov 2023 22:13:20 GMT"


@pytest.mark.parametrize(
    ("primary", "candidate"),
    [
        ([("X-One", "1"), ("X-Two", "2")], [("x-two", "2"), ("x-one", "1")]),
        ([("Server", "waitress"), ("Date", DATE), ("Via", "1.1 a"), ("X-Build", "p1")], [("Server", "uvicorn")]),
        ([("Connection", "close, X-Hop"), ("X-Hop", "1"), ("Keep-Alive", "5")], [("Transfer-Encoding", "chunked")]),
        ([("Content-Length", "12")], [("Content-Length", "14")]),
        ([("Content-Type", "text/html; charset=UTF-8")], [("content-type", 'text/HTML;charset="utf-8"')]),
        ([("Cache-Control", "no-store, max-age=0")], [("Cache-Control", "max-age=0,NO-STORE")]),
        ([("Vary", "Accept"), ("Vary", "Cookie")], [("Vary", "cookie, accept")]),
        ([("Location", "http://h:80/a")], [("Location", "HTTP://H/a")]),
        ([("Location", "http://h/v/65f0a1b2c3d4e5f607182930")], [("Location", "http://h/v/75f0a1b2c3d4e5f607182930")]),
        ([("Link", '<http://h/a>; rel="next"; title="x"')], [("Link", "<http://h/a>;title=x;rel=next")]),
        ([("ETag", '"abc-1"')], [("ETag", '"xyz-22"')]),
    ],
)  # fmt: skip
def test_fields_that_mean_the_same_match(primary: Fields, candidate: Fields) -> None:
    assert compared(answer("x", headers=primary), answer("x", headers=candidate)).outcome is Outcome.MATCH


@pytest.mark.parametrize(
    ("primary", "candidate", "kind"),
    [
        ([("X-One", "1")], [("X-One", "2")], "header"),
        ([("X-One", "1")], [], "missing"),
        ([], [("X-One", "1")], "extra"),
        ([("X-One", "1"), ("X-One", "2")], [("X-One", "2"), ("X-One", "1")], "order"),
        ([("X-One", "1"), ("X-One", "2")], [("X-One", "1")], "header"),
        ([("Content-Type", "text/html")], [("Content-Type", "text/html; charset=utf-8")], "header"),
        ([("Content-Type", "text/html")], [("Content-Type", "text/plain")], "header"),
        ([("Cache-Control", "max-age=10")], [("Cache-Control", "max-age=11")], "header"),
        ([("Location", "http://h/tests")], [("Location", "/tests")], "header"),
        ([("Location", "http://h/tests")], [("Location", "http://other/tests")], "header"),
        ([("Location", "http://h/Tests")], [("Location", "http://h/tests")], "header"),
        ([("Location", "/login?next=%2Fa")], [("Location", "/login?next=%2Fb")], "header"),
        ([("ETag", '"a1"')], [("ETag", 'W/"a1"')], "header"),
        ([("Expires", "0")], [("Expires", DATE)], "header"),
        ([("Last-Modified", DATE)], [("Last-Modified", NEXT_DAY)], "header"),
        ([("Link", "<http://h/a>; rel=next")], [("Link", "<http://h/a>; rel=prev")], "header"),
    ],
)  # fmt: skip
def test_fields_that_differ_are_one_difference(primary: Fields, candidate: Fields, kind: str) -> None:
    comparison = compared(answer("x", headers=primary), answer("x", headers=candidate))
    name = (primary or candidate)[0][0].lower()
    assert found(comparison) == [(kind, f"header:{name}")]


def test_clocks_in_fields_are_noise_when_they_are_close() -> None:
    p, c = answer("x", headers=[("Expires", DATE)]), answer("x", headers=[("Expires", LATER)])
    comparison = compared(p, c)
    assert (comparison.outcome, comparison.noise) == (Outcome.NOISE, ("header:expires",))


def test_a_late_copy_is_judged_by_its_own_date() -> None:
    """A mirror that lags by a day still sees an Expires of now + 10 s."""
    p = answer("x", headers=[("Date", DATE), ("Expires", DATE)])
    c = answer("x", headers=[("Date", NEXT_DAY), ("Expires", NEXT_DAY)])
    assert compared(p, c).outcome is Outcome.NOISE


def test_request_ids_are_noise_in_one_format_only() -> None:
    p = answer("x", headers=[("X-Request-Id", "aaaa-1111")])
    assert compared(p, answer("x", headers=[("X-Request-Id", "bbbb-2222")])).outcome is Outcome.NOISE
    assert compared(p, answer("x", headers=[("X-Request-Id", "-")])).outcome is Outcome.MISMATCH


def test_one_etag_for_two_states_is_a_difference() -> None:
    from tests.support.compare import KnownNames

    p, c = answer("x", headers=[("ETag", '"a1"')]), answer("x", headers=[("ETag", '"b1"')])
    assert found(compared(p, c, names=KnownNames({"a0": "b1"}))) == [("identity", "header:etag")]


def test_an_etag_is_learned_as_if_match_will_send_it() -> None:
    """Without quotes and the mark of a weak one: the translation finds it between the quotes of the request."""
    p, c = answer("x", headers=[("ETag", 'W/"5d41402abc"')]), answer("x", headers=[("ETag", 'W/"7d793037a0"')])
    assert [(alias.primary, alias.candidate) for alias in compared(p, c).aliases] == [("5d41402abc", "7d793037a0")]


def test_a_tag_that_was_equal_names_nothing_else_later() -> None:
    first = compared(answer("a", headers=[("ETag", '"v1"')]), answer("a", headers=[("ETag", '"v1"')]))
    names = KnownNames({alias.primary: alias.candidate for alias in first.aliases})
    later = compared(answer("a", headers=[("ETag", '"v2"')]), answer("a", headers=[("ETag", '"v1"')]), names=names)
    assert found(later) == [("identity", "header:etag")]
