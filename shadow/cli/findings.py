"""`shadow findings`: list, show, try again and accept what differs."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any

import typer

from shadow.cli.options import DEFAULT, AsJson, ConfigFile, desk, operator, print_json
from shadow.cli.tables import show
from shadow.report.harmless import plain
from shadow.report.retried import notes

Id = Annotated[str, typer.Argument(metavar="ID", help="The finding's id, or an unambiguous beginning of it.")]
findings = typer.Typer(help="What differs between the two sides.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.add_typer(findings, name="findings")


@findings.command("list")
def list_findings(
    route: Annotated[str, typer.Option(help="Only those of this route.")] = "",
    config: ConfigFile = DEFAULT,
    as_json: AsJson = False,
) -> None:
    """All findings; exit code 1 while one stands in the way of a promotion."""
    with desk(config) as here:
        found = [one for one in here.report()["findings"] if route in ("", one["route"])]
    if as_json:
        print_json(found)
    else:
        show_findings(found)
    raise typer.Exit(1 if any(one["blocking"] for one in found) else 0)


@findings.command("show")
def show_finding(
    finding_id: Id,
    samples: Annotated[int, typer.Option(min=0, help="At most so many samples, the newest first.")] = 1,
    config: ConfigFile = DEFAULT,
    as_json: AsJson = False,
) -> None:
    """One finding with its samples: both values, the request and both answers, secrets sealed.

    --json has all samples.
    """
    with desk(config) as here:
        found = here.finding(finding_id)
    if as_json:
        print_json(found)
        return
    typer.echo(f"{found['id']}  {found['status']}, {found['severity']}, {found['count']} times")
    typer.echo(plain(f"route {found['route']}: {found['layer']} {found['kind']} at {found['place']}"))
    for sample in found["samples"][:samples]:
        typer.echo(f"\nexchange {sample['exchange']}")
        typer.echo(plain(f"  primary    {sample['primary']}\n  candidate  {sample['candidate']}"))
        for line in sample["explained"]:
            typer.echo(plain(f"  {line}"))
        for name, text in sample["text"].items():
            typer.echo(plain(f"--- {name}\n{text}"))
    if len(found["samples"]) > samples:
        typer.echo(f"\n{len(found['samples'])} samples in all: --samples {len(found['samples'])}")
    if found["rule"]:
        typer.echo(
            plain(f"\naccepted by this rule (shadow findings accept {found['id']} writes it):\n\n{found['rule']}")
        )


@findings.command("accept")
def accept(
    finding_id: Id,
    reason: Annotated[str, typer.Option(help="Why this difference is right.")],
    owner: Annotated[str, typer.Option(help="Who answers for it.")] = "",
    until: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The rule's last day.")] = None,
    rule: Annotated[bool, typer.Option("--rule/--no-rule", help="Write the rule into shadow.toml.")] = True,
    config: ConfigFile = DEFAULT,
) -> None:
    """Sign a finding off: it stands in no promotion's way any more, and a rule in shadow.toml masks it from now on."""
    with desk(config) as here:
        if rule:
            last = until.date() if until else None
            text, new = here.write_rule(finding_id, reason=reason, owner=owner, until=last)
            typer.echo(
                f"{config}: {'this rule was added' if new else 'this rule was there'}\n\n{plain(text)}", err=True
            )
        found = here.accept(finding_id, who=operator(), reason=reason)
    typer.echo(f"{found['id']} is accepted", err=True)
    if rule:
        typer.echo("the mirror uses the rule from its next start, which begins new evidence", err=True)


@findings.command("retry")
def retry(
    finding_id: Id,
    force: Annotated[bool, typer.Option("--force", help="Send a write as well.")] = False,
    config: ConfigFile = DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Send the finding's request to both sides now and compare; exit code 1 while the answers differ.

    A write is refused without --force: it goes to the shadow world of both stacks, which taints it; with one world to
    the live one.
    """
    with desk(config) as here:
        then = here.finding(finding_id)
        found = asyncio.run(here.retry(finding_id, force=force))
    found = {**found, "notes": notes(found, then)}
    if as_json:
        print_json(found)
    else:
        _show_retried(found)
    raise typer.Exit(0 if found["equal"] else 1)


def _show_retried(found: dict[str, Any]) -> None:
    if found["tainted"]:
        typer.echo("it was a write: the shadow world is tainted from now on. Next: shadow resync", err=True)
    for note in found["notes"]:
        typer.echo(plain(note), err=True)
    if found["equal"]:
        typer.echo(f"{found['finding']}: equal now ({found['outcome']})")
        return
    typer.echo(f"{found['finding']}: {'still different' if found['still'] else 'different in another way'}")
    rows = [[one[name] for name in ("layer", "kind", "place", "primary", "candidate")] for one in found["differences"]]
    show(("layer", "kind", "place", "primary", "candidate"), rows)
    for name, text in found["text"].items():
        typer.echo(plain(f"--- {name}\n{text}"))


def show_findings(found: Iterable[dict[str, Any]]) -> None:
    """The table of findings."""
    show(("id", "status", "severity", "route", "layer", "kind", "place", "count", "builds"), map(_row, found))


def _row(finding: dict[str, Any]) -> tuple[object, ...]:
    names = ("id", "status", "severity", "route", "layer", "kind", "place", "count")
    status = f"{finding['status']} (race)" if finding["race_only"] else finding["status"]
    values = {**finding, "status": status}
    return (*(values[name] for name in names), ", ".join(finding["builds"]))
