"""Known names are replaced wherever a request may hold them; all other bytes stay."""

from __future__ import annotations

import gzip
import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadow.mirror.jars import CopyCookies
from shadow.mirror.translate import rename, translate
from tests.support.builders import a_request

NONE = CopyCookies(())
RUN, SHADOW_RUN = "65f0a1b2c3d4e5f601234567", "75f0a1b2c3d4e5f60123456f"
UUID, SHADOW_UUID = "c0ffee12-1a2b-4c3d-9e8f-0123456789ab", "c0ffee12-1a2b-4c3d-9e8f-ffffffffffff"
TOKEN, SHADOW_TOKEN = "a" * 20 + "1" * 20, "b" * 20 + "2" * 20
PADDED, SHADOW_PADDED = "c2Vzc2lvbg+/x==", "b3RoZXIgb25l+/=="
COMMIT, SHADOW_COMMIT = "1a2b3c4d5e6f" + "0" * 27 + "7", "9f8e7d6c5b4a" + "0" * 27 + "1"
NAMES = {RUN: SHADOW_RUN, UUID: SHADOW_UUID, TOKEN: SHADOW_TOKEN, PADDED: SHADOW_PADDED, "3523407757": "99"}
NUMBERS = {"order 17": "order 18", "order 18": "order 19", "user 5": "user 6", "item 5": "item 50"}


class Known:
    """Words that a test lays down; a beginning is known of the commit only."""

    def __init__(self, names: dict[str, str]) -> None:
        self.whole = names.get

    def beginning(self, part: str) -> str | None:
        return SHADOW_COMMIT[: len(part)] if len(part) >= 7 and COMMIT.startswith(part) else None


WORDS = Known({**NAMES, **NUMBERS})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"/tests/view/{RUN}?follow=1", f"/tests/view/{SHADOW_RUN}?follow=1"),
        (f"/api/pgn/{RUN}-2.pgn", f"/api/pgn/{SHADOW_RUN}-2.pgn"),
        (f"csrf_token={TOKEN}&run-id={RUN}", f"csrf_token={SHADOW_TOKEN}&run-id={SHADOW_RUN}"),
        (f"next=%2Ftests%2Fview%2F{RUN}", f"next=%2Ftests%2Fview%2F{SHADOW_RUN}"),
        ("token=c2Vzc2lvbg%2B%2Fx%3D%3D", "token=b3RoZXIgb25l%2B%2F%3D%3D"),
        (f'{{"k": "{UUID}", "sig": 3523407757}}', f'{{"k": "{SHADOW_UUID}", "sig": 99}}'),
        (f'{{"t":"{PADDED}"}}', f'{{"t":"{SHADOW_PADDED}"}}'),
        (f"key={UUID}x", f"key={SHADOW_UUID}x"),
        (f"x{RUN}", f"x{RUN}"),
        ("/tests/run/master-1a2b3c4", "/tests/run/master-9f8e7d6"),
        ("net=branch_1a2b3c4d5e&x=1", "net=branch_9f8e7d6c5b&x=1"),
        ("1a2b3c4", "1a2b3c4"),
        ("master-1a2b3c", "master-1a2b3c"),
        ("/orders/17", "/orders/17"),
    ],
)
def test_a_known_name_is_found_wherever_it_stands(text: str, expected: str) -> None:
    assert rename(text.encode(), WORDS).decode() == expected


