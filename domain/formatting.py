"""Texts and small values that both template sets show: titles, result boxes, dates, rows, page links.

Everything here is plain text, to be escaped by the template.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from domain import figures
from domain.statistics.elo import fixed_games, normalized_elo

Run = dict[str, Any]

NEVER_YEAR = 1
TAG_WIDTH = 23
USER_WIDTH = 3
# The box of a sparkline, as the svg elements in the templates declare it.
SPARKLINE = (120, 24)


def date(moment: datetime) -> str:
    """``yy-mm-dd``."""
    return moment.strftime("%y-%m-%d")


def datetime_text(moment: datetime) -> str:
    """``yy-mm-dd HH:MM:SS``."""
    return moment.strftime("%y-%m-%d %H:%M:%S")


def time_ago(moment: datetime, now: datetime) -> str:
    """How long ago in its largest whole unit; ``Never`` for the year-1 date."""
    if moment.year == NEVER_YEAR:
        return "Never"
    age = now - moment
    counts = (("day", age.days), ("hour", age.seconds // 3600), ("minute", age.seconds % 3600 // 60))
    for unit, count in counts:
        if count > 0:
            return f"{count} {unit}{'s' if count > 1 else ''} ago"
    return "seconds ago"


def repository_name(link: str) -> str:
    """``owner/repository``, without where it is hosted."""
    return "/".join(link.rstrip("/").split("/")[-2:])


def path_segment(text: str) -> str:
    """A name as one part of an address, whatever is in it."""
    return quote(text, safe="")


def mailto(address: str, subject: str = "", body: str = "") -> str:
    """A link that begins a letter (RFC 6068)."""
    fields = [f"{name}={quote(text)}" for name, text in (("subject", subject), ("body", body)) if text]
    return f"mailto:{quote(address, safe='@')}" + (f"?{'&'.join(fields)}" if fields else "")


def page_title(run: Run) -> str:
    args = run["args"]
    if "sprt" in args:
        return f"SPRT {args['new_tag']} vs {args['base_tag']}"
    if "spsa" in args:
        return f"SPSA {args['new_tag']}"
    return f"{args['num_games']} games - {args['new_tag']} vs {args['base_tag']}"


def result_lines(run: Run) -> list[str]:
    """The result in words: LLR or Elo, totals, pentanomial; one line each."""
    args, results = run["args"], run["results"]
    played = figures.games(results)
    if "sprt" in args:
        lines = [_llr_line(args["sprt"])]
    elif "spsa" in args:
        return [
            f"{args['spsa']['iter']}/{args['spsa']['num_iter']} iterations",
            f"{played}/{args['num_games']} games played",
        ]
    else:
        lines = [_elo_line(results)] if played else []
    if not played:
        return lines or ["Pending..."]
    lines.append(f"Total: {played} W: {results['wins']} L: {results['losses']} D: {results['draws']}")
    lines.append("Ptnml(0-2): " + ", ".join(map(str, results["pentanomial"])))
    if "sprt" not in args:
        lines.append(_normalized_line(results["pentanomial"]))
    return lines


def result_box(run: Run) -> dict[str, Any]:
    """``color`` and ``lines`` of the box that shows a result."""
    return {"color": _color(run), "lines": result_lines(run)}


def diff_url(run: Run, three_dots: bool = True) -> str:
    """What the new engine changes, on GitHub: since the common ancestor (three dots), or against the base (two)."""
    args = run["args"]
    repository, dots = args["tests_repo"].rstrip("/"), "..." if three_dots else ".."
    return f"{repository}/compare/{args['resolved_base'][:10]}{dots}{args['resolved_new'][:10]}"


def run_row(run: Run) -> dict[str, Any]:
    """One row of a run table."""
    args = run["args"]
    games = "sprt" if "sprt" in args else str(args["num_games"])
    return {
        "run_id": str(run["_id"]),
        "date": date(run["start_time"]),
        "username": args["username"],
        "user": args["username"][:USER_WIDTH],
        "new_tag": args["new_tag"][:TAG_WIDTH],
        "base_tag": args["base_tag"][:TAG_WIDTH],
        "diff_url": diff_url(run),
        "result": result_box(run),
        "details": games if "sprt" in args else f"{games} @ {args['tc']}",
        "is_sprt": "sprt" in args,
        "tc": args["tc"],
        "threads": args["threads"],
        "cores": run["cores"],
        "workers": run["workers"],
        "finished": run["finished"],
        "info": args["info"],
        "priority": args["priority"],
        "deletable": run["failed"] or (not run["finished"] and not run["cores"]),
    }


def sparkline(values: Sequence[float], low: float, high: float) -> str:
    """The points of a line through the values, evenly spaced, between a floor and a ceiling that they never leave."""
    width, height = SPARKLINE
    step, span = width / max(1, len(values) - 1), (high - low) or 1.0
    return " ".join(f"{i * step:.1f},{height * (high - value) / span:.1f}" for i, value in enumerate(values))


def pagination(page: int, total: int, page_size: int, query: str = "") -> list[dict[str, str]]:
    """Prev, pages, Next with their links; empty when there is no second page. ``query`` is appended as it is."""
    last = (total - 1) // page_size + 1 if total else 1

    def link(text: str, number: int, state: str = "") -> dict[str, str]:
        return {"idx": text, "url": f"?page={number}{query}", "state": state}

    entries = [link("Prev", page - 1, "disabled" if page <= 1 else "")]
    shown = [1, *_neighbours(page, last)]
    previous = 0
    for number in sorted({number for number in [*shown, last] if 1 <= number <= last}):
        if number > previous + 1:
            entries.append({"idx": "...", "url": "", "state": "disabled"})
        entries.append(link(str(number), number, "active" if number == page else ""))
        previous = number
    entries.append(link("Next", page + 1, "disabled" if page >= last else ""))
    return entries if len(entries) > 3 else []


def _neighbours(page: int, last: int) -> range:
    if page <= 3:
        return range(2, 5)
    if page >= last - 2:
        return range(last - 3, last + 1)
    return range(page - 1, page + 2)


def _color(run: Run) -> str:
    """Green accepted (blue for a test of no regression), red rejected, yellow rejected with more wins."""
    if not run["finished"]:
        return ""
    if run["is_green"]:
        sprt = run["args"].get("sprt")
        return "blue" if sprt and sprt["elo0"] + sprt["elo1"] < 0 else "green"
    if run["is_yellow"]:
        return "yellow"
    return "red" if figures.verdict(run) == "rejected" else ""


def _llr_line(sprt: dict[str, Any]) -> str:
    bounds = f"({sprt['lower_bound']:.2f},{sprt['upper_bound']:.2f})"
    return f"LLR: {sprt['llr']:.2f} {bounds} <{sprt['elo0']:.2f},{sprt['elo1']:.2f}>"


def _elo_line(results: dict[str, Any]) -> str:
    elo, half_width, los = fixed_games(results["pentanomial"])
    return f"Elo: {elo:.2f} ± {half_width:.1f} (95%) LOS: {100 * los:.1f}%"


def _normalized_line(pentanomial: list[int]) -> str:
    nelo, half_width = normalized_elo(pentanomial)
    losing, winning = pentanomial[0] + pentanomial[1], pentanomial[3] + pentanomial[4]
    ratio = f"{winning / losing:.2f}" if losing else "∞"
    return f"nElo: {nelo:.2f} ± {half_width:.1f} (95%) PairsRatio: {ratio}"
