"""HTML: parsed as a browser would, one difference for one change, places that a rule can name."""

from __future__ import annotations

import pytest

from shadow.words import Outcome, Severity
from tests.support.compare import answer, compared, found, page

ONE, UNE = "65f0a1b2c3d4e5f607182930", "75f0a1b2c3d4e5f607182931"
ROWS = [
    f'<tr id="run-{n}"><td>branch_{n}</td><td><a href="/tests/view/{n + 16:x}f0a1b2c3d4e5f60718293a">{n}</a></td></tr>'
    for n in range(20)
]


def table(rows: list[str], between: str = "") -> str:
    return f'<h1>Tests</h1><table id="tests">{between.join(rows)}</table><p>end</p>'


@pytest.mark.parametrize(
    ("primary", "candidate"),
    [
        ("<p>\n  a\n   b\n</p>\n\n<p>c</p>", "<p>a b</p><p>c</p>"),
        ('<p id="x" class="b a">t</p>', "<p class='a  b' id=x>t</p>"),
        ("<input disabled>", '<input disabled="disabled">'),
        ("10+0.1 &amp; &#8209; &#39;", "10+0.1 & \u2011 '"),
        ("<table><tr><td>1</table>", "<table><tbody><tr><td>1</td></tr></tbody></table>"),
        ("a<!-- note -->b", "ab"),
        ("<script>\n  f(1);\n\n  g();\n</script>", "<script>f(1);\n g();</script>"),
        ('<script>var x = {"a": 1, "b": "\\u003c"};</script>', '<script>var x = {"b":"<","a":1};</script>'),
        ("""<form onsubmit='go({"a": 1, "b": 2})'>""", """<form onsubmit='go({"b":2,"a":1})'>"""),
        ("<P STYLE='color:  red'>x</P>", "<p style='color: red'>x</p>"),
    ],
)
def test_what_a_browser_shows_alike_is_alike(primary: str, candidate: str) -> None:
    assert compared(page(primary), page(candidate)).differences == ()


@pytest.mark.parametrize(
    ("primary", "candidate", "kind", "place"),
    [
        ("<p>a</p><p>b</p>", "<p>a</p><p>c</p>", "value", "html:body > p[2]"),
        ("<b>a</b> <b>b</b>", "<b>a</b><b>b</b>", "missing", "html:body"),
        ("a <b>b</b>", "a<b>b</b>", "value", "html:body"),
        ("a&nbsp;b", "a b", "value", "html:body"),
        ("<pre>a\n b</pre>", "<pre>a\nb</pre>", "value", "html:body > pre"),
        ("<a href='/x'>t</a>", "<a href='/y'>t</a>", "value", "html:body > a@href"),
        ("<a href='/x'>t</a>", "<a>t</a>", "missing", "html:body > a@href"),
        ("<p>t</p>", "<p hidden>t</p>", "extra", "html:body > p@hidden"),
        ("<p class='a b'>t</p>", "<p class='a'>t</p>", "value", "html:body > p@class"),
        ("<div id='main'><p>t</p></div>", "<div id='main'><p>u</p></div>", "value", "html:div#main > p"),
        ("<form><input name='a'></form>", "<form></form>", "missing", "html:body > form > input"),
        ("<p>t</p>", "<p>t</p><hr>", "extra", "html:body > hr"),
        ("<h1>t</h1>", "<h2>t</h2>", "missing", "html:body > h1"),
        ('<script>f({"a": 1})</script>', '<script>f({"a": 2})</script>', "value", "html:body > script"),
        ("<script>f(1)</script>", "<script>f(2)</script>", "value", "html:body > script"),
        ("<p>a</p><p>b</p><p>c</p>", "<p>c</p><p>a</p><p>b</p>", "order", "html:body"),
    ],
)
def test_what_a_browser_shows_otherwise_is_a_difference(primary: str, candidate: str, kind: str, place: str) -> None:
    assert found(compared(page(primary), page(candidate)))[0] == (kind, place)


@pytest.mark.parametrize("gone", [0, 1, 9, 19])
def test_one_row_less_is_one_difference(gone: int) -> None:
    fewer = ROWS[:gone] + ROWS[gone + 1 :]
    place = f"html:table#tests > tbody > tr[{gone + 1}]"
    assert found(compared(page(table(ROWS)), page(table(fewer, "\n\n")))) == [("missing", place)]
    assert found(compared(page(table(fewer)), page(table(ROWS)))) == [("extra", place)]


