"""`shadow aliases`: what the two worlds call one thing, as the mirror has learned it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Annotated, Any

import typer

from shadow.cli.options import DEFAULT, AsJson, ConfigFile, configuration, print_json
from shadow.cli.results import sealer_of
from shadow.cli.tables import show
from shadow.compare.identifiers import CLIENT_KINDS
from shadow.errors import NotFound
from shadow.recording.seal import Sealer
from shadow.recording.tokens import mask
from shadow.report.harmless import plain
from shadow.store import open_store
from shadow.store.values import KnownAlias

_KINDS = {
    "number": "a number that a sequence handed out: in the series that stands before it",
    "declared": "by an `alias` rule of shadow.toml: the latest pair counts",
    "cookie": "the value of a cookie: the client's own, the latest pair counts",
    "etag": "an entity tag: names one state of one page",
}


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command("aliases")(aliases)


def aliases(
    name: Annotated[
        str, typer.Argument(metavar="[NAME]", help="A name in either world: explain those that have it.")
    ] = "",
    config: ConfigFile = DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Show what the live and the shadow world call the same things; secrets are masked.

    Exit code 1: a name was given and nothing is known by it.
    """
    settings = configuration(config)
    sealer = sealer_of(settings)
    store = open_store(settings.store.url)
    try:
        known = [_opened(one, sealer) for one in store.aliases()]
    finally:
        store.close()
    found = [one for one in known if not name or _is_called(one, name)]
    if name and not found:
        raise NotFound(f"nothing is known by the name {name!r}, in neither world. Next: shadow aliases lists what is")
    rows = [as_data(one, sealer) for one in found]
    if as_json:
        print_json(rows)
    elif name:
        _explain(rows)
    else:
        columns = ("kind", "scope", "live", "shadow", "route", "last")
        show(columns, ([row[column] for column in columns] for row in rows))
        renamed = sum(1 for one in found if one.live != one.shadow)
        typer.echo(f"{len(found)} names, {renamed} of them differ between the worlds", err=True)


def as_data(alias: KnownAlias, sealer: Sealer) -> dict[str, Any]:
    """One renaming as plain values, masked where it is a secret."""
    shown = _masked(alias, sealer) if alias.kind in CLIENT_KINDS else alias
    return {
        "kind": alias.kind,
        "scope": mask(alias.scope) or "world",
        "live": shown.live,
        "shadow": shown.shadow,
        "route": alias.route,
        "first": alias.first,
        "last": alias.last,
    }


def _opened(alias: KnownAlias, sealer: Sealer) -> KnownAlias:
    return replace(alias, live=sealer.open_text(alias.live), shadow=sealer.open_text(alias.shadow))


def _masked(alias: KnownAlias, sealer: Sealer) -> KnownAlias:
    # As reports show them: equal secrets look equal.
    return replace(alias, live=mask(sealer.seal_text(alias.live)), shadow=mask(sealer.seal_text(alias.shadow)))


def _is_called(alias: KnownAlias, name: str) -> bool:
    """True for its whole name, or the number of one in a series."""
    names = (alias.live, alias.shadow)
    return name in names or (alias.kind == "number" and name in [one.rpartition(" ")[2] for one in names])


def _explain(rows: Iterable[dict[str, Any]]) -> None:
    for row in rows:
        whose = "everybody" if row["scope"] == "world" else f"the client {row['scope']}"
        typer.echo(plain(f"live    {row['live']}\nshadow  {row['shadow']}"))
        typer.echo(f"  kind {row['kind']}: {_KINDS.get(row['kind'], 'known by its form')}; for {whose}")
        typer.echo(plain(f"  learned on route {row['route'] or 'unknown'}, in exchange {row['first'] or 'unknown'}"))
        typer.echo(f"  used lately in exchange {row['last'] or 'unknown'}")
