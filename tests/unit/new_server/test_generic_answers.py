"""Redirects, errors, CSRF and forwarded headers, held against the libraries that the legacy application uses."""

import json
from types import SimpleNamespace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pyramid.csrf import check_csrf_origin
from pyramid.exceptions import BadCSRFOrigin, BadCSRFToken
from pyramid.httpexceptions import HTTPFound
from pyramid.request import Request
from starlette.datastructures import MutableHeaders
from waitress.proxy_headers import MalformedProxyHeader, parse_proxy_headers
from webob.acceptparse import create_accept_header

from new_server.http.accept import preferred_form
from new_server.http.boundary import Call
from new_server.http.csrf import check_csrf
from new_server.http.middleware import _believe, _Malformed
from new_server.http.ui_errors import FOREIGN_FORM, FOREIGN_ORIGIN, BadCsrf, bad_csrf, redirect

FISHTEST = SimpleNamespace(settings=SimpleNamespace(authentication_secret=""))
ACCEPTS = ["", "*/*", "text/html", "application/json", "image/png", "text/html,application/xml;q=0.9,*/*;q=0.8"]
LOCATIONS = ["/tests", "tests/view/1?follow=1", "//evil.example", "?page=2", "http://other/x", "/ü", "", "/a\tb"]


def a_call(method="GET", path="/login", scheme="http", **headers):
    headers = {"host": "h.example:8080", **headers}
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "scheme": scheme,
        "client": ("127.0.0.1", 1),
        "headers": [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in headers.items()],
    }
    call = scope["call"] = Call(scope, FISHTEST)
    return call, SimpleNamespace(scope=scope)


def pyramids_answer(exception, accept):
    request = Request.blank("/login", headers={"Accept": accept, "Host": "h.example:8080"})
    return request.get_response(exception)


def same(ours, theirs):
    assert ours.status_code == theirs.status_int
    assert ours.body == theirs.body
    assert ours.headers["content-type"] == theirs.headers["Content-Type"]
    assert ours.headers["content-length"] == theirs.headers["Content-Length"]
    assert ours.headers.get("location") == theirs.headers.get("Location")


@pytest.mark.parametrize("accept", ACCEPTS)
@pytest.mark.parametrize("location", LOCATIONS)
def test_a_redirect_is_the_one_that_pyramid_sends(accept, location):
    call, _ = a_call(accept=accept)
    same(redirect(call, location), pyramids_answer(HTTPFound(location), accept))


@pytest.mark.parametrize("accept", ACCEPTS)
@pytest.mark.anyio
async def test_a_csrf_failure_is_the_one_that_pyramid_sends(accept):
    _, request = a_call(accept=accept)
    theirs = pyramids_answer(BadCSRFToken("check_csrf_token(): Invalid token"), accept)
    same(await bad_csrf(request, BadCsrf(FOREIGN_FORM, "check_csrf_token(): Invalid token")), theirs)
    theirs = pyramids_answer(BadCSRFOrigin("<why> & 'where'"), accept)
    same(await bad_csrf(request, BadCsrf(FOREIGN_ORIGIN, "<why> & 'where'")), theirs)


@pytest.fixture
def anyio_backend():
    return "asyncio"


media = st.sampled_from(
    ["text/html", "application/json", "text/*", "*/*", "application/*", "TEXT/HTML", "text/html;v=1", "a", ""]
)
weights = st.sampled_from(["", ";q=0", ";q=0.5", "; q=1.000", ";q=0.501;x=y", ";q=2", ";q", ";Q=.5", ';x="a,b";q=0.7'])


@settings(max_examples=400)
@given(st.lists(st.tuples(media, weights).map("".join), max_size=4).map(",".join))
@example("text/html application/json")
@example(", ,application/json")
def test_the_form_of_a_body_is_chosen_as_webob_chooses_it(accept):
    offers = create_accept_header(accept).acceptable_offers(["text/html", "application/json"])
    assert preferred_form(accept) == ([offer for offer, _ in offers] + ["text/plain"])[0]


