"""Values of cookies: what a person could read is compared, a token is not, and random is never taken for words."""

from __future__ import annotations

import base64
import hashlib
import json
import random
import uuid
from collections.abc import Callable
from http.cookies import SimpleCookie
from urllib.parse import quote

import pytest

from shadow.compare.cookie_values import readable, token, unquoted
from shadow.words import Outcome
from tests.support.compare import answer, compared, found

READABLE = [
    ("item-1001:2|item-1002:1", "item-1001:3|item-1002:1"),
    ("page_size%3D50%26sort%3Dname", "page_size%3D25%26sort%3Dname"),
    ("pageSize=50&sortBy=name", "pageSize=25&sortBy=name"),
    ("2023-11-14T10:00:00Z", "2019-11-14T10:00:00Z"),
    ("2023-11-14T10%3A00%3A00", "2019-11-14T10%3A00%3A00"),
    (quote('{"theme": "dark", "n": 1}'), quote('{"theme": "light", "n": 1}')),
    (quote(quote('["a", 1, true, null]')), quote(quote('["a", 2, true, null]'))),
    ("en-US.de-DE.fr-FR-2", "en-US.de-DE.fr-CA-2"),
    ("necessary.analytics.v2", "necessary.marketing.v2"),
    ("theme%3Ddark%3Bfont%3D12", "theme%3Dlight%3Bfont%3D12"),
    ("dark-mode-on-for-2-days", "dark-mode-on-for-3-days"),
]


def setting(value: str) -> object:
    return answer("x", headers=[("Set-Cookie", f"c={value}; Path=/")])


@pytest.mark.parametrize(("primary", "candidate"), READABLE)
def test_what_a_person_could_read_is_compared(primary: str, candidate: str) -> None:
    assert readable(primary)
    assert found(compared(setting(primary), setting(candidate))) == [("value", "cookie:c")]
    assert compared(setting(primary), setting(primary)).outcome is Outcome.MATCH


def test_readable_values_are_equal_up_to_names_and_clocks() -> None:
    ours, theirs = (quote(json.dumps({"of": f"{letter * 2}f0a1b2c3d4e5f607182930", "n": 1})) for letter in "67")
    assert compared(setting(ours), setting(theirs)).outcome is Outcome.MATCH
    close = setting("2023-11-14T10%3A00%3A00"), setting("2023-11-14T10%3A00%3A02")
    assert compared(*close).outcome is Outcome.NOISE


def test_a_token_on_one_side_and_words_on_the_other_are_a_difference() -> None:
    assert found(compared(setting("q7Zp0LkT9vXw3RbN5sYc1MdE"), setting("item-1001:2|item-1002:1")))


@pytest.mark.parametrize("value", ["solarizedlightblue", "SolarizedLightBlue", "solarizedLightBlue", "dark"])
def test_words_without_separators_are_no_tokens(value: str) -> None:
    assert not token(value)


def urlsafe(numbers: random.Random, size: int) -> str:
    return base64.urlsafe_b64encode(numbers.randbytes(size)).decode().rstrip("=")


def digits(numbers: random.Random, alphabet: str, size: int) -> str:
    return "".join(numbers.choices(alphabet, k=size))


LOWER = "abcdefghijklmnopqrstuvwxyz0123456789"
TOKENS: dict[str, Callable[[random.Random], str]] = {
    "base64, 12 bytes": lambda numbers: base64.b64encode(numbers.randbytes(12)).decode(),
    "base64, 25 bytes": lambda numbers: base64.b64encode(numbers.randbytes(25)).decode(),
    "base64, escaped": lambda numbers: quote(base64.b64encode(numbers.randbytes(25)).decode(), safe=""),
    "urlsafe, 12 bytes": lambda numbers: urlsafe(numbers, 12),
    "urlsafe, 32 bytes": lambda numbers: urlsafe(numbers, 32),
    "hex, 16": lambda numbers: numbers.randbytes(8).hex(),
    "hex, 64": lambda numbers: numbers.randbytes(32).hex(),
    "uuid": lambda numbers: str(uuid.UUID(bytes=numbers.randbytes(16), version=4)),
    "PHP": lambda numbers: digits(numbers, LOWER[:22] + LOWER[26:], 26),
    "Django session": lambda numbers: digits(numbers, LOWER, 32),
    "base32": lambda numbers: digits(numbers, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 32),
    "itsdangerous": lambda numbers: f"eyJ1c2VyIjoiYW5uIn0.{urlsafe(numbers, 4)}.{urlsafe(numbers, 20)}",
    "itsdangerous, packed": lambda numbers: f".eJw{urlsafe(numbers, 30)}.{urlsafe(numbers, 4)}.{urlsafe(numbers, 20)}",
    "Django signing": lambda numbers: f"theme-dark:1r{digits(numbers, LOWER, 4)}:{urlsafe(numbers, 32)}",
    "Rails": lambda numbers: f"{urlsafe(numbers, 40)}%3D%3D--{hashlib.sha1(numbers.randbytes(9)).hexdigest()}",
    "express": lambda numbers: f"s%3A{urlsafe(numbers, 24)}.{quote(base64.b64encode(numbers.randbytes(32)), safe='')}",
    "JWT": lambda numbers: f"eyJhbGciOiJIUzI1NiJ9.eyJ{urlsafe(numbers, 30)}.{urlsafe(numbers, 32)}",
    "PASETO": lambda numbers: f"v2.local.{urlsafe(numbers, 60)}",
    "Tornado": lambda numbers: f"2|1:0|10:1700000000|4:user|4:YW5u|{numbers.randbytes(32).hex()}",
    "NextAuth": lambda numbers: f"{numbers.randbytes(32).hex()}%7C{numbers.randbytes(32).hex()}",
    "Tomcat": lambda numbers: f"{numbers.randbytes(16).hex().upper()}.node1",
    "Fernet": lambda numbers: f"gAAAAABl{urlsafe(numbers, 70)}==",
}


@pytest.mark.parametrize("made", TOKENS.values(), ids=TOKENS)
def test_no_token_is_taken_for_words(made: Callable[[random.Random], str]) -> None:
    numbers = random.Random(7)
    values = [made(numbers) for _ in range(2000)]
    assert [value for value in values if readable(value)] == []
    assert [value for value in values if not token(value)] == []


def test_what_the_library_puts_between_quotes_is_a_token_still() -> None:
    numbers = random.Random(7)
    for _ in range(200):
        sides = []
        for _ in range(2):
            jar = SimpleCookie()
            jar["c"] = base64.b64encode(numbers.randbytes(25)).decode()
            sides.append(answer("x", headers=[("Set-Cookie", jar["c"].OutputString())]))
        assert compared(*sides).outcome is Outcome.MATCH


def test_quotes_are_undone_as_they_were_made() -> None:
    jar = SimpleCookie()
    jar["c"] = 'a "b" \\ c; d, é'
    assert unquoted(jar["c"].coded_value) == 'a "b" \\ c; d, é'
    assert unquoted('"') == '"'
    assert found(compared(setting('"dark"'), setting("dark"))) == [("value", "cookie:c")]
