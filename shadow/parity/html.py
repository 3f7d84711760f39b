"""`shadow parity html`: do the two templates of each pair make the same page of the same context?

Both are rendered from the primary's context, as a request has brought it about, and the pages are compared as those of
live traffic are. A pair that no request has rendered is compared by nothing, so it is a difference of its own.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path

import jinja2
from jinja2 import meta

from shadow.compare import Comparer, NoNames, Pair
from shadow.compare.classify import blank_place
from shadow.config import Parity, Rule
from shadow.errors import ConfigError
from shadow.exchange import Body, Response
from shadow.headers import HeaderList
from shadow.judgement import Difference
from shadow.parity.asking import Asked
from shadow.parity.pages import stem
from shadow.parity.result import Check, Row, Seen, Unequal

_HTML = HeaderList.of([(b"Content-Type", b"text/html; charset=utf-8")])


def check(asked: Sequence[Asked], parity: Parity, rules: Sequence[Rule], today: date) -> Seen:
    """One row for each template; raises ConfigError for folders that are none."""
    ours, theirs = _templates(parity.primary_templates, "primary"), _templates(parity.candidate_templates, "candidate")
    comparer = Comparer(rules, today=today)
    told: dict[str, dict[str, str]] = {}
    seen: set[str] = set()
    for one in asked:
        for template, lines in _compared(one, comparer):
            seen.add(template)
            told.setdefault(template, {}).update(lines)
    seen = _with_parts(seen, theirs)
    rows, unequal = [], []
    for name in sorted({*ours, *theirs}):
        lines = told.get(name, {}) | _standing(name, ours, theirs, seen)
        cells = (ours[name].name if name in ours else "", theirs[name].name if name in theirs else "")
        rows.append(Row(name, *cells, "differs" if lines else "equal"))
        if lines:
            unequal.append(Unequal(Check.HTML, name, tuple(lines.values()), tuple(lines)))
    return Seen(Check.HTML, tuple(rows), tuple(unequal))


def _templates(folder: Path | None, side: str) -> dict[str, Path]:
    """The templates of a folder by their names without endings."""
    if folder is None or not folder.is_dir():
        raise ConfigError([f"[parity] {side}_templates: {str(folder or '')!r} is no folder of templates"])
    files = (file for file in sorted(folder.rglob("*")) if file.is_file() and not file.name.startswith("."))
    return {stem(str(file.relative_to(folder))): file for file in files}


def _standing(name: str, ours: dict[str, Path], theirs: dict[str, Path], seen: set[str]) -> dict[str, str]:
    """What can be said of a pair without its pages."""
    if name not in theirs:
        return {"missing": "candidate has no such template"}
    if name not in ours:
        return {"extra": "primary has no such template"}
    if name not in seen:
        return {"unseen": "no request has rendered it on both sides. Next: add one to [parity] requests"}
    return {}


def _compared(one: Asked, comparer: Comparer) -> Iterator[tuple[str, dict[str, str]]]:
    """The template of a request that both sides answered with one page of it, and what differs: essence to line."""
    if len(one.primary.pages) != 1 or len(one.candidate.pages) != 1:
        return
    p, c = one.primary.pages[0], one.candidate.pages[0]
    if p.template != c.template:
        return
    if c.fault:
        yield p.template, {f"fault {c.fault}": f"candidate cannot render the primary's context: {c.fault}"}
        return
    ours, theirs = (Response(200, _HTML, Body.of(text.encode())) for text in (one.primary.body, c.text))
    found = comparer.compare(Pair("parity", "GET", one.ask.name, ours, theirs, at=time.time()), NoNames())
    yield p.template, dict(map(_line, found.differences))


def _line(found: Difference) -> tuple[str, str]:
    essence = f"{found.kind} {blank_place(found.place)}"
    return essence, f"{found.kind} at {found.place}: {found.primary!r} became {found.candidate!r}"


def _with_parts(seen: Iterable[str], theirs: dict[str, Path]) -> set[str]:
    """The seen templates with all that they extend, include or import."""
    reached: set[str] = set()
    waiting = list(seen)
    while waiting:
        name = waiting.pop()
        if name in theirs and name not in reached:
            parsed = jinja2.Environment().parse(theirs[name].read_text("utf-8"))  # noqa: S701 - read, never rendered
            waiting += [stem(part) for part in meta.find_referenced_templates(parsed) if part]
        reached.add(name)
    return reached
