"""Whose request it is: the first configured source that is there, as a keyed hash."""

from __future__ import annotations

import re

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadow.errors import ConfigError
from shadow.proxy.client_key import ClientKeys
from tests.support.builders import a_request

SPEC = ("cookie:session", "header:authorization", "json:worker_info.unique_key")
KEYS = ClientKeys(SPEC, b"salt")


def test_the_first_source_that_is_there_counts() -> None:
    body = orjson.dumps({"worker_info": {"unique_key": "w1"}})
    everything = a_request("POST", "/", body, cookie="a=1; session=s1", authorization="Bearer x")
    assert KEYS.key_of(everything).startswith("cookie:session:")
    assert KEYS.key_of(a_request("POST", "/", body, authorization="Bearer x")).startswith("header:authorization:")
    assert KEYS.key_of(a_request("POST", "/", body)).startswith("json:worker_info.unique_key:")
    assert KEYS.key_of(a_request()).startswith("addr:")


def test_a_key_names_nobody_and_needs_the_salt() -> None:
    key = KEYS.key_of(a_request(cookie="session=very-secret"))
    assert re.fullmatch(r"cookie:session:[0-9a-f]{16}", key)
    assert ClientKeys(SPEC, b"other").key_of(a_request(cookie="session=very-secret")) != key


@given(st.text(max_size=20), st.text(max_size=20))
def test_keys_are_equal_exactly_when_the_values_are(one: str, other: str) -> None:
    def key(value: str) -> str:
        return KEYS.key_of(a_request("POST", "/", orjson.dumps({"worker_info": {"unique_key": value}})))

    assert (key(one) == key(other)) == (one == other)


@pytest.mark.parametrize("body", [b"{", b"[1]", b'{"worker_info": 3}', b'{"worker_info": {"unique_key": 3}}', b"\xff"])
def test_a_body_that_names_nobody_leaves_the_address(body: bytes) -> None:
    assert KEYS.key_of(a_request("POST", "/", body)).startswith("addr:")


@pytest.mark.parametrize(
    "cookie", ["xsession=1", "session", "session=", "a=session=1", ["other=1", "last=2"], "SESSION=1"]
)
def test_a_cookie_is_taken_by_its_exact_name(cookie: str | list[str]) -> None:
    assert KEYS.key_of(a_request(cookie=cookie)).startswith("addr:")


def test_the_same_cookie_is_found_wherever_it_stands() -> None:
    found = {
        KEYS.key_of(a_request(cookie=value)) for value in ("session=1", "a=2;session=1 ; b=3", ["a=2", "session=1"])
    }
    assert len(found) == 1


def test_behind_trusted_proxies_the_address_is_the_clients() -> None:
    keys = ClientKeys((), b"salt", trusted_hops=1)
    one, other = (keys.key_of(a_request(x_forwarded_for=f"claim, {address}")) for address in ("7.7.7.7", "8.8.8.8"))
    assert one != other
    assert keys.key_of(a_request(x_forwarded_for="other claim, 7.7.7.7")) == one


def test_an_unknown_source_is_refused_with_what_is_allowed() -> None:
    with pytest.raises(ConfigError, match=r"'query:x' is no source; write cookie:NAME, header:NAME or json:a\.b"):
        ClientKeys(("query:x",), b"salt")
