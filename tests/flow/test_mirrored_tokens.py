"""Tokens of APIs are mirrored, whatever a login calls them and wherever a client puts them; no live one gets out."""

from __future__ import annotations

import base64
import json
import secrets
from dataclasses import dataclass, field, replace
from urllib.parse import quote, unquote

import pytest

from shadow.config import Proxy
from shadow.exchange import Request, Response
from shadow.proxy.client_key import ClientKeys
from tests.support.builders import a_request, an_answer, an_exchange
from tests.support.members import answer_all
from tests.support.mirrors import a_config, mirrored, outcomes, record
from tests.support.upstreams import Upstream, Wire

JSON = "application/json"
USES = {
    "a bearer": lambda token: a_request("GET", "/page", Authorization=f"Bearer {token}"),
    "another scheme": lambda token: a_request("GET", "/page", Authorization=f"Token {token}"),
    "its own field": lambda token: a_request("GET", "/page", X_Auth_Token=token),
    "the query": lambda token: a_request("GET", f"/page?api_token={token}"),
    "JSON": lambda token: a_request("POST", "/page", json.dumps({"refresh": token}).encode(), Content_Type=JSON),
}


@dataclass
class Keyed:
    """An API whose login hands out a key under some name, and that lets in who brings one in any place."""

    name: str
    handed: set[str] = field(default_factory=set)
    static: str = "configured-in-both-worlds-1"
    seen: list[str] = field(default_factory=list)

    def answer(self, request: Request) -> Response:
        """What it answers, as a value."""
        if request.target == b"/notes":
            token = secrets.token_urlsafe(30).replace("-", "x").replace("_", "y")
            self.handed.add(token)
            return an_answer(200, json.dumps({self.name: token}).encode(), Content_Type=JSON)
        whole = b" ".join((request.target, request.body.data, *(value for _, value in request.headers))).decode()
        self.seen.append(whole)
        known = any(token in whole for token in (*self.handed, self.static))
        return an_answer(200 if known else 401, json.dumps({"in": known}).encode(), Content_Type=JSON)

    def serve(self, upstream: Upstream, wire: Wire) -> None:
        """The same behind a socket."""
        answer_all(wire, self.answer)


@dataclass
class DoubleSubmit(Keyed):
    """A site whose cookie scripts decode and send back in a field, as Angular, axios and Laravel do it."""

    def answer(self, request: Request) -> Response:
        """A page gives the token; a form needs it twice."""
        if request.safe:
            token = base64.b64encode(secrets.token_bytes(40)).decode()
            self.handed.add(token)
            return an_answer(200, b"page", Set_Cookie=f"XSRF-TOKEN={quote(token, safe='')}; Path=/")
        _, _, cookie = request.headers.text("cookie").partition("XSRF-TOKEN=")
        good = request.headers.text("x-xsrf-token") == unquote(cookie) in self.handed
        return an_answer(200 if good else 419, b"kept" if good else b"forged")


@dataclass
class TwoCookies(Keyed):
    """A site that sets its session and its token together; its scripts send the token in a field as well."""

    cookies: tuple[str, str] = ("sessionid", "csrftoken")

    def answer(self, request: Request) -> Response:
        """A login gives both; a form needs both, and the token twice."""
        if request.target == b"/page":
            session, token = secrets.token_hex(16), secrets.token_hex(16)
            self.handed.add(f"{self.cookies[0]}={session}; {self.cookies[1]}={token} {token}")
            fields = [f"{self.cookies[0]}={session}; Path=/; HttpOnly", f"{self.cookies[1]}={token}; Path=/"]
            return an_answer(200, b"in", Set_Cookie=fields)
        good = f"{request.headers.text('cookie')} {request.headers.text('x-csrftoken')}" in self.handed
        return an_answer(200 if good else 403, b"kept" if good else b"forged")


def mirror(folder, requests, shadow: Keyed, keys: tuple[str, ...] = Proxy().client_key):
    """Mirror these requests and answers of the live world to the shadow world's API."""
    known = ClientKeys(keys, b"salt", trusted_hops=0)
    config = replace(a_config(folder), proxy=Proxy(client_key=keys))
    exchanges = [
        an_exchange(request, answer, began=float(at), ended=at + 0.5, client_key=known.key_of(request), sequence=at)
        for at, (request, answer) in enumerate(requests, 1)
    ]
    with Upstream(shadow.serve) as upstream:
        config = replace(config, candidate=replace(config.candidate, shadow=upstream.url))
        record(config, *exchanges)
        return mirrored(config, lambda store: sum(one.count for one in store.counts()) == len(exchanges))


