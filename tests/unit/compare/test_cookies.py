"""Cookies: opaque values renamed, attributes exact, lifetimes as clocks, one-sided ones a difference."""

from __future__ import annotations

import pytest

from shadow.exchange import Response
from shadow.words import Outcome
from tests.support.compare import answer, compared, found

ONE, OTHER = "q7Zp0LkT9vXw3RbN5sYc1MdE", "Xk2Hs8QwPz4Vn6Jb0TfL3gRy"


def setting(*cookies: str) -> Response:
    return answer("x", headers=[("Set-Cookie", cookie) for cookie in cookies])


@pytest.mark.parametrize(
    ("primary", "candidate"),
    [
        (f"s={ONE}; Path=/; SameSite=Lax", f"s={OTHER}; path=/; samesite=lax"),
        (f"s={ONE}; Domain=.example.org", f"s={OTHER}; Domain=example.org"),
        ("theme=dark", "theme=dark"),
        ("s=; Max-Age=0; Path=/", "s=; Max-Age=0; Path=/"),
        ("s=; Max-Age=0; Path=/", 's=""; Max-Age=0; Path=/'),
        ("s=; Max-Age=0; expires=Wed, 31-Dec-97 23:59:59 GMT", "s=; Max-Age=0; expires=Thu, 01 Jan 1970 00:00:00 GMT"),
    ],
)
def test_cookies_that_do_the_same_match(primary: str, candidate: str) -> None:
    assert compared(setting(primary), setting(candidate)).outcome is Outcome.MATCH


@pytest.mark.parametrize(
    ("primary", "candidate", "kind", "place"),
    [
        ("theme=dark", "theme=light", "value", "cookie:theme"),
        (f"s={ONE}", "s=", "value", "cookie:s"),
        (f"s={ONE}", "s=null", "value", "cookie:s"),
        (f"s={ONE}; Path=/", f"s={OTHER}; Path=/a", "value", "cookie:s.path"),
        (f"s={ONE}; HttpOnly", f"s={OTHER}", "missing", "cookie:s.httponly"),
        (f"s={ONE}", f"s={OTHER}; Secure", "extra", "cookie:s.secure"),
        (f"s={ONE}; SameSite=Lax", f"s={OTHER}; SameSite=None", "value", "cookie:s.samesite"),
        (f"s={ONE}; Max-Age=60", f"s={OTHER}; Max-Age=61", "value", "cookie:s.max-age"),
        (f"s={ONE}; Max-Age=60", f"s={OTHER}", "missing", "cookie:s.max-age"),
        (f"s={ONE}; Max-Age=60", f"s={OTHER}; Max-Age=0", "value", "cookie:s"),
        (f"s={ONE}; Domain=a.example.org", f"s={OTHER}", "missing", "cookie:s.domain"),
    ],
)
def test_cookies_that_do_something_else_are_a_difference(primary: str, candidate: str, kind: str, place: str) -> None:
    assert found(compared(setting(primary), setting(candidate)))[0] == (kind, place)


def test_a_cookie_on_one_side_only_is_a_difference() -> None:
    assert found(compared(setting(f"s={ONE}"), setting())) == [("missing", "cookie:s")]
    assert found(compared(setting(), setting(f"s={ONE}"))) == [("extra", "cookie:s")]


def test_a_renewal_on_one_side_is_noise_and_a_deletion_is_not() -> None:
    """A server renews its session cookie by its own clock, at most once a second."""
    comparison = compared(setting(f"s={ONE}"), setting(), held=["s"])
    assert (comparison.outcome, comparison.noise) == (Outcome.NOISE, ("cookie:s",))
    assert compared(setting(f"s={ONE}"), setting(), held=["t"]).outcome is Outcome.MISMATCH
    assert compared(setting("s=; Max-Age=0"), setting(), held=["s"]).outcome is Outcome.MISMATCH
    assert compared(setting("s="), setting(), held=["s"]).outcome is Outcome.MISMATCH


def test_an_expiry_is_a_clock() -> None:
    one, close, day = (
        "Wed, 13-Nov-2024 22:13:20 GMT",
        "Wed, 13 Nov 2024 22:13:22 GMT",
        "Thu, 14 Nov 2024 22:13:20 GMT",
    )
    assert compared(setting(f"s={ONE}; expires={one}"), setting(f"s={OTHER}; expires={close}")).outcome is Outcome.NOISE
    assert found(compared(setting(f"s={ONE}; expires={one}"), setting(f"s={OTHER}; expires={day}"))) == [
        ("value", "cookie:s.expires")
    ]


def test_cookies_of_one_name_are_paired_by_their_slot() -> None:
    p = setting("s=; Max-Age=0; Path=/", "s=; Max-Age=0; Path=/; Domain=a.org", f"s={ONE}; Path=/x")
    c = setting(f"s={OTHER}; Path=/x", "s=; Max-Age=0; Path=/", "s=; Max-Age=0; Path=/; Domain=a.org")
    assert compared(p, c).outcome is Outcome.MATCH


def test_cookie_values_are_renamed_for_the_client_and_never_shown() -> None:
    comparison = compared(setting(f"s={ONE}; Path=/"), setting(f"s={OTHER}"))
    assert [(a.kind, a.scope, a.latest) for a in comparison.aliases] == [("cookie", "client", True)]
    gone = compared(setting(f"s={ONE}"), setting("s=; Max-Age=0"))
    assert ONE not in gone.differences[0].primary
