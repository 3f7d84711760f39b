"""`shadow operators`: give somebody a console token of their own, so that the ledger names them."""

from __future__ import annotations

from typing import Annotated

import typer

from shadow.cli.options import DEFAULT, AsJson, ConfigFile, configuration, print_json
from shadow.cli.tables import show
from shadow.console.operators import add, folder_of, remove, since
from shadow.report.build import iso

Name = Annotated[str, typer.Argument(metavar="NAME")]
operators = typer.Typer(help="Give people console tokens of their own, or take them away.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.add_typer(operators, name="operators")


@operators.command("add")
def add_operator(name: Name, config: ConfigFile = DEFAULT) -> None:
    """Print a new token for NAME; it is shown this once only."""
    settings = configuration(config)
    token = add(folder_of(settings.console.token_file), name)
    typer.echo(token)
    typer.echo(f"{name} signs in at http://{settings.listen.console}/login?token=TOKEN", err=True)


@operators.command("list")
def list_operators(config: ConfigFile = DEFAULT, as_json: AsJson = False) -> None:
    """The names that have a token, and since when."""
    found = since(folder_of(configuration(config).console.token_file))
    rows = [{"name": name, "since": iso(at)} for name, at in found.items()]
    if as_json:
        print_json(rows)
    else:
        show(("name", "since"), ([*row.values()] for row in rows))


@operators.command("remove")
def remove_operator(name: Name, config: ConfigFile = DEFAULT) -> None:
    """Let NAME's token and open pages show nothing any more, from the next request on."""
    remove(folder_of(configuration(config).console.token_file), name)
    typer.echo(f"{name} is shut out", err=True)
