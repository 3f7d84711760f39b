"""What is read from the statistics, and the texts around a person's name."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from pymongo.database import Database

from domain.formatting import mailto, path_segment, repository_name
from domain.server import Fishtest

Db = Database[dict[str, Any]]


def record(username: str, cpu_hours: float = 0, games: int = 0, tests: int = 0, speed: float = 0.0) -> dict[str, Any]:
    return {
        "username": username,
        "cpu_hours": cpu_hours,
        "games": games,
        "games_per_hour": speed,
        "tests": tests,
        "tests_repo": "",
        "last_updated": datetime.min.replace(tzinfo=UTC),
    }


def test_contributors_come_by_hours_then_by_name(fishtest: Fishtest, db: Db) -> None:
    db["user_cache"].insert_many([record("zoe", 5), record("bo", 5), record("most", 17520.0), record("least")])
    db["top_month"].insert_one(record("zoe", 1))
    page = fishtest.contributors.page()
    assert [user["username"] for user in page["users"]] == ["most", "bo", "zoe", "least"]
    assert page["users"][0]["last_updated"].year == 1
    assert [user["username"] for user in fishtest.contributors.page(monthly=True)["users"]] == ["zoe"]


def test_six_sums_stand_above_the_list(fishtest: Fishtest, db: Db) -> None:
    db["user_cache"].insert_many(
        [record("a", 8760.0, 1000, 3, 7.5), record("b", 4380.0, 500), record("c", 0, 0, 4), record("d")]
    )
    assert fishtest.contributors.page()["sums"] == {
        "testers": 2,
        "active_testers": 1,
        "developers": 2,
        "cpu_years": 1.5,
        "games": 1500,
        "tests": 7,
    }


def test_nobody_has_given_anything_yet(fishtest: Fishtest) -> None:
    page = fishtest.contributors.page()
    assert page["users"] == []
    assert set(page["sums"].values()) == {0}


@pytest.mark.parametrize(
    ("link", "name"),
    [
        ("https://github.com/ada/Stockfish", "ada/Stockfish"),
        ("https://www.github.com/ada/Stockfish/", "ada/Stockfish"),
    ],
)
def test_a_repository_goes_by_owner_and_name(link: str, name: str) -> None:
    assert repository_name(link) == name


@pytest.mark.parametrize(("text", "segment"), [("ada", "ada"), ("a b/c?d", "a%20b%2Fc%3Fd"), ("ü%", "%C3%BC%25")])
def test_a_name_is_one_segment_of_an_address(text: str, segment: str) -> None:
    assert path_segment(text) == segment


def test_a_letter_cannot_get_more_fields_than_it_was_given() -> None:
    assert mailto("ada@example.org") == "mailto:ada@example.org"
    assert mailto("a?b&c@example.org", "x&cc=y", "1\n2") == "mailto:a%3Fb%26c@example.org?subject=x%26cc%3Dy&body=1%0A2"
