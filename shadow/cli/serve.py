"""`shadow serve`, `proxy`, `mirror`, `console`: run all parts, or one."""

from __future__ import annotations

import asyncio
import socket
from typing import Annotated

import typer

from shadow import app as parts
from shadow.cli.options import DEFAULT, ConfigFile, configuration
from shadow.supervisor import Part, Supervisor
from shadow.units import Address

Socket = Annotated[int, typer.Option("--fd", help="Listen on this inherited socket.", hidden=True)]


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    for command in (serve, proxy, mirror, console):
        app.command()(command)


def serve(config: ConfigFile = DEFAULT) -> None:
    """Run proxy, mirror and console, each in a process of its own, and restart what dies."""
    settings = configuration(config)
    parts.preflight(settings)
    front = parts.bind(settings.listen.proxy, "listen.proxy")
    back = parts.bind(settings.listen.console, "listen.console")
    where = ("--config", str(config.resolve()))
    children = [
        Part(f"proxy {number}", ("proxy", *where, "--fd", str(front.fileno())), (front.fileno(),))
        for number in range(1, settings.listen.workers + 1)
    ]
    children.append(Part("mirror", ("mirror", *where)))
    children.append(Part("console", ("console", *where, "--fd", str(back.fileno())), (back.fileno(),)))
    typer.echo(f"proxy   http://{settings.listen.proxy}", err=True)
    typer.echo(f"console {parts.console_url(settings)}", err=True)
    asyncio.run(Supervisor(children).run())


def proxy(config: ConfigFile = DEFAULT, fd: Socket = -1) -> None:
    """Serve clients; record what passes."""
    settings = configuration(config)
    if fd < 0:
        parts.preflight(settings)
    parts.run_proxy(settings, _socket(fd, settings.listen.proxy, "listen.proxy"))


def mirror(config: ConfigFile = DEFAULT) -> None:
    """Send copies of what the recording holds, compare, write down the outcomes."""
    settings = configuration(config)
    parts.preflight(settings)
    parts.run_mirror(settings)


def console(config: ConfigFile = DEFAULT, fd: Socket = -1) -> None:
    """Serve the console and its API."""
    settings = configuration(config)
    parts.run_console(settings, _socket(fd, settings.listen.console, "listen.console"))


def _socket(fd: int, address: Address, name: str) -> socket.socket:
    return parts.bind(address, name) if fd < 0 else socket.socket(fileno=fd)
