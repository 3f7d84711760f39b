"""`shadow graduate`: is the cutover over, and if so the files that take the harness out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from shadow.cli.options import DEFAULT, AsJson, ConfigFile, configuration, print_json
from shadow.config import Config
from shadow.desk import StoreDesk
from shadow.leaving.bypass import Bypass, bypass
from shadow.leaving.files import files, write
from shadow.leaving.lacks import Survey, general_lacks, lacks, survey, unit_lacks
from shadow.report.harmless import plain
from shadow.store import open_store

_NOTHING = Bypass((), {})


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(graduate)


def graduate(
    partial: Annotated[bool, typer.Option("--partial", help="Let the routes that are done go past the proxy.")] = False,
    folder: Annotated[Path, typer.Option("-o", "--output", metavar="DIR", help="Where the files go.")] = Path(
        "graduate"
    ),
    config: ConfigFile = DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Check that everything is promoted and quiet, and write what puts the candidate behind the balancer.

    Exit code 1 and no files while something is in the way; each lack is told with the next step.
    """
    settings = configuration(config)
    seen = _survey(settings)
    found, past = _some(seen, settings) if partial else (lacks(seen, settings), None)
    fine = bool(past.routes) if past is not None else not found
    written = write(folder, _texts(settings, past, seen)) if fine else []
    _tell(found, past or _NOTHING, written, fine=fine, as_json=as_json)
    raise typer.Exit(0 if fine else 1)


def _survey(config: Config) -> Survey:
    store = open_store(config.store.url)
    try:
        store.register(config.routes)
        return survey(store, StoreDesk(config, store).pending())
    finally:
        store.close()


def _some(seen: Survey, config: Config) -> tuple[list[str], Bypass]:
    """What keeps the other units from it, and the map for those that are done."""
    general = list(general_lacks(seen, config))
    found = {unit: unit_lacks(unit, seen, config) for unit in config.routes.units()}
    done = [unit for unit, lacking in found.items() if not (general or lacking)]
    return [*general, *(lack for lacking in found.values() for lack in lacking)], bypass(config, done)


def _texts(config: Config, past: Bypass | None, seen: Survey) -> dict[str, str]:
    # It knows every part, servers too: only where it is needed.
    from shadow.app import hook_paths

    return files(config, hook_paths(config), past=past, unmatched=seen.unmatched)


def _tell(lacking: list[str], past: Bypass, written: list[str], *, fine: bool, as_json: bool) -> None:
    if as_json:
        told: dict[str, Any] = {"ready": fine, "lacks": lacking, "files": written}
        print_json({**told, "bypass": list(past.routes), "left": dict(past.left)})
        return
    for name in past.routes:
        typer.echo(f"past the harness: {name}")
    for name, why in past.left.items():
        typer.echo(plain(f"left to the harness: {name}: {why}"))
    for lack in lacking:
        typer.echo(plain(lack))
    for path in written:
        typer.echo(f"wrote {path}", err=True)
    if not fine:
        typer.echo("not yet; nothing was written", err=True)
