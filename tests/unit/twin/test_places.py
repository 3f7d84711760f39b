"""CSRF tokens are read where they are declared to stand, replaced there, and nothing else is spelled anew."""

from __future__ import annotations

import gzip
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadow.twin.places import Places
from tests.support.builders import an_answer, headers

PLACES = Places(
    ["form:csrf_token", "form:_csrf", "header:X-CSRF-Token", "meta:csrf-token", "json:csrf", "cookie:XSRF-TOKEN"]
)
PAGE = b"""<!doctype html><head><meta content='in-meta-tag' name=csrf-token></head>
<form><input value="in&amp;a-form" type=hidden name="csrf_token"><input name=_csrf value=another-form></form>
<input name=user value="no-token-at-all"><input name=csrf_token>"""


def swap(token: str) -> str | None:
    """Replace one token."""
    return 'new "one"+&' if token == "old+one/=" else None


def test_an_answer_gives_the_tokens_of_all_declared_places():
    answer = an_answer(
        200, PAGE, Content_Type="text/html", X_CSRF_Token="in-a-header", Set_Cookie=["XSRF-TOKEN=in-a-cookie; Path=/"]
    )
    found = PLACES.given(answer)
    assert set(found) == {"in-a-header", "in-a-cookie", "in-meta-tag", "in&a-form", "another-form"}
    coded = an_answer(200, gzip.compress(PAGE), Content_Type="text/html", Content_Encoding="gzip")
    assert set(PLACES.given(coded)) == {"in-meta-tag", "in&a-form", "another-form"}


def test_json_gives_its_tokens_at_any_depth():
    answer = an_answer(
        200, b'{"user": {"csrf" : "in-\\u006ason-text", "other": "csrf"}}', Content_Type="application/json"
    )
    assert PLACES.given(answer) == ["in-json-text"]


@pytest.mark.parametrize(
    "answer",
    [
        an_answer(200, PAGE, Content_Type="text/plain"),
        an_answer(200, b"\x1f\x8b broken", Content_Type="text/html", Content_Encoding="gzip"),
        an_answer(200, b'<input name="csrf_token" value="short">', Content_Type="text/html"),
        an_answer(200, b'{"csrf": 12345678901}', Content_Type="application/json"),
        an_answer(200, b'<input name="csrf_token" value="a-token&#13;&#10;X-Admin: yes">', Content_Type="text/html"),
        an_answer(200, b'{"csrf": "a-token\\r\\nX-Admin: yes"}', Content_Type="application/json"),
        an_answer(
            200, b"<!-- <input name=csrf_token value=in-a-comment> --><title>t</title>", Content_Type="text/html"
        ),
    ],
    ids=["text", "broken coding", "too short", "number", "two lines", "two lines of JSON", "comment"],
)
def test_what_is_no_token_is_none(answer):
    assert PLACES.given(answer) == []


def test_a_page_that_a_parser_takes_minutes_for_gives_its_tokens_at_once():
    page = b"<div>" * 100_000 + b"<title>csrf_token</title><input value=in-a-form value=no-token name=csrf_token>"
    assert PLACES.given(an_answer(200, page, Content_Type="text/html")) == ["in-a-form"]


def test_a_head_of_a_part_that_never_names_it_is_read_once():
    body = b"--b\r\n" + b"content-disposition:" * 50_000 + b"\r\n\r\nold+one/=\r\n--b--"
    assert PLACES.body(body, "multipart/form-data; boundary=b", swap) == body


def test_a_form_keeps_the_spelling_of_all_else():
    body = b"a=%7e&&csrf_token=old%2Bone%2f%3D&b=c+d&csrf%5Ftoken=old%2bone/=&csrf_token=mine&e"
    swapped = PLACES.body(body, "application/x-www-form-urlencoded; charset=utf-8", swap)
    new = b"new+%22one%22%2B%26"
    assert swapped == b"a=%7e&&csrf_token=" + new + b"&b=c+d&csrf%5Ftoken=" + new + b"&csrf_token=mine&e"


def test_an_upload_keeps_its_boundary_and_its_bytes():
    part = b'--b\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n'
    body = part % (b"csrf_token", b"old+one/=") + part % (b"file", b"\x00old+one/=\xff") + b"--b--\r\n"
    swapped = PLACES.body(body, 'multipart/form-data; boundary="b"', swap)
    expected = part % (b"csrf_token", b'new "one"+&') + part % (b"file", b"\x00old+one/=\xff") + b"--b--\r\n"
    assert swapped == expected


def test_json_keeps_its_spelling():
    body = b'{"n": 1.0, "csrf"  :"old+one\\/=", "text": "csrf old+one/=", "in": [{"csrf": "else"}]}'
    swapped = PLACES.body(body, "application/json", swap)
    assert swapped == body.replace(b'"old+one\\/="', b'"new \\"one\\"+&"')


def test_header_fields_keep_their_order_and_their_case():
    sent = headers(A="old+one/=", x_csrf_token="old+one/=", Cookie="a=old+one/=")
    swapped = PLACES.headers(sent, swap)
    assert swapped == headers(A="old+one/=", x_csrf_token='new "one"+&', Cookie="a=old+one/=")


def test_a_token_that_is_sent_as_a_cookie_as_well_is_the_same_in_both():
    sent = headers(X_XSRF="old+one/=", Cookie="a=old+one/=; XSRF-TOKEN=old+one/=;b=c")
    swapped = Places(["header:x-xsrf", "cookie:XSRF-TOKEN"]).headers(sent, lambda token: f"new-{token[:3]}")
    assert swapped == headers(X_XSRF="new-old", Cookie="a=old+one/=; XSRF-TOKEN=new-old;b=c")


def test_a_body_of_another_kind_is_left_alone():
    assert PLACES.body(b"csrf_token=old%2Bone%2F%3D", "text/plain", swap) == b"csrf_token=old%2Bone%2F%3D"
    assert PLACES.body(b'{"csrf_token": "old+one/="}', "application/json", swap) == b'{"csrf_token": "old+one/="}'


@given(st.lists(st.tuples(st.sampled_from(["csrf_token", "a", "_csrf"]), st.text(max_size=12))), st.text(min_size=1))
def test_only_the_tokens_of_a_form_change(fields, new):
    """As parsed: each token is the new one, each other field what it was; without a swap not a byte changes."""
    sendable = [(name, value.encode("utf-8", "replace").decode()) for name, value in fields]
    new = new.encode("utf-8", "replace").decode()
    body, media = urlencode(sendable).encode(), "application/x-www-form-urlencoded"
    assert PLACES.body(body, media, lambda _: None) == body
    swapped = PLACES.body(body, media, lambda _: new)
    expected = [(name, new if name != "a" else value) for name, value in sendable]
    assert parse_qsl(swapped.decode(), keep_blank_values=True) == expected


MEDIA = [
    "application/json",
    "multipart/form-data; boundary=b",
    "multipart/form-data; boundary*=utf-8''b",
    "multipart/form-data; boundary*0=b; boundary*=b",
    "x/form",
]


@given(st.binary(max_size=200), st.sampled_from(MEDIA))
def test_no_body_makes_it_fail_and_none_without_tokens_changes(body, media):
    assert PLACES.body(body, media, lambda _: None) == body
    PLACES.given(an_answer(200, body + b'csrf_token="csrf":"', Content_Type="text/html"))
    PLACES.given(an_answer(200, body + b'"csrf":"\\ud800abcdefgh"', Content_Type="application/json"))
