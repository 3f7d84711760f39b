"""`shadow judge`: compare again what is kept, under the present rules."""

from __future__ import annotations

import asyncio
from contextlib import closing
from pathlib import Path

import typer

from shadow.cli.options import DEFAULT, AsJson, ConfigFile, configuration
from shadow.cli.results import Folder, KeptStore, Output, opened, result_store, sealer_of, tell, watched
from shadow.errors import RecordingError
from shadow.mirror.rejudge import Rejudging
from shadow.recording.copies import Copies
from shadow.recording.seal import Sealer


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(judge)


def judge(
    recording: Folder,
    output: Output = None,
    store: KeptStore = "",
    config: ConfigFile = DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Compare a recording's answers with the mirrored ones kept with it, without sending; exit code 1 for findings."""
    settings = configuration(config)
    scanned, total = opened(recording, settings)
    sealer = sealer_of(settings)
    with closing(copies_of(recording, sealer)) as copies, result_store(settings, store) as results:
        judging = Rejudging(settings, results.store, scanned, copies, sealer=sealer)
        asyncio.run(watched("judge", total, judging.run(), lambda: judging.done))
        breaks = [*scanned.breaks, *(copies.scanned.breaks if copies.scanned else ())]
        told = {"recording": str(recording), "mirrored": len(copies)}
        code = tell(results, settings, told, breaks, as_json=as_json, output=output)
    raise typer.Exit(code)


def copies_of(recording: Path, sealer: Sealer) -> Copies:
    """The mirrored answers kept with a recording; RecordingError with the next step when there are none."""
    copies = Copies(recording, sealer)
    if not len(copies):
        copies.close()
        raise RecordingError(
            f"{recording}: no mirrored answers are kept there, so there is nothing to compare. Next: shadow replay "
            f"{recording} --candidate URL --keep FOLDER, or [recording] keep_mirrored = true for what is mirrored "
            "from now on"
        )
    return copies
