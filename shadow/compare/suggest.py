"""The narrowest rule that would accept a difference, told from the values and the bodies that showed it.

A suggestion for a person to sign, never applied by itself. Off the comparing path: it may parse a sample again.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from shadow.compare.decode import parse_json
from shadow.compare.identifiers import blanked
from shadow.compare.rules import NUMBER, compile_rules, json_path, key_step
from shadow.config import Rule
from shadow.judgement import Difference

_SMALL = 0.01  # of the greater number: what rounding and another order of adding can make
_TIMESTAMPS = [f"timestamp:{span}" for span in ("1s", "5s", "10s", "30s", "1min", "5min", "15min", "1h")]
_TOO_LONG = 2_000_000  # characters of a body
_DEPTH = 50
_USUAL = ("id", "_id", "key", "name")

Values = Sequence[tuple[str, str]]


def suggested(difference: Difference, values: Values = (), bodies: Values = ()) -> tuple[str, str]:
    """Place and rule. `values` are both sides of every sighting as they are shown, `bodies` the whole texts."""
    layer, kind, place = difference.layer, difference.kind, difference.place
    shown = [*values] or [(difference.primary, difference.candidate)]
    if kind == "order" and layer in ("json", "html", "text"):
        field = _key_field(place, bodies) if layer == "json" else ""
        return place, f"keyed:{field}" if field else "unordered"
    if kind in ("missing", "extra"):
        if all("null" in pair for pair in shown):
            return place, "null-is-absent"
        parent = place.removesuffix("[*]")
        field = _key_field(parent, bodies, moved=True) if layer == "json" and parent != place else ""
        return (parent, f"keyed:{field}") if field else (place, "ignore")
    if kind in ("value", "header"):
        pairs = [(_plain(p), _plain(c)) for p, c in shown]
        return place, _accepting([*_TIMESTAMPS, *_tolerance(pairs)], kind, pairs) or "ignore"
    return place, "ignore"


def _plain(shown: str) -> str:
    """The text behind a shown value: a JSON string without its quotes."""
    if shown[:1] == '"':
        valid, value = parse_json(shown)
        return value if valid and isinstance(value, str) else shown
    return shown


def _accepting(rules: Iterable[str], kind: str, pairs: Values) -> str:
    """The first rule that accepts every pair; empty when none does."""
    for rule in rules:
        declared = compile_rules([Rule(place="text", rule=rule)], date.min)
        if all(one.explains(kind, p, c) for one in declared for p, c in pairs):
            return rule
    return ""


def _tolerance(pairs: Values) -> list[str]:
    """For numbers with a fraction that are nearly equal; the bound is the greatest distance, up to one digit."""
    most = 0.0
    for p, c in pairs:
        ours, theirs = NUMBER.findall(p), NUMBER.findall(c)
        if len(ours) != len(theirs) or "." not in "".join(ours + theirs):
            return []
        for one, other in zip(map(float, ours), map(float, theirs), strict=True):
            if not abs(one - other) <= _SMALL * max(abs(one), abs(other)) < math.inf:
                return []
            most = max(most, abs(one - other))
    if not most:
        return []
    digit = 10.0 ** math.floor(math.log10(most))
    return [f"tolerance:{math.ceil(round(most / digit, 6)) * digit:.12g}"]


def _key_field(place: str, bodies: Values, *, moved: bool = False) -> str:
    """A field that names each element of the lists at a place; `moved` asks that both sides have the same elements."""
    pairs = [pair for p, c in bodies for pair in _lists_of(place, p, c)]
    if not pairs or not all(p and c and _objects(p) and _objects(c) for p, c in pairs):
        return ""
    fields = list(dict.fromkeys([*_USUAL, *pairs[0][0][0]]))
    return next((field for field in fields if all(_names(field, p, c, moved) for p, c in pairs)), "")


def _objects(items: list[Any]) -> bool:
    return all(isinstance(item, dict) for item in items)


def _names(field: str, primary: list[Any], candidate: list[Any], moved: bool) -> bool:
    """True when the field is a text or an integer, another one in each element."""
    keys, others = ([item.get(field) for item in items] for items in (primary, candidate))
    for found in (keys, others):
        if any(type(key) not in (str, int) for key in found) or len(set(found)) != len(found):
            return False
    return not moved or Counter(map(_blank, keys)) == Counter(map(_blank, others))


def _blank(key: str | int) -> str | int:
    return blanked(key) if isinstance(key, str) else key


def _lists_of(place: str, primary: str, candidate: str) -> Iterator[tuple[list[Any], list[Any]]]:
    """The lists that stand at the place on both sides."""
    if max(len(primary), len(candidate)) > _TOO_LONG:
        return
    try:
        path = json_path(place.removeprefix("json:"), subtree=False)
    except ValueError:
        return
    (ours, p), (theirs, c) = parse_json(primary), parse_json(candidate)
    if not (ours and theirs):
        return
    others = dict(_lists(c, "$", 0))
    for where, found in _lists(p, "$", 0):
        if path.fullmatch(where) and where in others:
            yield found, others[where]


def _lists(value: Any, place: str, depth: int) -> Iterator[tuple[str, list[Any]]]:
    if depth > _DEPTH:
        return
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _lists(item, place + key_step(key), depth + 1)
    elif type(value) is list:
        yield place, value
        for index, item in enumerate(value):
            yield from _lists(item, f"{place}[{index}]", depth + 1)
