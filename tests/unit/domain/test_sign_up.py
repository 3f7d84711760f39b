"""New accounts: every fault at once, real name servers, a real captcha provider, and what is stored in the end."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import dns.resolver
import pytest
from pymongo.database import Database

from domain import credentials
from domain.credentials import checked_email, is_repository, password_fault, same_password
from domain.indexes import make_indexes
from domain.server import Fishtest
from domain.sign_up import CAPTCHA_FAILED, CAPTCHA_FIELD, FIELDS, ODD_NAME, TAKEN
from tests.support.captcha import RIGHT_TOKEN, SECRET, CaptchaProvider, captcha_provider
from tests.support.domain import MakeServer
from tests.support.name_server import NameServer, name_server

__all__ = ["captcha_provider", "name_server"]

Db = Database[dict[str, Any]]

STRONG = "plum7 trolley9 Quartz"
GOOD = {
    "username": "ada",
    "password": STRONG,
    "password2": STRONG,
    "email": "ada@example.org",
    "tests_repo": "https://github.com/ada/Stockfish",
    CAPTCHA_FIELD: "",
}


def form(**changes: str) -> dict[str, str]:
    return GOOD | changes


# Passwords


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("", "it is empty"),
        ("x" * 73, "it has more than 72 characters"),
        ("password", "This is a top-10 common password."),
        ("ada", ""),
        ("qwertyuiop", ""),
        ("1234567890", ""),
    ],
)
def test_a_password_that_others_guess_is_refused_and_why(password: str, fault: str) -> None:
    found = password_fault(password)
    assert found
    assert fault in found


@pytest.mark.parametrize(
    "password", [STRONG, "correct horse battery staple", "ключ к старому сараю", STRONG * 3 + "9ab"]
)
def test_a_password_that_nobody_guesses_is_taken(password: str) -> None:
    assert password_fault(password, "ada", "ada@example.org") == ""


def test_what_others_know_of_a_person_makes_a_password_weak() -> None:
    assert password_fault("wolpertinger77", "") == ""
    assert password_fault("wolpertinger77", "wolpertinger") != ""


def test_passwords_of_two_people_are_judged_apart() -> None:
    """The library keeps the words of its caller in a global; many threads at once must not see each other's."""

    def judged(number: int) -> bool:
        name = f"wolpertinger{number:04}x"
        return bool(password_fault(f"{name}77", name)) and not password_fault(f"{name}77", "somebody")

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(judged, range(60)))


@pytest.mark.parametrize(("given", "same"), [("pw", True), ("pW", False), ("", False), ("pw ", False), ("pẃ", False)])
def test_passwords_are_compared_whole(given: str, same: bool) -> None:
    assert same_password(given, "pw") is same


# Addresses


@pytest.mark.parametrize(
    ("address", "stored"),
    [
        ("ada@example.org", "ada@example.org"),
        ("Ada+x@EXAMPLE.org", "Ada+x@example.org"),
        ("ada@bücher.example.com", "ada@bücher.example.com"),
    ],
)
def test_an_address_is_stored_in_its_normal_form(address: str, stored: str) -> None:
    assert checked_email(address, ask_dns=False) == stored


@pytest.mark.parametrize(
    "address", ["", "ada", "ada@", "@example.org", "ada@localhost", "ada@example.invalid", "a b@x.org", "<b>@x.org"]
)
def test_what_is_no_address_is_refused_without_asking_anybody(address: str, name_server: NameServer) -> None:
    with pytest.raises(ValueError, match=r"email|@"):
        checked_email(address, ask_dns=True)
    assert name_server.asked == []


def test_a_domain_that_takes_mail_is_asked_for_and_accepted(name_server: NameServer) -> None:
    name_server.records = {("takes-mail.com", "MX"): "10 mail.takes-mail.com."}
    assert checked_email("ada@takes-mail.com", ask_dns=True) == "ada@takes-mail.com"
    assert name_server.asked == [("takes-mail.com", "MX")]


