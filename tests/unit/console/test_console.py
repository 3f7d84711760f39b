"""The console is closed to strangers, shows what the report holds, and nothing from traffic acts in it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser

from shadow.console.token import token
from shadow.errors import ShadowError, StartError
from tests.support.paper_desk import HOME, HOSTILE, SECRET, Visitor
from tests.support.reports import a_report, a_route


@pytest.fixture
def visitor(tmp_path: Path) -> Visitor:
    return Visitor(tmp_path)


PAGES = ["/", "/overview", "/findings/f1", "/ledger", "/units/home"]
CLOSED = [*PAGES, "/api/report", "/api/findings/f1", "/api/ledger", "/static/console.css", "/docs", "/openapi.json"]


@pytest.mark.parametrize("path", CLOSED)
def test_a_stranger_sees_nothing(visitor: Visitor, path: str) -> None:
    answer = visitor.ask("GET", path)
    assert answer.status_code == 401
    assert (
        "Next: /login?token=TOKEN, or send the token as bearer; it is in the file of [console] token_file"
        in answer.text
    )
    assert "home" not in answer.text


def test_a_wrong_token_signs_nobody_in(visitor: Visitor) -> None:
    answer = visitor.ask("GET", "/login?token=wrong")
    assert answer.status_code == 401
    assert "not the console's. Next: /login?token=TOKEN; it is in the file of [console] token_file" in answer.text
    assert visitor.ask("GET", "/").status_code == 401


def test_the_token_signs_in_and_the_cookie_does_not_tell_it(visitor: Visitor) -> None:
    answer = visitor.ask("GET", f"/login?token={SECRET}")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert SECRET not in cookie
    assert visitor.ask("GET", "/").status_code == 200


def test_another_host_name_is_refused(visitor: Visitor) -> None:
    visitor.sign_in()
    assert visitor.ask("GET", "/", base="http://evil.example:8081").status_code == 400


@pytest.mark.parametrize("path", PAGES)
def test_nothing_from_traffic_acts_on_a_page(visitor: Visitor, path: str) -> None:
    visitor.sign_in()
    answer = visitor.ask("GET", path)
    assert answer.status_code == 200
    tree = LexborHTMLParser(answer.text)
    assert not tree.css("img")
    assert [node.attributes.get("src") for node in tree.css("script")] in ([], ["/static/vendor/htmx-2.0.11.min.js"])
    assert not [name for node in tree.css("*") for name in node.attributes if name.startswith("on")]
    assert "\x1b" not in answer.text
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy


def test_the_api_gives_the_report_to_the_bearer(visitor: Visitor) -> None:
    answer = visitor.ask("GET", "/api/report", headers={"Authorization": f"Bearer {SECRET}"})
    assert json.loads(answer.text) == visitor.desk.shown


def test_errors_of_the_api_have_one_shape(visitor: Visitor) -> None:
    bearer = {"Authorization": f"Bearer {SECRET}"}
    missing = visitor.ask("GET", "/api/findings/nope", headers=bearer)
    refused = visitor.ask("POST", "/api/promote", headers=bearer, json={"name": "home"})
    nowhere = visitor.ask("GET", "/api/nowhere", headers=bearer)
    invalid = visitor.ask("POST", "/api/promote", headers=bearer, json={"nome": "home"})
    assert (missing.status_code, refused.status_code, nowhere.status_code) == (404, 409, 404)
    assert invalid.status_code == 422
    for answer in (missing, refused, nowhere, invalid, visitor.ask("GET", "/api/report")):
        assert list(answer.json()) == ["error"]
        assert isinstance(answer.json()["error"], str)
    assert "12 of 74" in refused.json()["error"]


@pytest.mark.parametrize(("error", "status"), [(ShadowError("'live' is no stage"), 400), (KeyError("secret"), 500)])
@pytest.mark.parametrize("path", ["/", "/api/report"])
def test_whatever_fails_is_told_in_one_shape_with_the_security_fields(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int, path: str
) -> None:
    def fail() -> dict[str, Any]:
        raise error

    monkeypatch.setattr(visitor.desk, "report", fail)
    answer = visitor.ask("GET", path, headers={"Authorization": f"Bearer {SECRET}"})
    assert answer.status_code == status
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    told = answer.json()["error"] if path.startswith("/api/") else answer.text
    assert ("is no stage" in told) is (status == 400)
    assert "secret" not in told


def test_a_route_for_which_no_number_of_pairs_is_enough_is_shown(visitor: Visitor) -> None:
    visitor.desk.shown = a_report([a_route(needed=None)], [])
    visitor.sign_in()
    assert "no number is enough" in visitor.ask("GET", "/overview").text


def test_a_rollback_by_the_api_can_be_forced(visitor: Visitor) -> None:
    bearer = {"Authorization": f"Bearer {SECRET}"}
    for body in ({"name": "home"}, {"name": "home", "force": True, "reason": "dead"}):
        assert visitor.ask("POST", "/api/rollback", headers=bearer, json=body).status_code == 200
    assert visitor.desk.moved == [("rollback", "home", "", "console"), ("rollback", "home", "dead", "console", "force")]


def test_a_freeze_a_hold_and_a_dry_run_are_there_for_programs(visitor: Visitor) -> None:
    bearer = {"Authorization": f"Bearer {SECRET}"}
    for path, body in (
        ("/api/freeze", {"reason": "holidays"}),
        ("/api/promote", {"name": "home", "to": "canary:5", "force": True, "dry_run": True}),
        ("/api/unfreeze", {}),
        ("/api/hold", {"name": "home", "reason": "wait"}),
    ):
        assert visitor.ask("POST", path, headers=bearer, json=body).status_code == 200
    assert visitor.desk.moved == [
        ("freeze", "holidays", "console"),
        ("promote", "home", "canary:5", "", "console", "dry run"),
        ("unfreeze", "", "console"),
        ("hold", "home", "wait", "console"),
    ]


def test_a_share_and_a_freeze_are_shown_and_hostile_reasons_do_nothing(visitor: Visitor) -> None:
    visitor.sign_in()
    visitor.desk.shown["routes"][0] |= {"stage": "canary", "share": 5, "lacking": ["12 of 100 clean pairs"]}
    visitor.desk.shown["frozen"] = HOSTILE
    page = LexborHTMLParser(visitor.ask("GET", "/").text)
    assert page.css_first("td.canary").text() == "canary 5 %"
    assert "12 of 100 clean pairs" in page.css_first("td.reasons").text()
    assert "All is frozen" in page.body.text()
    assert not page.css("img")


def test_a_move_needs_the_bearer_or_a_page_of_the_console(visitor: Visitor) -> None:
    visitor.sign_in()
    body = {"name": "home", "force": True, "reason": "test"}
    assert visitor.ask("POST", "/api/promote", json=body).status_code == 403
    assert visitor.ask("POST", "/api/promote", json=body, headers={"Origin": "http://evil.example"}).status_code == 403
    assert not visitor.desk.moved
    assert visitor.ask("POST", "/api/promote", json=body, headers={"Origin": HOME}).status_code == 200
    assert visitor.desk.moved == [("promote", "home", "promoted", "test", "console")]


def test_a_finding_is_tried_again_and_accepted_from_its_page_only(visitor: Visitor) -> None:
    visitor.sign_in()
    own = {"Origin": HOME}
    for action in ("retry", "accept"):
        assert visitor.ask("POST", f"/findings/f1/{action}", data={"reason": "fine"}).status_code == 403
    assert visitor.desk.moved == []
    page = visitor.ask("POST", "/findings/f1/retry", headers=own)
    assert page.status_code == 200
    assert "still different" in page.text
    assert "the primary answers 302 now, 200 in the sample" in page.text
    assert HOSTILE not in page.text
    done = visitor.ask("POST", "/findings/f1/accept", data={"reason": " fine "}, headers=own)
    assert (done.status_code, done.headers["location"]) == (303, "/findings/f1")
    assert visitor.desk.moved == [("retry", "f1"), ("accept", "f1", "fine", "console")]


def test_a_finding_is_tried_again_and_accepted_by_the_api(visitor: Visitor) -> None:
    bearer = {"Authorization": f"Bearer {SECRET}"}
    retried = visitor.ask("POST", "/api/retry", json={"finding": "f1"}, headers=bearer).json()
    assert (retried["still"], len(retried["notes"])) == (True, 2)
    refused = visitor.ask("POST", "/api/retry", json={"finding": "write"}, headers=bearer)
    assert (refused.status_code, "is a write" in refused.json()["error"]) == (400, True)
    assert visitor.ask("POST", "/api/accept", json={"finding": "f1", "reason": "x"}, headers=bearer).status_code == 200
    assert visitor.ask("POST", "/api/accept", json={"finding": "no", "reason": "x"}, headers=bearer).status_code == 404


def test_reading_changes_nothing(visitor: Visitor) -> None:
    visitor.sign_in()
    for path in ("/api/promote", "/api/rollback", "/api/release", "/api/hold", "/api/freeze", "/api/unfreeze"):
        assert visitor.ask("GET", path).status_code == 405
    assert not visitor.desk.moved


def test_the_token_file_is_made_once_and_is_private(tmp_path: Path) -> None:
    path = tmp_path / "var" / "console.token"
    first = token(path)
    assert token(path) == first
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_token_that_is_too_short_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "console.token"
    path.write_text("short")
    with pytest.raises(StartError, match="delete the file"):
        token(path)