def talk(live: Keyed, use) -> list[tuple[Request, Response]]:
    """Two clients behind one address log in one after the other, and both use what they were given."""
    done, tokens = [], []
    for _ in range(2):
        request = a_request("POST", "/notes")
        done.append((request, live.answer(request)))
        tokens.append(next(iter(json.loads(done[-1][1].body.data).values())))
    return done + [(request, live.answer(request)) for token in tokens * 2 for request in [use(token)]]


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("name", ["access_token", "key", "jwt"])
@pytest.mark.parametrize("keys", [Proxy().client_key, ("header:x-auth-token",)], ids=["default", "a field"])
def test_what_a_login_handed_out_is_good_in_the_shadow_world(tmp_path, use, name, keys):
    live, shadow = Keyed(name), Keyed(name)
    store = mirror(tmp_path, talk(live, USES[use]), shadow, keys)
    assert set(outcomes(store)) == {("match", "")}
    assert not any(token in line for token in live.handed for line in shadow.seen)
    store.close()


def test_a_token_that_the_shadow_world_did_not_hand_out_skips_the_copy_and_stays_at_home(tmp_path):
    live, shadow = Keyed("key"), Keyed("")
    shadow.answer = lambda request: an_answer(500) if request.target == b"/notes" else Keyed.answer(shadow, request)
    store = mirror(tmp_path, talk(live, USES["its own field"]), shadow)
    assert outcomes(store) == {("mismatch", ""): 2, ("skipped", "session"): 4}
    assert shadow.seen == []
    assert store.world().tainted == ""
    store.close()


def test_a_write_that_is_left_out_for_its_token_taints_the_shadow_world(tmp_path):
    live, shadow = Keyed("key"), Keyed("")
    shadow.answer = lambda request: an_answer(500) if request.target == b"/notes" else Keyed.answer(shadow, request)
    store = mirror(tmp_path, talk(live, USES["JSON"]), shadow)
    assert outcomes(store) == {("mismatch", ""): 2, ("skipped", "session"): 4}
    assert store.world().tainted.endswith("came with a token that only the live world knows")
    store.close()


def test_a_key_that_is_configured_in_both_worlds_goes_along(tmp_path):
    live, shadow = Keyed("key"), Keyed("key")
    requests = [use(live.static) for use in USES.values()]
    store = mirror(tmp_path, [(request, live.answer(request)) for request in requests], shadow)
    assert set(outcomes(store)) == {("match", "")}
    assert all(live.static in line for line in shadow.seen)
    store.close()


def test_a_token_is_good_twice_when_its_cookie_is_encoded_and_its_field_is_not(tmp_path):
    live, shadow = DoubleSubmit(""), DoubleSubmit("")
    done = []
    for _ in range(3):
        page = a_request("GET", "/page")
        done.append((page, live.answer(page)))
        value = done[-1][1].headers.text("set-cookie").partition(";")[0].partition("=")[2]
        for sent in (unquote(value), value, "forged"):
            form = a_request("POST", "/notes", Cookie=f"XSRF-TOKEN={value}", X_XSRF_TOKEN=sent)
            done.append((form, live.answer(form)))
    store = mirror(tmp_path, done, shadow)
    assert set(outcomes(store)) == {("match", "")}
    assert sorted(answer.status for _, answer in done) == [200] * 6 + [419] * 6
    store.close()


def test_a_session_and_its_token_are_mirrored_where_each_stack_has_its_own_names_for_both(tmp_path):
    live, shadow = TwoCookies(""), TwoCookies("", cookies=("appsession", "csrf_tok"))
    page = a_request("POST", "/page")
    done = [(page, live.answer(page))]
    sent, _, token = next(iter(live.handed)).rpartition(" ")
    for field_token in (token, "forged", token):
        form = a_request("POST", "/notes", Cookie=sent, X_CSRFToken=field_token)
        done.append((form, live.answer(form)))
    store = mirror(tmp_path, done, shadow, ("cookie:sessionid", "cookie:appsession"))
    assert outcomes(store) == {("mismatch", ""): 1, ("match", ""): 3}
    assert {one.place for one in store.findings()} == {
        "cookie:sessionid", "cookie:csrftoken", "cookie:appsession", "cookie:csrf_tok"
    }  # fmt: skip
    store.close()
