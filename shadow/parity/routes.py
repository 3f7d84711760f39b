"""`shadow parity routes`: do both applications answer the same paths and methods, in the same order?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from shadow.parity.applications import Applications
from shadow.parity.result import Check, Row, Seen, Unequal
from shadow.parity.tables import TableRoute, fastapi_table, pyramid_table


def check(apps: Applications) -> Seen:
    """Compare the route tables of both, path by path."""
    return compare(pyramid_table(apps.primary), fastapi_table(apps.candidate))


def compare(primary: Sequence[TableRoute], candidate: Sequence[TableRoute]) -> Seen:
    """One row for each path; what differs is a subject under the primary's name of the route."""
    theirs = {route.path: route for route in candidate}
    ours = {route.path for route in primary}
    moved = _moved([route.path for route in primary if route.path in theirs], [*filter(ours.__contains__, theirs)])
    rows: list[Row] = []
    unequal: list[Unequal] = []
    for route in primary:
        lines = tuple(_differences(route, theirs.get(route.path), moved))
        rows.append(_row(route.path, route, theirs.get(route.path), lines))
        unequal += [Unequal(Check.ROUTES, route.name, lines)] if lines else []
    for route in candidate:
        if route.path not in ours:
            lines = (f"{route.path} ({route.shown}): primary has no such path",)
            rows.append(_row(route.path, None, route, lines))
            unequal.append(Unequal(Check.ROUTES, route.name, lines))
    return Seen(Check.ROUTES, tuple(rows), tuple(unequal))


def _differences(p: TableRoute, c: TableRoute | None, moved: dict[str, str]) -> Iterator[str]:
    if c is None:
        yield f"{p.path} ({p.shown}): candidate has no such path"
    elif p.methods != c.methods:
        yield f"{p.path}: primary answers {p.shown}, candidate {c.shown}"
    if p.path in moved:
        yield f"{p.path}: {moved[p.path]}"


def _row(path: str, p: TableRoute | None, c: TableRoute | None, lines: tuple[str, ...]) -> Row:
    said = "missing" if c is None else "extra" if p is None else "differs" if lines else "equal"
    return Row(path, _cell(p), _cell(c), said)


def _cell(route: TableRoute | None) -> str:
    return f"{route.name} ({route.shown})" if route else ""


def _moved(ours: list[str], theirs: list[str]) -> dict[str, str]:
    """Paths that both have and that stand elsewhere in the candidate, with what they stand behind on each side."""
    kept = {
        path
        for block in SequenceMatcher(None, ours, theirs, autojunk=False).get_matching_blocks()
        for path in ours[block.a : block.a + block.size]
    }
    return {
        path: f"primary tries it {_behind(ours, path)}, candidate {_behind(theirs, path)}"
        for path in ours
        if path not in kept
    }


def _behind(paths: list[str], path: str) -> str:
    at = paths.index(path)
    return f"after {paths[at - 1]}" if at else "first"
