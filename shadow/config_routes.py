"""What `shadow.toml` says of routes: the routes themselves, their groups, and the rules for their differences."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple

from shadow import config as sections
from shadow import config_values as values
from shadow.config import Group, Rule
from shadow.config_tables import Tables, nearest
from shadow.config_values import texts
from shadow.errors import ConfigError
from shadow.routes import Route, RouteTable, path_mistake
from shadow.words import MirrorMode, Stage

_ROUTE_KEYS = ("name", "methods", "path", "group", "mirror", "stage", "auto")
_RULE_KINDS = ("ignore", "alias", "unordered", "keyed", "tolerance", "timestamp", "regex", "null-is-absent")
_PLACES = ("header", "cookie", "json", "html", "xml", "text", "status")


class Routing(NamedTuple):
    """All that was read; where there were mistakes, what is left of it."""

    routes: list[Route]
    table: RouteTable
    groups: dict[str, Group]
    rules: tuple[Rule, ...]


def read(tables: Tables, gate: sections.Gate) -> Routing:
    """The routes, groups and rules of a document. Mistakes are collected in `tables`."""
    written = tables.list_of("routes")
    groups = _groups(tables, _units_named(written))
    routes = _routes(tables, written)
    rules = _rules(tables, routes)
    _waived(tables, gate, routes)
    return Routing(routes, _route_table(tables, routes), groups, rules)


def _groups(tables: Tables, named: set[str]) -> dict[str, Group]:
    found = {}
    written = tables.document.get("groups", {})
    if not isinstance(written, dict):
        tables.mistake("[groups]", f"must hold a table for each group such as [groups.worker], not {written!r}")
        return {}
    for name, table in written.items():
        place = f"[groups.{name}]"
        if name not in named:
            # Its routes would move without the hooks that stand here.
            tables.mistake(place, f"no route names this group{nearest(name, named)}")
        group = dataclasses.replace(tables.table(place, Group, table), name=name)
        found[name] = group
        for hook in ("leave", "enter"):
            value = getattr(group, hook)
            if value and not (value.startswith("POST /") and " " not in value[6:]):
                tables.mistake(f"{place} {hook}", f"{value!r} is not a hook such as 'POST /internal/flush'")
        if group.state == "in-process" and not (group.leave and group.enter):
            tables.mistake(place, "state = 'in-process' needs both hooks, 'leave' and 'enter'")
    return found


def _routes(tables: Tables, written: list[dict[str, Any]]) -> list[Route]:
    found = []
    for number, table in enumerate(written, 1):
        place = f"[[routes]] number {number}"
        if isinstance(table.get("name"), str):
            place = f"[[routes]] {table['name']}"
        tables.unknown(place, table, _ROUTE_KEYS)
        name, path = table.get("name"), table.get("path")
        if not isinstance(name, str) or not name or name == "*":
            tables.mistake(place, "'name' is missing or not a name such as 'orders.list'")
            continue
        if not isinstance(path, str):
            tables.mistake(place, "'path' is missing: a template such as '/orders/{id}'")
            continue
        if mistake := path_mistake(path):
            tables.mistake(f"{place} path", mistake)
            continue
        methods = tables.value(f"{place} methods", texts, table.get("methods", []), ())
        mirror = tables.value(f"{place} mirror", values.one_of(*MirrorMode), table.get("mirror", "default"), "default")
        stage = tables.value(f"{place} stage", values.stage, table.get("stage", "shadow"), "shadow")
        group = tables.value(f"{place} group", values.text, table.get("group", ""), "")
        upper = frozenset(method.upper() for method in methods)
        auto = tables.value(f"{place} auto", values.flag, table.get("auto", False), False)
        if auto and group:
            tables.mistake(f"{place} auto", f"the route moves with its group; write it in [groups.{group}]")
        found.append(Route(name, path, upper, group, MirrorMode(mirror), Stage(stage), auto))
    names = {route.name for route in found}
    for route in found:
        if route.group in names and route.group != route.name:
            tables.mistake(
                f"[[routes]] {route.name} group",
                f"{route.group!r} is the name of a route as well; rename one",
            )
    return found


def _waived(tables: Tables, gate: sections.Gate, routes: list[Route]) -> None:
    names = [route.name for route in routes]
    for waiver in gate.waive:
        name = waiver.partition(": ")[0]
        if name not in names:
            tables.mistake("[gate] waive", f"there is no route {name!r}{nearest(name, names)}")


def _route_table(tables: Tables, routes: list[Route]) -> RouteTable:
    try:
        return RouteTable(routes)
    except ConfigError as error:
        tables.mistakes.extend(error.mistakes)
        return RouteTable()


def _rules(tables: Tables, routes: list[Route]) -> tuple[Rule, ...]:
    found = []
    names = [*(route.name for route in routes), "*"]
    for number, table in enumerate(tables.list_of("rules"), 1):
        place = f"[[rules]] number {number}"
        plain = {key: value for key, value in table.items() if key != "until"}
        known = [item.name for item in dataclasses.fields(Rule)]
        tables.unknown(place, table, known)
        rule = tables.table(place, Rule, {key: value for key, value in plain.items() if key in known})
        until = table.get("until")
        if until is not None and not isinstance(until, date):
            tables.mistake(f"{place} until", f"{until!r} is not a date such as 2027-03-01")
            until = None
        _check_rule(tables, place, rule, names)
        found.append(dataclasses.replace(rule, until=until))
    return tuple(found)


def _check_rule(tables: Tables, place: str, rule: Rule, names: list[str]) -> None:
    kind = rule.rule.partition(":")[0]
    if kind not in _RULE_KINDS:
        tables.mistake(
            f"{place} rule",
            f"{rule.rule!r} is unknown{nearest(kind, _RULE_KINDS)} ({', '.join(_RULE_KINDS)})",
        )
    layer = rule.place.partition(":")[0]
    if layer not in _PLACES:
        tables.mistake(
            f"{place} place",
            f"{rule.place!r} is unknown{nearest(layer, _PLACES)} ({', '.join(_PLACES)})",
        )
    if not rule.reason:
        tables.mistake(place, "'reason' is missing: why is this difference accepted?")
    if not any(letter in rule.route for letter in "*?[") and rule.route not in names:
        tables.mistake(f"{place} route", f"there is no route {rule.route!r}{nearest(rule.route, names)}")


def _units_named(routes: Iterable[Mapping[str, Any]]) -> set[str]:
    """The groups that routes name, even those with mistakes; a route without a group is one by itself."""
    names = (table.get("group") or table.get("name") for table in routes)
    return {name for name in names if isinstance(name, str)}
