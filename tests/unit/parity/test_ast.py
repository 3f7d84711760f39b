"""Endpoints of two small applications and what stands beside them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shadow.errors import ConfigError
from shadow.parity import ast
from shadow.parity.result import Seen
from tests.support.parity_samples import Samples


def seen(samples: Samples) -> Seen:
    apps = samples.apps()
    return ast.check(apps, samples.parity)


def told(samples: Samples) -> dict[str, tuple[str, ...]]:
    # What only one of the two frameworks needs.
    own = {"main", "page", "check_csrf", "_call", "Call.__init__", "Call.param"}
    return {one.subject: one.lines for one in seen(samples).unequal if one.subject.removeprefix(":") not in own}


def test_a_faithful_port_differs_in_nothing(samples: Samples) -> None:
    assert told(samples) == {}
    subjects = {row.subject for row in seen(samples).rows}
    assert subjects >= {"home", "notes", "note", "save", "api_count", ":shown", ":LIMIT", ":Api.__init__", ":Api.done"}


@pytest.mark.parametrize(
    ("old", "new", "subject", "lines"),
    [
        ('if number == "0":', 'if number == "1":', "note", ("-if number == '0':", "+if number == '1':")),
        ("    check_csrf(call)\n", "", "save", ("-require_csrf()",)),
        ('"count": 2', '"count": 3', "api_count", ()),
        (
            'f"note {number}"',
            'f"Note {number}"',
            ":shown",
            ("-    return f'note {number}'", "+    return f'Note {number}'"),
        ),
        ("LIMIT: int = 10", "LIMIT: int = 11", ":LIMIT", ("-LIMIT = 10", "+LIMIT = 11")),
        ("self.user = call.username", "self.user = None", ":Api.__init__", ()),
        ("def shown(number: str)", "def shown(number: str, more: int = 0)", ":shown", ()),
    ],
)
def test_a_change_in_the_port_is_told_where_it_is(
    samples: Samples, old: str, new: str, subject: str, lines: tuple[str, ...]
) -> None:
    found = told(samples.change("port", old, new))
    assert subject in found
    assert set(lines) <= set(found[subject])
    assert len(found) == 1


def test_an_endpoint_without_its_route_is_missing(samples: Samples) -> None:
    found = told(samples.change("port", '@router.post("/save")\n', ""))
    assert set(found) == {"save", ":save"}
    assert all(line.startswith("-") for line in found["save"] if line != "@@")


def test_a_digest_is_that_of_one_difference(samples: Samples) -> None:
    def digest() -> str:
        return next(one.digest for one in seen(samples).unequal if one.subject == "note")

    samples.change("port", "raise HTTPException(404)", "raise HTTPException(403)")
    first = digest()
    assert digest() == first
    samples.change("port", "raise HTTPException(403)", "raise HTTPException(401)")
    assert digest() != first


def test_a_sign_off_outlives_what_both_sides_change_alike(samples: Samples) -> None:
    def digest() -> str:
        return next(one.digest for one in seen(samples).unequal if one.subject == "notes")

    samples.change("port", '"page": number', '"page": [number]')
    first = digest()
    samples.change("legacy", "    page = request", "    begin()\n    page = request")
    samples.change("port", "    number = call", "    begin()\n    number = call")
    assert digest() == first


def test_how_alike_two_bodies_are_is_told_and_never_as_all(samples: Samples) -> None:
    samples.change("port", "[:LIMIT]", "[:-LIMIT]")
    said = {row.subject: row.said for row in seen(samples).rows}
    assert said["home"] == "equal"
    assert 80 <= int(said["notes"].removesuffix("%")) <= 99


def test_an_endpoint_of_another_package_has_no_source_to_compare(samples: Samples) -> None:
    foreign = "from os.path import basename\n\n\n"
    samples.change("port", "def main()", f'{foreign}router.get("/name")(basename)\n\n\ndef main()')
    view = 'config.add_route("name", "/name")\n    config.add_view(basename, route_name="name")\n    config.scan('
    samples.change("legacy", "def main()", f"{foreign}def main()").change("legacy", "config.scan(", view)
    kinds = [line.partition(" of ")[0] for line in told(samples)["name"]]
    assert kinds == ["@@", "-no function", "+no function"]


def test_without_the_packages_there_is_nothing_to_compare(samples: Samples) -> None:
    with pytest.raises(ConfigError, match="primary_package and candidate_package are needed"):
        ast.check(samples.apps(), replace(samples.parity, primary_package=""))
