"""A run's statistics in full, against the reference values of the specification."""

from __future__ import annotations

from typing import Any

import pytest

from domain.raw_statistics import sections
from domain.statistics.sprt import new_sprt, update_sprt
from tests.support.domain import run_args


def figures(run: dict[str, Any], heading: str) -> dict[str, str]:
    return dict(dict(sections(run))[heading])


def a_run(pentanomial: list[int], sprt: dict[str, Any] | None = None) -> dict[str, Any]:
    """Pairs that were won or lost in one way only, so the other counts follow."""
    wins, losses = 2 * pentanomial[4] + pentanomial[3], 2 * pentanomial[0] + pentanomial[1]
    results = {
        "wins": wins,
        "losses": losses,
        "draws": 2 * sum(pentanomial) - wins - losses,
        "pentanomial": pentanomial,
    }
    return {"args": run_args() | ({"sprt": sprt} if sprt else {}), "results": results}


def test_fixed_games_have_the_elo_of_the_specification() -> None:
    run = a_run([10, 50, 100, 55, 12])
    pentanomial = figures(run, "Pentanomial")
    assert pentanomial["Counts (0-2)"] == "10, 50, 100, 55, 12"
    assert pentanomial["Pairs"] == "227"
    assert pentanomial["Elo"] == "6.8884 ± 20.8514 (95%)"
    assert pentanomial["LOS"] == "74.1648%"
    assert pentanomial["Pairs won / lost"] == "1.1167"
    assert figures(run, "Trinomial")["Losses, draws, wins"] == "70, 305, 79"
    assert [heading for heading, _ in sections(run)] == ["Test", "Pentanomial", "Trinomial"]


def test_a_sequential_test_has_its_corrected_elo() -> None:
    sprt = new_sprt(0.0, 2.0, 16)
    update_sprt(sprt, [20, 220, 500, 230, 30])
    run = a_run([20, 220, 500, 230, 30], sprt)
    run["results"] |= {"wins": 500, "losses": 450, "draws": 1050}
    found = figures(run, "Sequential test")
    assert found["LLR"] == "0.2702"
    assert found["LLR bounds"] == "-2.9444, 2.9444"
    assert found["State"] == "undecided"
    assert found["Elo, corrected for stopping"] == "5.2119"
    assert found["Its 95% interval"] == "-3.4620, 13.9283"
    assert found["LOS, corrected for stopping"] == "88.0632%"


def test_before_the_first_game_only_the_plan_is_known() -> None:
    run = a_run([0, 0, 0, 0, 0], new_sprt(0.0, 2.0, 16))
    assert [heading for heading, _ in sections(run)] == ["Test", "Sequential test"]
    assert "Elo, corrected for stopping" not in figures(run, "Sequential test")
    assert figures(run, "Test")["tc"] == "10+0.1"


@pytest.mark.parametrize("pentanomial", [[0, 0, 0, 0, 7], [7, 0, 0, 0, 0], [0, 0, 7, 0, 0], [0, 0, 0, 1, 0]])
def test_one_sided_results_have_figures_too(pentanomial: list[int]) -> None:
    run = a_run(pentanomial, new_sprt(-1.75, 0.25, 3))
    assert len(sections(run)) == 4
    lost = pentanomial[0]
    assert (figures(run, "Pentanomial")["Pairs won / lost"] == "∞") == (not lost)
