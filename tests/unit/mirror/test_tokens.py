"""Tokens are known wherever they are handed out, and found wherever a request may hold them."""

from __future__ import annotations

import base64
import gzip
import json

import pytest

from shadow.mirror.jars import Client, Clients, CopyCookies
from shadow.mirror.swap import Swap, untold
from shadow.mirror.tokens import handed_out, paired, presented
from shadow.mirror.translate import translate
from tests.support.builders import a_request, an_answer, an_exchange

LIVE, SHADOW = "Q9w8e7R6t5y4u3I2o1p0", "z0X9c8V7b6n5M4a3s2D1"
SANCTUM, OTHER_SANCTUM = "12|Q9w8e7R6t5y4u3I2o1/p", "7|z0X9c8V7b6n5M4a3s2+D"
DEFAULT = ("cookie:session", "cookie:auth_tkt", "header:authorization", "json:worker_info.unique_key")
BASIC = base64.b64encode(f"{LIVE}:".encode()).decode()


class NoWords:
    """Nothing is known."""

    def whole(self, name: str) -> str | None:
        return None

    def beginning(self, part: str) -> str | None:
        return None


def login(name: str, token: str):
    return an_answer(200, json.dumps({name: token}).encode(), Content_Type="application/json")


NAMES = ["access_token", "token", "access", "refresh", "jwt", "key", "api_key", "id_token", "accessToken", "apiKey"]


@pytest.mark.parametrize("name", NAMES)
def test_a_login_may_call_its_token_by_many_names(name: str) -> None:
    assert handed_out(login(name, LIVE)) == [(name, LIVE)]


@pytest.mark.parametrize("name", ["csrf_token", "next_page_token", "cache_key", "note", "access_level"])
def test_other_names_are_none_of_a_token(name: str) -> None:
    assert handed_out(login(name, LIVE)) == []


def test_tokens_are_found_in_header_fields_behind_a_coding_and_with_escaped_slashes() -> None:
    assert handed_out(an_answer(Authorization=f"Bearer {LIVE}")) == [("authorization", LIVE)]
    assert handed_out(an_answer(X_Auth_Token=LIVE)) == [("x-auth-token", LIVE)]
    packed = gzip.compress(json.dumps({"token": LIVE}).encode())
    answer = an_answer(200, packed, Content_Type="application/json", Content_Encoding="gzip")
    assert handed_out(answer) == [("token", LIVE)]
    php = an_answer(200, b'{"token":"%s"}' % SANCTUM.replace("/", r"\/").encode(), Content_Type="application/json")
    assert handed_out(php) == [("token", SANCTUM)]


def test_many_keys_are_a_list_of_things_that_have_keys() -> None:
    many = json.dumps([{"key": f"{LIVE}{number}"} for number in range(20)]).encode()
    assert handed_out(an_answer(200, many, Content_Type="application/json")) == []


def test_tokens_are_paired_by_their_only_name_and_equal_ones_are_their_own() -> None:
    assert paired(login("key", LIVE), login("key", SHADOW)) == {LIVE: SHADOW}
    assert paired(login("key", LIVE), login("api_key", LIVE)) == {LIVE: LIVE}
    assert paired(login("key", LIVE), login("token", SHADOW)) == {LIVE: ""}
    assert paired(login("key", LIVE), None) == {LIVE: ""}


