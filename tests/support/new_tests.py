"""The form of a new test, filled in: all fields valid, to be changed at will; and a GitHub that knows the engines."""

from __future__ import annotations

from typing import Any

from domain.github import BOOKS, OFFICIAL
from tests.support.github import GithubServer, a_commit

BASE, NEW = "a" * 40, "b" * 40
FORK = "dave/Stockfish"
BENCH = "1234567"
BIG_NET = "nn-0123456789ab.nnue"

# As a browser sends them; the commits are named as they are when a test is repeated.
FORM = {
    "tests-repo": f"https://github.com/{FORK}",
    "test-branch": "lmr_tweak",
    "base-branch": "master",
    "test-signature": "7654321",
    "base-signature": BENCH,
    "new-options": "Hash=16",
    "base-options": "Hash=16",
    "run-info": "Try less reduction",
    "tc": "10+0.1",
    "new_tc": "10+0.1",
    "book": "demo.epd",
    "book-depth": "8",
    "arch-filter": "",
    "compiler": "clang++",
    "threads": "1",
    "priority": "0",
    "throughput": "100",
    "auto-purge": "on",
    "stop_rule": "games",
    "num-games": "60000",
}
COMMITS = {"resolved_base": BASE, "resolved_new": NEW, "msg_base": "Base", "msg_new": "New"}
SPRT = {"stop_rule": "sprt", "sprt_elo0": "0.0", "sprt_elo1": "2.0", "elo_model": "normalized"}
SPSA = {
    "stop_rule": "spsa",
    "num-games": "20000",
    "spsa_A": "0.1",
    "spsa_alpha": "0.602",
    "spsa_gamma": "0.101",
    "spsa_raw_params": "a,10,0,20,2,0.002\n\n b , -1.5, -3, 3, 0.5, 0.002 \n",
}

# What is changed in a form that names its commits, and what is said about it.
WRONG: tuple[tuple[dict[str, str], str], ...] = (
    ({"new-options": "Hash"}, "new_options: 'Hash' is no option"),
    ({"base-options": "Hash=16 é=1"}, "base_options: 'é=1' is no option"),
    ({"new-options": "a=b=c"}, "new_options: 'a=b=c' is no option"),
    ({"tests-repo": "https://gitlab.com/a/b"}, "tests_repo"),
    ({"tests-repo": ""}, "tests_repo"),
    ({"checkbox-arch-filter": "on", "arch-filter": "("}, "no usable regular expression"),
    ({"checkbox-arch-filter": "on", "arch-filter": "z80"}, "matches no architecture"),
    ({"checkbox-arch-filter": "on"}, "Missing required option: arch_filter"),
    ({"checkbox-compiler": "on", "compiler": "icc"}, "compiler"),
    ({"tc": "ten"}, "'ten' is not a time control"),
    ({"tc": ""}, "'' is not a time control"),
    ({"tc": "0/10"}, "'0/10' is not a time control"),
    ({"tc": "0+0"}, "would take no time"),
    ({"tc": "9" * 400}, "would take no time, or for ever"),
    ({"odds": "on", "new_tc": "1+"}, "'1+' is not a time control"),
    ({"test-signature": ""}, "Missing required option: new_signature"),
    ({"run-info": ""}, "Missing required option: info"),
    ({"test-branch": ""}, "Missing required option: new_tag"),
    ({"book-depth": ""}, "Missing required option: book_depth"),
    ({"resolved_new": ""}, "Unable to find the commit"),
    ({"threads": "x"}, "invalid literal for int() with base 10: 'x'"),
    ({"threads": "0"}, "at least one thread"),
    ({"priority": "1.5"}, "invalid literal for int() with base 10: '1.5'"),
    ({"priority": "9" * 19}, "8-byte ints"),
    ({"throughput": ""}, "invalid literal for int() with base 10: ''"),
    ({"num-games": "many"}, "invalid literal for int() with base 10: 'many'"),
    ({"num-games": "0"}, "from 1 to 3200000"),
    ({"num-games": "3200002"}, "from 1 to 3200000"),
    ({"num-games": "-2"}, "from 1 to 3200000"),
    ({"num-games": "3"}, "num_games"),
    ({"book": "demo.txt"}, "book"),
    ({"resolved_base": "master"}, "resolved_base"),
    ({"test-signature": "12x"}, "new_signature"),
    ({"rescheduled_from": "zz"}, "rescheduled_from"),
    (SPRT | {"sprt_elo0": "much"}, "could not convert string to float: 'much'"),
    (SPRT | {"sprt_elo1": "nan"}, "'nan' is no number to calculate with"),
    (SPRT | {"elo_model": "guess"}, "Unknown Elo model 'guess'"),
    (SPRT | {"elo_model": "logistic"}, "elo_model"),
    (SPSA | {"spsa_A": "-0.1"}, "must not be negative"),
    (SPSA | {"spsa_alpha": "inf"}, "'inf' is no number"),
    (SPSA | {"spsa_gamma": ""}, "could not convert string to float: ''"),
    (SPSA | {"spsa_raw_params": "a,1,2"}, "An SPSA line has 6 entries"),
    (SPSA | {"spsa_raw_params": "a,1,0,2,x,1"}, "could not convert string to float: 'x'"),
    (SPSA | {"spsa_raw_params": "a,1,0,2,0,1"}, "c_end of 'a' must be positive"),
    (SPSA | {"spsa_gamma": "999"}, "too large"),
    (SPSA | {"num-games": "0"}, "from 1 to 3200000"),
)


def without(fields: dict[str, str], *names: str) -> dict[str, str]:
    return {name: value for name, value in fields.items() if name not in names}


def teach(server: GithubServer) -> None:
    """Dave's fork with its branches and networks, the official master, the books."""
    server.answers |= {
        f"/repos/{FORK}": {"full_name": FORK, "parent": {"full_name": OFFICIAL}},
        f"/repos/{FORK}/commits/lmr_tweak": a_commit(NEW, "Try less reduction\n\nAt long last.\n\nBench: 7654321"),
        f"/repos/{FORK}/commits/master": a_commit(BASE, f"Update the net\n\nbench: {BENCH}"),
        f"/repos/{FORK}/contents/src/evaluate.h": f'#define EvalFileDefaultNameBig "{BIG_NET}"',
        f"/repos/{OFFICIAL}/commits": [
            a_commit("d" * 40, "No functional change"),
            a_commit("c" * 40, f"Update the net\n\nbench: {BENCH}"),
        ],
        f"/repos/{BOOKS}/contents/books.json": {"demo.epd": {"sri": "Qm9v", "total": 1000}, "other.pgn": {"total": 7}},
    }


def a_net(name: str = BIG_NET) -> dict[str, Any]:
    return {"name": name, "user": "dave", "downloads": 0}
