"""Tuning: signs, steps, checksums, history."""

from __future__ import annotations

import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import spsa
from domain.server import Fishtest
from domain.tasks import Tasks
from tests.support.domain import a_worker, an_spsa, new_run, results


def spsa_result(sig: int, wins: int, losses: int, draws: int = 0) -> dict[str, int]:
    return {"wins": wins, "losses": losses, "draws": draws, "sig": sig, "num_games": wins + losses + draws}


@given(st.lists(st.sampled_from([-1, 1]), max_size=70))
def test_packing_keeps_every_sign(flips: list[int]) -> None:
    packed = spsa.pack_flips(flips)
    assert spsa.unpack_flips(packed, len(flips)) == flips
    assert len(packed) == (len(flips) + 7) // 8


def test_the_first_sign_is_the_highest_bit() -> None:
    assert spsa.pack_flips([1, -1, -1, -1, -1, -1, -1, -1, 1]) == bytes([0x80, 0x80])


def test_parameters_lie_on_both_sides_of_theta_within_their_bounds() -> None:
    tuning, task = an_spsa(), dict[str, Any]()
    tuning["params"][0]["theta"] = 19.9
    answer = spsa.hand_out(tuning, task)
    assert answer["sig"] == zlib.crc32(task["spsa_params"]["packed_flips"])
    assert task["spsa_params"]["iter"] == 1
    for param, w, b in zip(tuning["params"], answer["w_params"], answer["b_params"], strict=True):
        assert list(w) == ["name", "value", "R", "c", "flip"]
        assert w["c"] == pytest.approx(param["c"])
        assert w["R"] == pytest.approx(param["a"] / (tuning["A"] + 1) ** tuning["alpha"] / w["c"] ** 2)
        assert w["value"] == min(20.0, param["theta"] + w["flip"] * w["c"])
        assert b["value"] == min(20.0, param["theta"] - w["flip"] * w["c"])


def test_coins_of_one_seed_fall_alike_and_others_do_not() -> None:
    def thrown(seed: str) -> list[int]:
        tuning, task, found = an_spsa(params=8), dict[str, Any](), []
        for tuning["iter"] in range(10):
            found += [param["flip"] for param in spsa.hand_out(tuning, task, seed)["w_params"]]
        return found

    assert thrown("a run 0") == thrown("a run 0")
    assert len({tuple(thrown(seed)) for seed in ("a run 0", "a run 1", "b run 0", "", "")}) == 5
    assert 20 < thrown("a run 0").count(1) < 60


def test_two_servers_with_the_same_coins_hand_out_the_same_parameters(fishtest: Fishtest) -> None:
    def handed_out(coins: str) -> dict[str, Any]:
        tasks = Tasks(fishtest.runs, fishtest.actions, fishtest.users, fishtest.clock, coins=coins)
        return tasks.request_spsa(run_id, task_id)

    run_id = new_run(fishtest, spsa=an_spsa(num_iter=30000, params=64))
    task_id = fishtest.request_task(a_worker())["task_id"]
    assert handed_out("of both worlds") == handed_out("of both worlds")
    assert handed_out("") != handed_out("")


@given(wins=st.integers(0, 50), losses=st.integers(0, 50))
def test_a_result_moves_each_parameter_along_its_sign(wins: int, losses: int) -> None:
    tuning, task = an_spsa(), dict[str, Any]()
    answer = spsa.hand_out(tuning, task)
    tuning["iter"] = 500
    draws = (wins + losses) % 2
    spsa.apply_result(tuning, task, spsa_result(answer["sig"], wins, losses, draws))
    assert tuning["iter"] == 500 + (wins + losses + draws) // 2
    for param, w in zip(tuning["params"], answer["w_params"], strict=True):
        expected = 10.0 + w["R"] * w["c"] * (wins - losses) * w["flip"]
        assert param["theta"] == pytest.approx(min(max(expected, 0.0), 20.0))


def test_a_result_for_other_signs_changes_nothing() -> None:
    tuning, task = an_spsa(), dict[str, Any]()
    sig = spsa.hand_out(tuning, task)["sig"]
    before = [param["theta"] for param in tuning["params"]]
    spsa.apply_result(tuning, task, spsa_result(sig + 1, 10, 0))
    spsa.apply_result(tuning, {}, spsa_result(sig, 10, 0))
    assert ([param["theta"] for param in tuning["params"]], tuning["iter"]) == (before, 0)


@pytest.mark.parametrize(("params", "samples"), [(3, 100), (200, 50), (1000, 1)])
def test_history_is_spread_evenly_over_the_run(params: int, samples: int) -> None:
    tuning, task = an_spsa(num_iter=1000, params=params), dict[str, Any]()
    for _ in range(250):
        sig = spsa.hand_out(tuning, task)["sig"]
        spsa.apply_result(tuning, task, spsa_result(sig, 4, 4))
    assert tuning["iter"] == 1000
    assert len(tuning["param_history"]) == samples
    assert set(tuning["param_history"][0][0]) == {"theta", "R", "c"}


def test_a_worker_tunes_until_its_task_ends(fishtest: Fishtest) -> None:
    run_id = new_run(fishtest, spsa=an_spsa(num_iter=30000))
    task_id = fishtest.request_task(a_worker())["task_id"]
    params = fishtest.request_spsa(run_id, task_id)
    assert list(params) == ["w_params", "b_params", "sig", "task_alive"]
    answer = fishtest.update_task(a_worker(), run_id, task_id, results(1, wins=2), spsa_result(params["sig"], 4, 0, 2))
    assert answer == {"task_alive": True}
    run = fishtest.runs.get(run_id)
    assert run is not None
    assert run["args"]["spsa"]["iter"] == 3
    repeated = fishtest.update_task(
        a_worker(), run_id, task_id, results(1, wins=2), spsa_result(params["sig"], 4, 0, 2)
    )
    assert "incompatible stats" in repeated["error"]
    assert "spsa_params" not in run["tasks"][task_id]
    assert fishtest.request_spsa(run_id, task_id) == {
        "task_alive": False,
        "info": f"request_spsa_data: task {run_id}/{task_id} is not active",
    }


def test_missing_tuning_data_are_a_key_error_before_anything_changes(fishtest: Fishtest) -> None:
    run_id = new_run(fishtest, spsa=an_spsa(num_iter=30000))
    task_id = fishtest.request_task(a_worker())["task_id"]
    with pytest.raises(KeyError, match="spsa"):
        fishtest.update_task(a_worker(), run_id, task_id, results(1))
    run = fishtest.runs.get(run_id)
    assert run is not None
    assert run["results"] == results()


def test_parameters_of_a_run_without_tuning_are_a_key_error(fishtest: Fishtest) -> None:
    run_id = new_run(fishtest)
    task_id = fishtest.request_task(a_worker())["task_id"]
    with pytest.raises(KeyError, match="spsa"):
        fishtest.request_spsa(run_id, task_id)
