"""What a run costs and deserves: remaining hours, internal throughput, speed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from scipy.special import betainc

from domain.statistics.time_control import game_seconds, tc_ratio

USUAL_SPRT_GAMES = 95000
LONGEST_SPRT_PAIRS = 2632036
REFERENCE_NPS = 628000  # of one core, on which the estimate of a game's seconds rests
# No core reaches it. Infinity passes as a speed, and one such claim would ruin the sums on all pages.
INCREDIBLE_NPS = 1e12


def remaining_hours(run: dict[str, Any]) -> float:
    """Core hours until the run ends; an SPRT run is judged by its LLR, the more so the longer it has run."""
    args, results = run["args"], run["results"]
    played = results["wins"] + results["losses"] + results["draws"]
    expected = args["num_games"]
    if "sprt" in args:
        expected = min(expected, _expected_sprt_games(args["sprt"], sum(results["pentanomial"]), expected))
    games = max(0.0, expected - played)
    return float(games * game_seconds(args["tc"]) * args["threads"] / 3600)


def _expected_sprt_games(sprt: dict[str, Any], pairs: int, num_games: int) -> float:
    llr = sprt["llr"]
    progress = llr / (sprt["upper_bound"] if llr > 0 else sprt["lower_bound"])
    extrapolated = 2 * pairs / progress if progress > 0 else num_games
    # Beta(1, 15): early on the LLR says little, so the usual length of a test weighs more.
    trust = float(betainc(1, 15, min(1.0, pairs / LONGEST_SPRT_PAIRS)))
    return trust * min(extrapolated, num_games) + (1 - trust) * USUAL_SPRT_GAMES


def internal_throughput(run: dict[str, Any], active_runs_of_user: int) -> float:
    """The ``itp`` by which the scheduler shares cores between runs of one priority."""
    args, results = run["args"], run["results"]
    itp = float(min(max(args["throughput"], 1), 500))
    ratio = tc_ratio(args["tc"], args["threads"])
    if ratio > 1:
        itp *= ratio**0.774
    itp *= 36 / (36 + active_runs_of_user**2)
    if "sprt" in args:
        itp *= (min(max(args["sprt"]["llr"], 0), 2) + 3) / 3
        games = results["wins"] + results["losses"] + results["draws"]
        if games > 200000:
            itp *= min(games / 200000, 2)
    return itp


def speed(args: dict[str, Any], active_workers: Iterable[dict[str, Any]]) -> tuple[float, float]:
    """Nodes per second and games per minute of the workers on a run; incredible claims count for nothing."""
    seconds = game_seconds(args["tc"])
    nps = games = 0.0
    for worker in active_workers:
        if worker["nps"] >= INCREDIBLE_NPS:
            continue
        nps += worker["concurrency"] * worker["nps"]
        games += worker["nps"] / REFERENCE_NPS * 60 / seconds * (worker["concurrency"] // args["threads"])
    return nps, games