def test_rows_are_aligned_although_each_of_them_has_noise() -> None:
    def rows(ago: int) -> list[str]:
        return [f"<tr><td>task {n}</td><td>{ago + n} minutes ago</td></tr>" for n in range(12)]

    comparison = compared(page(table(rows(3))), page(table(rows(4)[:5] + rows(4)[6:])))
    assert found(comparison) == [("missing", "html:table#tests > tbody > tr[6]")]
    assert len(comparison.noise) == 11


def test_a_paged_list_that_moved_by_one_is_one_less_and_one_more() -> None:
    comparison = compared(page(table(ROWS[:19])), page(table(ROWS[1:])))
    assert sorted(kind for kind, _ in found(comparison)) == ["extra", "missing"]


def test_identifiers_in_links_and_texts_are_renamed() -> None:
    body = "<a href='/tests/view/{0}'>{0}</a><script>show(\"{0}\")</script>"
    assert compared(page(body.format(ONE)), page("\n" + body.format(UNE))).outcome is Outcome.MATCH


@pytest.mark.parametrize(
    "body",
    [
        '<meta name="csrf-token" content="{}">',
        '<input type="hidden" name="csrf_token" value="{}">',
        '<script>var csrf_token = {{"csrf_token": "{}"}};</script>',
    ],
)
def test_csrf_tokens_belong_to_the_client_whatever_their_form(body: str) -> None:
    forty, sixty_four = "0123456789abcdef0123456789abcdef01234567", "fedcba9876543210" * 4
    comparison = compared(page(body.format(forty)), page(body.format(sixty_four)))
    assert comparison.outcome is Outcome.MATCH
    assert [(a.primary, a.candidate, a.scope) for a in comparison.aliases] == [(forty, sixty_four, "client")]


def test_a_csrf_token_that_changes_within_a_page_is_a_difference() -> None:
    one, two, three = ("0123456789abcdef0123456789abcdef0123456" + digit for digit in "789")
    body = '<meta name="csrf-token" content="{}"><input name="csrf_token" value="{}">'
    comparison = compared(page(body.format(one, one)), page(body.format(two, three)))
    assert found(comparison) == [("identity", "html:body > input@value")]


def test_fragments_of_rows_keep_their_cells() -> None:
    p = answer("\n<tr><td>1</td><td>2</td></tr><tr><td>3</td></tr>", media="text/html")
    c = answer("<tr><td>1</td>\n<td>2</td></tr>\n\n<tr><td>4</td></tr>", media="text/html")
    assert found(compared(p, c)) == [("value", "html:body > tr[2] > td")]


def test_the_title_and_a_lost_doctype_have_their_places() -> None:
    p = answer("<!doctype html><title>a</title><p>x", media="text/html")
    assert found(compared(p, answer("<!doctype html><title>b</title><p>x", media="text/html"))) == [
        ("value", "html:title")
    ]
    assert found(compared(p, answer("<title>a</title><p>x", media="text/html"))) == [("missing", "html:html")]


def test_severities_follow_what_a_client_needs() -> None:
    assert compared(page("<p class='a'>"), page("<p class='b'>")).differences[0].severity is Severity.COSMETIC
    assert compared(page("<p>a"), page("<p>b")).differences[0].severity is Severity.VISIBLE
    assert compared(page("<form action='/a'>"), page("<form action='/b'>")).differences[0].severity is Severity.BREAKING


@pytest.mark.parametrize(
    ("primary", "candidate", "places"),
    [
        ('<meta charset="UTF-8">', "<meta charset=utf-8>", []),
        (
            '<meta http-equiv="Content-Type" content="text/html; charset=UTF-8">',
            '<meta http-equiv="content-type" content="text/HTML; charset=utf-8">',
            [],
        ),
        ('<meta charset="UTF-8">', '<meta charset="latin1">', ["html:meta@charset"]),
        ('<meta name="author" content="Ann">', '<meta name="author" content="ann">', ["html:meta@content"]),
    ],
)
def test_labels_of_charsets_say_the_same_in_either_case(primary: str, candidate: str, places: list[str]) -> None:
    p, c = (page("x").body.data.decode().replace("<title>", f"{meta}<title>") for meta in (primary, candidate))
    comparison = compared(answer(p, media="text/html"), answer(c, media="text/html"))
    assert [place for _, place in found(comparison)] == places
