"""The refusal texts of the worker protocol, word by word."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.schemas import ValidationError, access_schema, gzip_data, request_schema, username, validate
from tests.support.domain import a_worker, results

Change = Callable[[dict[str, Any]], Any]


def a_request() -> dict[str, Any]:
    worker_info = a_worker()
    del worker_info["remote_addr"], worker_info["country_code"]
    return {
        "password": "pw-carol",
        "worker_info": worker_info,
        "run_id": "65f0a1b2c3d4e5f601234567",
        "task_id": 2,
        "stats": results(3),
        "spsa": {"wins": 1, "losses": 1, "draws": 2, "num_games": 4, "sig": 9},
    }


def fault(schema: Any, body: Any, name: str = "request") -> str:
    try:
        validate(schema, body, name)
    except ValidationError as error:
        return str(error)
    return ""


def test_a_whole_request_is_accepted() -> None:
    assert fault(request_schema, a_request()) == ""
    assert fault(access_schema, a_request() | {"more": 1}) == ""


REFUSALS: list[tuple[Change, str]] = [
    (lambda r: r.pop("password"), "request['password'] is missing"),
    (lambda r: r.pop("worker_info"), "request['worker_info'] is missing"),
    (lambda r: r["worker_info"].pop("uname"), "request['worker_info']['uname'] is missing"),
    (lambda r: r.update(color=1), "request['color'] is not in the schema"),
    (lambda r: r.update(password=1), "request['password'] (value:1) is not of type 'str'"),
    (lambda r: r.pop("run_id"), "request['run_id'] is missing"),
    (lambda r: r.update(run_id="zz"), "request['run_id'] (value:'zz') is not of type 'valid_object_id'"),
    (lambda r: r.update(task_id=-1), "request['task_id'] (value:-1) is not of type 'task_id'"),
    (
        lambda r: r["worker_info"].update(concurrency=0),
        "request['worker_info']['concurrency'] (value:0) is not strictly greater than 0",
    ),
    (
        lambda r: r["worker_info"].update(max_memory=-1),
        "request['worker_info']['max_memory'] (value:-1) is not greater than or equal to 0",
    ),
    (
        lambda r: r["worker_info"].update(nps=float("nan")),
        "request['worker_info']['nps'] (value:nan) is not greater than or equal to 0",
    ),
    (
        lambda r: r["worker_info"].update(username="x"),
        "request['worker_info']['username'] (value:'x') is not of type 'valid_username' and "
        "request['worker_info']['username'] (value:'x') is not of type 'legacy_username'",
    ),
    (
        lambda r: r["worker_info"].update(unique_key="k"),
        "request['worker_info']['unique_key'] (value:'k') is not of type 'uuid'",
    ),
    (
        lambda r: r["worker_info"].update(worker_arch="z80"),
        "request['worker_info']['worker_arch'] (value:'z80') is not of type 'valid_worker_arch'",
    ),
    (
        lambda r: r["worker_info"].update(compiler="cc"),
        "request['worker_info']['compiler'] (value:'cc') is not equal to 'g++' and "
        "request['worker_info']['compiler'] (value:'cc') is not equal to 'clang++'",
    ),
    (
        lambda r: r["worker_info"].update(modified=1),
        "request['worker_info']['modified'] (value:1) is not of type 'bool'",
    ),
    (
        lambda r: r["worker_info"].update(version=1.0),
        "request['worker_info']['version'] (value:1.0) is not of type 'int'",
    ),
    (
        lambda r: r["worker_info"].update(architecture=["64bit"]),
        "request['worker_info']['architecture'][1] is missing",
    ),
    (
        lambda r: r["worker_info"].update(python_version=[3, 12, 4, 1]),
        "request['worker_info']['python_version'][3] is not in the schema",
    ),
    (
        lambda r: r["worker_info"].update(uname="Linux \ud800"),
        "request['worker_info']['uname'] (value:'Linux \\ud800') is not of type 'utf8'",
    ),
    (
        lambda r: r["worker_info"].update(ARCH="x" * 1001),
        "len(request['worker_info']['ARCH']) (value:1001) is not less than or equal to 1000",
    ),
    (
        lambda r: r["worker_info"].update(version=2**32),
        "request['worker_info']['version'] (value:4294967296) is not less than or equal to 4294967295",
    ),
    (
        lambda r: r["worker_info"].update(nps=2**32),
        "request['worker_info']['nps'] (value:4294967296) is not of type 'moderate'",
    ),
    (lambda r: r.update(message="\ud800"), "request['message'] (value:'\\ud800') is not of type 'utf8'"),
    (lambda r: r["stats"].update(wins=1), "is not of type 'valid_results'"),
    (lambda r: r["stats"].pop("crashes"), "request['stats']['crashes'] is missing"),
    (lambda r: r["spsa"].update(wins=9), "is not of type 'valid_spsa_results'"),
    (
        lambda r: r["spsa"].update(num_games=3),
        "request['spsa']['num_games'] (value:3) is not of type 'even'",
    ),
]


@pytest.mark.parametrize(("change", "text"), REFUSALS, ids=[text[-60:] for _, text in REFUSALS])
def test_a_fault_has_its_text(change: Change, text: str) -> None:
    request = a_request()
    change(request)
    found = fault(request_schema, request)
    assert found == text or (text.startswith("is ") and found.endswith(text))


def test_what_is_no_object_is_no_request() -> None:
    assert fault(access_schema, [1]) == "request (value:[1]) is not of type 'dict'"
    assert fault(access_schema, None) == "request (value:None) is not of type 'dict'"


def test_long_values_are_cut() -> None:
    found = fault(request_schema, a_request() | {"run_id": "a" * 200})
    assert found == f"request['run_id'] (value:'{'a' * 99}...[TRUNCATED]...') is not of type 'valid_object_id'"


def test_booleans_pass_as_numbers_and_infinity_as_speed() -> None:
    request = a_request()
    request["worker_info"].update(nps=float("inf"), concurrency=True)
    assert fault(request_schema, request) == ""


def test_the_first_missing_key_is_named_under_every_hash_seed() -> None:
    """The library alone names one in the order of a set."""
    script = (
        "import json, sys\n"
        "from domain.schemas import *\n"
        "try: validate(request_schema, json.loads(sys.argv[1]), 'request')\n"
        "except ValidationError as fault: print(fault)"
    )
    body = json.dumps({"password": "x", "worker_info": {}})
    found = {
        subprocess.run(
            [sys.executable, "-c", script, body],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "2", "3")
    }
    assert found == {"request['worker_info']['uname'] is missing\n"}


def test_games_must_be_gzip() -> None:
    assert fault(gzip_data, gzip.compress(b"1. e4"), "pgn") == ""
    assert fault(gzip_data, b"1. e4", "pgn").startswith("pgn (value:b'1. e4') is not of type 'gzip_data': ")


@given(pairs=st.lists(st.integers(0, 50), min_size=5, max_size=5), extra=st.data())
def test_counts_that_come_from_pairs_are_always_accepted(pairs: list[int], extra: st.DataObject) -> None:
    """A draw-ish pair is two draws or a win and a loss."""
    decisive = extra.draw(st.integers(0, pairs[2]))
    wins = 2 * pairs[4] + pairs[3] + decisive
    losses = 2 * pairs[0] + pairs[1] + decisive
    stats = results() | {"wins": wins, "losses": losses, "pentanomial": pairs}
    stats["draws"] = 2 * sum(pairs) - wins - losses
    assert fault(request_schema, a_request() | {"stats": stats}) == ""


@pytest.mark.parametrize(
    ("name", "fits"), [("carol", True), ("c3", True), ("c", False), ("c_d", False), ("é1", False), (7, False)]
)
def test_names_of_accounts(name: object, fits: bool) -> None:
    assert (fault(username, name) == "") is fits
