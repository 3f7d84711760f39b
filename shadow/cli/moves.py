"""`shadow promote`, `rollback`, `hold`, `release`, `ledger`: moves, and the trail they leave."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import typer

from shadow.cli.options import DEFAULT, AsJson, ConfigFile, desk, operator, print_json
from shadow.cli.tables import show
from shadow.report.harmless import plain

Unit = Annotated[str, typer.Argument(metavar="ROUTE_OR_GROUP")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and change nothing.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; kept in the ledger.")]


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    for command in (promote, rollback, hold, release, freeze, unfreeze, ledger):
        app.command()(command)


def promote(
    name: Unit,
    to: Annotated[
        str, typer.Option(help="promoted, or canary:5 for 5 % of the clients; canary: the next step.")
    ] = "promoted",
    force: Annotated[bool, typer.Option("--force", help="Against the gate; needs a reason.")] = False,
    reason: Reason = "",
    dry_run: DryRun = False,
    config: ConfigFile = DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Let the candidate serve a route or group, or a share of its clients, if the gate is ready."""
    with desk(config) as here:
        promotion = here.promote(name, to=to, force=force, reason=reason, who=operator(), dry_run=dry_run)
        told(asyncio.run(promotion), as_json)


def rollback(
    name: Unit,
    force: Annotated[bool, typer.Option("--force", help="The candidate is dead: do not wait for it.")] = False,
    reason: Reason = "",
    dry_run: DryRun = False,
    config: ConfigFile = DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Let the primary serve a route or group again; leaves a hold."""
    with desk(config) as here:
        told(asyncio.run(here.rollback(name, reason=reason, who=operator(), force=force, dry_run=dry_run)), as_json)


def hold(name: Unit, reason: Reason, config: ConfigFile = DEFAULT) -> None:
    """Allow no promotion of a route or group until `release`."""
    with desk(config) as here:
        here.hold(name, reason=reason, who=operator())
    typer.echo(f"{name} is on hold", err=True)


def release(name: Unit, reason: Reason = "", config: ConfigFile = DEFAULT) -> None:
    """Clear the hold of a route or group."""
    with desk(config) as here:
        asyncio.run(here.release(name, reason=reason, who=operator()))
    typer.echo(f"{name} may be promoted again", err=True)


def freeze(reason: Reason, config: ConfigFile = DEFAULT) -> None:
    """Let nothing move forward until `unfreeze`; rollbacks go on."""
    with desk(config) as here:
        asyncio.run(here.freeze(reason=reason, who=operator()))
    typer.echo("all is frozen; rollbacks go on", err=True)


def unfreeze(reason: Reason = "", config: ConfigFile = DEFAULT) -> None:
    """Let routes and groups move forward again."""
    with desk(config) as here:
        asyncio.run(here.unfreeze(reason=reason, who=operator()))
    typer.echo("routes and groups may be promoted again", err=True)


def ledger(config: ConfigFile = DEFAULT, as_json: AsJson = False) -> None:
    """Print and verify the audit trail, newest first."""
    with desk(config) as here:
        entries = here.ledger(100_000)
    if as_json:
        print_json(entries)
    else:
        names = ("number", "at", "who", "action", "name", "from", "to", "reason")
        show(names, ([entry[name] for name in names] for entry in entries))


def told(moved: dict[str, Any], as_json: bool) -> None:
    """Say what a move did, or would do."""
    if as_json:
        print_json(moved)
        return
    if "dry_run" in moved:
        typer.echo(f"{moved['name']} would go from {moved['from']} to {moved['stage']}; nothing has changed", err=True)
        _told_plan(moved)
        return
    typer.echo(f"{moved['name']}: {moved['from']} to {moved['stage']}", err=True)
    if moved["note"]:
        typer.echo(moved["note"], err=True)


def _told_plan(moved: dict[str, Any]) -> None:
    for name, route in moved["routes"].items():
        reasons = [*route["reasons"], *route["waived"]]
        typer.echo(plain(f"{name}: {route['verdict']}" + (f" ({'; '.join(reasons)})" if reasons else "")))
    for lack in moved["lacking"]:
        typer.echo(f"{moved['from']}: {lack}")
    for number, step in enumerate(moved["steps"], 1):
        typer.echo(f"{number}. {step}")
