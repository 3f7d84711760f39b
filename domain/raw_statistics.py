"""A run's statistics in full, as sections of named figures for whoever wants to check them. Pure, on the document."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from domain.figures import games
from domain.statistics.elo import EloEstimate, fixed_games, moments, normalized_elo, regularise
from domain.statistics.sprt_elo import sprt_elo

Run = dict[str, Any]
Figures = list[tuple[str, str]]
Section = tuple[str, Figures]

TRINOMIAL = ("losses", "draws", "wins")


def sections(run: Run) -> list[Section]:
    """(heading, figures) in the order of the page; what needs games is missing before the first one."""
    found = [("Test", _context(run["args"]))]
    results = run["results"]
    if games(results):
        found.append(("Pentanomial", _pentanomial(results["pentanomial"])))
        found.append(("Trinomial", _trinomial([results[name] for name in TRINOMIAL])))
    if "sprt" in run["args"]:
        found.append(("Sequential test", _sequential(run["args"]["sprt"], results)))
    return found


def _context(args: dict[str, Any]) -> Figures:
    names = ("new_tag", "base_tag", "num_games", "tc", "new_tc", "threads", "book", "book_depth")
    return [(name, str(args[name])) for name in names]


def _pentanomial(counts: Sequence[int]) -> Figures:
    pairs, mean, variance = moments(regularise(counts))
    nelo, half_width = normalized_elo(counts)
    losing, winning = sum(counts[:2]), sum(counts[3:])
    return [
        ("Counts (0-2)", _listed(counts)),
        ("Frequencies", _shares(counts)),
        ("Pairs", str(sum(counts))),
        *_elo(fixed_games(counts)),
        ("Normalized Elo", f"{nelo:.4f} ± {half_width:.4f} (95%)"),
        ("Pairs won / lost", f"{winning / losing:.4f}" if losing else "∞"),
        ("Score of a pair", f"{mean:.6f}"),
        ("Variance of a pair", f"{variance:.6f}"),
        ("Standard error of the score", f"{math.sqrt(variance / pairs):.6f}"),
    ]


def _trinomial(counts: Sequence[int]) -> Figures:
    played, mean, variance = moments(regularise(counts))
    return [
        ("Losses, draws, wins", _listed(counts)),
        ("Frequencies", _shares(counts)),
        ("Games", str(sum(counts))),
        *_elo(fixed_games(counts)),
        ("Score of a game", f"{mean:.6f}"),
        ("Variance of a game", f"{variance:.6f}"),
        ("Standard error of the score", f"{math.sqrt(variance / played):.6f}"),
    ]


def _sequential(sprt: dict[str, Any], results: dict[str, Any]) -> Figures:
    found = [
        ("Elo model", sprt["elo_model"]),
        ("Elo bounds", f"{sprt['elo0']:.2f}, {sprt['elo1']:.2f}"),
        ("Errors", f"{sprt['alpha']:.2f}, {sprt['beta']:.2f}"),
        ("LLR", f"{sprt['llr']:.4f}"),
        ("LLR bounds", f"{sprt['lower_bound']:.4f}, {sprt['upper_bound']:.4f}"),
        ("State", sprt["state"] or "undecided"),
        ("Batch of pairs", str(sprt["batch_size"])),
    ]
    found.extend((f"Overshoot {name}", f"{value:.6g}") for name, value in sprt.get("overshoot", {}).items())
    if games(results):
        trinomial = [results[name] for name in TRINOMIAL]
        bounds = sprt["elo0"], sprt["elo1"], sprt["elo_model"]
        estimate = sprt_elo(results["pentanomial"], *bounds, trinomial=trinomial)
        found.append(("Elo, corrected for stopping", f"{estimate.elo:.4f}"))
        found.append(("Its 95% interval", f"{estimate.low:.4f}, {estimate.high:.4f}"))
        found.append(("LOS, corrected for stopping", f"{100 * estimate.los:.4f}%"))
    return found


def _elo(estimate: EloEstimate) -> Figures:
    return [
        ("Elo", f"{estimate.elo:.4f} ± {estimate.half_width:.4f} (95%)"),
        ("LOS", f"{100 * estimate.los:.4f}%"),
    ]


def _listed(counts: Sequence[int]) -> str:
    return ", ".join(map(str, counts))


def _shares(counts: Sequence[int]) -> str:
    total = sum(counts)
    return ", ".join(f"{count / total:.4f}" for count in counts)
