"""`shadow parity`: what can be compared of the two applications without traffic."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import tomlkit
import typer

from shadow.cli.options import DEFAULT, AsJson, ConfigFile, configuration, print_json
from shadow.cli.tables import show
from shadow.config import Config
from shadow.config_values import dotted
from shadow.errors import ConfigError
from shadow.report.harmless import plain

if TYPE_CHECKING:
    from shadow.parity.result import Result, Unequal

Strict = Annotated[bool, typer.Option("--strict", help="Exit code 1 unless everything is equal or signed off.")]
Primary = Annotated[
    str, typer.Option(metavar="MODULE:NAME", help="The Pyramid application, instead of the configured.")
]
Candidate = Annotated[
    str, typer.Option(metavar="MODULE:NAME", help="The FastAPI application, instead of the configured.")
]
parity = typer.Typer(help="Compare the two applications themselves: routes, source, templates.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.add_typer(parity, name="parity")


@parity.command()
def routes(
    config: ConfigFile = DEFAULT,
    strict: Strict = False,
    as_json: AsJson = False,
    primary: Primary = "",
    candidate: Candidate = "",
) -> None:
    """Paths, methods and order of both route tables."""
    _check(["routes"], _configured(config, primary, candidate), strict, as_json)


@parity.command()
def ast(
    config: ConfigFile = DEFAULT,
    strict: Strict = False,
    as_json: AsJson = False,
    primary: Primary = "",
    candidate: Candidate = "",
) -> None:
    """Each endpoint's source beside that of its port, without what the port was forced to change."""
    _check(["ast"], _configured(config, primary, candidate), strict, as_json)


@parity.command()
def html(
    config: ConfigFile = DEFAULT,
    strict: Strict = False,
    as_json: AsJson = False,
    primary: Primary = "",
    candidate: Candidate = "",
) -> None:
    """Each pair of templates, rendered from the same contexts."""
    _check(["html"], _configured(config, primary, candidate), strict, as_json)


@parity.command()
def metadata(
    config: ConfigFile = DEFAULT,
    strict: Strict = False,
    as_json: AsJson = False,
    primary: Primary = "",
    candidate: Candidate = "",
) -> None:
    """Status, template and names of the context of each page, for the same requests."""
    _check(["metadata"], _configured(config, primary, candidate), strict, as_json)


@parity.command("all")
def everything(
    config: ConfigFile = DEFAULT,
    strict: Strict = False,
    as_json: AsJson = False,
    primary: Primary = "",
    candidate: Candidate = "",
) -> None:
    """All four, and a table of what came of them."""
    _check(["routes", "ast", "html", "metadata"], _configured(config, primary, candidate), strict, as_json)


def _configured(path: Path, primary: str, candidate: str) -> Config:
    """The configuration with what the command line names instead."""
    config = configuration(path)
    for name, value in (("primary", primary), ("candidate", candidate)):
        try:
            value and dotted(value)
        except ValueError as error:
            raise ConfigError([f"--{name}: {error}"]) from None
    settings = config.parity
    named = dataclasses.replace(
        settings, primary=primary or settings.primary, candidate=candidate or settings.candidate
    )
    return dataclasses.replace(config, parity=named)


def _check(checks: Sequence[str], config: Config, strict: bool, as_json: bool) -> None:
    # The frameworks are no part of the harness: only these commands need them.
    from shadow.parity.result import Check
    from shadow.parity.run import run

    results = run([Check(name) for name in checks], config, date.today())
    if as_json:
        print_json(as_data(results))
    else:
        for result in results:
            _print(result, rows=len(results) == 1)
        _summary(results)
    raise typer.Exit(1 if strict and not all(result.clean for result in results) else 0)


def as_data(results: Sequence[Result]) -> dict[str, Any]:
    """The results for another program."""
    return {"clean": all(result.clean for result in results), "checks": {str(one.check): _data(one) for one in results}}


def _data(result: Result) -> dict[str, Any]:
    return {
        "clean": result.clean,
        "compared": [dataclasses.asdict(row) for row in result.rows],
        "open": [_told(one) for one in result.open],
        "accepted": [{**_told(one), "reason": reason} for one, reason in result.accepted],
        "stale": [dataclasses.asdict(one) for one in result.stale],
    }


def _told(one: Unequal) -> dict[str, Any]:
    return {"subject": one.subject, "digest": one.digest, "lines": list(one.lines)}


def _print(result: Result, *, rows: bool) -> None:
    """What is open, each with the table that signs it off; all that was compared when asked for one check."""
    if rows:
        show(("compared", "primary", "candidate", "said"), (dataclasses.astuple(row) for row in result.rows))
    for one in result.open:
        typer.echo(plain(f"\n{result.check} {one.subject}"))
        typer.echo("\n".join(plain(f"    {line}") for line in one.lines))
        typer.echo(plain(_sign_off(one)))
    for stale in result.stale:
        typer.echo(
            plain(f"\n{result.check} {stale.subject}: signed off as {stale.digest}, which is not there (any more)")
        )


def _sign_off(one: Unequal) -> str:
    """The table to copy into the configuration; it takes effect once it has a reason."""
    table = {"check": str(one.check), "subject": one.subject, "digest": one.digest, "reason": ""}
    return "[[parity.accepted]]\n" + tomlkit.dumps(table).rstrip()


def _summary(results: Sequence[Result]) -> None:
    typer.echo("")
    head = ("check", "compared", "differ", "signed off", "stale", "said")
    show(head, ((r.check, len(r.rows), len(r.open), len(r.accepted), len(r.stale), _said(r)) for r in results))


def _said(result: Result) -> str:
    return "clean" if result.clean else "open"
