"""Measure the comparing of one pair of answers, against peers in the same run.

Prints the CPU microseconds of each pair in its best round, those of the peers, and PASS or FAIL against the limits.
These are for the machine where they were set, and what is measured is scaled to it: each round times DeepDiff as well,
which is Python code as we are, and on a slower machine, or in a slow moment, both take longer.

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
from functools import partial
from statistics import median
from typing import Any

import orjson
from deepdiff import DeepDiff
from selectolax.lexbor import LexborHTMLParser

from shadow.compare import Comparer, NoNames, Pair
from shadow.exchange import Body, Response
from shadow.headers import HeaderList
from shadow.words import Outcome

# Microseconds that DeepDiff took for JSON of 20 KiB where the limits were set.
DEEPDIFF = 45_000
# Microseconds of one equal pair there; an unequal one may take three times that.
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


def micro(call: Callable[[], object], *, least: int = 20, most: int = 2000) -> float:
    """CPU microseconds of one call: what others take from a shared machine is not ours."""
    started, done = time.process_time_ns(), 0
    while done < least or (time.process_time_ns() - started < 20_000_000 and done < most):
        call()
        done += 1
    return (time.process_time_ns() - started) / done / 1000


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


def peers(subject: Pair, name: str) -> dict[str, Callable[[], object]]:
    """What others do with the same bytes: equality only, or an explanation without renaming."""
    first, second = bodies(subject)
    if name.startswith("HTML"):
        return {"lexbor parse of both": lambda: (LexborHTMLParser(first), LexborHTMLParser(second))}
    return {"orjson ==": lambda: orjson.loads(first) == orjson.loads(second)}


def bodies(subject: Pair) -> tuple[bytes, bytes]:
    """The bodies of both answers."""
    assert isinstance(subject.primary, Response)
    assert isinstance(subject.candidate, Response)
    return subject.primary.body.data, subject.candidate.body.data


def main() -> int:
    """Print the table; 1 when a limit is broken."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args().rounds
    comparer, pairs, broken = Comparer([], today=date(2026, 1, 1)), cases(), False
    values = [json.loads(data) for data in bodies(pairs["JSON 20 KiB equal"][0])]
    print(f"{'pair':24} {'bytes':>7} {'µs':>8} {'scaled':>8} {'limit':>6}        best of a peer, its ratio to ours")
    for name, (subject, outcome) in pairs.items():
        comparison = comparer.compare(subject, NoNames())
        if comparison.outcome is not outcome:
            print(f"{name}: {comparison.outcome} instead of {outcome}: {comparison.differences[:3]}", file=sys.stderr)
            return 1
        took: dict[str, list[float]] = {}
        for _ in range(rounds):
            calls: dict[str, Callable[[], object]] = {
                "scale": lambda: DeepDiff(*values),
                "ours": partial(comparer.compare, subject, NoNames()),
                **peers(subject, name),
            }
            for who, call in calls.items():
                took.setdefault(who, []).append(micro(call, least=1 if who == "scale" else 20))
        scale = [max(1.0, one / DEEPDIFF) for one in took.pop("scale")]
        scaled = median(ours / by for ours, by in zip(took["ours"], scale, strict=True))
        ours, limit = min(took.pop("ours")), LIMITS.get(name, 0)
        verdict = "" if not limit else "PASS" if scaled <= limit else "FAIL"
        told = ", ".join(f"{peer} {min(times):,.0f}, {min(times) / ours:.2g}" for peer, times in took.items())
        print(f"{name:24} {len(bodies(subject)[0]):7} {ours:8,.0f} {scaled:8,.0f} {limit or '':>6} {verdict:6} {told}")
        broken = broken or verdict == "FAIL"
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
