"""`shadow resync`: clone the live world into the shadow world anew, and begin new evidence."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from shadow.cli.options import DEFAULT, AsJson, ConfigFile, configuration, operator, print_json
from shadow.store import open_store


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command("resync")(resync)


def resync(
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask: the shadow database is replaced.")] = False,
    config: ConfigFile = DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Replace the shadow database by a clone of the live one while requests are held; evidence begins anew.

    Exit code 0: done. 2: it could not be done; what became of the shadow world is told.
    """
    # Only here: pymongo takes its time to load, and no other command of an operator needs it.
    from shadow.cutover.resync import Resync

    settings = configuration(config)
    store = open_store(settings.store.url)
    try:
        work = Resync(settings, store, who=operator())
        if not yes:
            typer.confirm(
                f"Replace the shadow database, and hold all requests for up to {settings.world.hold:g} s?", abort=True
            )
        done = asyncio.run(work.run())
    finally:
        store.close()
    if as_json:
        print_json({"world": done.world.number, "held": round(done.held, 3), "copied": dict(done.copied)})
        return
    documents = f", {sum(done.copied.values())} documents" if done.copied else ""
    typer.echo(f"world {done.world.number}{documents}; requests were held for {done.held:.1f} s", err=True)
