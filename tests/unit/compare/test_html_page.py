"""What of a page is compared: all that a browser would show or run, wherever a parser puts it."""

from __future__ import annotations

import time

import pytest

from shadow.compare.html_page import CELLS
from shadow.compare.renaming import Numbers
from shadow.exchange import Response
from tests.support.compare import KnownNames, answer, compared, found


def page(text: str) -> Response:
    """A page or a part of one, with nothing around it."""
    return answer(text, media="text/html; charset=utf-8")


PAGE = "<!-- a --><!doctype html><html lang=en><title>T</title><h1>H</h1><table><!-- b --><tr><td>1</table><p>end</p>"


@pytest.mark.parametrize(
    ("was", "now", "place"),
    [
        ("lang=en", "lang=de", "html:html@lang"),
        (">T<", ">U<", "html:title"),
        (">H<", ">I<", "html:body > h1"),
        ("<td>1", "<td>2", "html:body > table > tbody > tr > td"),
        ("end", "fin", "html:body > p"),
    ],
)
def test_a_comment_in_front_makes_no_page_a_fragment(was: str, now: str, place: str) -> None:
    assert found(compared(page(PAGE), page(PAGE.replace(was, now)))) == [("value", place)]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("<tr><td>1</td></tr><div id=count hx-swap-oob=true>5</div>", "html:div#count"),
        ("<tr><td>1</td></tr>5", "html:body"),
        ("<tr><td>1</td></tr><tbody><tr><td>5</td></tr></tbody>", "html:body > table > tbody[2] > tr > td"),
        ("<tr><td>1</td></tr><tfoot><tr><td>5</td></tr></tfoot>", "html:body > table > tfoot > tr > td"),
        ("<td>1</td></tr><tr><td>5</td>", "html:body > table > tbody > tr[2] > td"),
        ("<thead><tr><th>1</th></tr></thead><div>5</div>", "html:body > div"),
        ("<tr><td>1</td></tr><input value=5>", "html:body > input@value"),
        ("<tr><td>5</td></tr>", "html:body > tr > td"),
    ],
)
def test_what_stands_beside_cells_without_a_table_is_compared(text: str, place: str) -> None:
    assert found(compared(page(text), page(text.replace("5", "6")))) == [("value", place)]
    assert found(compared(page(text), page(text))) == []


def test_cells_on_one_side_and_more_on_the_other_are_compared_as_a_whole() -> None:
    row = "<tr><td>1</td></tr>"
    assert found(compared(page(row), page(f"{row}<div>5</div>"))) == [("extra", "html:body > div")]


@pytest.mark.parametrize(
    ("text", "changed", "kind", "place"),
    [
        ("<template id=row><p>a</p></template>", "<template id=row><p>b</p></template>", "value", "template#row > p"),
        ("<template id=row><p>a</p></template>", "<template id=row></template>", "missing", "template#row > p"),
        (
            "<x-a><template shadowrootmode=open><p>a</p></template></x-a>",
            "<x-a><template shadowrootmode=open><p>b</p></template></x-a>",
            "value",
            "body > x-a > template > p",
        ),
        (
            "<template id=a><template id=b><tr><td>a</td></tr></template></template>",
            "<template id=a><template id=b><tr><td>b</td></tr></template></template>",
            "value",
            "template#b > tr > td",
        ),
    ],
)
def test_the_content_of_a_template_is_compared(text: str, changed: str, kind: str, place: str) -> None:
    assert found(compared(page(text), page(changed))) == [(kind, f"html:{place}")]


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ('<p title="a\n  b">x', '<p title="a\nb">x'),
        ('<input type=hidden name=n value="a\n\nb">', '<input type=hidden name=n value="a\nb">'),
        ("<b>a</b>\n\u00a0\n<b>b</b>", "<b>a</b>\n<b>b</b>"),
        ("<p>a\u0085b", "<p>a\nb"),
        ("<p>a\u2028b", "<p>a\nb"),
        ("<Pre>a\n  b</Pre>", "<Pre>a\n b</Pre>"),
        ("<textArea>a\n  b</textArea>", "<textArea>a\n b</textArea>"),
        ("<listing>a\n  b</listing>", "<listing>a\n b</listing>"),
    ],
)
def test_blanks_that_say_something_are_compared(text: str, changed: str) -> None:
    assert len(found(compared(page(text), page(changed)))) == 1


def test_a_page_of_comments_takes_no_time() -> None:
    text = "<!-- a -->" * 5_000
    begun = time.process_time()
    assert CELLS.match(f"{text}<p>") is None
    assert CELLS.match(f"{text}<tr>")
    assert found(compared(page(f"{text}<p>a"), page(f"{text}<p>b"))) == [("value", "html:body > p")]
    assert time.process_time() - begun < 0.5


@pytest.mark.parametrize(
    "text",
    [
        '<a href="/orders/{}">x</a>',
        "<input name=order_id value={}>",
        "<p data-order-id={}>x",
        '<script>go("/orders/{}");</script>',
    ],
)
def test_a_number_that_is_known_by_another_name_is_found_in_a_page(text: str) -> None:
    names = KnownNames({"order 17": "order 20"})
    right = compared(page(text.format(17)), page(text.format(20)), names=names, numbers=Numbers.KNOWN, counted=True)
    wrong = compared(page(text.format(17)), page(text.format(17)), names=names, numbers=Numbers.KNOWN, counted=True)
    assert found(right) == []
    assert [kind for kind, _ in found(wrong)] == ["identity"]


def test_xml_with_a_number_that_is_known_by_another_name() -> None:
    names = KnownNames({"order 17": "order 20"})
    text = answer('<a order_id="17"/>', media="application/xml")
    assert found(compared(text, text, names=names, numbers=Numbers.KNOWN, counted=True)) == [
        ("identity", "xml:/a@order_id")
    ]


def test_keywords_say_the_same_in_either_case() -> None:
    assert found(compared(page("<form method=POST>"), page('<form method="post">'))) == []
    assert found(compared(page("<form method=POST>"), page("<form method=get>"))) == [
        ("value", "html:body > form@method")
    ]
