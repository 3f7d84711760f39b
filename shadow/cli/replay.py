"""`shadow replay`: send a recording's requests again and compare."""

from __future__ import annotations

import asyncio
import signal
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from shadow.cli.options import DEFAULT, AsJson, ConfigFile, configuration
from shadow.cli.results import Folder, KeptStore, Output, address, opened, result_store, sealer_of, tell, watched
from shadow.clock import monotonic
from shadow.config import Config
from shadow.errors import ConfigError, StartError
from shadow.mirror.kept import Kept
from shadow.mirror.replay import Replay, Sides, create_replay
from shadow.recording.reader import Scan
from shadow.store.base import Store

_ROOM = 1 << 40


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(replay)


def replay(
    recording: Folder,
    primary: Annotated[str, typer.Option(metavar="URL", help="A fresh primary to send to.")] = "",
    candidate: Annotated[str, typer.Option(metavar="URL", help="A fresh candidate to send to.")] = "",
    speed: Annotated[float, typer.Option(min=0.0, help="Pace, 1 as recorded; 0: as fast as order allows.")] = 0.0,
    keep: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Keep the pairs here, for `shadow judge`.")
    ] = None,
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
        complete = replayed(settings, results.store, scanned, sides, total, speed=speed, keep=new_folder(keep))
        told |= {"complete": complete, "seconds": round(monotonic() - began, 3)}
        code = tell(results, settings, told, scanned.breaks, as_json=as_json, output=output)
    raise typer.Exit(code)


def replayed(
    config: Config, store: Store, scanned: Scan, sides: Sides, total: int, *, speed: float = 0.0, keep: Path | None
) -> bool:
    """Replay while showing progress, and keep the pairs; False when it was stopped (Ctrl-C) before the end."""
    sealer = sealer_of(config)
    # What is kept is the result: it has no budget, and the replay waits for no disk.
    roomy = replace(config.recording, max_bytes=_ROOM, queue=_ROOM)
    kept = Kept(keep, sealer, roomy, originals=True) if keep else None
    try:
        return asyncio.run(
            _run(create_replay(config, store, scanned, sides, sealer=sealer, speed=speed, keep=kept), total)
        )
    finally:
        if kept:
            kept.close()


def new_folder(folder: Path | None) -> Path | None:
    """The folder, when nothing is in it yet."""
    if folder and folder.exists() and any(folder.iterdir()):
        raise StartError(f"{folder}: is not empty. Next: name a folder that is not there")
    return folder


async def _run(replay: Replay, total: int) -> bool:
    await replay.reach()
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, replay.mirror.stop)
    await watched("replay", total, replay.mirror.run(), lambda: replay.mirror.done)
    return not replay.mirror.stopped
