"""What a run's tasks imply for the run: totals, decision, flags. Pure functions on the document."""

from __future__ import annotations

from typing import Any

from domain.statistics.elo import fixed_games

Run = dict[str, Any]
Stats = dict[str, Any]

COUNTS = ("wins", "losses", "draws", "crashes", "time_losses")
LOS_REJECTED, LOS_ACCEPTED = 0.05, 0.95


def empty_stats() -> Stats:
    return {**dict.fromkeys(COUNTS, 0), "pentanomial": [0] * 5}


def games(stats: Stats) -> int:
    """Games played."""
    return int(stats["wins"] + stats["losses"] + stats["draws"])


def add_stats(total: Stats, more: Stats, less: Stats | None = None) -> None:
    """Add ``more`` (minus ``less``) to the total in place."""
    less = less or empty_stats()
    for key in COUNTS:
        total[key] += more[key] - less[key]
    pairs = zip(total["pentanomial"], more["pentanomial"], less["pentanomial"], strict=True)
    total["pentanomial"] = [a + b - c for a, b, c in pairs]


def aggregates(run: Run) -> dict[str, Any]:
    """The totals that the tasks imply, under the run's keys."""
    results = empty_stats()
    workers = cores = committed = total = 0
    for task in run["tasks"]:
        add_stats(results, task["stats"])
        total += task["num_games"]
        if task["active"]:
            workers += 1
            cores += task["worker_info"]["concurrency"]
            committed += task["num_games"]
        else:
            committed += games(task["stats"])
    return {
        "results": results,
        "workers": workers,
        "cores": cores,
        "committed_games": committed,
        "total_games": total,
    }


def is_decided(run: Run) -> bool:
    """Enough games, or a sequential test has spoken."""
    args = run["args"]
    return games(run["results"]) >= args["num_games"] or bool(args.get("sprt", {}).get("state"))


def flags(run: Run) -> dict[str, bool]:
    """Green for an accepted run; yellow for a rejected one that won more games than it lost."""
    result = verdict(run) if run["finished"] else ""
    won_more = run["results"]["wins"] > run["results"]["losses"]
    return {"is_green": result == "accepted", "is_yellow": result == "rejected" and won_more}


def active_tasks(run: Run) -> list[tuple[int, dict[str, Any]]]:
    return [(task_id, task) for task_id, task in enumerate(run["tasks"]) if task["active"]]


def run_state(run: Run) -> str:
    """The word for where a run stands (spec domain §6)."""
    if run["finished"]:
        return "deleted" if run["deleted"] else "failed" if run["failed"] else "finished"
    if run["workers"]:
        return "active"
    return "paused" if run["approved"] else "pending"


def verdict(run: Run) -> str:
    """``accepted``, ``rejected`` or nothing, as the results stand; a tuning has no verdict."""
    if "spsa" in run["args"]:
        return ""
    if "sprt" in run["args"]:
        return str(run["args"]["sprt"]["state"])
    if not games(run["results"]):
        return ""
    los = fixed_games(run["results"]["pentanomial"]).los
    return "rejected" if los < LOS_REJECTED else "accepted" if los > LOS_ACCEPTED else ""
