"""Elo of counts that somebody types in; the figures are those of the specification."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain import elo_calculator
from domain.elo_calculator import BAD_BOUNDS, BAD_COUNTS, BAD_MODEL, NO_GAMES, TOO_MANY, calculate
from domain.server import Fishtest
from domain.statistics.sprt_elo import MODELS
from tests.support.domain import an_sprt, new_run

WDL = {"W": "10", "D": "20", "L": "5"}
PAIRS = {"LL": "20", "LD": "220", "DDWL": "500", "WD": "230", "WW": "30"}
BOUNDS = {"elo0": "0", "elo1": "2"}


def test_elo_of_games() -> None:
    answer = calculate(WDL.get)
    assert list(answer) == ["elo", "ci", "LOS"]
    assert answer["elo"] == pytest.approx(49.975494643319976, rel=1e-9)
    assert answer["ci"] == pytest.approx([-26.37424578461905, 126.325235071259], rel=1e-9)
    assert answer["LOS"] == pytest.approx(0.907061633817062, rel=1e-9)


def test_elo_of_pairs_of_games() -> None:
    answer = calculate({"LL": "10", "LD": "50", "DDWL": "100", "WD": "55", "WW": "12"}.get)
    elo, half = 6.88839201480862, 20.851420454389842
    assert answer["elo"] == pytest.approx(elo, rel=1e-9)
    assert answer["ci"] == pytest.approx([elo - half, elo + half], rel=1e-9)
    assert answer["LOS"] == pytest.approx(0.7416478189464595, rel=1e-9)


def test_elo_of_a_sequential_test() -> None:
    answer = calculate({**PAIRS, **BOUNDS}.get)
    assert list(answer) == ["a", "b", "elo", "ci", "LOS", "LLR"]
    assert (answer["a"], answer["b"]) == pytest.approx((-math.log(19), math.log(19)), rel=1e-9)
    assert answer["elo"] == pytest.approx(5.21192470064806, rel=1e-9)
    assert answer["ci"] == pytest.approx([-3.461970057897, 13.928318992009993], rel=1e-9)
    assert answer["LOS"] == pytest.approx(0.8806315928092294, rel=1e-9)
    assert answer["LLR"] == pytest.approx(0.27015622162182695, rel=0.02), "its Brownian estimate"


def test_pairs_win_over_games_and_the_model_is_normalized_by_default() -> None:
    assert calculate({**WDL, **PAIRS}.get) == calculate(PAIRS.get)
    assert calculate({**PAIRS, "WW": "", **WDL}.get) == calculate(WDL.get)
    asked = {**PAIRS, **BOUNDS}
    answers = {model: calculate({**asked, "elo_model": model}.get) for model in MODELS}
    assert calculate(asked.get) == answers["normalized"]
    assert len({answer["LLR"] for answer in answers.values()}) == 3


def test_bayesian_elo_of_pairs_takes_even_pairs_as_draws() -> None:
    """Which of them are a win and a loss cannot be seen from the counts."""
    games = {"L": str(2 * 20 + 220), "D": str(220 + 2 * 500 + 230), "W": str(230 + 2 * 30)}
    model = {**BOUNDS, "elo_model": "BayesElo"}
    pairs, alone = calculate({**PAIRS, **model}.get), calculate({**games, **model}.get)
    assert pairs["elo"] == pytest.approx(alone["elo"], abs=0.2)


def test_one_bound_is_no_test() -> None:
    for bounds in ({"elo0": "0"}, {"elo1": "2"}, {"elo0": "", "elo1": "2"}):
        assert calculate({**WDL, **bounds, "elo_model": "nonsense"}.get) == calculate(WDL.get)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"W": None}, BAD_COUNTS),
        ({"W": ""}, BAD_COUNTS),
        ({"W": "-1"}, BAD_COUNTS),
        ({"W": "ten"}, BAD_COUNTS),
        ({"W": "1e3"}, BAD_COUNTS),
        ({"W": "."}, BAD_COUNTS),
        ({"W": "٣"}, BAD_COUNTS),
        ({"W": "nan"}, BAD_COUNTS),
        ({"W": str(2**32)}, TOO_MANY),
        ({"W": "0", "D": "0", "L": "0"}, NO_GAMES),
        ({"elo0": "x"}, BAD_BOUNDS),
        ({"elo0": "--1"}, BAD_BOUNDS),
        ({"elo1": "nan"}, BAD_BOUNDS),
        ({"elo1": "1e1"}, BAD_BOUNDS),
        ({"elo1": "0.4"}, BAD_BOUNDS),
        ({"elo0": "2", "elo1": "0"}, BAD_BOUNDS),
        ({"elo0": "-10.1"}, BAD_BOUNDS),
        ({"elo1": "10.1"}, BAD_BOUNDS),
        ({"elo_model": "fide"}, BAD_MODEL),
        ({"elo_model": "bayeselo"}, BAD_MODEL),
    ],
)
def test_what_makes_no_sense_is_said(change: dict[str, Any], error: str) -> None:
    assert calculate({**WDL, **BOUNDS, **change}.get) == {"error": error}


def test_faults_are_told_in_one_order() -> None:
    """The first of them that is there."""
    asked: dict[str, str] = {"W": "x", "D": "0", "L": "0", "elo0": "x", "elo1": "2", "elo_model": "fide"}
    told = []
    for mend in ({"W": str(2**33)}, {"W": "0"}, {"W": "1"}, {"elo0": "0"}, {"elo_model": "logistic"}):
        told.append(calculate(asked.get).get("error"))
        asked |= mend
    assert told == [BAD_COUNTS, TOO_MANY, NO_GAMES, BAD_BOUNDS, BAD_MODEL]
    assert "LLR" in calculate(asked.get)


def test_the_limits_themselves_are_allowed() -> None:
    assert "LLR" in calculate({**WDL, "elo0": "-10", "elo1": "10.0"}.get)
    assert "LLR" in calculate({**WDL, "elo0": "0", "elo1": ".5"}.get)
    assert "elo" in calculate({"W": str(2**32), "D": "0", "L": "0"}.get)
    assert calculate({"LL": "0", "LD": "0", "DDWL": str(2**31 + 1), "WD": "0", "WW": "0"}.get) == {"error": TOO_MANY}


@pytest.mark.parametrize("text", ["1.5", "1.", ".5"])
def test_a_decimal_looks_like_a_number_and_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        calculate({**WDL, "W": text}.get)


@settings(max_examples=60, deadline=None)
@given(
    counts=st.lists(st.sampled_from([0, 0, 1, 2, 3, 100, 10**5, 2**28]), min_size=5, max_size=5).filter(any),
    low=st.integers(-20, 19).map(lambda halves: halves / 2),
    model=st.sampled_from(MODELS),
)
def test_any_counts_give_finite_figures(counts: list[int], low: float, model: str) -> None:
    asked = dict(zip(PAIRS, map(str, counts), strict=True))
    for bounds in ({}, {"elo0": str(low), "elo1": str(low + 0.5), "elo_model": model}):
        answer = calculate({**asked, **bounds}.get)
        assert "error" not in answer
        json.dumps(answer, allow_nan=False)


def test_elo_of_a_run_is_that_of_its_counts(fishtest: Fishtest) -> None:
    run = fishtest.runs.get(new_run(fishtest, sprt=an_sprt()))
    assert run is not None
    run["results"] |= {"wins": 500, "losses": 450, "draws": 1050, "pentanomial": [20, 220, 500, 230, 30]}
    assert elo_calculator.of_run(run) == calculate({**PAIRS, **BOUNDS}.get)
