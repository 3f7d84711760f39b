"""Measure the comparing of one pair of answers, against peers in the same run.

Prints microseconds of CPU for each pair (the best of several rounds) and PASS or FAIL against the limits.

    python scripts/bench_compare.py [--rounds N]
"""

from __future__ import annotations

import argparse
import copy
import json
import random
import sys
import time
from collections.abc import Callable
from datetime import date
from typing import Any

import orjson
from deepdiff import DeepDiff
from selectolax.lexbor import LexborHTMLParser

from shadow.compare import Comparer, NoNames, Pair
from shadow.exchange import Body, Response
from shadow.headers import HeaderList
from shadow.words import Outcome

# Microseconds of one equal pair; an unequal one may take three times that.
EQUAL = {"JSON 4 KiB": 60, "JSON 20 KiB": 800, "JSON 300 KiB": 15_000, "HTML 5 KiB": 1000, "HTML 100 KiB": 20_000}
LIMITS = {
    **{f"{name} renamed": limit for name, limit in EQUAL.items()},
    "JSON 20 KiB respelled": 800,
    "JSON 300 KiB respelled": 15_000,
    "HTML 5 KiB relaid": 1000,
    "HTML 100 KiB relaid": 20_000,
    **{f"{name} changed": 3 * limit for name, limit in EQUAL.items()},
    **{f"{name} one less": 3 * limit for name, limit in EQUAL.items()},
}


def some_id(numbers: random.Random) -> str:
    """An ObjectId as a database makes it."""
    return f"{numbers.getrandbits(96) | 1 << 95:024x}"


def runs(count: int, seed: int, ids: random.Random) -> dict[str, Any]:
    """A list of runs as the worker API gives it; `seed` is the content, `ids` the names."""
    numbers = random.Random(seed)
    return {
        "runs": [
            {
                "_id": some_id(ids),
                "args": {"tc": "10+0.1", "new_tag": f"branch_{numbers.randrange(1000)}", "threads": 1, "elo0": 0.0},
                "results": {"wins": numbers.randrange(9000), "losses": 17, "pentanomial": [1, 2, 3, 4, 5]},
                "info": "simplify the reduction of late moves, take two",
                "approved": True,
                "approver": None,
            }
            for _ in range(count)
        ],
        "page": 1,
    }


def table(rows: int, ids: random.Random, indent: str) -> str:
    """A page with a table of tests; `indent` is what the template engine leaves between the elements."""
    body = "".join(
        f'{indent}<tr>{indent}<td>{number}</td>{indent}<td><a class="view run" href="/tests/view/{some_id(ids)}">'
        f"branch_{number}</a></td>{indent}<td>LLR: 2.{number} (-2.94,2.94)</td></tr>"
        for number in range(rows)
    )
    head = "<!doctype html><html><head><title>Tests</title></head><body><main>"
    return f'{head}{indent}<table id="tests">{indent}<tbody>{body}</tbody></table></main></body></html>'


def pair(media: str, primary: bytes, candidate: bytes) -> Pair:
    """Two answers with the fields that an application sends."""

    def answer(body: bytes, server: bytes) -> Response:
        fields = [
            (b"Content-Type", media.encode()),
            (b"Content-Length", str(len(body)).encode()),
            (b"Server", server),
            (b"Date", b"Tue, 14 Nov 2023 22:13:20 GMT"),
            (b"Cache-Control", b"no-store"),
        ]
        return Response(200, HeaderList.of(fields), Body.of(body))

    return Pair("bench", "GET", "", answer(primary, b"waitress"), answer(candidate, b"uvicorn"), 1.7e9)


def micro(call: Callable[[], object], rounds: int) -> float:
    """CPU microseconds of one call in the best round: what others take from a shared machine is not ours."""
    times = []
    call()
    for _ in range(rounds):
        started, done = time.process_time_ns(), 0
        while done < 20 or time.process_time_ns() - started < 20_000_000:
            call()
            done += 1
            if done >= 2000:
                break
        times.append((time.process_time_ns() - started) / done / 1000)
    return min(times)


