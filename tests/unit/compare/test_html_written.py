"""Elements of a page that are the same as the parser writes them are not looked into; nothing is lost by that."""

from __future__ import annotations

import gc
import random
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from shadow.compare.differences import Tally
from shadow.compare.html_page import Element, Page
from shadow.compare.html_walk import HtmlWalk
from shadow.compare.noise import Moment
from shadow.compare.renaming import NoNames, Renaming
from shadow.compare.rules import RouteRules, compile_rules
from tests.support.compare import TODAY, compared, found, page
from tests.unit.compare.test_quick import slowly

IDS = [f"65f0a1b2c3d4e5f60718{number:04x}" for number in range(30)]
OTHERS = {name: f"75f0a1b2c3d4e5f60718{number + 7:04x}" for number, name in enumerate(IDS)}


def element(numbers: random.Random, depth: int) -> str:
    """A piece of a page, as templates make them."""
    name, other = numbers.choice(IDS), numbers.choice(IDS)
    if depth > 2 or numbers.randrange(3) == 0:
        pieces = [
            f'<a class="run view" href="/tests/view/{name}">one</a>',
            f"<p>{name} and {other}</p>",
            f'<input name="csrf" value="{name}" checked>',
            f"<b>{numbers.randrange(9)}</b> ",
            f'<script>var x = {{\'a\': "{name}"}}; go({{"n": {numbers.randrange(3)}}})</script>',
            f"<i title='{other}'></i>",
            "<select><option selected>1<option>2</select>",
            "<pre> a\n b </pre>",
            "<!-- c -->",
            "<br>",
            " words ",
            " 3 minutes ago ",
            " é &amp; &lt;b&gt; ",
        ]
        return numbers.choice(pieces)
    inside = "".join(element(numbers, depth + 1) for _ in range(numbers.randrange(1, 6)))
    tag = numbers.choice(["div", "ul", "section", "li", "span", "form"])
    return f"<{tag} id='x{numbers.randrange(4)}'>\n {inside}</{tag}>"


@st.composite
def pages(draw: st.DrawFn) -> tuple[str, random.Random]:
    numbers = random.Random(draw(st.integers(0, 1 << 32)))
    parts = [element(numbers, 0) for _ in range(draw(st.integers(1, 6)))]
    rows = "".join(f"<tr><td>{n}</td><td>{numbers.choice(IDS)}</td></tr>" for n in range(draw(st.integers(0, 9))))
    return "".join([*parts, f"<table><tbody>{rows}</tbody></table>", element(numbers, 1)]), numbers


def renamed(text: str) -> str:
    for name, other in OTHERS.items():
        text = text.replace(name, other)
    return text


@settings(deadline=None, max_examples=300)
@given(pages(), st.integers(0, 3))
def test_a_page_is_judged_as_the_walk_judges_it(subject: tuple[str, random.Random], times: int) -> None:
    primary, numbers = subject
    text = renamed(primary)
    for _ in range(times):
        at, more = numbers.randrange(len(text) + 1), numbers.choice([0, 0, 1, 2, 9, 40])
        pieces = ["", "", " ", "x", "<b>", "</td>", "<p>", "</div>", "'", ">", numbers.choice(IDS), text[at : at + 30]]
        text = text[:at] + numbers.choice(pieces) + text[at + more :]
    pair = page(primary), page(text)
    quick, slow = compared(*pair), slowly(*pair)
    assert quick.outcome is slow.outcome
    assert found(quick) == found(slow)


def a_table(changed: int | None = None) -> str:
    cells = [f"<td>{n}</td><td><a href='/run/{IDS[n]}'>run</a></td>" for n in range(20)]
    if changed is not None:
        cells[changed] = cells[changed].replace(">run<", ">ran<")
    return f"<table id='t'>{''.join(f'<tr>{cell}</tr>' for cell in cells)}</table>"


def test_of_a_table_only_the_row_that_differs_is_looked_into() -> None:
    looked: list[str] = []
    original = Element.read

    def read(node: Element) -> object:
        looked.append(node.tag)
        return original(node)

    with patch.object(Element, "read", read):
        comparison = compared(page(a_table()), page(renamed(a_table(changed=11))))
    assert found(comparison) == [("value", "html:table#t > tbody > tr[12] > td[2] > a")]
    assert looked.count("tr") == 2
    assert len(comparison.aliases) == 20


def test_an_element_with_a_script_that_names_something_is_the_same() -> None:
    """Else what stands behind it would be paired by likeness, and of two links the wrong one could be missing."""
    script = f"<section><script>show('{IDS[1]}')</script></section>"
    links = [f"<a href='/tests/{IDS[number]}'>one</a>" for number in (2, 3)]
    primary, candidate = page(f"<div>{script}{''.join(links)}</div>"), page(renamed(f"<div>{script}{links[0]}</div>"))
    assert found(compared(primary, candidate)) == [("missing", "html:body > div > a[2]")]
    assert found(slowly(primary, candidate)) == [("missing", "html:body > div > a[2]")]


def test_what_the_parser_holds_is_free_when_the_page_was_compared() -> None:
    tally = Tally(Renaming(NoNames(), ""), Moment(), RouteRules(compile_rules([], TODAY), "r"))
    gc.disable()  # the elements hold one another in circles
    try:
        with Page(a_table(), (), tally) as ours, Page(a_table(), (), tally) as theirs:
            HtmlWalk(tally).compare(ours.top(alone=True), theirs.top(alone=True))
            assert ours.nodes
        assert not ours.nodes
        assert not theirs.nodes
    finally:
        gc.enable()
