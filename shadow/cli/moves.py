"""`shadow promote`, `rollback`, `hold`, `release`, `ledger`: moves, and the trail they leave."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from shadow.cli.options import DEFAULT, AsJson, ConfigFile, desk, operator, print_json
from shadow.cli.tables import show
from shadow.errors import NotFound
from shadow.report.harmless import plain
from shadow.store import open_store
from shadow.store.base import Store

Unit = Annotated[str, typer.Argument(metavar="ROUTE_OR_GROUP")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and change nothing.")]
WithReplay = Annotated[
    Path | None,
    typer.Option("--with-replay", metavar="FILE", help="Top up rare shapes from the results of `replay --store FILE`."),
]
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
    with_replay: WithReplay = None,
    dry_run: DryRun = False,
    config: ConfigFile = DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Let the candidate serve a route or group, or a share of its clients, if the gate is ready."""
    with desk(config) as here, _replayed(with_replay) as replay:
        promotion = here.promote(
            name, to=to, force=force, reason=reason, who=operator(), dry_run=dry_run, replay=replay
        )
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


def ledger(
    verify: Annotated[str, typer.Option(metavar="DIGEST", help="Check that the entry of this digest is there.")] = "",
    config: ConfigFile = DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Print and verify the audit trail, newest first; the last digest proves later that nothing was removed."""
    with desk(config) as here:
        entries = here.ledger(100_000, verify)
    if as_json:
        print_json(entries)
    else:
        names = ("number", "at", "who", "action", "name", "from", "to", "reason")
        show(names, ([entry[name] for name in names] for entry in entries))
    if entries:
        typer.echo(f"{len(entries)} entries, as they were written; the last digest is {entries[0]['digest']}", err=True)


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


@contextmanager
def _replayed(file: Path | None) -> Iterator[Store | None]:
    """The results of a replay; opening a store would make a file that is not there."""
    if file is None:
        yield None
        return
    if not file.is_file():
        raise NotFound(f"--with-replay {file}: no such file. Next: shadow replay RECORDING --store {file}")
    store = open_store(f"sqlite:///{file.resolve()}")
    try:
        yield store
    finally:
        store.close()


def _told_plan(moved: dict[str, Any]) -> None:
    for name, route in moved["routes"].items():
        reasons = [*route["reasons"], *route["waived"], *route["replayed"]]
        typer.echo(plain(f"{name}: {route['verdict']}" + (f" ({'; '.join(reasons)})" if reasons else "")))
    for lack in moved["lacking"]:
        typer.echo(f"{moved['from']}: {lack}")
    for number, step in enumerate(moved["steps"], 1):
        typer.echo(f"{number}. {step}")
