"""`shadow config`: the effective configuration, as a file would write it, passwords masked."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Any

import tomlkit
import typer

from shadow.cli.options import DEFAULT, AsJson, ConfigFile, configuration, print_json
from shadow.config import Accepted, Config, Group
from shadow.routes import Route
from shadow.units import Address, Daily

_PASSWORD = re.compile(r"(?<=//)([^/@:]+):[^/@]+(?=@)")


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command("config")(show)


def show(config: ConfigFile = DEFAULT, as_json: AsJson = False) -> None:
    """Print the effective configuration: the file, the environment and the defaults together."""
    value = effective(configuration(config))
    if as_json:
        print_json(value)
    else:
        typer.echo(tomlkit.dumps(value), nl=False)


def effective(config: Config) -> dict[str, Any]:
    """The configuration as plain values, in the shape of the file; a password in a URL is masked."""
    sections = ("listen", "primary", "candidate", "proxy", "recording", "mirror", "world", "store", "console")
    cutover = ("gate", "canary", "auto", "guard")
    twin = ("twin",) if config.twins else ()
    found: dict[str, Any] = {"sessions": config.sessions}
    found |= {name: _table(getattr(config, name)) for name in (*sections, *cutover, *twin, "parity")}
    found["parity"]["forced"] = dict(config.parity.forced)
    found["groups"] = {name: _table(group) for name, group in config.groups.items()}
    found["routes"] = [_route(route) for route in config.routes]
    found["rules"] = [_table(rule) for rule in config.rules]
    found["webhooks"] = [_table(hook) for hook in config.webhooks]
    return found


def _table(section: Any) -> dict[str, Any]:
    """A section's fields; what is not set is left out, durations and sizes stay seconds and bytes."""
    found = {}
    for item in dataclasses.fields(section):
        value = getattr(section, item.name)
        if value is None or (isinstance(section, Group) and item.name == "name"):
            continue
        found[item.name] = _plain(value)
    return found


def _route(route: Route) -> dict[str, Any]:
    found: dict[str, Any] = {"name": route.name, "methods": sorted(route.methods), "path": route.path}
    placed = {"group": route.group, "mirror": str(route.mirror), "stage": str(route.stage)}
    return {**found, **placed, "auto": route.auto}


def _plain(value: Any) -> Any:
    if isinstance(value, Address | Daily | Path):
        return str(value)
    if isinstance(value, Accepted):
        return _table(value)
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, str):
        return _PASSWORD.sub(r"\1:***", value)
    return value
