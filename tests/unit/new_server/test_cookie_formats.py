"""Cookies of the port and cookies of Pyramid are the same bytes: each side reads what the other wrote."""

import time
from types import SimpleNamespace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pyramid.authentication import AuthTktCookieHelper, parse_ticket
from pyramid.request import Request
from pyramid.session import SignedCookieSessionFactory
from webob.cookies import make_cookie

from new_server.http import session as port
from new_server.http.cookies import read_cookies, write_cookie
from new_server.http.session import Session, sign, verify
from new_server.http.ticket import read_ticket, write_ticket

legacy_session = SignedCookieSessionFactory("fishtest", cookie_name="session")

names = st.text(min_size=1, max_size=30)
secrets = st.text(max_size=40)
moments = st.integers(min_value=0, max_value=2**32 - 1)
messages = st.lists(st.text(max_size=40), max_size=4)


def a_legacy_request(cookie=""):
    return Request.blank("/", headers={"Cookie": cookie} if cookie else {})


def legacy_cookie(session):
    """The value that Pyramid would send for this session."""
    response = SimpleNamespace(sent={})
    response.set_cookie = lambda name, value, **attributes: response.sent.update({name: value})
    session._set_cookie(response)
    return response.sent["session"]


@given(secrets, names, moments)
@example("", "carol", 0x80FFFFFF)
def test_pyramid_reads_our_tickets(secret, name, now):
    ticket = write_ticket(secret, name, now)
    request = a_legacy_request(f"auth_tkt={ticket}")
    assert AuthTktCookieHelper(secret).identify(request)["userid"] == name
    assert parse_ticket(secret, ticket, "0.0.0.0", "sha512")[0] == now


@given(secrets, names)
def test_we_read_pyramids_tickets(secret, name):
    header = AuthTktCookieHelper(secret, http_only=True).remember(a_legacy_request(), name)[0][1]
    ticket = dict(read_cookies(header.partition(";")[0]))["auth_tkt"]
    assert read_ticket(secret, ticket) == name


@given(secrets, names, st.integers(min_value=0, max_value=300), st.characters(codec="ascii"))
def test_a_changed_ticket_is_nobodys(secret, name, place, character):
    ticket = write_ticket(secret, name)
    place %= len(ticket)
    forged = ticket[:place] + character + ticket[place + 1 :]
    theirs = AuthTktCookieHelper(secret).identify(SimpleNamespace(environ={}, cookies={"auth_tkt": forged}))
    assert read_ticket(secret, forged) == (theirs and theirs["userid"])


@pytest.mark.parametrize("ticket", ["", "zz", "!", "0" * 136, "0" * 136 + "!", "é" * 200, "0" * 128 + "-0000001!"])
def test_rubbish_is_no_ticket(ticket):
    assert read_ticket("secret", ticket) is None


def test_another_secret_opens_no_ticket():
    assert read_ticket("secret", write_ticket("other", "carol")) is None


@given(messages, messages)
def test_pyramid_reads_our_sessions(notes, errors):
    ours = Session(None)
    token = ours.csrf_token()
    for text in notes:
        ours.flash(text)
    for text in errors:
        ours.flash(text, "error")
    theirs = legacy_session(a_legacy_request(f"session={ours.cookie_value()}"))
    assert theirs.get_csrf_token() == token
    assert theirs.pop_flash() == notes
    assert theirs.pop_flash("error") == errors


@given(messages, messages)
def test_we_read_pyramids_sessions(notes, warnings):
    theirs = legacy_session(a_legacy_request())
    token = theirs.get_csrf_token()
    for text in notes:
        theirs.flash(text)
    for text in warnings:
        theirs.flash(text, "warning")
    ours = Session(legacy_cookie(theirs))
    assert ours.csrf_token() == token
    assert ours.pop_flash() == notes
    assert ours.pop_flash("warning") == warnings


@given(messages)
def test_one_session_is_the_same_bytes_on_both_sides(notes):
    start = sign([1_000_000_000, 999_999_999.5, {"_csrft_": "ab" * 20, "_f_": notes}])
    theirs, ours = legacy_session(a_legacy_request(f"session={start}")), Session(start)
    # Expired long ago: both drop the data, keep the birthday, and write the present time.
    theirs["_csrft_"] = ours._data["_csrft_"] = "cd" * 20
    theirs.flash("hello")
    ours.flash("hello")
    assert verify(ours.cookie_value())[1:] == verify(legacy_cookie(theirs))[1:]
    assert ours.cookie_value()[86 + 20 :] == legacy_cookie(theirs)[86 + 20 :]


