"""What a form may change about a test that exists: its size, its place in the queue, its words. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from domain import purge

Run = dict[str, Any]

MAX_GAMES = 3_200_000
USUAL_THROUGHPUT, USUAL_PRIORITY = 100, 0
# At most as many digits as a database can hold.
INTEGER = re.compile(r"-?[0-9]{1,18}")


def refusal(run: Run, form: Mapping[str, str], now: datetime) -> str:
    """What is wrong with the values, in the order in which it is looked for; empty when nothing is."""
    if now - run["start_time"] > purge.MAX_AGE:
        return "Run too old to be modified"
    if "num-games" not in form:
        return "Unable to modify a run without a number of games!"
    if not all(INTEGER.fullmatch(form.get(name, "")) for name in ("num-games", "priority", "throughput")):
        return "Bad values!"
    old, new = run["args"]["num_games"], int(form["num-games"])
    if "sprt" not in run["args"] and "spsa" not in run["args"] and new > old:
        return "The number of games of a fixed-games test cannot be raised"
    if "spsa" in run["args"] and new != old:
        return "The number of games of an SPSA test cannot be changed: its parameters depend on it"
    if new > MAX_GAMES:
        return f"The number of games must be at most {MAX_GAMES}"
    return ""


def wanted(run: Run, username: str, form: Mapping[str, str]) -> dict[str, Any]:
    """The args as the form wants them; only the submitter rewords the info, and not to nothing."""
    info = form.get("info", "").strip() if username == run["args"]["username"] else ""
    return {
        "num_games": int(form["num-games"]),
        "priority": int(form["priority"]),
        "throughput": int(form["throughput"]),
        "auto_purge": "auto_purge" in form,
        "info": info or run["args"]["info"],
    }


def exceeds(run: Run, args: dict[str, Any]) -> bool:
    """More of the machines than before and than is usual, or a test that had failed."""
    old = run["args"]
    return bool(
        args["throughput"] > max(old["throughput"], USUAL_THROUGHPUT)
        or args["priority"] > max(old["priority"], USUAL_PRIORITY)
        or run["failed"]
    )


def described(old: dict[str, Any], new: dict[str, Any]) -> Iterator[str]:
    """One text for each value that is different."""
    for name, value in new.items():
        if old[name] != value:
            yield f"{name} changed from {old[name]} to {value}"
