"""Known names are replaced wherever a request may hold them; all other bytes stay."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadow.mirror.jars import CopyCookies
from shadow.mirror.translate import rename, translate
from tests.support.builders import a_request

RUN, SHADOW_RUN = "65f0a1b2c3d4e5f601234567", "75f0a1b2c3d4e5f60123456f"
UUID, SHADOW_UUID = "c0ffee12-1a2b-4c3d-9e8f-0123456789ab", "c0ffee12-1a2b-4c3d-9e8f-ffffffffffff"
TOKEN, SHADOW_TOKEN = "a" * 20 + "1" * 20, "b" * 20 + "2" * 20
PADDED, SHADOW_PADDED = "c2Vzc2lvbg+/x==", "b3RoZXIgb25l+/=="
NAMES = {RUN: SHADOW_RUN, UUID: SHADOW_UUID, TOKEN: SHADOW_TOKEN, PADDED: SHADOW_PADDED, "3523407757": "99"}


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
    ],
)
def test_a_known_name_is_found_wherever_it_stands(text: str, expected: str) -> None:
    assert rename(text.encode(), NAMES.get).decode() == expected


@given(st.binary())
def test_bytes_that_name_nothing_known_stay_as_they_are(data: bytes) -> None:
    assert rename(data, lambda name: None) == data


@given(st.dictionaries(st.text(max_size=5), st.sampled_from([*NAMES, "word", 'say "hi"']), max_size=4))
def test_a_renamed_json_document_is_the_document_renamed(value: dict[str, str]) -> None:
    renamed = json.loads(rename(json.dumps(value).encode(), NAMES.get))
    assert renamed == {key: NAMES.get(text, text) for key, text in value.items()}


def test_cookies_come_from_the_jar_and_headers_are_renamed() -> None:
    request = a_request("POST", "/logout", b"", Cookie="session=v1", X_CSRF_Token=TOKEN, Host=RUN, User_Agent=RUN)
    copy = translate(request, CopyCookies((("session", "s1"),)), NAMES.get)
    assert copy.headers.get(b"cookie") == b"session=s1"
    assert copy.headers.text("x-csrf-token") == SHADOW_TOKEN
    assert copy.headers.text("host") == RUN
    assert copy.headers.text("user-agent") == RUN


def test_a_body_in_a_content_coding_is_left_alone() -> None:
    request = a_request("POST", "/x", RUN.encode(), Content_Encoding="gzip")
    assert translate(request, CopyCookies(()), NAMES.get).body.data == RUN.encode()
