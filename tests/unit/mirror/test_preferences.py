"""A preference is told from what could be a secret: in doubt it is one."""

from __future__ import annotations

import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadow.mirror.preferences import is_preference


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("theme", "dark"),
        ("lang", "de-CH"),
        ("per_page", "50"),
        ("banner", "closed"),
        ("seen", "2026-11-26"),
        ("timezone", "America/Argentina/Buenos_Aires"),
        ("view", "%7B%22columns%22%3A%5B%22name%22%2C%22state%22%5D%7D"),
        ("open", ""),
    ],
)
def test_a_word_about_the_page_is_a_preference(name: str, value: str) -> None:
    assert is_preference(name, value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("session", "x"),
        ("PHPSESSID", "x"),
        ("connect.sid", "x"),
        ("auth_tkt", "x"),
        ("remember_user", "ann"),
        ("account_id", "7"),
        ("t", "3f9c2a71"),
        ("code", "4839201174"),
        ("state", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"),
        ("last", "/orders/65f0a1b2c3d4e5f607182930"),
        ("who", "%7B%22name%22%3A%22ann%22%2C%22mark%22%3A%2265f0a1b2c3d4e5f607182930%22%7D"),
        ("text", "word " * 50),
    ],
)
def test_what_may_tell_who_somebody_is_is_none(name: str, value: str) -> None:
    assert not is_preference(name, value)


@pytest.mark.parametrize("make", [secrets.token_hex, secrets.token_urlsafe, lambda n: str(secrets.randbits(8 * n))])
@given(size=st.integers(16, 64))
def test_no_token_passes_for_a_preference(make, size: int) -> None:
    assert not is_preference("colour", make(size))


def test_a_cookie_by_which_clients_are_known_is_none() -> None:
    assert is_preference("shop", "blue")
    assert not is_preference("shop", "blue", ("shop",))
