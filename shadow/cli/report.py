"""`shadow report`: write a report in one or more formats."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from shadow.cli.options import DEFAULT, ConfigFile, desk, print_json
from shadow.errors import ConfigError, StartError
from shadow.report import as_html, as_json, as_junit, as_markdown

_RENDER: dict[str, tuple[str, Callable[[dict[str, Any]], str]]] = {
    "html": ("report.html", as_html.render),
    "json": ("report.json", as_json.render),
    "md": ("report.md", as_markdown.render),
    "junit": ("junit.xml", as_junit.render),
}


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(report)


def report(
    formats: Annotated[str, typer.Option("--format", help="html, json, md, junit; several with commas.")] = "md",
    output: Annotated[Path | None, typer.Option("-o", "--output", metavar="FOLDER", help="Write it here.")] = None,
    as_json_list: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
    config: ConfigFile = DEFAULT,
) -> None:
    """Write a report; one format without -o goes to stdout. Exit code 1 while a finding stands in a promotion's way."""
    wanted = ["json"] if as_json_list else [name.strip() for name in formats.split(",") if name.strip()]
    unknown = [name for name in wanted if name not in _RENDER]
    if unknown or not wanted:
        raise ConfigError([f"--format {', '.join(unknown) or formats!r} is unknown ({', '.join(_RENDER)})"])
    if len(wanted) > 1 and output is None:
        raise ConfigError(["several formats need a folder. Next: -o reports/NAME"])
    with desk(config) as here:
        found = here.report()
    if output is None:
        typer.echo(_RENDER[wanted[0]][1](found), nl=False)
    else:
        written = write(found, output, wanted)
        if as_json_list:
            print_json([str(path) for path in written])
        typer.echo("\n".join(str(path) for path in written), err=True)
    raise typer.Exit(1 if any(finding["blocking"] for finding in found["findings"]) else 0)


def write(found: dict[str, Any], folder: Path, formats: list[str]) -> list[Path]:
    """Write the report into a folder, one file for each format; the files."""
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in formats:
            file, render = _RENDER[name]
            (folder / file).write_text(render(found), "utf-8")
            written.append(folder / file)
    except OSError as error:
        raise StartError(f"{folder}: {error}. Next: name another folder with -o") from None
    return written
