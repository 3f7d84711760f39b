"""Elements that are alike but for their names: what is known of the names says which one is missing."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.support.compare import KnownNames, answer, compared, found

OURS = [f"{number}5f0a1b2c3d4e5f60718293a" for number in range(5)]
THEIRS = [f"{number}5f0a1b2c3d4e5f60718293b" for number in range(5)]
NAMES = dict(zip(OURS, THEIRS, strict=True))
# The second one was made in the candidate's world when the first one was in the primary's: it looks like that one too.
# All are near the moment of the request, so that they may differ.
TIMES = [f"2023-11-14T22:13:{second}Z" for second in (19, 15, 11, "07", "03")]
LATER = [f"2023-11-14T22:13:{second}Z" for second in (23, 19, 14, 10, "07")]


def page(names: list[str], times: list[str]) -> str:
    rows = "".join(
        f"<li><a href='/t/{name}'>ticket</a> <b>{at}</b></li>" for name, at in zip(names, times, strict=True)
    )
    return f"<!doctype html><ol>{rows}</ol>"


def feed(names: list[str], times: list[str]) -> str:
    rows = "".join(f"<e><id>{name}</id><at>{at}</at></e>" for name, at in zip(names, times, strict=True))
    return f"<f>{rows}</f>"


def document(names: list[str], times: list[str]) -> str:
    return json.dumps([{"id": name, "at": at, "to": "all"} for name, at in zip(names, times, strict=True)])


@pytest.mark.parametrize("gone", range(5))
@pytest.mark.parametrize(
    ("write", "media", "place"),
    [
        (page, "text/html", "html:body > ol > li"),
        (feed, "text/xml", "xml:/f/e"),
        (document, "application/json", "json:$"),
    ],
    ids=["html", "xml", "json"],
)
@pytest.mark.parametrize("stamped", [TIMES, TIMES[:1] * 5], ids=["later", "alike"])
def test_one_missing_element_among_its_likes_is_one_difference(
    write: Callable[[list[str], list[str]], str], media: str, place: str, gone: int, stamped: list[str]
) -> None:
    later = LATER if stamped is TIMES else stamped
    left = [at for at in range(5) if at != gone]
    primary = answer(write(OURS, stamped), media=media)
    candidate = answer(write([THEIRS[at] for at in left], [later[at] for at in left]), media=media)
    result = compared(primary, candidate, names=KnownNames(NAMES))
    assert found(result) == [("missing", f"{place}[{gone if media.endswith('json') else gone + 1}]")]
