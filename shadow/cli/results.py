"""What `replay`, `judge` and `baseline` have in common: a store of their own, progress, and how the result is told."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from shadow.cli.findings import show_findings
from shadow.cli.options import print_json
from shadow.cli.report import write
from shadow.cli.tables import show
from shadow.compare.learned import Learned
from shadow.config import Config
from shadow.config_values import url
from shadow.errors import ConfigError, StartError
from shadow.recording.index import count_after
from shadow.recording.reader import Scan, scan
from shadow.recording.seal import Sealer
from shadow.recording.tail import Break
from shadow.report.build import build, counted
from shadow.report.harmless import plain
from shadow.store import learned, open_store
from shadow.store.base import Store

Folder = Annotated[Path, typer.Argument(metavar="RECORDING", help="The folder of the segments.")]
Output = Annotated[Path | None, typer.Option("-o", "--output", "--report-dir", metavar="FOLDER", help="Write reports.")]
KeptStore = Annotated[str, typer.Option("--store", metavar="FILE", help="Keep the results here; not with live ones.")]
_FORMATS = ["html", "json", "md", "junit"]
_SQLITE = "sqlite:///"
_LOOK_EVERY = 0.1


def sealer_of(config: Config) -> Sealer:
    """The sealer that opens the recording and seals the samples."""
    return Sealer.load(config.recording.key, config.recording.seal, create=True)


@dataclass(frozen=True, slots=True)
class Results:
    """A store for results that are no live evidence, and how often it had seen each finding before this run."""

    store: Store
    before: Mapping[str, int]

    def totals(self) -> dict[str, Any]:
        """The counts of this run, which is a world of its own."""
        world = self.store.world().number
        return counted((one for one in self.store.counts() if one.epoch.world == world), 0)

    def open_findings(self) -> list[str]:
        """The open findings that this run has seen."""
        found = (one for one in self.store.findings() if one.blocking)
        return [one.id for one in found if one.count > self.before.get(one.id, 0)]


@contextmanager
def result_store(config: Config, kept: str) -> Iterator[Results]:
    """A temporary store, or the one to be kept."""
    with tempfile.TemporaryDirectory(prefix="shadow-") as folder:
        address = kept or f"{folder}/results.db"
        store = open_store(address if "://" in address else f"{_SQLITE}{Path(address).resolve()}")
        try:
            if address == config.store.url or store.checkpoint():
                raise ConfigError([f"--store {kept}: holds live evidence. Next: name another file"])
            learned.keep(store, learned_of(config))
            yield Results(store, {one.id: one.count for one in store.findings()})
        finally:
            store.close()


def learned_of(config: Config) -> tuple[Learned, ...]:
    """The noise that the configured store knows of; none where there is no store yet."""
    file = Path(config.store.url.removeprefix(_SQLITE))
    if config.store.url.startswith(_SQLITE) and not file.exists():
        return ()
    store = open_store(config.store.url)
    try:
        return learned.known(store)
    finally:
        store.close()


def opened(recording: Path, config: Config) -> tuple[Scan, int]:
    """The recording, its secrets opened, and about how many exchanges it has."""
    scanned = scan(recording, sealer_of(config))
    return scanned, sum(count_after(recording, {}).values())


def address(option: str, given: str, config: Config, *, force: bool) -> str:
    """An address from the command line; a live one is refused, since a replay sends writes."""
    if not given:
        return ""
    try:
        found = url(given)
    except ValueError as error:
        raise ConfigError([f"{option} {error}"]) from None
    if found in (config.primary.live, config.candidate.live) and not force:
        raise StartError(
            f"{option} {found}: serves the live world, and the recording's writes would go there. Next: name a fresh "
            "copy, or --force"
        )
    return found


async def watched(name: str, total: int, work: Coroutine[Any, Any, None], done: Callable[[], int]) -> None:
    """Do the work under a bar on stderr, which is not there where nobody looks; `done` says how far it is."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task(name, total=total)
        running = asyncio.ensure_future(work)
        while not (await asyncio.wait([running], timeout=_LOOK_EVERY))[0]:
            progress.update(task, completed=done())
        progress.update(task, completed=done())
    await running


def tell(
    results: Results,
    config: Config,
    told: dict[str, Any],
    breaks: Iterable[Break],
    *,
    as_json: bool,
    output: Path | None,
) -> int:
    """Show and write what came out; the exit code: 0 only when something was compared and all of it is clean."""
    broken = [str(one) for one in breaks]
    told = {**told, "totals": results.totals(), "findings": results.open_findings(), "broken": broken}
    report = {**build(results.store, config, {}, results.store.counts()), "replay": told}
    for line in broken:
        typer.echo(plain(line), err=True)
    if output is not None:
        for path in write(report, output, _FORMATS):
            typer.echo(str(path), err=True)
    if as_json:
        print_json(report)
    else:
        _show(report)
    against = reasons(told, report["tainted"])
    for reason in against:
        typer.echo(plain(reason), err=True)
    return 1 if against else 0


def reasons(told: Mapping[str, Any], tainted: str) -> list[str]:
    """Why a result is not clean; none when it is."""
    totals, open_ones = told["totals"], len(told["findings"])
    compared = sum(totals[name] for name in ("match", "noise", "accepted", "mismatch", "race", "consequence"))
    found = [
        (not told.get("complete", True), "it was stopped before its end"),
        (not compared, "nothing was compared"),
        (open_ones, f"{open_ones} findings are open"),
        (totals["failed"], f"{totals['failed']} exchanges failed in the harness itself; see its log"),
        (tainted, f"the two worlds are apart: {tainted}"),
    ]
    return [reason for true, reason in found if true]


def _show(report: dict[str, Any]) -> None:
    totals = report["replay"]["totals"]
    rows = [(name, count) for name, count in totals.items() if name not in ("skipped", "pending") and count]
    show(("outcome", "exchanges"), [*rows, *((f"skipped: {why}", count) for why, count in totals["skipped"].items())])
    if report["findings"]:
        typer.echo()
        show_findings(report["findings"])
