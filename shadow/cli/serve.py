"""`shadow serve`, `proxy`, `mirror`, `console`: run all parts, or one.

`shadow.app` is imported when a part runs: the other commands need neither server nor comparer.
"""

from __future__ import annotations

import asyncio
import socket
import sys
from functools import partial
from typing import Annotated

import structlog
import typer

from shadow.cli.options import DEFAULT, ConfigFile, configuration
from shadow.config import Config
from shadow.doctor import silent
from shadow.errors import StoreError
from shadow.supervisor import Part, Supervisor, end_with_supervisor
from shadow.tasks import spawn, stop
from shadow.units import Address

_log = structlog.get_logger("shadow.serve")
Socket = Annotated[int, typer.Option("--fd", help="Listen on this inherited socket.", hidden=True)]
Name = Annotated[str, typer.Option("--name", help="What the process is called in recording and store.", hidden=True)]
Child = Annotated[bool, typer.Option("--child", help="End when standard input does.", hidden=True)]


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    for command in (serve, proxy, mirror, console):
        app.command()(command)


def serve(config: ConfigFile = DEFAULT) -> None:
    """Run proxy, mirror and console, each in a process of its own, and restart what dies."""
    from shadow import app as parts

    settings = configuration(config)
    _prepare(settings)
    front = parts.bind(settings.listen.proxy, "listen.proxy")
    back = parts.bind(settings.listen.console, "listen.console")
    where = ("--child", "--config", str(config.resolve()))
    children = [
        Part(f"proxy {number}", ("proxy", *where, "--fd", str(front.fileno())), (front.fileno(),), named=True)
        for number in range(1, settings.listen.workers + 1)
    ]
    children.append(Part("mirror", ("mirror", *where)))
    children.append(Part("console", ("console", *where, "--fd", str(back.fileno())), (back.fileno(),)))
    typer.echo(f"proxy   http://{settings.listen.proxy}", err=True)
    # The link holds the token: a terminal may show it, a log may not.
    address = f"http://{settings.listen.console}/login?token=… (the token is in {settings.console.token_file})"
    link = parts.console_url(settings) if sys.stderr.isatty() else address
    typer.echo(f"console {link}", err=True)
    asyncio.run(_supervise(settings, Supervisor(children, died=partial(parts.say_goodbye, settings))))


async def _supervise(settings: Config, supervisor: Supervisor) -> None:
    """Run the parts, and meanwhile say which upstreams are not there: nothing waits for them."""
    telling = spawn(tell_silent(settings), name="silent upstreams")
    await supervisor.run()
    await stop(telling)


async def tell_silent(settings: Config) -> None:
    """One line of the log for each upstream that takes no connection at the start."""
    for name, url in await silent(settings):
        _log.warning("serve.upstream_silent", upstream=name, url=url, next="shadow doctor")


def proxy(config: ConfigFile = DEFAULT, fd: Socket = -1, child: Child = False, name: Name = "") -> None:
    """Serve clients; record what passes."""
    from shadow import app as parts

    if child:
        end_with_supervisor()
    settings = configuration(config)
    if fd < 0:
        _prepare(settings)
    parts.run_proxy(settings, _socket(fd, settings.listen.proxy, "listen.proxy"), name)


def mirror(config: ConfigFile = DEFAULT, child: Child = False) -> None:
    """Send copies of what the recording holds, compare, write down the outcomes."""
    from shadow import app as parts

    if child:
        end_with_supervisor()
    settings = configuration(config)
    parts.preflight(settings)
    parts.run_mirror(settings)


def console(config: ConfigFile = DEFAULT, fd: Socket = -1, child: Child = False) -> None:
    """Serve the console and its API."""
    from shadow import app as parts

    if child:
        end_with_supervisor()
    settings = configuration(config)
    parts.run_console(settings, _socket(fd, settings.listen.console, "listen.console"))


def _prepare(settings: Config) -> None:
    """Make what is missing and raise what cannot be done without. A store can: clients are served from the primary."""
    from shadow import app as parts

    parts.check_files(settings)
    try:
        parts.check_store(settings)
    except StoreError as error:
        typer.echo(f"{error}\nUntil then the proxy serves everything from the primary; nothing else starts.", err=True)


def _socket(fd: int, address: Address, name: str) -> socket.socket:
    from shadow.app import bind

    return bind(address, name) if fd < 0 else socket.socket(fileno=fd)
