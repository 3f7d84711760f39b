"""`shadow record`: export, redact and index a recording."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Annotated

import orjson
import typer

from shadow.cli.options import AsJson, print_json
from shadow.cli.tables import show
from shadow.errors import ConfigError, RecordingError, StartError
from shadow.exchange import Exchange
from shadow.recording.har import har
from shadow.recording.index import find, rebuild
from shadow.recording.reader import scan
from shadow.recording.redact import redact as redact_folder
from shadow.recording.snippets import curl, pytest_snippet

Folder = Annotated[Path, typer.Argument(metavar="RECORDING", help="The folder of the segments.")]
_FORMATS = ("har", "curl", "pytest")
record = typer.Typer(help="Export, redact and index a recording.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.add_typer(record, name="record")


@record.command()
def export(
    recording: Folder,
    form: Annotated[str, typer.Option("--format", help="har, curl or pytest.")] = "har",
    exchange: Annotated[str, typer.Option(help="Only the exchange of this id.")] = "",
    limit: Annotated[int, typer.Option(help="At most so many exchanges.")] = 1000,
    base: Annotated[str, typer.Option(help="Where curl and pytest send to.")] = "http://127.0.0.1:8080",
) -> None:
    """Print exchanges as HAR, curl commands or a pytest file; secrets stay sealed."""
    if form not in _FORMATS:
        raise ConfigError([f"--format {form!r} is unknown ({', '.join(_FORMATS)})"])
    found = [find(recording, exchange)] if exchange else list(islice(_exchanges(recording), limit))
    if form == "har":
        typer.echo(orjson.dumps(har(found), option=orjson.OPT_INDENT_2).decode())
    elif form == "curl":
        typer.echo("\n".join(curl(one.request, base) for one in found))
    else:
        typer.echo("\n\n".join(pytest_snippet(one, base) for one in found))


@record.command()
def redact(
    recording: Folder, out: Annotated[Path, typer.Argument(metavar="OUT", help="A folder that is not there yet.")]
) -> None:
    """Copy a recording without its seals: what was secret is gone for good."""
    if out.exists():
        raise StartError(f"{out}: is there already. Next: name a folder that is not")
    typer.echo(f"{redact_folder(recording, out)} records in {out}", err=True)


@record.command()
def index(recording: Folder, as_json: AsJson = False) -> None:
    """Write the index of every finished segment anew."""
    if not recording.is_dir():
        raise RecordingError(f"{recording}: no such folder; check the path")
    rows = [{"first": one.first, "last": one.last, "records": sum(one.counts.values())} for one in rebuild(recording)]
    if as_json:
        print_json(rows)
    else:
        show(("first", "last", "records"), ([row["first"], row["last"], row["records"]] for row in rows))


def _exchanges(recording: Path) -> Iterator[Exchange]:
    return (one for one in scan(recording) if isinstance(one, Exchange))
