"""`shadow demo`: the whole cutover on this machine, on an embedded database."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(demo)


def demo(
    once: Annotated[bool, typer.Option("--once", help="End when everything is promoted.")] = False,
    output: Annotated[Path, typer.Option("-o", "--output", help="Where the report goes.")] = Path("reports/demo"),
) -> None:
    """Run both applications in both worlds, clients, a faulty build, its repair, the promotions, and report.

    Exit code 0 only if no client request failed, every fault was found, nothing else was reported, every route was
    promoted and the counts balance.
    """
    # The applications are no part of the harness: only this command needs them.
    from demo.run import run

    raise typer.Exit(run(once=once, output=output))
