"""`shadow record`: export, import, redact and index a recording."""

from __future__ import annotations

import gzip
import sys
import zlib
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Annotated

import orjson
import typer

from shadow.cli.options import DEFAULT, AsJson, ConfigFile, configuration, print_json
from shadow.cli.results import sealer_of
from shadow.cli.tables import show
from shadow.config import Config
from shadow.errors import ConfigError, RecordingError, StartError
from shadow.exchange import Exchange, Request
from shadow.proxy.client_key import ClientKeys
from shadow.recording import gor, har_in, imported
from shadow.recording.copies import Copies
from shadow.recording.har import har
from shadow.recording.imported import Identify, Owner
from shadow.recording.index import find, rebuild
from shadow.recording.reader import scan
from shadow.recording.redact import redact as redact_folder
from shadow.recording.seal import Sealer
from shadow.recording.snippets import curl, pytest_file
from shadow.report.harmless import plain

Folder = Annotated[Path, typer.Argument(metavar="RECORDING", help="The folder of the segments.")]
_FORMATS = ("har", "gor", "curl", "pytest")
_IMPORTS = {"har": har_in.read, "gor": gor.read}
record = typer.Typer(help="Export, import, redact and index a recording.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.add_typer(record, name="record")


@record.command()
def export(
    recording: Folder,
    form: Annotated[str, typer.Option("--format", help="har, gor, curl or pytest.")] = "har",
    exchange: Annotated[str, typer.Option(help="Only the exchange of this id.")] = "",
    limit: Annotated[int, typer.Option(help="At most so many exchanges.")] = 1000,
    base: Annotated[str, typer.Option(help="Where curl and pytest send to.")] = "http://127.0.0.1:8080",
    reveal: Annotated[
        bool, typer.Option("--reveal", help="Open the seals, with the key of the configuration.")
    ] = False,
    config: ConfigFile = DEFAULT,
) -> None:
    """Print exchanges as HAR, GoReplay file, curl commands or a pytest file; secrets stay sealed unless revealed."""
    if form not in _FORMATS:
        raise ConfigError([f"--format {form!r} is unknown ({', '.join(_FORMATS)})"])
    sealer = sealer_of(configuration(config)) if reveal else None
    found = [find(recording, exchange, sealer)] if exchange else list(islice(_exchanges(recording, sealer), limit))
    if form in ("har", "gor"):
        with closing(Copies(recording, sealer)) as copies:
            _print_pairs(form, [(one, copies.of(one.id)) for one in found])
    elif form == "curl":
        typer.echo("\n".join(curl(one.request, base) for one in found))
    else:
        typer.echo(pytest_file(found, base))


@record.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A HAR or GoReplay file; .gz is unpacked.")],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="A folder that is not there yet.")],
    form: Annotated[str, typer.Option("--format", help="har or gor; without it, by the file's name.")] = "",
    config: ConfigFile = DEFAULT,
) -> None:
    """Make a recording of another tool's file, sealed; it can be replayed like any other."""
    settings = configuration(config)
    suffixes = [suffix.removeprefix(".") for suffix in file.suffixes if suffix != ".gz"]
    read = _IMPORTS.get(form or (suffixes[-1] if suffixes else ""))
    if read is None:
        raise ConfigError([f"{file}: is it HAR or GoReplay? Next: --format {' or --format '.join(_IMPORTS)}"])
    sealer = sealer_of(settings)
    found = read(_content(file), _identify(settings, sealer))
    for reason, count in found.left_out.items():
        typer.echo(f"left out: {count} ({reason})", err=True)
    if not found.exchanges:
        raise RecordingError(f"{file}: no exchange is in it; check the file and --format")
    imported.write(out, found, sealer)
    typer.echo(f"{len(found.exchanges)} exchanges, {len(found.copies)} mirrored answers in {out}", err=True)


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


def _exchanges(recording: Path, sealer: Sealer | None) -> Iterator[Exchange]:
    """The exchanges in order; where the recording is damaged is told at the end."""
    scanned = scan(recording, sealer)
    yield from (one for one in scanned if isinstance(one, Exchange))
    for one in scanned.breaks:
        typer.echo(plain(str(one)), err=True)


def _print_pairs(form: str, pairs: list[tuple[Exchange, Exchange | None]]) -> None:
    if form == "har":
        typer.echo(orjson.dumps(har(pairs), option=orjson.OPT_INDENT_2).decode())
        return
    sys.stdout.flush()
    for payload in gor.export(pairs):
        sys.stdout.buffer.write(payload)


def _content(file: Path) -> bytes:
    try:
        data = file.read_bytes()
        return gzip.decompress(data) if file.suffix == ".gz" else data
    except (OSError, EOFError, zlib.error) as error:
        raise RecordingError(f"{file}: cannot be read ({error}); check the path") from None


def _identify(config: Config, sealer: Sealer) -> Identify:
    """Routes by the configuration, clients as the proxy tells them apart."""
    keys = ClientKeys(config.proxy.client_key, sealer.salt, trusted_hops=config.proxy.trusted_hops)

    def identify(request: Request) -> Owner:
        route = config.routes.match(request.method, request.path)
        return Owner(route.name, route.unit, keys.key_of(request))

    return identify
