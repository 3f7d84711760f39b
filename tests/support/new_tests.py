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