origins = st.sampled_from(
    [
        None,
        "",
        "null",
        "https://h.example",
        "https://H.example:8080",
        "https://h.example:8080",
        "http://h.example:8080",
        "https://evil.example",
        "https://evil.example https://h.example",
        "https://h.example:443",
        "rubbish",
    ]
)


@given(origins, origins, st.sampled_from(["h.example", "h.example:443", "h.example:80", "h.example:8080"]))
def test_an_origin_is_trusted_where_pyramid_trusts_it(origin, referer, host):
    headers = {name: value for name, value in (("origin", origin), ("referer", referer)) if value is not None}
    environ = {f"HTTP_{name.upper()}": value for name, value in headers.items()}
    request = Request.blank("/login", base_url="https://x", environ={**environ, "HTTP_HOST": host})
    request.registry = SimpleNamespace(settings={})
    try:
        check_csrf_origin(request)
        expected = None
    except BadCSRFOrigin as refused:
        expected = str(refused)
    call, _ = a_call("POST", scheme="https", host=host, **headers)
    call.headers = call.headers.mutablecopy()
    call.headers["x-csrf-token"] = call.session.csrf_token()
    if expected is None:
        check_csrf(call)
    else:
        with pytest.raises(BadCsrf) as caught:
            check_csrf(call)
        assert caught.value.detail == expected


def test_a_token_may_come_in_the_header_or_in_the_form():
    call, _ = a_call("POST")
    call.form = {"csrf_token": call.session.csrf_token()}
    check_csrf(call)
    call, _ = a_call("POST")
    call.form = {"csrf_token": "wrong"}
    with pytest.raises(BadCsrf):
        check_csrf(call)


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "TRACE"])
def test_a_request_that_changes_nothing_needs_no_token(method):
    check_csrf(a_call(method)[0])


forwarded = st.fixed_dictionaries(
    {},
    optional={
        "X-Forwarded-For": st.sampled_from(
            ["1.2.3.4", "9.9.9.9, 1.2.3.4:77", "::1", "[2001:db8::1]", '"1.2.3.4"', '"', "1.2.3.4,"]
        ),
        "X-Forwarded-Host": st.sampled_from(["a.example", "a.example:81", "b, [::1]", '"a.example"']),
        "X-Forwarded-Proto": st.sampled_from(["http", "HTTPS", "ftp", "http, https", ""]),
        "X-Forwarded-Port": st.sampled_from(["80", "443", "8443", "1,2"]),
    },
)


@settings(max_examples=300)
@given(forwarded)
def test_a_proxys_word_is_taken_as_waitress_takes_it(headers):
    environ = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
    environ |= {"REMOTE_ADDR": "127.0.0.1", "wsgi.url_scheme": "http", "HTTP_HOST": "h.example", "SERVER_PORT": "1"}
    scope = {
        "type": "http",
        "scheme": "http",
        "client": ("127.0.0.1", 1),
        "headers": [(b"host", b"h.example"), *((n.lower().encode(), v.encode()) for n, v in headers.items())],
    }
    try:
        parse_proxy_headers(environ, 1, {name.lower() for name in headers})
    except MalformedProxyHeader:
        with pytest.raises(_Malformed):
            _believe(scope, MutableHeaders(scope=scope))
        return
    _believe(scope, MutableHeaders(scope=scope))
    assert scope["scheme"] == environ["wsgi.url_scheme"]
    assert scope["client"][0] == environ["REMOTE_ADDR"]
    assert MutableHeaders(scope=scope)["host"] == environ["HTTP_HOST"]


def test_the_json_form_of_a_redirect_is_json():
    call, _ = a_call(accept="application/json")
    assert json.loads(redirect(call, "/tests").body)["code"] == "302 Found"
