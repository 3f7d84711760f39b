"""Elo by the public API: of a run, and of counts that somebody types in."""

from __future__ import annotations

from collections.abc import Iterator

from tests.parity.rows.public import ODD_NAMES, any_method
from tests.parity.rows.row import FORM, Row

CRASHES = ("Elo of a decimal", "Elo of a query that is no UTF-8")


def rows() -> Iterator[Row]:
    yield from elo_of_runs()
    yield from calculator()


def elo_of_runs() -> Iterator[Row]:
    yield from any_method("the Elo of the sprt run", "/api/get_elo/$sprt")
    for run in ("SPRT", "spsa", "fixed", "pending", "finished", "relic"):
        yield Row(f"the Elo of the {run} run", "GET", f"/api/get_elo/${run}")
    for name in ("malformed", "quoted", "doubly quoted", "with a NUL", "with other letters", "of nobody"):
        yield Row(f"the Elo of a run {name}", "GET", f"/api/get_elo/{ODD_NAMES[name]}")


def calculator() -> Iterator[Row]:
    games, pairs, bounds = "W=10&D=20&L=5", "LL=20&LD=220&DDWL=500&WD=230&WW=30", "elo0=0&elo1=2"
    yield from any_method("Elo", f"/api/calc_elo?{games}")
    for query in (
        "",
        "W=10&D=20",
        "W=10&D=20&L=",
        "W=10&D=20&L=x",
        "W=10&D=20&L=-5",
        "W=10&D=20&L=1e3",
        "W=10&D=20&L=%D9%A3",
        "W=10&D=20&L=+5",
        "W=10&D=20&L=nan",
        "W=0&D=0&L=0",
        "W=0&D=0&L=1",
        "W=4294967296&D=0&L=0",
        "W=4294967296&D=0&L=1",
        "W=99999999999999999999999&D=0&L=1",
        f"{games}&L=7",
        pairs,
        f"{pairs}&{games}",
        "LL=&LD=1&DDWL=1&WD=1&WW=1",
        f"LL=&LD=1&DDWL=1&WD=1&WW=1&{games}",
        "LL=0&LD=0&DDWL=0&WD=0&WW=0",
        "LL=0&LD=0&DDWL=2147483649&WD=0&WW=0",
        *(f"{counts}&{bounds}" for counts in (games, pairs)),
        *(f"{games}&{bounds}&elo_model={model}" for model in ("BayesElo", "logistic", "normalized", "fide", "")),
        *(f"{pairs}&{bounds}&elo_model={model}" for model in ("BayesElo", "logistic")),
        f"{games}&elo0=0",
        f"{games}&elo1=2",
        f"{games}&elo0=&elo1=",
        f"{games}&elo_model=fide",
        f"{games}&elo0=x&elo1=2",
        f"{games}&elo0=0&elo1=nan",
        f"{games}&elo0=0&elo1=0.49",
        f"{games}&elo0=0&elo1=0.5",
        f"{games}&elo0=2&elo1=0",
        f"{games}&elo0=-10&elo1=10",
        f"{games}&elo0=-10.1&elo1=0",
        f"{games}&elo0=0&elo1=10.1",
        f"{games}&elo0=x&elo1=2&elo_model=fide",
        f"W=0&D=0&L=0&{bounds}&elo_model=fide",
    ):
        yield Row(f"Elo of {query}", "GET", f"/api/calc_elo?{query}")
    yield Row("Elo of a decimal", "GET", "/api/calc_elo?W=1.5&D=20&L=5")
    yield Row("Elo of a query that is no UTF-8", "GET", "/api/calc_elo?W=%ff")
    yield Row("Elo of a form", "POST", "/api/calc_elo", games, (FORM,))
    yield Row("Elo of half a form", "POST", "/api/calc_elo?W=1", games, (FORM,))
