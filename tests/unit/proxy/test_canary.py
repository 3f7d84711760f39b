"""Whose request it is, when its side depends on that: sources in the body, and cookies that change."""

from __future__ import annotations

import pytest

from shadow.headers import HeaderList
from shadow.proxy import canary
from shadow.proxy.canary import Clients
from shadow.proxy.client_key import ClientKeys
from tests.support.builders import a_request

SPEC = ("cookie:session", "header:authorization", "json:worker.key")


def clients(spec=SPEC):
    return Clients(ClientKeys(spec, b"salt"))


def asked(cookie="", *, body=b"", **fields):
    given = {"Cookie": cookie, **fields} if cookie else fields
    return a_request(body=body, **given)


def setting(*cookies):
    return HeaderList(tuple((b"Set-Cookie", cookie.encode()) for cookie in cookies))


def test_a_cookie_that_changes_with_every_answer_stays_one_client():
    known = clients()
    first = known.key_of(asked("session=v0"))
    for number in range(5):
        request = asked(f"other=x; session=v{number}")
        known.follow(request, known.given(setting("theme=dark", f"session=v{number + 1}; Path=/; HttpOnly")))
        assert known.key_of(asked(f"session=v{number + 1}")) == first


def test_a_first_cookie_makes_a_new_client_however_many_share_its_address():
    known = clients()
    known.follow(asked(), known.given(setting("session=a")))
    known.follow(asked(), known.given(setting("session=b")))
    assert len({known.key_of(asked(cookie)) for cookie in ("", "session=a", "session=b")}) == 3


@pytest.mark.parametrize("cookie", ["session=; Max-Age=0", "session", "sessions=x", "theme=dark"])
def test_what_gives_no_key_is_not_followed(cookie):
    assert clients().given(setting(cookie)) == []


def test_what_is_followed_is_bounded(monkeypatch):
    monkeypatch.setattr(canary, "_MOST", 10)
    known = clients()
    for number in range(100):
        known.follow(asked(f"session=a{number}"), known.given(setting(f"session=b{number}")))
    assert known.key_of(asked("session=b99")) == known.key_of(asked("session=a99"))
    assert known.key_of(asked("session=b0")) != known.key_of(asked("session=a0"))


@pytest.mark.parametrize(
    ("request_", "waits"),
    [
        (asked(), True),
        (asked(body=b'{"worker": {"ke'), True),
        (asked(body=b'{"worker": {"key": "k"}}'), False),
        (asked("session=a"), False),
        (asked(Authorization="token"), False),
        (asked(body=b"name=form"), False),
        (asked(body=b'{"long": "' + b"x" * 70_000), False),
    ],
)
def test_the_body_is_waited_for_only_while_it_could_name_the_client(request_, waits):
    assert clients().awaits(request_) is waits


def test_without_a_source_in_the_body_nothing_is_waited_for():
    assert not clients(("cookie:session",)).awaits(asked())


def test_other_sources_are_read_with_the_same_salt():
    keys = ClientKeys(SPEC, b"salt")
    request = asked("session=a", Authorization="token")
    assert keys.reading(("header:authorization",)).key_of(request) == keys.reading(SPEC[1:]).key_of(request)
    assert keys.reading(SPEC).key_of(request) == keys.key_of(request)