def cases() -> dict[str, tuple[Pair, Outcome]]:
    """Name to a pair and what it must give."""
    found: dict[str, tuple[Pair, Outcome]] = {}
    for size, count in (("1", 4), ("4", 15), ("20", 75), ("300", 1100)):
        value, renamed = runs(count, 1, random.Random(1)), runs(count, 1, random.Random(2))
        spaced, compact = json.dumps(value).encode(), orjson.dumps(renamed, option=orjson.OPT_SORT_KEYS)
        media = "application/json"
        found[f"JSON {size} KiB equal"] = pair(media, spaced, spaced), Outcome.MATCH
        found[f"JSON {size} KiB renamed"] = pair(media, spaced, json.dumps(renamed).encode()), Outcome.MATCH
        found[f"JSON {size} KiB respelled"] = pair(media, spaced, compact), Outcome.MATCH
        changed, less = copy.deepcopy(renamed), copy.deepcopy(renamed)
        changed["runs"][count // 2]["results"]["wins"] += 1
        del less["runs"][count // 2]
        found[f"JSON {size} KiB changed"] = pair(media, spaced, json.dumps(changed).encode()), Outcome.MISMATCH
        found[f"JSON {size} KiB one less"] = pair(media, spaced, json.dumps(less).encode()), Outcome.MISMATCH
    for size, rows in (("5", 30), ("100", 640)):
        first, again = table(rows, random.Random(1), "\n  "), table(rows, random.Random(2), "\n  ")
        other = table(rows, random.Random(2), " \n\n")
        entities = other.replace("branch_", "branch&#95;")
        media = "text/html; charset=utf-8"
        found[f"HTML {size} KiB renamed"] = pair(media, first.encode(), again.encode()), Outcome.MATCH
        found[f"HTML {size} KiB relaid"] = pair(media, first.encode(), entities.encode()), Outcome.MATCH
        changed_page = again.replace("LLR: 2.7 ", "LLR: 2.8 ", 1)
        before, row, after = again.partition("<tr>")
        less_page = before + row + after.partition("<tr>")[2]
        found[f"HTML {size} KiB changed"] = pair(media, first.encode(), changed_page.encode()), Outcome.MISMATCH
        found[f"HTML {size} KiB one less"] = pair(media, first.encode(), less_page.encode()), Outcome.MISMATCH
    return found


def peers(subject: Pair, name: str, rounds: int) -> dict[str, float]:
    """What others need for the same bytes: equality only, or an explanation without renaming."""
    first, second = (
        answer.body.data for answer in (subject.primary, subject.candidate) if isinstance(answer, Response)
    )
    if name.startswith("HTML"):
        return {"lexbor parse of both": micro(lambda: (LexborHTMLParser(first), LexborHTMLParser(second)), rounds)}
    found = {"orjson ==": micro(lambda: orjson.loads(first) == orjson.loads(second), rounds)}
    if len(first) < 50_000:
        found["DeepDiff"] = micro(lambda: DeepDiff(json.loads(first), json.loads(second)), 1)
    return found


def main() -> int:
    """Print the table; 1 when a limit is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    comparer, failed = Comparer([], today=date(2026, 1, 1)), False
    print(f"{'pair':28} {'bytes':>7} {'µs':>9}   peers in µs (ratio to ours)")
    for name, (subject, outcome) in cases().items():
        comparison = comparer.compare(subject, NoNames())
        if comparison.outcome is not outcome:
            print(f"{name}: {comparison.outcome} instead of {outcome}: {comparison.differences[:3]}", file=sys.stderr)
            return 1
        ours = micro(lambda subject=subject: comparer.compare(subject, NoNames()), rounds)
        others = peers(subject, name, rounds) if name.endswith(("respelled", "relaid")) else {}
        told = ", ".join(f"{peer} {took:,.0f} ({took / ours:.2g})" for peer, took in others.items())
        limit = LIMITS.get(name)
        verdict = "" if limit is None else f"  {'PASS' if ours <= limit else 'FAIL'} (limit {limit})"
        failed = failed or (limit is not None and ours > limit)
        size = len(subject.primary.body.data) if isinstance(subject.primary, Response) else 0
        print(f"{name:28} {size:7} {ours:9,.0f}   {told}{verdict}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
