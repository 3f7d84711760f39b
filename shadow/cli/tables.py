"""Tables on a terminal; every text is made harmless first, since much of it comes from traffic."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from shadow.report.harmless import plain

_STYLES = {
    "ready": "green",
    "promoted": "green",
    "fixed": "green",
    "equal": "green",
    "clean": "green",
    "blocked": "red",
    "open": "red",
    "reopened": "red",
    "breaking": "red",
    "inconclusive": "yellow",
}


def show(head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print one table on stdout; in a pipe it is as wide as its text."""
    console = Console()
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in head:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(_cell(value) for value in row))
    if not console.is_terminal:
        console = Console(width=220)
    console.print(table)


def _cell(value: object) -> Text:
    text = plain("" if value is None else str(value))
    return Text(text, style=_STYLES.get(text, ""))
