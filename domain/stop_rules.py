"""When a new test is to end: after an answer, after a tuning, or after a number of games. Pure functions on the form.

A ValueError or KeyError says what is wrong with a field; its text is shown to the submitter.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from domain.modify import MAX_GAMES
from domain.statistics.sprt import new_sprt
from domain.statistics.time_control import batch_size

Args = dict[str, Any]
Fields = Mapping[str, str]

SPRT_GAMES = 800_000
ELO_MODELS = ("normalized", "logistic", "BayesElo")
PARAMETER = ("name", "start", "min", "max", "c_end", "r_end")


def stop_rule(tc: str, threads: int, fields: Fields) -> Args:
    """``num_games`` and, unless these alone end the test, ``sprt`` or ``spsa``."""
    rule = fields["stop_rule"]
    if rule == "sprt":
        return {"num_games": SPRT_GAMES, "sprt": _sprt(tc, threads, fields)}
    num_games = int(fields["num-games"])
    if rule == "spsa":
        return {"num_games": num_games, "spsa": _spsa(num_games // 2, fields)}
    return {"num_games": num_games}


def check_games(num_games: int) -> None:
    if not 0 < num_games <= MAX_GAMES:
        raise ValueError(f"The number of games must be from 1 to {MAX_GAMES}")


def form_spsa(spsa: Args) -> Args:
    """A stored tuning as the form shows it: ``A`` as a share of the iterations."""
    return spsa | {"A": round(spsa["A"] / spsa["num_iter"], 3) if spsa["num_iter"] else 0.0}


def _sprt(tc: str, threads: int, fields: Fields) -> Args:
    elo0, elo1 = _number(fields["sprt_elo0"]), _number(fields["sprt_elo1"])
    model = fields["elo_model"]
    if model not in ELO_MODELS:
        raise ValueError(f"Unknown Elo model {model!r}: {', '.join(ELO_MODELS)}")
    return new_sprt(elo0, elo1, batch_size(tc, threads), model)


def _spsa(num_iter: int, fields: Fields) -> Args:
    share = _number(fields["spsa_A"])
    alpha, gamma = _number(fields["spsa_alpha"]), _number(fields["spsa_gamma"])
    raw = fields["spsa_raw_params"]
    # A negative offset would take a root of a negative number in some iteration, long after the test was accepted.
    if share < 0:
        raise ValueError("SPSA A must not be negative")
    spsa: Args = {
        "A": int(share * num_iter),
        "alpha": alpha,
        "gamma": gamma,
        "raw_params": raw,
        "iter": 0,
        "num_iter": num_iter,
    }
    try:
        return spsa | {"params": [_parameter(line, spsa) for line in raw.splitlines() if line.strip()]}
    except ArithmeticError as fault:
        raise ValueError("The SPSA values lead to numbers that are too large") from fault


def _parameter(line: str, spsa: Args) -> Args:
    """``name,start,min,max,c_end,r_end`` and what follows from it (spec domain §6)."""
    chunks = [chunk.strip() for chunk in line.split(",")]
    if len(chunks) != len(PARAMETER):
        raise ValueError(
            f"An SPSA line has {len(PARAMETER)} entries ({', '.join(PARAMETER)}), not {len(chunks)}: {line!r}"
        )
    values: Args = {"name": chunks[0]} | dict(zip(PARAMETER[1:], map(_number, chunks[1:]), strict=True))
    if values["c_end"] <= 0:  # every step divides by it
        raise ValueError(f"The c_end of {values['name']!r} must be positive")
    a_end = values["r_end"] * values["c_end"] ** 2
    return values | {
        "c": values["c_end"] * spsa["num_iter"] ** spsa["gamma"],
        "a_end": a_end,
        "a": a_end * (spsa["A"] + spsa["num_iter"]) ** spsa["alpha"],
        "theta": values["start"],
    }


def _number(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text!r} is no number to calculate with")
    return number
