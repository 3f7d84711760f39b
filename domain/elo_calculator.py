"""Elo of a run and of counts that somebody types in, under the names that the public API prints."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from typing import Any

from domain.statistics.elo import fixed_games
from domain.statistics.sprt_elo import MODELS, sprt_elo

Param = Callable[[str], str | None]
Answer = dict[str, Any]

# From loss to win, the order in which all statistics take their counts.
PENTANOMIAL, TRINOMIAL = ("LL", "LD", "DDWL", "WD", "WW"), ("L", "D", "W")
NUMBER = re.compile(r"[0-9]+(\.[0-9]*)?|\.[0-9]+")
MAX_GAMES = 2**32
MAX_BOUND, MIN_GAP = 10, 0.5
ERROR = 0.05

BAD_COUNTS = "Invalid or missing parameters. Please provide all values as valid numbers."
TOO_MANY = "Number of games exceeds the limit."
NO_GAMES = "No games to calculate Elo."
BAD_BOUNDS = "Bad elo0, and elo1 values."
BAD_MODEL = "Valid Elo models are: BayesElo, logistic, and normalized."


def calculate(param: Param) -> Answer:
    """The Elo of the counts that ``param`` gives by name, or ``{"error": text}``; with both bounds that of an SPRT.

    A count such as ``1.5`` looks like a number, and is a ValueError.
    """
    names = PENTANOMIAL if all(map(param, PENTANOMIAL)) else TRINOMIAL
    texts = [param(name) or "" for name in names]
    if not all(_is_number(text) for text in texts):
        return {"error": BAD_COUNTS}
    counts = [int(text) for text in texts]
    games = sum(counts) * (len(counts) // 2)
    if games > MAX_GAMES:
        return {"error": TOO_MANY}
    if not games:
        return {"error": NO_GAMES}
    elo0, elo1 = param("elo0"), param("elo1")
    if not elo0 or not elo1:
        return fixed(counts)
    return _of_sprt(counts, elo0, elo1, param("elo_model") or "normalized")


def fixed(counts: Sequence[int]) -> Answer:
    found = fixed_games(counts)
    interval = [found.elo - found.half_width, found.elo + found.half_width]
    return {"elo": found.elo, "ci": interval, "LOS": found.los}


def sprt(
    counts: Sequence[int], elo0: float, elo1: float, model: str, trinomial: Sequence[int], error: float = ERROR
) -> Answer:
    """With ``a`` and ``b``, the bounds of the LLR."""
    found = sprt_elo(counts, elo0, elo1, model, error, trinomial)
    bound = math.log((1 - error) / error)
    return {
        "a": -bound,
        "b": bound,
        "elo": found.elo,
        "ci": [found.low, found.high],
        "LOS": found.los,
        "LLR": found.llr,
    }


def of_run(run: dict[str, Any]) -> Answer:
    """Of a run that is a sequential test."""
    test, results = run["args"]["sprt"], run["results"]
    trinomial = [results[name] for name in ("losses", "draws", "wins")]
    return sprt(results["pentanomial"], test["elo0"], test["elo1"], test["elo_model"], trinomial, test["alpha"])


def _of_sprt(counts: Sequence[int], low: str, high: str, model: str) -> Answer:
    if not (_is_number(low.removeprefix("-")) and _is_number(high.removeprefix("-"))):
        return {"error": BAD_BOUNDS}
    elo0, elo1 = float(low), float(high)
    if elo1 < elo0 + MIN_GAP or abs(elo0) > MAX_BOUND or abs(elo1) > MAX_BOUND:
        return {"error": BAD_BOUNDS}
    if model not in MODELS:
        return {"error": BAD_MODEL}
    return sprt(counts, elo0, elo1, model, counts if len(counts) == len(TRINOMIAL) else _games(counts))


def _games(pairs: Sequence[int]) -> tuple[int, int, int]:
    """Losses, draws and wins in pairs of games; what is either two draws or a win and a loss counts as draws."""
    ll, ld, dd, wd, ww = pairs
    return 2 * ll + ld, ld + 2 * dd + wd, wd + 2 * ww


def _is_number(text: str) -> bool:
    return NUMBER.fullmatch(text) is not None
