"""XML: by meaning, places as paths, one missing element is one difference, and no entity is ever expanded."""

from __future__ import annotations

import pytest

from shadow.exchange import Response
from shadow.words import Outcome
from tests.support.compare import answer, compared, found

ONE, UNE = "65f0a1b2c3d4e5f607182930", "75f0a1b2c3d4e5f607182930"
FEED = (
    "<?xml version='1.0'?><feed xmlns='urn:a' xml:lang='en'>"
    f"<entry id='{ONE}' n='1'><title>one</title></entry><entry n='2'><title>two</title></entry><end/></feed>"
)


def xml(text: str, media: str = "application/xml") -> Response:
    return answer(text, media=media)


def differing(candidate: str, *rules: tuple[str, str], primary: str = FEED) -> list[tuple[str, str]]:
    return found(compared(xml(primary), xml(candidate), *rules))


@pytest.mark.parametrize("media", ["text/xml", "application/atom+xml; charset=utf-8", "image/svg+xml"])
def test_prefixes_layout_quotes_and_order_of_attributes_say_nothing(media: str) -> None:
    other = (
        '<!-- x -->\n<a:feed xml:lang="en" xmlns:a="urn:a">\n'
        f'  <a:entry n="1" id="{UNE}">\n    <a:title><![CDATA[o]]>n&#101;</a:title>\n  </a:entry>\n'
        '  <a:entry n="2"><a:title>two</a:title></a:entry><a:end></a:end></a:feed>'
    )
    assert compared(xml(FEED, media), xml(other, media)).outcome is Outcome.MATCH


@pytest.mark.parametrize(
    ("old", "new", "kind", "place"),
    [
        (">two<", ">too<", "value", "xml:/feed/entry[2]/title"),
        (">two<", "> two<", "value", "xml:/feed/entry[2]/title"),
        ("n='2'", "n='3'", "value", "xml:/feed/entry[2]@n"),
        ("n='2'", "", "missing", "xml:/feed/entry[2]@n"),
        ("<entry n='2'><title>two</title></entry>", "", "missing", "xml:/feed/entry[2]"),
        ("<end/>", "<end/><more/>", "extra", "xml:/feed/more"),
        ("'urn:a'", "'urn:b'", "value", "xml:/"),
        ("<feed", "<?style a?><feed", "extra", "xml:/?style"),
        ("</feed>", "", "type", "xml:/"),
    ],
)
def test_a_change_is_one_difference_at_its_place(old: str, new: str, kind: str, place: str) -> None:
    assert differing(FEED.replace(old, new)) == [(kind, place)]


def test_blanks_count_where_the_document_says_so() -> None:
    one, other = "<a xml:space='preserve'><b/> <b/></a>", "<a xml:space='preserve'><b/><b/></a>"
    assert differing(other, primary=one)
    assert differing("<a><b/><b/></a>", primary="<a><b/> <b/></a>") == []
    assert differing("<a></a>", primary="<a> </a>")


def test_rules_name_elements_and_attributes() -> None:
    changed = FEED.replace(">two<", ">too<").replace("n='2'", "n='3'")
    assert differing(changed, ("xml:/feed/entry[*]/title", "ignore")) == [("value", "xml:/feed/entry[2]@n")]
    assert differing(changed, ("xml:/feed/entry@n", "tolerance:1")) == [("value", "xml:/feed/entry[2]/title")]
    assert differing(changed, ("xml:/feed/entry[2]", "ignore")) == []
    assert differing(changed, ("xml:/feed/entry[1]", "ignore")) != []
    assert differing(changed, ("text", "ignore")) == []


def test_children_may_be_paired_by_a_rule() -> None:
    turned = "<r><i k='2'>b</i><i k='1'>x</i></r>"
    assert differing(turned, ("xml:/r", "keyed:k"), primary="<r><i k='1'>a</i><i k='2'>b</i></r>") == [
        ("value", "xml:/r/i[1]")
    ]


def test_the_charset_may_stand_in_the_document() -> None:
    one = answer("<?xml version='1.0' encoding='latin-1'?><a>é</a>".encode("latin-1"), media="text/xml")
    assert compared(one, answer("<a>é</a>", media="text/xml")).outcome is Outcome.MATCH


def test_entities_are_refused() -> None:
    bomb = "<!DOCTYPE a [" + "".join(f"<!ENTITY e{n} '{f'&e{n - 1};' * 10 if n else 'ha'}'>" for n in range(12)) + "]>"
    hostile = f"{bomb}<a>&e11;</a>"
    assert differing(hostile, primary=hostile) == []
    assert differing(hostile + " ", primary=hostile) == [("value", "text[1]")]
    assert differing("<a/>", primary=hostile) == [("type", "xml:/")]
    outside = "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>"
    assert differing("<a>root</a>", primary=outside) == [("type", "xml:/")]


@pytest.mark.parametrize("text", ["<a>" * 200 + "</a>" * 200, "<a><b/></a>" * 3, "<a>\ud800</a>", "<a " + "b='' " * 9])
def test_what_is_too_deep_or_malformed_is_compared_as_a_whole(text: str) -> None:
    assert differing(text, primary=text) == []
    assert len(differing(text + "x", primary=text)) == 1
