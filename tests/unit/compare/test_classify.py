"""One fault, one fingerprint; shapes that do not multiply with the data."""

from __future__ import annotations

import pytest

from shadow.compare.classify import blank_place, fingerprint
from shadow.compare.explain import explain
from shadow.judgement import Difference
from tests.support.compare import answer, as_json, compared, page

ONE, UNE = "65f0a1b2c3d4e5f607182930", "75f0a1b2c3d4e5f607182931"


def prints(*differences: Difference) -> set[str]:
    return {fingerprint("tests.view", difference) for difference in differences}


def test_one_fault_at_many_places_has_one_fingerprint() -> None:
    p = [{"n": number, "id": f"{number + 16:x}f0a1b2c3d4e5f607182930"} for number in range(5)]
    c = [{**item, "n": item["n"] * 2 + 1} for item in p]
    assert len(prints(*compared(as_json(p), as_json(c)).differences)) == 1
    by_id = {item["id"]: item for item in p}
    other = {name: {**item, "n": 99} for name, item in by_id.items()}
    assert len(prints(*compared(as_json(by_id), as_json(other)).differences)) == 1


def test_a_missing_row_has_one_fingerprint_wherever_and_whatever_it_is() -> None:
    rows = [f"<tr id='run-{n}'><td>{n}</td><td>{'x' * n}</td></tr>" for n in range(9)]

    def tests(rows: list[str]) -> object:
        return page(f"<table id='tests'>{''.join(rows)}</table>")

    found = [compared(tests(rows), tests(rows[:n] + rows[n + 1 :])).differences for n in range(9)]  # type: ignore[arg-type]
    found.append(compared(tests(rows[:1]), tests([])).differences)  # type: ignore[arg-type]
    assert [len(differences) for differences in found] == [1] * 10
    assert len(prints(*(differences[0] for differences in found[:9]))) == 1


@pytest.mark.parametrize(
    ("place", "blank"),
    [
        ("json:$.runs[3].args.tc", "json:$.runs[*].args.tc"),
        (f'json:$["{ONE}"].n', "json:$.*.n"),
        ('json:$["17"].n', "json:$.*.n"),
        ("html:table#t > tbody > tr[3] > td[2]@class", "html:table#t > tbody > tr > td@class"),
        ("text[17]", "text"),
        ("cookie:session.path", "cookie:session.path"),
    ],
)
def test_places_are_blanked_to_what_a_rule_may_name(place: str, blank: str) -> None:
    assert blank_place(place) == blank


def test_different_faults_have_different_fingerprints() -> None:
    p = as_json({"a": 1, "b": [1]})
    others = [
        as_json(v)
        for v in ({"a": 2, "b": [1]}, {"b": [1]}, {"a": "1", "b": [1]}, {"a": None, "b": [1]}, {"a": 1, "b": [2]})
    ]
    others += [answer("", status=500), answer("", status=404), as_json({"a": 1, "b": [1]}, headers=[("X-A", "1")])]
    assert len(prints(*(compared(p, other).differences[0] for other in others))) == len(others)
    difference = compared(p, others[0]).differences[0]
    assert fingerprint("tests.view", difference) != fingerprint("tests.list", difference)


def test_shapes_tell_sorts_of_exchanges_apart_and_not_their_data() -> None:
    def shape(answer: object, **more: object) -> str:
        return compared(answer, answer, **more).shape  # type: ignore[arg-type]

    assert shape(as_json({"b": 1, "a": ONE})) == "GET 2xx anonymous application/json {a,b}"
    assert shape(as_json({ONE: 1, UNE: 2})) == shape(as_json({ONE: 1})) == "GET 2xx anonymous application/json {*}"
    assert shape(as_json([])) != shape(as_json([1])) == shape(as_json([1, 2]))
    assert shape(as_json({f"k{n}": n for n in range(40)})).endswith("{…}")
    assert shape(page("x"), held=["auth_tkt"]) == "GET 2xx signed-in text/html page"
    assert shape(page("x"), held=["session"]) == "GET 2xx anonymous text/html page"
    assert shape(page("x"), held=["session"], signed_in=True) == "GET 2xx signed-in text/html page"
    assert shape(answer("<p>x", media="text/html")) == "GET 2xx anonymous text/html fragment"
    assert shape(answer("", status=302), method="POST") == "POST 3xx anonymous - empty"


def test_explain_says_in_sentences_what_differs() -> None:
    (sentence,) = explain('{"a": 1, "b": 2}', '{"a": 1, "b": 3}')
    assert "b" in sentence
    assert "2" in sentence
    assert "3" in sentence
    assert explain("{", "{}") == []
    assert explain("[" * 5000, "{}") == []
    assert len(explain(str(list(range(100))), str(list(range(1, 200, 2))))) <= 21


def test_an_explanation_leaves_names_out_unless_they_are_all_that_differs() -> None:
    ours, theirs = "65f0a1b2c3d4e5f607182930", "75f0a1b2c3d4e5f607182930"
    (sentence,) = explain(f'{{"_id": "{ours}", "n": 1}}', f'{{"_id": "{theirs}", "n": 2}}')
    assert "['n']" in sentence
    (sentence,) = explain(f'{{"_id": "{ours}", "n": 1}}', f'{{"_id": "{theirs}", "n": 1}}')
    assert theirs in sentence