@given(st.binary())
def test_bytes_that_name_nothing_known_stay_as_they_are(data: bytes) -> None:
    assert rename(data, Known({})) == data
    for media in ("application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""):
        request = a_request("POST", "/orders/17", data, Content_Type=media)
        assert translate(request, NONE, Known({})) == request


@given(st.dictionaries(st.text(max_size=5), st.sampled_from([*NAMES, "word", 'say "hi"']), max_size=4))
def test_a_renamed_json_document_is_the_document_renamed(value: dict[str, str]) -> None:
    renamed = json.loads(rename(json.dumps(value).encode(), WORDS))
    assert renamed == {key: NAMES.get(text, text) for key, text in value.items()}


def test_cookies_come_from_the_jar_and_headers_are_renamed() -> None:
    request = a_request("POST", "/logout", b"", Cookie="session=v1", X_CSRF_Token=TOKEN, Host=RUN, User_Agent=RUN)
    copy = translate(request, CopyCookies((("session", "s1"),)), WORDS)
    assert copy.headers.get(b"cookie") == b"session=s1"
    assert copy.headers.text("x-csrf-token") == SHADOW_TOKEN
    assert copy.headers.text("host") == RUN
    assert copy.headers.text("user-agent") == RUN


@pytest.mark.parametrize("coding", ["gzip", "br", "gzip, br"])
def test_a_body_that_cannot_be_opened_is_left_alone(coding: str) -> None:
    request = a_request("POST", "/x", RUN.encode(), Content_Encoding=coding)
    assert translate(request, NONE, WORDS).body.data == RUN.encode()


def test_a_gzipped_body_is_opened_and_packed_again_if_it_names_something() -> None:
    fields = {"Content_Encoding": "gzip", "Content_Type": "application/json"}
    known, other = (gzip.compress(f'{{"id": "{name}"}}'.encode(), 1) for name in (RUN, "word"))
    copy = translate(a_request("POST", "/x", known, **fields), NONE, WORDS)
    assert gzip.decompress(copy.body.data).decode() == f'{{"id": "{SHADOW_RUN}"}}'
    assert copy.body.size == len(copy.body.data)
    assert translate(a_request("POST", "/x", other, **fields), NONE, WORDS).body.data == other


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/orders/17", "/orders/18"),
        ("/api/orders/17/lines?user_id=5&page=5", "/api/orders/18/lines?user_id=6&page=5"),
        ("/orders?id=17&next=%2Forders%2F18", "/orders?id=18&next=%2Forders%2F19"),
        ("/orders/170", "/orders/170"),
        ("/items/17", "/items/17"),
        ("/orders/17.5", "/orders/17.5"),
    ],
)
def test_a_number_is_renamed_by_what_it_is_the_number_of(target: str, expected: str) -> None:
    assert translate(a_request("GET", target), NONE, WORDS).target.decode() == expected


def test_numbers_in_json_are_renamed_by_their_keys_and_nothing_else_is_touched() -> None:
    text = r'{ "order_id":17, "userId" : "5", "n": 17, "price": 17.0,  "items": [{"id": 5, "x": [17]}], "y": "\"17"}'
    renamed = text.replace('"order_id":17', '"order_id":18').replace('"5"', '"6"').replace('"id": 5', '"id": 50')
    request = a_request("PATCH", "/orders/17", text.encode(), Content_Type="application/json")
    assert translate(request, NONE, WORDS).body.data.decode() == renamed
    ids = a_request("POST", "/orders", b'{"order_ids": [17, 18, 99]}', Content_Type="application/json")
    assert translate(ids, NONE, WORDS).body.data == b'{"order_ids": [18, 19, 99]}'
    alone = a_request("POST", "/orders", b'[{"id": 17}, {"line": {"id": 17}}]', Content_Type="application/json")
    assert translate(alone, NONE, WORDS).body.data == b'[{"id": 18}, {"line": {"id": 17}}]'


def test_a_name_of_another_form_is_written_as_its_place_asks() -> None:
    """`+` in a form is a space: a token that needs no escape in one world may need one in the other."""
    words = Known({TOKEN: PADDED})
    form = a_request("POST", f"/x?t={TOKEN}", f"t={TOKEN}".encode(), Content_Type="application/x-www-form-urlencoded")
    copy = translate(form, NONE, words)
    assert (copy.target, copy.body.data) == (b"/x?t=c2Vzc2lvbg%2B%2Fx%3D%3D", b"t=c2Vzc2lvbg%2B%2Fx%3D%3D")
    plain = a_request("POST", "/x", f'{{"t":"{TOKEN}"}}'.encode(), Content_Type="application/json", X_CSRF_Token=TOKEN)
    copy = translate(plain, NONE, words)
    assert copy.body.data == f'{{"t":"{PADDED}"}}'.encode()
    assert copy.headers.text("x-csrf-token") == PADDED


