"""What every command has in common: `--config`, `--json`, and how a configuration is loaded."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from shadow.config import Config
from shadow.config_file import load

ConfigFile = Annotated[Path, typer.Option("--config", help="The configuration file.", metavar="FILE")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the data as JSON.")]
DEFAULT = Path("shadow.toml")


def configuration(path: Path) -> Config:
    """The effective configuration of a command; raises ConfigError with every mistake."""
    return load(path, os.environ)


def print_json(value: Any) -> None:
    """Data for another program, on stdout."""
    typer.echo(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode())
