"""The figures of the reference: each input with its output, to nine digits."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.statistics.brownian import BrownianMotion
from domain.statistics.elo import elo, fixed_games, score
from domain.statistics.estimates import internal_throughput, remaining_hours, speed
from domain.statistics.llr import llr
from domain.statistics.residuals import residuals
from domain.statistics.sprt import new_sprt, update_sprt
from domain.statistics.sprt_elo import sprt_elo
from domain.statistics.time_control import batch_size, game_seconds, tc_base

TIME_CONTROLS = ["10+0.1", "60+0.6", "5+0.05", "20+0.2", "40/60"]


def near(value: Any, rel: float = 1e-9) -> Any:
    return pytest.approx(value, rel=rel)


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ([1, 2, 3, 4, 5], (120.41199826559247, 131.27428703634007, 0.9807830348816091)),
        ([10, 50, 100, 55, 12], (6.88839201480862, 20.851420454389842, 0.7416478189464595)),
        ([5, 20, 10], (49.975494643319976, 76.34974042793903, 0.907061633817062)),
    ],
)
def test_elo_of_a_fixed_number_of_games(counts: list[int], expected: tuple[float, ...]) -> None:
    assert tuple(fixed_games(counts)) == near(expected)


def test_log_likelihood_ratio_under_both_models() -> None:
    counts = [20, 220, 500, 230, 30]
    assert llr(counts, 0, 2) == near(0.27015622162182695)
    assert llr(counts, 0, 2, "logistic") == near(0.4304037490222348)


def test_an_unknown_model_is_named() -> None:
    with pytest.raises(ValueError, match="'guess'"):
        llr([1, 2, 3, 2, 1], 0, 2, "guess")


def test_elo_of_a_sequential_test() -> None:
    found = sprt_elo([20, 220, 500, 230, 30], 0, 2)
    assert found[:4] == near((5.21192470064806, -3.461970057897, 13.928318992009993, 0.8806315928092294))


def test_bayes_bounds_lie_near_logistic_ones_without_draws() -> None:
    """Without draws the draw Elo is nearly zero and both models are one."""
    bayes = sprt_elo([30, 0, 36], 0, 5, "BayesElo", trinomial=[300, 1, 360])
    logistic = sprt_elo([30, 0, 36], 0, 5, "logistic")
    assert bayes.elo == pytest.approx(logistic.elo, rel=0.05)


def test_overshoot_of_two_batches() -> None:
    sprt = new_sprt(0, 2, batch_size=16)
    update_sprt(sprt, [0, 4, 8, 4, 0])
    assert sprt["llr"] == near(-0.0005302473367100414)
    assert sprt["overshoot"]["m0"] == sprt["overshoot"]["ref0"] == sprt["llr"]
    update_sprt(sprt, [0, 7, 16, 8, 1])
    assert sprt["llr"] == near(0.031250492491337094)
    assert sprt["overshoot"]["m1"] == near(0.031250492491337094)
    assert sprt["overshoot"]["last_update"] == 2
    assert sprt["state"] == ""


def test_a_long_test_is_accepted() -> None:
    sprt = new_sprt(0, 2, batch_size=16)
    update_sprt(sprt, [100, 4000, 9000, 4500, 120])
    assert sprt["llr"] == near(5.45477320618875)
    assert sprt["state"] == "accepted"


def test_skipped_updates_reset_both_references() -> None:
    sprt = new_sprt(0, 2, batch_size=2)
    update_sprt(sprt, [0, 2, 4, 2, 0])
    overshoot = sprt["overshoot"]
    assert overshoot["skipped_updates"] == 3
    assert overshoot["ref0"] == overshoot["ref1"] == sprt["llr"]
    assert (overshoot["m0"], overshoot["m1"]) == (0, 0)


def test_a_repeated_update_leaves_the_overshoot_alone() -> None:
    sprt = new_sprt(0, 2, batch_size=16)
    update_sprt(sprt, [0, 4, 8, 4, 0])
    before = dict(sprt["overshoot"])
    update_sprt(sprt, [0, 4, 8, 4, 0])
    assert sprt["overshoot"] == before


def test_lost_and_uneven_samples_end_the_correction() -> None:
    shrunk, uneven = new_sprt(0, 2, batch_size=2), new_sprt(0, 2, batch_size=2)
    update_sprt(shrunk, [0, 2, 4, 2, 0])
    update_sprt(shrunk, [0, 1, 2, 1, 0])
    update_sprt(uneven, [0, 1, 1, 1, 0])
    assert "overshoot" not in shrunk
    assert shrunk["lost_samples"] == 2
    assert "overshoot" not in uneven
    assert uneven["illegal_update"] == 3


def test_residuals_of_three_workers() -> None:
    chi2 = residuals({"a": [5, 50, 100, 55, 6], "b": [4, 48, 110, 50, 7], "c": [20, 90, 80, 20, 1]})
    assert chi2.chi2 == near(55.6598527, rel=1e-8)
    assert chi2.p == near(2.363e-11, rel=1e-3)
    # The reference prints 3.2332 for b; the exact deviate is 3.23333.
    assert [chi2.residual[worker] for worker in "abc"] == pytest.approx([3.0194, 3.2332, 7.0121], abs=2e-4)
    assert (round(chi2.z_95, 4), round(chi2.z_99, 4)) == (2.1280, 2.7131)


def test_a_lone_worker_has_no_residual() -> None:
    chi2 = residuals({"a": [5, 50, 100, 55, 6], "tiny": [0, 0, 1, 0, 0], "idle": [0] * 5})
    assert math.isnan(chi2.p)
    assert chi2.residual == {}


def test_seconds_of_a_game() -> None:
    assert [game_seconds(tc) for tc in TIME_CONTROLS] == near([30.912, 185.472, 15.456, 61.824, 187.68])


def test_batches_in_games() -> None:
    assert [2 * batch_size(tc, 1) for tc in TIME_CONTROLS] == [32, 6, 64, 16, 6]


def test_a_bad_time_control_is_quoted() -> None:
    with pytest.raises(ValueError, match="'soon'"):
        game_seconds("soon")


def test_the_base_of_a_time_control_is_its_leading_number() -> None:
    assert [tc_base(tc) for tc in ["10+0.1", "7.5+0.05", "40/60"]] == [10, 7.5, 40]


def a_run(**args: Any) -> dict[str, Any]:
    results = {"wins": 0, "losses": 0, "draws": 0, "pentanomial": [0] * 5}
    defaults = {"tc": "10+0.1", "threads": 1, "throughput": 100, "num_games": 800000}
    return {"args": defaults | args, "results": results}


def test_internal_throughput() -> None:
    assert internal_throughput(a_run(), 1) == near(97.2972972972973)
    assert internal_throughput(a_run(throughput=5000), 0) == near(500)
    assert internal_throughput(a_run(tc="60+0.6"), 0) == near(100 * 6**0.774)
    winning = a_run(sprt={"llr": 2.5})
    assert internal_throughput(winning, 0) == near(100 * 5 / 3)
    winning["results"]["draws"] = 300000
    assert internal_throughput(winning, 0) == near(100 * 5 / 3 * 1.5)


def test_the_speed_of_a_run_leaves_incredible_workers_out() -> None:
    """Infinity passes as a speed; summed up, it would be an error on every page that shows the sums."""
    honest = {"concurrency": 4, "nps": 628000.0}
    args = a_run()["args"]
    assert speed(args, [honest]) == near((2512000, 4 * 60 / 30.912))
    assert speed(args, [honest, {"concurrency": 4, "nps": math.inf}]) == speed(args, [honest])
    assert speed(args, [honest, {"concurrency": 4, "nps": 1e308}]) == speed(args, [honest])


def test_hours_left_of_an_empty_sequential_test() -> None:
    sprt = new_sprt(0, 2, batch_size=16)
    assert remaining_hours(a_run(sprt=sprt)) == near(815.7333, rel=1e-6)


def test_hours_left_never_turn_negative() -> None:
    run = a_run(num_games=10)
    run["results"]["draws"] = 12
    assert remaining_hours(run) == 0


@given(st.floats(-600, 600))
def test_elo_and_score_are_inverse(value: float) -> None:
    assert elo(score(value)) == pytest.approx(value, abs=1e-6)


@given(
    drift=st.floats(-2, 2),
    variance=st.floats(0.05, 2),
    spread=st.floats(0.06, 0.14),
    place=st.floats(-2.8, 2.8),
)
def test_both_series_of_the_brownian_motion_agree(drift: float, variance: float, spread: float, place: float) -> None:
    motion = BrownianMotion(-2.9, 2.9, drift, variance)
    total = spread * 5.8**2
    by_images = motion._by_images(total, drift / variance, place)
    by_eigenfunctions = motion._by_eigenfunctions(total, drift / variance, place)
    assert by_images == pytest.approx(by_eigenfunctions, abs=1e-9)


@given(counts=st.lists(st.integers(1, 2000), min_size=5, max_size=5))
def test_the_interval_of_a_sequential_test_holds_its_estimate(counts: list[int]) -> None:
    found = sprt_elo(counts, 0, 2)
    assert found.low <= found.elo <= found.high
    assert 0 <= found.los <= 1