@pytest.mark.parametrize(
    "cookie",
    ["", "zz", "====", "é", "a" * 5000, sign(7), sign([1]), sign(["x", 0, {}]), sign([0, None, {}]), sign({})],
)
def test_an_unreadable_session_is_an_empty_one(cookie):
    ours, theirs = Session(cookie), legacy_session(SimpleNamespace(cookies={"session": cookie}))
    assert ours._data == dict.copy(theirs) == {}


def test_a_session_of_another_key_is_not_believed(monkeypatch):
    value = sign([time.time(), time.time(), {"_csrft_": "mine"}])
    monkeypatch.setattr(port, "_KEY", b"pyramid.session." + b"other")
    assert Session(value).csrf_token() != "mine"


@given(st.floats(min_value=0, max_value=3, width=32))
def test_a_session_is_renewed_when_a_whole_second_has_passed(age):
    renewed = 1_700_000_000
    value = sign([renewed, renewed, {"_csrft_": "ab" * 20}])
    ours = Session(value, clock=lambda: renewed + age)
    assert not ours.changed
    assert ours.peek_flash() == []
    assert ours.changed is (age >= 1)


def test_a_session_that_nobody_read_is_not_sent():
    assert not Session(sign([0, 0, {}])).changed


def test_a_session_is_forgotten_after_twenty_idle_minutes():
    value = sign([1_700_000_000, 1_700_000_000, {"_csrft_": "ab" * 20}])
    assert Session(value, clock=lambda: 1_700_001_200).csrf_token() == "ab" * 20
    assert Session(value, clock=lambda: 1_700_001_201).csrf_token() != "ab" * 20


def test_a_session_too_long_for_a_cookie_is_an_error():
    ours = Session(None)
    ours.flash("x" * 4000)
    with pytest.raises(ValueError, match="too long to store"):
        ours.cookie_value()


def test_logging_out_empties_the_session_but_keeps_its_birthday():
    value = sign([1_700_000_000, 1_600_000_000, {"_csrft_": "ab" * 20}])
    ours = Session(value, clock=lambda: 1_700_000_010)
    ours.invalidate()
    assert ours.changed
    assert verify(ours.cookie_value()) == [1_700_000_010, 1_600_000_000.0, {}]


@given(
    value=st.one_of(st.none(), st.text(alphabet="abcXYZ0123-_", max_size=20)),
    domain=st.one_of(st.none(), st.sampled_from(["example.org", "127.0.0.1", "[::1]"])),
    http_only=st.booleans(),
)
def test_set_cookie_has_the_legacy_form(value, domain, http_only):
    theirs = make_cookie("auth_tkt", value, domain=domain, httponly=http_only, samesite="Lax")
    assert write_cookie("auth_tkt", value, domain=domain, http_only=http_only) == theirs


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # webob still asks for utcnow()
def test_set_cookie_with_a_life_has_the_legacy_date(monkeypatch):
    def both():
        theirs = make_cookie("auth_tkt", "v", domain="h", max_age=31536000, httponly=True, samesite="Lax")
        return theirs, write_cookie("auth_tkt", "v", domain="h", max_age=31536000, http_only=True)

    # The second may turn between the two: then they agree at the next try.
    assert any(theirs == ours for theirs, ours in (both() for _ in range(3)))


cookie_text = st.text(alphabet=" ;,=\"\\abZ09$%[]{}<>|/:_-.\t012'é", max_size=40)


@settings(max_examples=400)
@given(cookie_text)
@example('a="b;c"; d=e; d=f')
@example(r'a="\303\251"; b=\"c')
@example("$Version=1; path=/; a=b")
@example("a = b , c=d")
def test_any_cookie_header_is_read_as_webob_reads_it(header):
    try:
        theirs = dict(Request.blank("/", headers={"Cookie": header}).cookies)
    except UnicodeError:
        with pytest.raises(UnicodeError):
            read_cookies(header)
    else:
        assert dict(read_cookies(header)) == theirs
