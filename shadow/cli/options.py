"""What every command has in common: `--config`, `--json`, and how a configuration, a store and the desk are opened."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from shadow.compare.rules import compile_rules
from shadow.config import Config
from shadow.config_file import load
from shadow.desk import StoreDesk
from shadow.store import open_store

ConfigFile = Annotated[Path, typer.Option("--config", help="The configuration file.", metavar="FILE")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the data as JSON.")]
DEFAULT = Path("shadow.toml")


def configuration(path: Path) -> Config:
    """The effective configuration of a command; raises ConfigError with every mistake.

    Rules are tried too, expired ones as well: who renews one wants it to work.
    """
    config = load(path, os.environ)
    compile_rules(config.rules, date.min)
    return config


@contextmanager
def desk(path: Path) -> Iterator[StoreDesk]:
    """The operator's desk on the configured store."""
    config = configuration(path)
    store = open_store(config.store.url)
    try:
        store.register(config.routes)
        yield StoreDesk(config, store)
    finally:
        store.close()


def operator() -> str:
    """Who gives the command, for the ledger; by number where the user has no name, as in many containers."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):  # KeyError before Python 3.13
        name = f"uid:{os.getuid()}"
    return f"{name}@cli"


def print_json(value: Any) -> None:
    """Data for another program, on stdout."""
    typer.echo(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode())
