"""`shadow replay`: send a recording's requests again and compare."""

from __future__ import annotations

import asyncio
import signal
from typing import Annotated, Any

import typer

from shadow.cli.options import DEFAULT, AsJson, ConfigFile, configuration
from shadow.cli.results import Folder, KeptStore, Output, address, opened, progress, result_store, sealer_of, tell
from shadow.clock import monotonic
from shadow.config import Config
from shadow.errors import ConfigError
from shadow.mirror.replay import Replay, Sides, create_replay
from shadow.recording.reader import Scan
from shadow.store.base import Store

_LOOK_EVERY = 0.1


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(replay)


def replay(
    recording: Folder,
    primary: Annotated[str, typer.Option(metavar="URL", help="A fresh primary to send to.")] = "",
    candidate: Annotated[str, typer.Option(metavar="URL", help="A fresh candidate to send to.")] = "",
    speed: Annotated[float, typer.Option(min=0.0, help="Pace, 1 as recorded; 0: as fast as order allows.")] = 0.0,
    output: Output = None,
    store: KeptStore = "",
    force: Annotated[bool, typer.Option("--force", help="Send to a live address too.")] = False,
    config: ConfigFile = DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Send a recording again, in causal order: one address is compared with what was recorded, two with one another.

    Exit code 1 for findings, and when nothing was compared.
    """
    settings = configuration(config)
    sides = Sides(
        address("--primary", primary, settings, force=force), address("--candidate", candidate, settings, force=force)
    )
    if not (sides.primary or sides.candidate):
        raise ConfigError(["replay sends to at least one side. Next: --candidate URL, --primary URL, or both"])
    scanned, total = opened(recording, settings)
    with result_store(settings, store) as results:
        told: dict[str, Any] = {"recording": str(recording), "primary": sides.primary, "candidate": sides.candidate}
        began = monotonic()
        complete = replayed(settings, results, scanned, sides, total, speed=speed)
        told |= {"complete": complete, "seconds": round(monotonic() - began, 3)}
        code = tell(results, settings, told, scanned.breaks, as_json=as_json, output=output)
    raise typer.Exit(code)


def replayed(config: Config, store: Store, scanned: Scan, sides: Sides, total: int, *, speed: float = 0.0) -> bool:
    """Replay while showing progress; False when it was stopped (Ctrl-C) before the end."""
    return asyncio.run(_run(create_replay(config, store, scanned, sides, sealer=sealer_of(config), speed=speed), total))


async def _run(replay: Replay, total: int) -> bool:
    await replay.reach()
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, replay.mirror.stop)
    with progress() as bar:
        task = bar.add_task("replay", total=total)
        running = asyncio.ensure_future(replay.mirror.run())
        while not (await asyncio.wait([running], timeout=_LOOK_EVERY))[0]:
            bar.update(task, completed=replay.mirror.done)
        bar.update(task, completed=replay.mirror.done)
    await running
    return not replay.mirror.stopped