@pytest.mark.parametrize("records", [{}, {("no-mail.com", "MX"): "0 ."}, {("no-mail.com", "NS"): "ns.no-mail.com."}])
def test_a_domain_that_takes_no_mail_is_refused(name_server: NameServer, records: dict[tuple[str, str], str]) -> None:
    name_server.records = records
    with pytest.raises(ValueError, match=r"no-mail\.com does not"):
        checked_email("ada@no-mail.com", ask_dns=True)


def test_a_name_server_that_does_not_answer_is_no_reason(
    name_server: NameServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(credentials, "DNS_PATIENCE", 0.2)
    monkeypatch.setattr(name_server, "answer", lambda wire: b"")
    assert checked_email("ada@silent.com", ask_dns=True) == "ada@silent.com"


def test_a_machine_without_name_servers_takes_any_domain(
    name_server: NameServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A machine of its own in a test: no resolver is known yet, and its configuration names no server."""
    empty = tmp_path / "resolv.conf"
    empty.write_text("")
    monkeypatch.setattr(dns.resolver, "default_resolver", None)
    monkeypatch.setattr(dns.resolver.Resolver.__init__, "__defaults__", (str(empty), True))
    assert checked_email("ada@anywhere.com", ask_dns=True) == "ada@anywhere.com"


# Repositories


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("", True),
        ("https://github.com/ada/Stockfish", True),
        ("https://www.github.com/ada/Stockfish/", True),
        ("http://github.com/ada/Stockfish", False),
        ("https://github.com/ada", False),
        ("https://github.com/ada/Stockfish/tree/master", False),
        ("https://github.com.evil.example/ada/Stockfish", False),
        ("https://gitlab.com/ada/Stockfish", False),
        ("https://github.com/ada/Stock fish", False),
        ("javascript:alert(1)", False),
    ],
)
def test_a_repository_is_one_on_github(text: str, good: bool) -> None:
    assert is_repository(text) is good


# Sign-up


def test_an_account_waits_for_an_approver(make_server: MakeServer, db: Db) -> None:
    server = make_server()
    assert server.sign_up.register({name: f"  {text} " for name, text in form(email="ada@EXAMPLE.org").items()}) == []
    stored = db["users"].find_one({"username": "ada"})
    assert stored is not None
    assert stored["registration_time"] == server.clock.now()
    assert {key: value for key, value in stored.items() if key not in ("_id", "registration_time")} == {
        "username": "ada",
        "password": STRONG,
        "pending": True,
        "blocked": False,
        "email": "ada@example.org",
        "groups": [],
        "tests_repo": "https://github.com/ada/Stockfish",
        "machine_limit": 16,
    }
    assert server.users.login("ada", STRONG) == {"error": "Account pending for user: ada"}


@pytest.mark.parametrize(
    ("changes", "beginnings"),
    [
        ({"password": "", "password2": ""}, ["Weak password: it is empty"]),
        ({"password": "ada1", "password2": "ada1"}, ["Weak password: "]),
        ({"password2": "x"}, ["The two passwords differ"]),
        ({"email": "x"}, ["Invalid email: An email address must have an @-sign."]),
        ({"username": " "}, ["Username required", "Alphanumeric username required"]),
        ({"username": "ada_l"}, ["Alphanumeric username required"]),
        ({"tests_repo": "x"}, ["Invalid tests repo"]),
        ({"username": "a"}, [ODD_NAME]),
        ({"username": "адам"}, [ODD_NAME]),
        (
            dict.fromkeys(FIELDS, ""),
            ["Weak password", "Invalid email", "Username required", "Alphanumeric username required"],
        ),
        (
            {"password": "x", "password2": "y", "email": "z", "username": "<b>", "tests_repo": "q"},
            ["Weak", "The two", "Invalid email", "Alphanumeric", "Invalid tests repo"],
        ),
    ],
)
def test_every_fault_is_told_at_once(
    make_server: MakeServer, db: Db, changes: dict[str, str], beginnings: list[str]
) -> None:
    faults = make_server().sign_up.register(form(**changes))
    assert len(faults) == len(beginnings)
    for fault, beginning in zip(faults, beginnings, strict=True):
        assert fault.startswith(beginning)
    assert db["users"].count_documents({}) == 0


def test_a_name_or_an_address_that_is_taken_is_refused(fishtest: Fishtest) -> None:
    sign_up = fishtest.sign_up
    assert sign_up.register(form(username="carol")) == [TAKEN]
    assert sign_up.register(form(email="carol@example.org")) == [TAKEN]


def test_of_many_who_want_a_name_at_once_one_gets_it(make_server: MakeServer, db: Db) -> None:
    make_indexes(db)
    server = make_server()
    with ThreadPoolExecutor(8) as threads:
        forms = [form(email=f"ada{number}@example.org") for number in range(8)]
        answers = list(threads.map(server.sign_up.register, forms))
    assert sorted(answers) == [[], *[[TAKEN]] * 7]
    assert db["users"].count_documents({"username": "ada"}) == 1


def test_a_domain_without_mail_is_a_fault_unless_offline(make_server: MakeServer, name_server: NameServer) -> None:
    faulty = form(email="ada@no-mail.com")
    assert make_server(offline=False).sign_up.register(faulty) == [
        "Invalid email: The domain name no-mail.com does not exist."
    ]
    assert make_server().sign_up.register(faulty) == []
    assert len(name_server.asked) == 1


# Captcha


def test_without_a_secret_nobody_is_asked(
    make_server: MakeServer, captcha_provider: CaptchaProvider, capsys: pytest.CaptureFixture[str]
) -> None:
    server = make_server(captcha_url=captcha_provider.url)
    assert server.sign_up.register(form()) == []
    assert captcha_provider.asked == []
    assert "sign_up.captcha_skipped reason=no_secret" in capsys.readouterr().err


def test_the_provider_tells_people_from_programs(make_server: MakeServer, captcha_provider: CaptchaProvider) -> None:
    server = make_server(captcha_secret=SECRET, captcha_url=captcha_provider.url)
    assert server.sign_up.register(form()) == [CAPTCHA_FAILED]
    assert server.sign_up.register(form(**{CAPTCHA_FIELD: "wrong"})) == [CAPTCHA_FAILED]
    assert server.sign_up.register(form(**{CAPTCHA_FIELD: f" {RIGHT_TOKEN} "})) == []


def test_a_form_with_faults_does_not_use_the_token_up(
    make_server: MakeServer, captcha_provider: CaptchaProvider
) -> None:
    server = make_server(captcha_secret=SECRET, captcha_url=captcha_provider.url)
    assert len(server.sign_up.register(form(username="", **{CAPTCHA_FIELD: RIGHT_TOKEN}))) == 2
    assert captcha_provider.asked == []


@pytest.mark.parametrize("answer", [b"", b"[]", b"null", b'{"success": "true"}', b"<html>", b"\xff"])
def test_an_answer_that_makes_no_sense_is_a_no(
    make_server: MakeServer, captcha_provider: CaptchaProvider, answer: bytes
) -> None:
    captcha_provider.answer = answer
    server = make_server(captcha_secret=SECRET, captcha_url=captcha_provider.url)
    assert server.sign_up.register(form(**{CAPTCHA_FIELD: RIGHT_TOKEN})) == [CAPTCHA_FAILED]


def test_a_provider_that_is_away_is_a_no_and_no_secret_is_logged(
    make_server: MakeServer, capsys: pytest.CaptureFixture[str]
) -> None:
    away = CaptchaProvider()
    away.start()
    away.stop()
    server = make_server(captcha_secret=SECRET, captcha_url=away.url)
    assert server.sign_up.register(form(**{CAPTCHA_FIELD: RIGHT_TOKEN})) == [CAPTCHA_FAILED]
    logged = capsys.readouterr().err
    assert "sign_up.captcha_failed fault=ConnectError" in logged
    assert SECRET not in logged
    assert STRONG not in logged
