"""`shadow doctor`: is everything reachable and sane?"""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from datetime import date

import typer

from shadow import doctor
from shadow.cli.options import DEFAULT, AsJson, ConfigFile, configuration, print_json
from shadow.config import Config
from shadow.console.token import token
from shadow.doctor import Check
from shadow.report.harmless import plain


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command("doctor")(examine)


def examine(config: ConfigFile = DEFAULT, as_json: AsJson = False) -> None:
    """Look at the upstreams, the recording, the key, the store and the rules; make and change nothing."""
    checks = checks_of(configuration(config))
    if as_json:
        print_json([asdict(check) for check in checks])
    else:
        for check in checks:
            typer.echo(f"{'fine' if check.fine else 'look'}  {check.name}: {plain(check.told)}")
    raise typer.Exit(0 if all(check.fine for check in checks) else 1)


def checks_of(config: Config) -> list[Check]:
    """Everything that is looked at, in the order in which it is needed."""
    return [
        doctor.worlds(config),
        *asyncio.run(doctor.upstreams(config)),
        *doctor.rules(config, date.today()),
        doctor.recording(config),
        doctor.key(config),
        console_token(config),
        *doctor.secrets(config),
        doctor.store(config),
    ]


def console_token(config: Config) -> Check:
    """Is the console's token there, and long enough?"""
    file = config.console.token_file
    if not file.exists():
        return doctor.to_come("console token", file)

    def look() -> str:
        token(file)
        return f"{file} can be read"

    return doctor.checked("console token", look)
