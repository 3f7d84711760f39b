"""`shadow status` and `shadow routes list`: where each route stands and what the gate says."""

from __future__ import annotations

import asyncio
import difflib
from typing import Annotated, Any

import typer

from shadow.cli.options import DEFAULT, AsJson, ConfigFile, configuration, desk, print_json
from shadow.cli.tables import show
from shadow.doctor import upstreams
from shadow.errors import NotFound
from shadow.report.handovers import under_way
from shadow.report.harmless import plain
from shadow.units import show_seconds

Name = Annotated[str, typer.Argument(metavar="[ROUTE]", help="A route or a group; all without it.")]
routes = typer.Typer(help="The routes of the configuration.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command()(status)
    app.add_typer(routes, name="routes")


def status(name: Name = "", config: ConfigFile = DEFAULT, as_json: AsJson = False) -> None:
    """Stage, counts, verdict with reasons, latency ratio; exit code 1 unless every route shown is ready or promoted.

    Upstreams that do not answer are told on stderr.
    """
    with desk(config) as here:
        report = here.report()
    if report["tainted"]:
        typer.echo(plain(f"the shadow world is tainted: {report['tainted']}"), err=True)
    if report["frozen"]:
        typer.echo(plain(f"all is frozen: {report['frozen']}"), err=True)
    for one in report["handovers"]:
        typer.echo(plain(under_way(one)), err=True)
    if twins := report["twins"]:
        typer.echo(f"twins: {', '.join(f'{count} {what}' for what, count in twins.items())}", err=True)
    found = chosen(report["routes"], name)
    for check in asyncio.run(upstreams(configuration(config))):
        if not check.fine:
            typer.echo(f"look  {check.name}: {plain(check.told)}", err=True)
    if as_json:
        print_json(found)
    else:
        show(("route", "stage", "serving", "verdict", "clean", "needed", "p95 ratio", "reasons"), map(_row, found))
    settled = all(
        one["verdict"] == "ready" or one["stage"] in ("promoted", "off") or one["name"] == "*" for one in found
    )
    raise typer.Exit(0 if settled else 1)


@routes.command("list")
def list_routes(config: ConfigFile = DEFAULT, as_json: AsJson = False) -> None:
    """Routes with stage and counts."""
    with desk(config) as here:
        report = here.report()
    if as_json:
        print_json(report["routes"])
        return
    head = ("route", "methods", "path", "group", "stage", "captured", "match", "noise", "accepted", "mismatch")
    show((*head, "race", "skipped", "pending"), map(_counts_row, report["routes"]))
    for one in report["unmatched"]:
        typer.echo(f"no route matches {plain(one['method'])} {plain(one['path'])}: {one['count']} times", err=True)


def chosen(found: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    """The routes of this name or group; NotFound with the nearest name otherwise."""
    if not name:
        return found
    matching = [one for one in found if name in (one["name"], one["group"])]
    if not matching:
        names = [one["name"] for one in found] + [one["group"] for one in found if one["group"]]
        near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
        meant = f"; did you mean {near[0]!r}?" if near else "."
        raise NotFound(f"there is no route or group {name!r}{meant} Next: shadow routes list")
    return matching


def _row(route: dict[str, Any]) -> tuple[object, ...]:
    ratio = route["latency"]["ratio_p95"]
    reasons = "; ".join([*route["lacking"], *route["reasons"], *route["waived"]])
    if route["hold"]:
        reasons = f"on hold: {route['hold']}; {reasons}"
    if route["eta"]:
        reasons += f" (about {show_seconds(route['eta'])} at this rate)"
    return (
        route["name"],
        route["stage"] + (f" {route['share']} %" if route["share"] else ""),
        route["serving"],
        route["verdict"],
        route["clean"],
        route["needed"],
        "" if ratio is None else f"{ratio:.2f}",
        reasons,
    )


def _counts_row(route: dict[str, Any]) -> tuple[object, ...]:
    counts = route["counts"]
    return (
        route["name"],
        ",".join(route["methods"]) or "any",
        route["path"],
        route["group"],
        route["stage"],
        *(counts[name] for name in ("captured", "match", "noise", "accepted", "mismatch", "race")),
        sum(counts["skipped"].values()),
        counts["pending"],
    )
