"""The one spelling of a page: quick to get, and never equal where a walk over both pages finds a difference."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shadow.compare.differences import Tally
from shadow.compare.html_text import respelled
from shadow.compare.html_walk import compare_html
from shadow.compare.noise import Moment
from shadow.compare.renaming import NoNames, Renaming
from shadow.compare.rules import RouteRules

PAGE = "<!doctype html><html><body>{}</body></html>"
blanks = st.sampled_from(["", "", " ", "\n", "\n   ", "\u00a0", "<!-- note -->"])
words = st.sampled_from(["a", "b &amp; c", "b &#38; c", "x&lt;y", "a  b", "a\tb"])
attributes = st.sampled_from(["", ' id="n"', " id=n", ' title="a  b"', ' title="a b"', ' title="a <td> b"', " hidden"])
tags = st.sampled_from(["p", "div", "b", "i", "ul", "span", "pre", "script", "td", "table", "br"])


@st.composite
def markup(draw: st.DrawFn, depth: int = 3) -> str:
    parts = []
    for _ in range(draw(st.integers(0, 3))):
        parts.append(draw(blanks))
        if depth and draw(st.booleans()):
            tag = draw(tags)
            parts.append(f"<{tag}{draw(attributes)}>{draw(markup(depth - 1))}</{tag}>")
        else:
            parts.append(draw(words))
    return "".join(parts) + draw(blanks)


@settings(deadline=None, max_examples=400)
@given(markup(), st.data())
def test_one_spelling_means_no_difference(one: str, data: st.DataObject) -> None:
    """Half of the pairs are one page with other blanks, so that the premise is met often."""
    other = data.draw(st.one_of(markup(), st.just(one.replace("\n", " ")), st.just(one.replace(">", ">\n"))))
    first, second = respelled(PAGE.format(one)), respelled(PAGE.format(other))
    if first is not None and first == second:
        tally = Tally(Renaming(NoNames(), ""), Moment(), RouteRules((), "any"))
        compare_html(PAGE.format(one), PAGE.format(other), tally)
        assert tally.differences == []


def test_layout_entities_and_quotes_are_spelled_in_one_way() -> None:
    one = PAGE.format('<table>\n <tr>\n  <td class="x">a &amp; b</td></tr></table>')
    other = PAGE.format("<table><tbody><tr><td class=x> a &#38; b\n</td>\n</tr></tbody></table><!-- end -->")
    assert respelled(one) == respelled(other) is not None


@pytest.mark.parametrize(
    "inside",
    [
        "<pre>a  b</pre>",
        "<textarea>a\n\nb</textarea>",
        "<script>a  // b</script>",
        '<i title="a  b">',
        "<style>a{}</style>",
    ],
)
def test_what_blanks_mean_something_for_is_left_to_the_walk(inside: str) -> None:
    assert respelled(PAGE.format(inside)) is None


def test_a_blank_between_inline_elements_counts() -> None:
    assert respelled(PAGE.format("<b>a</b> <i>b</i>")) != respelled(PAGE.format("<b>a</b><i>b</i>"))
