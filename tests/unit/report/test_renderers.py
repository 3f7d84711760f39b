"""Every format shows what the report holds, and nothing from traffic acts in any of them."""

from __future__ import annotations

import json
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from shadow.report import as_html, as_json, as_junit, as_markdown
from shadow.report.harmless import markdown, plain
from tests.support.reports import a_finding, a_report, a_route

HOSTILE = "<script>alert(1)</script>|\x1b[2J\u202eevil\n# head ]]>"
texts = st.text(max_size=40) | st.just(HOSTILE)


def test_the_json_is_the_report() -> None:
    assert json.loads(as_json.render(a_report())) == a_report()


def test_markdown_names_routes_findings_and_reasons() -> None:
    text = as_markdown.render(a_report(findings=[a_finding()]))
    assert "| home | shadow | primary | inconclusive | 12 | 74 |" in text
    assert "header:cache\\-control" in text
    assert "skipped: truncated" in text


@given(texts)
def test_a_hostile_value_stays_in_its_markdown_cell(value: str) -> None:
    sample = {"exchange": "x", "primary": value, "candidate": value}
    plain_rows = as_markdown.render(a_report(findings=[a_finding()])).count("\n")
    text = as_markdown.render(a_report(findings=[a_finding(samples=[sample])]))
    assert text.count("\n") == plain_rows
    assert "<script" not in text
    assert "\x1b" not in text


@given(texts)
def test_the_html_has_no_element_from_traffic(value: str) -> None:
    finding = a_finding(place=value, samples=[{"exchange": "x", "primary": value, "candidate": value}])
    route = a_route(reasons=[value])
    tree = LexborHTMLParser(as_html.render(a_report([route], [finding])))
    assert not tree.css("script, img, iframe, a, form")
    harmless = plain(value)
    shown = [node.text() for node in tree.css("pre")]
    assert [text.split() for text in shown] == [harmless.split()] * 2


def test_races_are_listed_apart() -> None:
    report = a_report(findings=[a_finding(id="real"), a_finding(id="raced", race_only=True, blocking=False)])
    for text in (as_markdown.render(report), as_html.render(report)):
        assert text.index("real") < text.index("Races") < text.index("raced")


def test_every_format_tells_the_share_that_is_masked() -> None:
    report = a_report([a_route("home", masked_share=0.034)])
    assert json.loads(as_json.render(report))["routes"][0]["masked_share"] == 0.034
    (case,) = ElementTree.fromstring(as_junit.render(report))
    assert case.findtext("system-out") == "3.4 % of the compared places are masked"
    for text in (as_markdown.render(report), as_html.render(report)):
        assert "masked" in text
        assert "3.4 %" in text


def test_junit_fails_on_open_findings_and_skips_routes_without_evidence() -> None:
    routes = [a_route("home"), a_route("bad"), a_route("good", verdict="ready", reasons=[])]
    findings = [a_finding(route="bad"), a_finding(route="good", status="fixed", blocking=False)]
    suite = ElementTree.fromstring(as_junit.render(a_report(routes, findings)))
    assert suite.attrib["tests"] == "3"
    assert suite.attrib["failures"] == "1"
    assert suite.attrib["skipped"] == "1"
    states = {case.attrib["name"]: [child.tag for child in case if child.tag != "system-out"] for case in suite}
    assert states == {"home": ["skipped"], "bad": ["failure"], "good": []}


@given(texts)
def test_junit_is_well_formed_whatever_the_traffic_holds(value: str) -> None:
    finding = a_finding(place=value, samples=[{"exchange": "x", "primary": value, "candidate": value}])
    ElementTree.fromstring(as_junit.render(a_report([a_route(value, reasons=[value])], [{**finding, "route": value}])))


@given(texts)
def test_plain_text_cannot_move_a_cursor_or_turn_text_round(value: str) -> None:
    harmless = plain(value)
    assert not set(harmless) & {"\x1b", "\r", "\u202e", "\x00", "\x9b"}
    assert "\n" not in markdown(value)


def test_a_tainted_world_is_told_in_what_people_read() -> None:
    report = {**a_report(), "tainted": "write 01X got no answer"}
    assert "write 01X got no answer" in as_markdown.render(report)
    assert "write 01X got no answer" in as_html.render(report)


def test_that_there_are_no_rules_is_told() -> None:
    report = a_report()
    assert "rules <code>abc</code>, world 1" in as_html.render(report)
    report["epoch"]["rules"] = ""
    assert "no rules, world 1" in as_html.render(report)


def test_twins_are_counted_in_what_people_read() -> None:
    report = a_report() | {"twins": {"kept": 3, "failed": 1, "made": 4}}
    assert "Twins: 3 kept, 1 failed, 4 made." in as_markdown.render(report)
    assert "Twins: 3 kept, 1 failed, 4 made" in as_html.render(report)
    assert "Twins" not in as_markdown.render(a_report()) + as_html.render(a_report())


def test_a_handover_that_goes_on_is_told_in_what_people_read() -> None:
    one = {"name": "worker", "from": "shadow", "to": "promoted", "who": "<ann>", "phase": "leaving"}
    report = a_report() | {"handovers": [one]}
    assert "worker is being moved from shadow to promoted by &lt;ann&gt;" in as_markdown.render(report)
    assert "worker is being moved from shadow to promoted by &lt;ann&gt;" in as_html.render(report)
    stuck = a_report() | {"handovers": [one | {"phase": "returning"}]}
    assert "has not taken its state back" in as_html.render(stuck)
