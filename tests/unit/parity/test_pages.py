"""`html` and `metadata`: both applications asked in this process, their templates and contexts side by side."""

from __future__ import annotations

from datetime import date

import jinja2
import pytest

from shadow.config import Rule
from shadow.errors import ConfigError
from shadow.parity import Ask, html, metadata
from shadow.parity.asking import Asked, ask_both
from shadow.parity.result import Seen
from tests.support.parity_samples import Samples

TODAY = date(2026, 1, 15)
ASKS = (
    Ask("home", "/"),
    Ask("notes", "/notes?page=%C3%A9"),
    Ask("note", "/notes/7"),
    Ask("no note", "/notes/0"),
    Ask("foreign form", "/save", "POST", body=b"number=7"),
    Ask("count", "/api/count", "POST"),
)


def asked(samples: Samples, *asks: Ask) -> list[Asked]:
    return ask_both(samples.apps(), asks or ASKS, samples.parity.ambient)


def of_metadata(samples: Samples) -> dict[str, tuple[str, ...]]:
    return {one.subject: one.lines for one in metadata.check(asked(samples)).unequal}


def of_html(samples: Samples, *asks: Ask, rules: tuple[Rule, ...] = ()) -> Seen:
    return html.check(asked(samples, *asks), samples.parity, rules, TODAY)


def told(seen: Seen) -> dict[str, tuple[str, ...]]:
    return {one.subject: one.lines for one in seen.unequal}


def test_a_faithful_port_makes_the_same_pages(samples: Samples) -> None:
    assert of_metadata(samples) == {}
    assert told(of_html(samples)) == {}
    assert [(row.subject, row.said) for row in of_html(samples).rows] == [
        ("base", "equal"),
        ("note", "equal"),
        ("notes", "equal"),
    ]


def test_what_each_request_brought_is_shown(samples: Samples) -> None:
    rows = {row.subject: row.primary for row in metadata.check(asked(samples)).rows}
    assert rows == {
        "home": "302",
        "notes": "200, notes with 3 names",
        "note": "200, note with 2 names",
        "no note": "404",
        "foreign form": "400",
        "count": "200",
    }


def test_a_name_that_one_context_lacks_is_told(samples: Samples) -> None:
    samples.change("port", '"text": shown(number)}', '"text": shown(number), "more": 1}')
    samples.change("port", ', "user": call.username}\n    return page', "}\n    return page")
    assert of_metadata(samples) == {
        "notes": ("context of notes: candidate has no user",),
        "note": ("context of note: primary has no more",),
    }


def test_another_template_and_another_status_are_told(samples: Samples) -> None:
    samples.change("port", 'return page("note", {', 'return page("notes", {"notes": [], "page": 1, ')
    samples.change("port", "raise HTTPException(404)", "raise HTTPException(410)")
    assert of_metadata(samples) == {
        "note": ("template: primary note, candidate notes",),
        "no note": ("status: primary 404, candidate 410",),
    }


def test_a_crash_on_one_side_is_told_as_what_a_server_makes_of_it(samples: Samples) -> None:
    samples.change("port", 'text: str = f"note {number}"', "text: str = number[99]")
    assert of_metadata(samples)["note"] == (
        "status: primary 200, candidate 500",
        "template: primary note, candidate none",
    )


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("<p id=note>", "<p id=other>", "value at html:p#note@id: 'note' became 'other'"),
        ("{{ text }}", "{{ text }}!", "value at html:p#note: 'note 7' became 'note 7!'"),
        ("<p id=note>{{ text }}</p>", "", None),
        ("{{ text }}", "{{ text | safe }}{{ number }}", "value at html:p#note: 'note 7' became 'note 77'"),
    ],
)
def test_another_text_in_a_template_is_told_by_its_place(
    samples: Samples, old: str, new: str, line: str | None
) -> None:
    samples.templates["port/note.j2"] = samples.templates["port/note.j2"].replace(old, new)
    found = told(of_html(samples))
    assert set(found) == {"note"}
    if line:
        assert found["note"] == (line,)


def test_text_that_one_side_does_not_escape_is_told(samples: Samples) -> None:
    samples.templates["port/notes.j2"] = samples.templates["port/notes.j2"].replace("{{ note }}", "{{ note | safe }}")
    assert set(told(of_html(samples))) == {"notes"}


def test_white_space_and_the_order_of_attributes_are_no_difference(samples: Samples) -> None:
    samples.templates["legacy/note.mak"] = samples.templates["legacy/note.mak"].replace(
        '<p id="note">${text}</p>', '\n\n  <p class="b a"   id="note">${text}</p>\n'
    )
    samples.templates["port/note.j2"] = samples.templates["port/note.j2"].replace(
        "<p id=note>", "<p id=note class='a b'>"
    )
    assert told(of_html(samples)) == {}


def test_templates_are_compared_by_one_context_whatever_the_port_gives(samples: Samples) -> None:
    """Another value in the port's context is a fault of its view and not of its template."""
    samples.change("port", 'text: str = f"note {number}"', 'text: str = "something else"')
    assert told(of_html(samples)) == {}


def test_a_template_that_needs_more_than_the_primary_gives_is_told(samples: Samples) -> None:
    samples.templates["port/note.j2"] = samples.templates["port/note.j2"].replace("{{ text }}", "{{ more.text }}")
    assert told(of_html(samples)) == {
        "note": ("candidate cannot render the primary's context: UndefinedError: 'more' is undefined",)
    }


def test_pairs_without_a_partner_or_a_request_are_told(samples: Samples) -> None:
    samples.templates |= {"legacy/old.mak": "old", "port/new.j2": "new"}
    found = told(of_html(samples, ASKS[1]))
    assert found == {
        "new": ("primary has no such template",),
        "note": ("no request has rendered it on both sides. Next: add one to [parity] requests",),
        "old": ("candidate has no such template",),
    }


def test_the_digest_is_that_of_the_place_and_not_of_todays_values(samples: Samples) -> None:
    samples.templates["port/note.j2"] = samples.templates["port/note.j2"].replace("{{ text }}", "{{ text }}!")
    digests = {of_html(samples, ASKS[1], Ask("one", f"/notes/{number}")).unequal[0].digest for number in (1, 2)}
    assert len(digests) == 1


def test_a_rule_of_the_configuration_accepts_here_too(samples: Samples) -> None:
    samples.templates["port/note.j2"] = samples.templates["port/note.j2"].replace("{{ text }}", "{{ text }}!")
    rule = Rule(place="html:p#note", rule="ignore", route="*", reason="louder")
    assert told(of_html(samples, rules=(rule,))) == {}


def test_the_hooks_are_gone_afterwards(samples: Samples) -> None:
    before = jinja2.Template.render
    asked(samples)
    assert jinja2.Template.render is before


def test_a_folder_that_is_none_is_told(samples: Samples) -> None:
    samples.templates.clear()
    with pytest.raises(ConfigError, match=r"primary_templates: '.*legacy' is no folder of templates"):
        html.check([], samples.parity, (), TODAY)
