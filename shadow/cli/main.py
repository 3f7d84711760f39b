"""The `shadow` command: gathers the commands, one file each, and turns errors into one clear line and an exit code."""

from __future__ import annotations

import sys

import typer

from shadow import __version__, logs
from shadow.cli import (
    aliases,
    baseline,
    config,
    demo,
    doctor,
    findings,
    graduate,
    judge,
    moves,
    operators,
    parity,
    record,
    replay,
    report,
    resync,
    serve,
    state_diff,
    status,
)
from shadow.errors import ConfigError, NotFound, PromotionRefused, ShadowError

FINE, FINDINGS, WRONG = 0, 1, 2

app = typer.Typer(
    name="shadow",
    help="Serve from the legacy application, mirror to its port, compare, promote, take back.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
for commands in (
    serve,
    demo,
    status,
    moves,
    operators,
    graduate,
    findings,
    aliases,
    report,
    record,
    replay,
    judge,
    baseline,
    parity,
    state_diff,
    resync,
    config,
    doctor,
):
    commands.add_to(app)


@app.callback(invoke_without_command=True)
def _root(version: bool = typer.Option(False, "--version", help="Print the version and end.")) -> None:
    if version:
        typer.echo(__version__)
        raise typer.Exit


def main() -> None:
    """Run the command line; whatever is raised on purpose becomes a message and an exit code."""
    try:
        logs.configure()
        app()
    except (PromotionRefused, NotFound) as error:
        fail(error, FINDINGS)
    except ConfigError as error:
        for mistake in error.mistakes:
            print(mistake, file=sys.stderr)
        sys.exit(WRONG)
    except ShadowError as error:
        fail(error, WRONG)


def fail(error: ShadowError, code: int) -> None:
    """Say what was found and end with this code."""
    print(str(error), file=sys.stderr)
    sys.exit(code)
