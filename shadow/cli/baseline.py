"""`shadow baseline`: learn where the primary disagrees with itself."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Annotated, Any

import typer

from shadow.cli.judge import copies_of
from shadow.cli.options import DEFAULT, AsJson, ConfigFile, configuration
from shadow.cli.replay import replayed
from shadow.cli.results import Folder, Output, address, learned_of, opened, result_store, sealer_of, tell, watched
from shadow.cli.tables import show
from shadow.compare.learned import Learned
from shadow.config import Config
from shadow.errors import ConfigError, StartError
from shadow.mirror.rejudge import Rejudging
from shadow.mirror.replay import Sides
from shadow.recording.reader import scan
from shadow.store import learned, open_store
from shadow.store.base import Store


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(baseline)


def baseline(
    recording: Folder,
    primary: Annotated[str, typer.Option(metavar="URL", help="A fresh primary.")],
    second: Annotated[str, typer.Option(metavar="URL", help="Another one, on a clone of the same snapshot.")],
    afresh: Annotated[bool, typer.Option("--afresh", help="Forget what was learned before.")] = False,
    output: Output = None,
    force: Annotated[bool, typer.Option("--force", help="Send to a live address too.")] = False,
    config: ConfigFile = DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Replay to two fresh primaries and keep the places where they differ as measured noise.

    Exit code 1 when something differs that is no noise: a status, a type, an answer that is missing.
    """
    settings = configuration(config)
    sides = Sides(
        address("--primary", primary, settings, force=force), address("--second", second, settings, force=force)
    )
    if sides.primary == sides.candidate:
        raise ConfigError([f"--second {second}: is the first one again. Next: start another, on a clone of its own"])
    before = () if afresh else learned_of(settings)
    with tempfile.TemporaryDirectory(prefix="shadow-") as kept:
        found = _measured(settings, recording, sides, Path(kept) / "pairs")
        together = tuple(sorted({*before, *found}))
        code = _judged(settings, Path(kept) / "pairs", together, before, as_json=as_json, output=output)
    _keep(settings, together)
    raise typer.Exit(code)


def _measured(config: Config, recording: Path, sides: Sides, kept: Path) -> Sequence[Learned]:
    """Where two primaries differ by themselves, rules and detectors in force."""
    scanned, total = opened(recording, config)
    with result_store(config, "") as results:
        learned.keep(results.store, ())
        if not replayed(config, results.store, scanned, sides, total, keep=kept):
            raise StartError("the baseline was stopped before its end; nothing was learned")
        _refuse_two_builds(results.store)
        return learned.from_findings(results.store.findings())


def _refuse_two_builds(results: Store) -> None:
    epoch = results.epoch()
    if epoch and epoch.primary_build != epoch.candidate_build:
        raise StartError(
            f"--primary answers as build {epoch.primary_build!r}, --second as {epoch.candidate_build!r}: what differs "
            "between two builds is no noise. Next: start both from one build"
        )


def _judged(
    config: Config,
    kept: Path,
    together: Sequence[Learned],
    before: Sequence[Learned],
    *,
    as_json: bool,
    output: Path | None,
) -> int:
    """Judge the same pairs again with what was learned, and tell what is left and how much is masked."""
    sealer = sealer_of(config)
    scanned = scan(kept, sealer)
    with closing(copies_of(kept, sealer)) as copies, result_store(config, "") as results:
        learned.keep(results.store, together)
        judging = Rejudging(config, results.store, scanned, copies, sealer=sealer)
        asyncio.run(watched("judge", len(copies), judging.run(), lambda: judging.done))
        told = {"learned": len(set(together) - set(before)), "masked_share": masked_share(results.store)}
        if not as_json:
            _show(together, before, told)
        return tell(results, config, told, scanned.breaks, as_json=as_json, output=output)


def masked_share(store: Store) -> float:
    """The share of the compared places that was masked, by detectors, rules and what was learned."""
    tallies = store.tallies()
    places = sum(tally.places for tally in tallies)
    return round(sum(tally.masked for tally in tallies) / places, 6) if places else 0.0


def _show(together: Sequence[Learned], before: Sequence[Learned], told: dict[str, Any]) -> None:
    rows = [("known" if one in before else "new", one.route, one.layer, one.kind, one.place) for one in together]
    show(("learned", "route", "layer", "kind", "place"), rows)
    typer.echo(f"{told['learned']} places learned, {100 * told['masked_share']:.2f} % of all places are masked\n")


def _keep(config: Config, together: Sequence[Learned]) -> None:
    store = open_store(config.store.url)
    try:
        learned.keep(store, together)
    finally:
        store.close()
    typer.echo("kept in the store; the mirror uses it from its next start, which begins new evidence", err=True)