FORM, JSON = "application/x-www-form-urlencoded", "application/json"
PLACES = {
    "a bearer token": (a_request(Authorization=f"Bearer {LIVE}"), "authorization", f"Bearer {SHADOW}"),
    "another scheme": (a_request(Authorization=f"Token {LIVE}"), "authorization", f"Token {SHADOW}"),
    "a named parameter": (
        a_request(Authorization=f'Token token="{LIVE}"'), "authorization", f'Token token="{SHADOW}"',
    ),
    "no scheme": (a_request(Authorization=LIVE), "authorization", SHADOW),
    "a user's name": (
        a_request(Authorization=f"Basic {BASIC}"),
        "authorization",
        "Basic " + base64.b64encode(f"{SHADOW}:".encode()).decode(),
    ),
    "a field of its own": (a_request(X_Auth_Token=LIVE), "x-auth-token", SHADOW),
    "another field": (a_request(X_Api_Key=LIVE), "x-api-key", SHADOW),
    "the query": (a_request("GET", f"/me?api_token={LIVE}&n=1"), "target", f"/me?api_token={SHADOW}&n=1"),
    "a form": (a_request("POST", "/", f"t={LIVE}&n=1".encode(), Content_Type=FORM), "body", f"t={SHADOW}&n=1"),
    "JSON": (a_request("POST", "/", b'{"refresh": "%s"}' % LIVE.encode(), Content_Type=JSON), "body",
             f'{{"refresh": "{SHADOW}"}}'),
}  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("keys", [DEFAULT, ("header:x-auth-token",)])
def test_a_token_that_was_handed_out_is_translated_in(place: str, keys: tuple[str, ...]) -> None:
    clients = Clients(keys)
    request, where, expected = PLACES[place]
    handed = clients.of(an_exchange(a_request("POST", "/login"), login("key", LIVE)))
    handed.answered(login("key", LIVE), login("key", SHADOW))
    client = clients.of(an_exchange(request, client_key="header:1"))
    assert client is handed
    copy = translate(request, client.cookies_for(request), NoWords())
    seen = {"target": copy.target.decode(), "body": copy.body.data.decode()}
    assert seen.get(where, copy.headers.text(where)) == expected


def test_a_token_of_any_letters_is_translated_however_it_is_spelled() -> None:
    client = Client("c", tokens={})
    client.answered(login("token", SANCTUM), login("token", OTHER_SANCTUM))
    for request, expected in (
        (a_request(Authorization=f"Bearer {SANCTUM}"), f"Bearer {OTHER_SANCTUM}"),
        (a_request("GET", "/?t=12%7CQ9w8e7R6t5y4u3I2o1%2Fp"), "/?t=7%7Cz0X9c8V7b6n5M4a3s2%2BD"),
        (a_request("GET", "/?t=12%7CQ9w8e7R6t5y4u3I2o1/p"), "/?t=7%7Cz0X9c8V7b6n5M4a3s2%2BD"),
    ):
        copy = translate(request, client.cookies_for(request), NoWords())
        assert expected in (copy.headers.text("authorization"), copy.target.decode())


def test_a_token_that_only_the_live_world_handed_out_never_leaves_it() -> None:
    clients = Clients(DEFAULT)
    client = clients.of(an_exchange(a_request("POST", "/login"), login("key", LIVE)))
    request = a_request("GET", f"/me?key={LIVE}", Authorization=f"Bearer {LIVE}")
    assert untold(client.cookies_for(request).tokens, NoWords())
    client.answered(login("key", LIVE), an_answer(500))
    cookies = client.cookies_for(request)
    assert untold(cookies.tokens, NoWords())
    copy = translate(request, cookies, NoWords())
    assert (copy.target, copy.headers.text("authorization")) == (b"/me?key=", "Bearer ")
    assert not untold(client.cookies_for(request, one_world=True).tokens, NoWords())


def test_a_key_that_both_worlds_know_goes_along_as_it_is() -> None:
    """Nobody handed it out, or both worlds handed out the same."""
    clients = Clients(DEFAULT)
    request = a_request(Authorization=f"Bearer {LIVE}")
    client = clients.of(an_exchange(request, login("api_key", LIVE), client_key="header:1"))
    client.answered(login("api_key", LIVE), None)
    assert client.cookies_for(request) == CopyCookies(())
    page = clients.of(an_exchange(a_request(cookie="session=v1"), login("api_key", SHADOW)))
    page.answered(login("api_key", SHADOW), login("api_key", SHADOW))
    assert page.cookies_for(a_request(X_Api_Key=SHADOW)) == CopyCookies(())


