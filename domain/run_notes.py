"""What a test's page says about the run in words: its arguments in a fixed order, warnings, notes."""

from __future__ import annotations

from typing import Any

from domain.names import hash_option
from domain.progression import PT_INFO
from domain.statistics.time_control import game_seconds, tc_ratio

Run = dict[str, Any]
Row = tuple[str, str, str]

OFFICIAL_REPOSITORY = "https://github.com/official-stockfish/Stockfish"
SMALL_BOOK = 100_000
PLAIN_ARGUMENTS = (
    "num_games",
    "tc",
    "new_tc",
    "threads",
    "book",
    "book_depth",
    "arch_filter",
    "compiler",
    "auto_purge",
    "adjudication",
    "priority",
    "throughput",
    "itp",
    "username",
)


def argument_rows(run: Run) -> list[Row]:
    """(name, value, link or empty) of everything that was asked for, in the order of the page."""
    args = run["args"]
    rows: list[Row] = []
    for side in ("new", "base"):
        commit = f"{repository(args)}/commit/{args[f'resolved_{side}']}"
        rows.append((f"{side}_tag", args[f"{side}_tag"], commit))
        rows.append((f"resolved_{side}", args[f"resolved_{side}"], commit))
        rows.append((f"msg_{side}", args[f"msg_{side}"], ""))
        rows.append((f"{side}_signature", args[f"{side}_signature"], ""))
        rows.append((f"{side}_options", args[f"{side}_options"], ""))
        rows.extend((f"{side}_net", net, f"/api/nn/{net}") for net in args[f"{side}_nets"])
    if "sprt" in args:
        sprt = args["sprt"]
        for name in ("elo0", "elo1", "alpha", "beta", "elo_model", "batch_size", "state"):
            rows.append((f"sprt_{name}", str(sprt[name]), ""))
        rows.append(("sprt_llr", f"{sprt['llr']:.4f}", ""))
    if "spsa" in args:
        spsa = args["spsa"]
        rows.extend((f"spsa_{name}", str(spsa[name]), "") for name in ("A", "alpha", "gamma", "iter", "num_iter"))
    rows.extend((name, str(args[name]), "") for name in PLAIN_ARGUMENTS if name in args)
    rows.append(("tests_repo", args["tests_repo"], args["tests_repo"]))
    if "master_repo" in args:
        rows.append(("master_repo", args["master_repo"], args["master_repo"]))
    if "rescheduled_from" in run:
        rows.append(("rescheduled_from", run["rescheduled_from"], f"/tests/view/{run['rescheduled_from']}"))
    rows.append(("info", args["info"], ""))
    return rows


def repository(args: dict[str, Any]) -> str:
    return str(args["tests_repo"]).rstrip("/")


def warnings(run: Run, books: dict[str, Any]) -> list[str]:
    """What a reader should know before believing the result."""
    args = run["args"]
    found = []
    if args["throughput"] > 100:
        found.append(f"throughput exceeds the normal limit: {args['throughput']}")
    if args["priority"] > 0:
        found.append(f"priority exceeds the normal limit: {args['priority']}")
    found.extend(_hash_warnings(args))
    if args["base_options"] != args["new_options"]:
        found.append("base options differ from new options")
    if run["failures"]:
        found.append(f"this test had {run['failures']} failure{'s' if run['failures'] > 1 else ''}")
    if args["tc"] != args["new_tc"]:
        odds = game_seconds(args["new_tc"]) / game_seconds(args["tc"])
        found.append(f"this is a test with time odds: {args['new_tc']} against {args['tc']} ({odds:.2f})")
    if args.get("arch_filter"):
        found.append(f"this test has an architecture filter: {args['arch_filter']}")
    if "compiler" in args:
        found.append(f"this test has a compiler filter: {args['compiler']}")
    exits = books.get(args["book"], {}).get("total", SMALL_BOOK)
    if exits < SMALL_BOOK:
        found.append(f"this test uses a small book with only {exits} exits")
    if args.get("master_repo", OFFICIAL_REPOSITORY).rstrip("/") != OFFICIAL_REPOSITORY:
        found.append(f"the developer repository is no fork of the official one but of {args['master_repo']}")
    return found


def notes(run: Run) -> list[str]:
    """Neutral remarks."""
    found = []
    if origin := run.get("rescheduled_from"):
        found.append(f"rescheduled from {origin}")
    if run["args"]["resolved_base"] == PT_INFO["pt_branch"]:
        found.append(f"this is a progression test against {PT_INFO['pt_version']}")
    if run["bad_tasks"]:
        found.append(f"the games of {len(run['bad_tasks'])} tasks do not count: their workers differed too much")
    return found


def _hash_warnings(args: dict[str, Any]) -> list[str]:
    """Hash per thread should follow the time control: 16 MiB at 10+0.1, 64 at four times that and beyond."""
    usual = 16 if tc_ratio(args["tc"], 1) < 4 else 64
    expected = usual * args["threads"]
    sides = (("base", hash_option(args["base_options"])), ("new", hash_option(args["new_options"])))
    return [
        f"odd hash for this time control: {side} has {size} MiB where {expected} are usual"
        for side, size in sides
        if size and size != expected
    ]
