"""Names behind an escape: its letters belong to no name, in whatever body or field it stands."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from shadow.compare.identifiers import blanked, identifiers
from shadow.exchange import Response
from tests.support.compare import KnownNames, answer, as_json, compared, found, page

PAIRS = {
    "objectid": ("65f0a1b2c3d4e5f607182930", "75f0a1b2c3d4e5f607182930", "75f0a1b2c3d4e5f607182931"),
    "uuid": (
        "0f8fad5b-d9cb-469f-a165-70867728950e",
        "1f8fad5b-d9cb-469f-a165-70867728950e",
        "2f8fad5b-d9cb-469f-a165-70867728950e",
    ),
    "ulid": ("01Q5W6ASQZ1Y2KSAAE0CESPPXH", "011KRNTCG6GDV1E1S92AWVEWE1", "01SMV3K8D3K44KKATG802DXA2R"),
}
WRITTEN: dict[str, Callable[[str], Response]] = {
    "a URL in a URL": lambda name: as_json({"u": f"/login?next=%2Ft%2F{name}"}),
    "twice": lambda name: as_json({"u": f"/login?next=%252Ft%252F{name}"}),
    "JSON in a query": lambda name: as_json({"u": f"/x?q=%7B%22id%22%3A%22{name}%22%7D"}),
    "a link": lambda name: page(f'<a href="/login?next=%2Ft%2F{name}">in</a>'),
    "a redirect": lambda name: answer("", status=302, headers=[("Location", f"/login?next=%2Ft%2F{name}")]),
    "a form": lambda name: answer(f"u=%2Ft%2F{name}", media="application/x-www-form-urlencoded"),
    "a line of code": lambda name: page(f'<script>alert("a\\n{name}");</script>'),
    "a letter of code": lambda name: page(f"<script>go('\\x2Ft\\x2F{name}');</script>"),
    "JSON in code": lambda name: page(f'<script>var a = {{"u": "\\u002Ft\\u002F{name}"}};</script>'),
    "JSON in JSON": lambda name: as_json({"p": json.dumps({"t": f"a\n{name}"})}),
}


@pytest.mark.parametrize("kind", PAIRS)
@pytest.mark.parametrize("where", WRITTEN)
def test_a_name_behind_an_escape_is_a_name(where: str, kind: str) -> None:
    write, (ours, theirs, other) = WRITTEN[where], PAIRS[kind]
    names = KnownNames({ours: theirs})
    assert found(compared(write(ours), write(theirs))) == []
    assert found(compared(write(ours), write(theirs), names=names)) == []
    assert [one for one, _ in found(compared(write(ours), write(other), names=names))] == ["identity"]


@pytest.mark.parametrize("kind", PAIRS)
@pytest.mark.parametrize("where", WRITTEN)
def test_a_letter_more_is_no_name_behind_an_escape(where: str, kind: str) -> None:
    write, (ours, theirs, _) = WRITTEN[where], PAIRS[kind]
    assert [one for one, _ in found(compared(write(ours), write(f"{theirs}x")))] in (["value"], ["header"])


def test_an_escape_is_kept_where_names_are_blanked() -> None:
    name = PAIRS["objectid"][0]
    for escape in ("%2F", "%252f", "\\n", "\\u002F", "\\x2f"):
        assert blanked(f"a{escape}{name}") == f"a{escape}<objectid>"
        assert identifiers(f"a{escape}{name}") == [("objectid", name)]


@pytest.mark.parametrize("prefix", ["job_", "JOB_", "run-", "RUN-TASK-"])
@pytest.mark.parametrize("kind", PAIRS)
def test_what_stands_in_front_of_a_name_is_compared(kind: str, prefix: str) -> None:
    ours, theirs, _ = PAIRS[kind]
    assert identifiers(prefix + ours) == [(kind, ours)]
    assert found(compared(as_json({"u": prefix + ours}), as_json({"u": prefix + theirs}))) == []
    assert found(compared(as_json({"u": prefix + ours}), as_json({"u": f"x{prefix}{theirs}"}))) == [
        ("value", "json:$.u")
    ]


def test_a_token_and_the_name_behind_it_are_two() -> None:
    tokens, name = ("aB3dE5fG7hI9jK1lM3nO5p", "zY8xW6vU4tS2rQ0pO8nM6l"), PAIRS["objectid"]
    assert identifiers(f"{tokens[0]}-{name[0]}") == [("token", tokens[0]), ("objectid", name[0])]
    assert found(compared(as_json([f"{tokens[0]}-{name[0]}"]), as_json([f"{tokens[1]}-{name[1]}"]))) == []


def test_a_token_that_was_equal_names_nothing_else_later() -> None:
    tokens = ("aB3dE5fG7hI9jK1lM3nO5p", "zY8xW6vU4tS2rQ0pO8nM6l")
    first = compared(as_json({"id": tokens[0]}), as_json({"id": tokens[0]}))
    names = KnownNames({alias.primary: alias.candidate for alias in first.aliases})
    later = compared(as_json({"id": tokens[0]}), as_json({"id": tokens[1]}), names=names)
    assert found(later) == [("identity", "json:$.id")]


CUIDS = ("cjld2cjxh0000qzrmn831i7rn", "ckopqwooh000001la8mbi2im9", "9m4e2mr0ui3e8a215n4g", "01q5w6asqz1y2ksaae0cesppxh")


@pytest.mark.parametrize("name", CUIDS)
def test_letters_of_one_case_and_digits_may_be_a_name(name: str) -> None:
    assert identifiers(f"/t/{name}?a") == [("base36", name)]
    other = name[:-1] + ("x" if name[-1] != "x" else "y")
    assert found(compared(as_json([name]), as_json([other]))) == []
    assert found(compared(as_json([name]), as_json([other]), names=KnownNames({name: name}))) == [
        ("identity", "json:$[0]")
    ]


@pytest.mark.parametrize(
    "word",
    [
        "internationalization",
        "version20231105build1234",
        "sha256withrsaencryption",
        "utf8mb4unicodecicollation",
        "20231105123045123456",
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "report_2023_11_05_final_2",
    ],
)
def test_words_with_numbers_in_them_are_no_names(word: str) -> None:
    assert identifiers(word) == []


def test_names_in_capital_and_in_small_letters_are_two_spellings() -> None:
    for kind in ("uuid", "hex"):
        one, other = ("0f8fad5b-d9cb-469f-a165-70867728950e", "1f8fad5b-d9cb-469f-a165-70867728950e")
        if kind == "hex":
            one, other = one.replace("-", ""), other.replace("-", "")
        assert found(compared(as_json([one]), as_json([other]))) == []
        assert found(compared(as_json([one]), as_json([one.upper()]))) == [("identity", "json:$[0]")]
        assert found(compared(as_json([one]), as_json([other.upper()]))) == [("identity", "json:$[0]")]
