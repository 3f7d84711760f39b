"""One step of a running sequential test: the ``sprt`` sub-document of a run and its new pentanomial counts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from domain.statistics.llr import llr

Sprt = dict[str, Any]


def new_sprt(elo0: float, elo1: float, batch_size: int, model: str = "normalized") -> Sprt:
    """The sub-document of a new run; the batch size counts game pairs."""
    bound = math.log(0.95 / 0.05)
    return {
        "alpha": 0.05,
        "beta": 0.05,
        "elo0": elo0,
        "elo1": elo1,
        "elo_model": model,
        "state": "",
        "llr": 0,
        "batch_size": batch_size,
        "lower_bound": -bound,
        "upper_bound": bound,
        "overshoot": {
            "last_update": 0,
            "skipped_updates": 0,
            "ref0": 0,
            "m0": 0,
            "sq0": 0,
            "ref1": 0,
            "m1": 0,
            "sq1": 0,
        },
    }


def update_sprt(sprt: Sprt, pentanomial: Sequence[int]) -> None:
    """Recompute LLR, overshoot correction and state in place."""
    sprt["llr"] = llr(pentanomial, sprt["elo0"], sprt["elo1"], sprt["elo_model"])
    _update_overshoot(sprt, sum(pentanomial))
    lower, upper = _corrections(sprt.get("overshoot"))
    if sprt["llr"] < sprt["lower_bound"] + lower:
        sprt["state"] = "rejected"
    elif sprt["llr"] > sprt["upper_bound"] - upper:
        sprt["state"] = "accepted"
    else:
        sprt["state"] = ""


def _update_overshoot(sprt: Sprt, pairs: int) -> None:
    """Track how far each new record of the LLR jumps past the last one; only single batches tell that."""
    overshoot = sprt.get("overshoot")
    if overshoot is None:
        return
    updates, rest = divmod(pairs, sprt["batch_size"])
    gap = updates - overshoot["last_update"]
    if rest:
        sprt["illegal_update"] = pairs
        del sprt["overshoot"]
    elif gap < 0:
        sprt["lost_samples"] = -gap
        del sprt["overshoot"]
    elif gap > 0:
        _move_references(overshoot, sprt["llr"], gap)
        overshoot["last_update"] = updates


def _move_references(overshoot: dict[str, Any], value: float, gap: int) -> None:
    if gap > 1:
        overshoot["ref0"] = overshoot["ref1"] = value
        overshoot["skipped_updates"] += gap - 1
        return
    for side, is_record in (("0", value < overshoot["ref0"]), ("1", value > overshoot["ref1"])):
        if is_record:
            jump = value - overshoot["ref" + side]
            overshoot["m" + side] += jump
            overshoot["sq" + side] += jump**2
            overshoot["ref" + side] = value


def _corrections(overshoot: dict[str, Any] | None) -> tuple[float, float]:
    """Expected overshoot at the lower and the upper bound: half the mean square over the mean of the jumps."""
    if overshoot is None:
        return 0.0, 0.0
    lower = -overshoot["sq0"] / overshoot["m0"] / 2 if overshoot["m0"] else 0.0
    upper = overshoot["sq1"] / overshoot["m1"] / 2 if overshoot["m1"] else 0.0
    return lower, upper