def test_a_token_is_known_encoded_when_it_comes_decoded() -> None:
    """As double submit goes: the cookie is percent-encoded, a script decodes it and sends it in a field."""
    words = Known({"YWJjZGVm%2Bx%3D%3D": "dXZ3eHl6%2By%3D", "YWJj/ZGVm%3D": "dXZ3/eHl6%3D"})
    request = a_request("POST", "/", X_XSRF_Token="YWJjZGVm+x==", X_Other="YWJj/ZGVm=", X_Coded="YWJjZGVm%2Bx%3D%3D")
    fields = translate(request, NONE, words).headers
    assert [fields.text(name) for name in ("x-xsrf-token", "x-other", "x-coded")] == [
        "dXZ3eHl6+y=", "dXZ3/eHl6=", "dXZ3eHl6%2By%3D"
    ]  # fmt: skip
    form = a_request(
        "POST", "/?t=YWJjZGVm%2Bx%3D%3D", b"t=YWJjZGVm%2Bx%3D%3D", Content_Type="application/x-www-form-urlencoded"
    )
    copy = translate(form, NONE, words)
    assert (copy.target, copy.body.data) == (b"/?t=dXZ3eHl6%2By%3D", b"t=dXZ3eHl6%2By%3D")
    body = a_request("POST", "/", b'{"t": "YWJjZGVm+x=="}', Content_Type="application/json")
    assert translate(body, NONE, words).body.data == b'{"t": "dXZ3eHl6+y="}'


def test_numbers_in_a_form_and_in_the_address_it_came_from_are_renamed() -> None:
    request = a_request(
        "POST", "/cart", b"order_id=17&amount=17", Content_Type="application/x-www-form-urlencoded",
        Referer="http://shop.test/orders/17?user_id=5",
    )  # fmt: skip
    copy = translate(request, NONE, WORDS)
    assert copy.body.data == b"order_id=18&amount=17"
    assert copy.headers.text("referer") == "http://shop.test/orders/18?user_id=6"


def test_in_a_multipart_form_fields_are_renamed_and_the_boundary_and_the_bytes_of_files_stay() -> None:
    """The boundary is even a known name here; the length that is sent is counted from the body."""
    lines = [
        f"--{RUN}", 'Content-Disposition: form-data; name="run"', "", RUN,
        f"--{RUN}", 'Content-Disposition: form-data; name="order_id"', "", "17",
        f"--{RUN}", f'Content-Disposition: form-data; name="file"; filename="{UUID}.pgn"',
        "Content-Type: application/gzip", "", UUID,
        f"--{RUN}", 'Content-Disposition: form-data; name="note"; filename="a.txt"',
        "Content-Type: text/plain", "", UUID,
        f"--{RUN}--", "",
    ]  # fmt: skip
    body = "\r\n".join(lines)
    request = a_request("POST", "/uploads", body.encode(), Content_Type=f"multipart/form-data; boundary={RUN}")
    copy = translate(request, NONE, WORDS)
    expected = list(lines)
    expected[3], expected[7], expected[9], expected[17] = (
        SHADOW_RUN, "18", lines[9].replace(UUID, SHADOW_UUID), SHADOW_UUID
    )  # fmt: skip
    assert copy.body.data.decode().split("\r\n") == expected
    assert copy.body.size == len(copy.body.data)


ids = st.integers(0, 1 << 60).map(lambda number: hashlib.sha256(str(number).encode()).hexdigest()[:24])
parts = st.sampled_from(["/tests/view/{}", "?run_id={}", "&next=%2Fview%2F{}", "/{}-2.pgn", "&ids={},{}", "/word"])


@given(st.dictionaries(ids, ids, max_size=6), st.lists(parts, max_size=6), st.data())
def test_translating_there_and_back_gives_the_same_request(names: dict[str, str], shapes: list[str], data) -> None:
    names = {live: shadow for live, shadow in names.items() if shadow not in names and live not in names.values()}
    names = {live: shadow for shadow, live in {shadow: live for live, shadow in names.items()}.items()}
    fill = st.sampled_from([*names, "0" * 24])
    target = "/" + "".join(shape.format(data.draw(fill), data.draw(fill)) for shape in shapes)
    request = a_request("POST", target, json.dumps({"at": target}).encode(), Content_Type="application/json")
    back = {shadow: live for live, shadow in names.items()}
    there = translate(request, NONE, Known(names))
    assert translate(there, NONE, Known(back)) == request
    assert not any(live in there.target.decode() for live in names)
