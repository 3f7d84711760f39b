"""Names are learned from every place of an answer, and the next request is translated by them."""

from __future__ import annotations

from datetime import date

import pytest

from shadow.compare.comparer import Comparer
from shadow.mirror.aliases import AliasBook
from shadow.mirror.jars import Client, CopyCookies
from shadow.mirror.judge import Judge, Mirrored
from shadow.mirror.translate import translate
from shadow.recording.seal import Sealer
from shadow.words import Side
from tests.support.builders import a_request, an_answer, an_exchange
from tests.support.mirrors import a_config

LIVE, SHADOW = "65f0a1b2c3d4e5f601234567", "75f0a1b2c3d4e5f60123456f"
HTML, JSON = "text/html", "application/json"
PLACES = {
    "a JSON string": (JSON, '{{"run": "{}"}}', {}),
    "a JSON key": (JSON, '{{"{}": {{"n": 1}}}}', {}),
    "an element of a JSON list": (JSON, '["{}"]', {}),
    "an attribute": (HTML, '<a href="/tests/view/{}">view</a>', {}),
    "a text": (HTML, "<p>Run {} is queued</p>", {}),
    "a script": (HTML, '<script>follow("{}")</script>', {}),
    "a field of a form": (HTML, '<form><input type="hidden" name="run" value="{}"></form>', {}),
    "a form": ("application/x-www-form-urlencoded", "run={}&n=1", {}),
    "plain text": ("text/plain", "{}-2.pgn", {}),
    "a Location": (HTML, "", {"Location": "/tests/view/{}"}),
    "a Link": (HTML, "", {"Link": '</tests/view/{}>; rel="self"'}),
    "a field": (HTML, "", {"X-Run-Id": "{}"}),
    "a cookie": (HTML, "", {"Set-Cookie": "last={}; Path=/"}),
}


@pytest.fixture
def book() -> AliasBook:
    return AliasBook()


@pytest.fixture
def judge(tmp_path, book) -> Judge:
    sealer = Sealer.load(tmp_path / "key", (), create=True)
    return Judge(a_config(tmp_path), Comparer((), today=date(2026, 1, 1)), book, sealer)


def seen(
    judge: Judge, media: str, body: str, fields: dict[str, str], names=(LIVE, SHADOW), *, serving=Side.PRIMARY
) -> str:
    """The outcome of one exchange whose answers hold these two names at one place."""
    answers = [
        an_answer(
            200,
            body.format(name).encode(),
            Content_Type=media,
            **{field.replace("-", "_"): value.format(name) for field, value in fields.items()},
        )
        for name in names
    ]
    exchange = an_exchange(a_request("POST", "/x"), answers[0], serving=serving)
    return str(judge.pair(exchange, Client("c"), Mirrored(answers[1], 0.1, frozenset())).outcome)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("serving", Side)
def test_a_name_is_learned_from(place, serving, judge, book):
    assert seen(judge, *PLACES[place], serving=serving) == "match"
    request = a_request("GET", f"/tests/view/{LIVE}?next=%2Ftests%2F{LIVE}-2", X_Run=LIVE, Cookie=f"last={LIVE}")
    copy = translate(request, CopyCookies((("last", SHADOW),)), book.glossary("c", "01A"))
    assert copy.target.decode() == f"/tests/view/{SHADOW}?next=%2Ftests%2F{SHADOW}-2"
    assert (copy.headers.text("x-run"), copy.headers.text("cookie")) == (SHADOW, f"last={SHADOW}")


@pytest.mark.parametrize("serving", Side)
def test_the_beginning_of_a_known_name_in_a_composite_is_equal_to_that_of_its_other_name(judge, serving):
    names = "1a2b3c4d5e6f" + "0a" * 14, "9f8e7d6c5b4a" + "1b" * 14
    begun = [name[:7] for name in names]
    composite = (JSON, '{{"name": "master-{}", "file": "x_{}.txt"}}'.replace("{}", "{0}"), {})
    assert seen(judge, *composite, begun, serving=serving) == "mismatch"
    assert seen(judge, JSON, '{{"commit": "{}"}}', {}, names, serving=serving) == "match"
    assert seen(judge, *composite, begun, serving=serving) == "match"
    assert seen(judge, *composite, [begun[0], "9f8e7d7"], serving=serving) == "mismatch"
    assert seen(judge, JSON, '{{"name": "{}"}}', {}, begun, serving=serving) == "mismatch"


@pytest.mark.parametrize("place", [place for place in PLACES if place != "a cookie"])
def test_another_name_for_a_known_thing_is_a_difference_wherever_it_stands(place, judge):
    """But for a cookie, whose value is the client's own and may change with every answer."""
    seen(judge, JSON, '{{"id": "{}"}}', {})
    assert seen(judge, *PLACES[place], (LIVE, LIVE)) == "mismatch"
    assert seen(judge, *PLACES[place], (LIVE, "85f0a1b2c3d4e5f60123456f")) == "mismatch"
