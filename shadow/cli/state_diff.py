"""`shadow state-diff`: do two databases hold the same, up to renaming?"""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Annotated, Any

import typer

from shadow.cli.options import AsJson, print_json
from shadow.cli.tables import show
from shadow.errors import ConfigError
from shadow.report.harmless import plain
from shadow.state.diff import StateDiff, state_diff
from shadow.units import seconds

Url = Annotated[str, typer.Argument(metavar="MONGO_URL", help="mongodb://HOST/DATABASE")]


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command("state-diff")(compare)


def compare(
    primary: Url,
    candidate: Url,
    ignore: Annotated[
        list[str] | None,
        typer.Option(help="A place that may differ: COLLECTION or COLLECTION.key[*].other; may be repeated."),
    ] = None,
    name: Annotated[
        list[str] | None,
        typer.Option(help="A place that names something, whatever it looks like: COLLECTION.key; may be repeated."),
    ] = None,
    apart: Annotated[
        str, typer.Option(metavar="TIME", help="How long after the other a date or time may have been written.")
    ] = "0 s",
    as_json: AsJson = False,
) -> None:
    """Compare two databases up to a one-to-one renaming of ids; both must be at rest.

    Exit code 0: they hold the same. 1: they differ. 2: wrong use, or a database that does not answer.
    """
    # The other commands need no database driver.
    from shadow.state.mongo import open_mongo

    try:
        lag = seconds(apart)
    except ValueError as error:
        raise ConfigError([f"--apart: {error}"]) from None
    with open_mongo(primary) as ours, open_mongo(candidate) as theirs:
        found = state_diff(ours, theirs, today=date.today(), ignore=ignore or (), named=name or (), apart=lag)
    if as_json:
        print_json(as_data(found))
    else:
        print_text(found)
    raise typer.Exit(0 if found.equal else 1)


def as_data(found: StateDiff) -> dict[str, Any]:
    """The result for another program."""
    names = ("place", "kind", "primary", "candidate")
    return {
        "equal": found.equal,
        "renamed": found.renamed,
        "collections": {name: asdict(counts) for name, counts in found.collections.items()},
        "differences": [{name: getattr(one, name) for name in names} for one in found.differences],
    }


def print_text(found: StateDiff) -> None:
    """The result for a person: every difference, then the collections."""
    for one in found.differences:
        typer.echo(plain(f"{one.kind} at {one.place}\n  primary    {one.primary}\n  candidate  {one.candidate}"))
    total = sum(counts.differences for counts in found.collections.values())
    if total > len(found.differences):
        typer.echo(f"and {total - len(found.differences)} more")
    head = ("collection", "primary", "candidate", "differences", "times", "ignored")
    show(head, ((name, *asdict(counts).values()) for name, counts in found.collections.items()))
    typer.echo(f"{'equal' if found.equal else 'different'}, {found.renamed} ids renamed", err=True)