def test_another_client_brings_a_token_of_somebody_elses() -> None:
    """A cookie tells whose request it is; the token is translated all the same."""
    clients = Clients(DEFAULT)
    owner = clients.of(an_exchange(a_request("POST", "/login"), login("key", LIVE)))
    owner.answered(login("key", LIVE), login("key", SHADOW))
    request = a_request(cookie="session=v1", X_Api_Key=LIVE)
    other = clients.of(an_exchange(a_request(cookie="session=v1")))
    assert clients.of(an_exchange(request)) is other is not owner
    assert other.cookies_for(request).tokens == ((LIVE, SHADOW),)


def test_tokens_survive_a_restart() -> None:
    clients = Clients(DEFAULT)
    client = clients.of(an_exchange(a_request("POST", "/login"), login("key", LIVE)))
    client.answered(login("key", LIVE), login("key", SHADOW))
    again = Clients(DEFAULT)
    again.load([(client.id, client.as_json())])
    request = a_request(X_Api_Key=LIVE)
    assert again.of(an_exchange(request)).cookies_for(request).tokens == ((LIVE, SHADOW),)


def test_what_could_be_a_token_is_looked_for_in_the_decoded_request() -> None:
    request = a_request("GET", "/?t=12%7CQ9w8e7R6t5y4u3I2o1%2Fp", Authorization="Bearer short")
    assert presented(request) == ["short", SANCTUM]


def test_a_key_that_both_worlds_know_makes_nobody_another() -> None:
    """A public key of some map service, say: all clients have been given the same, and send it."""
    clients, config = Clients(DEFAULT), login("api_key", LIVE)
    first = an_exchange(a_request("GET", "/config"), config, client_key="addr:1")
    clients.of(first).answered(config, config)
    found = set()
    for number in range(2, 6):
        signed_in = an_answer(200, b"", Set_Cookie=f"session=Live{number}e7R6t5y4u3I2o1p0")
        request = a_request("POST", "/login", X_Api_Key=LIVE)
        found.add(clients.of(an_exchange(request, signed_in, client_key=f"addr:{number}")).id)
    assert len(found) == 4


def test_what_a_read_that_was_not_copied_says_stands_in_the_clone_as_well() -> None:
    clients, document = Clients(DEFAULT), login("key", LIVE)
    read = an_exchange(a_request("GET", "/files/1"), document, client_key="addr:1")
    clients.of(read).answered(document, None, read=True)
    write = a_request("POST", "/files", json.dumps({"key": LIVE}).encode(), Content_Type="application/json")
    cookies = clients.of(an_exchange(write, client_key="addr:1")).cookies_for(write)
    assert not untold(cookies.tokens, NoWords())
    clients = Clients(DEFAULT)
    signed_in = an_exchange(a_request("POST", "/login"), document, client_key="addr:1")
    clients.of(signed_in).answered(document, None)
    assert untold(clients.of(an_exchange(write, client_key="addr:1")).cookies_for(write).tokens, NoWords())


def test_tokens_are_swapped_in_one_go() -> None:
    longer = LIVE + "ZZZZ"
    swap = Swap(((LIVE, longer), (longer, SHADOW)))
    assert swap.url(f"/a?x={LIVE}&y={longer}".encode()) == f"/a?x={longer}&y={SHADOW}".encode()


def test_a_partner_of_other_letters_stands_for_no_token() -> None:
    client = Client("c", live={"name": "Zofia%20K"}, shadow={"called": "%C5%81ucja"}, partners={"name": "called"})
    request = a_request("POST", "/a", b"name=Zofia%20Kowalczyk-", Content_Type="application/x-www-form-urlencoded")
    assert client.cookies_for(request).tokens == ()
    client.live["name"] = "Zofia%20Kowalczyk-"
    assert client.cookies_for(request).tokens == ()
