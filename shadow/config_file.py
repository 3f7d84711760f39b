"""Read `shadow.toml` and the environment; all mistakes are reported at once, each with place and nearest right name."""

from __future__ import annotations

import dataclasses
import difflib
import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, TypeVar

from shadow import config as sections
from shadow import config_values as values
from shadow.config import Accepted, Config, Group, Rule, Webhook
from shadow.config_values import Choice, texts
from shadow.errors import ConfigError
from shadow.routes import Route, RouteTable, path_mistake
from shadow.words import MirrorMode, Side, Stage

T = TypeVar("T")
_ENVIRON = "SHADOW_"
_TABLES: dict[str, type[Any]] = {
    "listen": sections.Listen,
    "primary": sections.Upstream,
    "candidate": sections.Upstream,
    "proxy": sections.Proxy,
    "recording": sections.Recording,
    "mirror": sections.Mirror,
    "world": sections.Clone,
    "store": sections.Store,
    "gate": sections.Gate,
    "canary": sections.Canary,
    "auto": sections.Auto,
    "guard": sections.Guard,
    "twin": sections.Twin,
    "console": sections.Console,
    "parity": sections.Parity,
}
_LISTS = ("routes", "groups", "rules", "webhooks")
# Keys above the first table; every other setting stands in one.
_WORDS = ("sessions",)
_ROUTE_KEYS = ("name", "methods", "path", "group", "mirror", "stage", "auto")
_RULE_KINDS = ("ignore", "alias", "unordered", "keyed", "tolerance", "timestamp", "regex", "null-is-absent")
_PLACES = ("header", "cookie", "json", "html", "xml", "text", "status")


def load(path: Path, environ: Mapping[str, str]) -> Config:
    """The effective configuration; raises ConfigError with all mistakes."""
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise ConfigError(
            [f"{path}: no such file. Next: write one (docs/configuration.md), or name it with --config"]
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([f"{path}: cannot be read: {error}"]) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([f"{path}: not valid TOML: {error}"]) from None
    return _Reader(path, document, environ).config()


class _Reader:
    """One pass over a document; collects mistakes and goes on."""

    def __init__(self, path: Path, document: dict[str, Any], environ: Mapping[str, str]) -> None:
        self.path = path
        self.document = document
        self.mistakes: list[str] = []
        self._overlay(environ)

    def config(self) -> Config:
        self._unknown("", self.document, [*_TABLES, *_LISTS, *_WORDS])
        accepted = self._accepted()
        tables = {name: self._table(f"[{name}]", kind, self.document.get(name, {})) for name, kind in _TABLES.items()}
        for side in ("primary", "candidate"):
            if not self._given(side, "live"):
                self._mistake(
                    f"[{side}]",
                    "'live' is missing: the address of the application, such as 'http://127.0.0.1:6543'",
                )
        if bool(self._given("primary", "shadow")) != bool(self._given("candidate", "shadow")):
            self._mistake("[primary] and [candidate]", "give 'shadow' in both (two worlds) or in neither (one world)")
        tables["parity"] = dataclasses.replace(tables["parity"], accepted=accepted)
        route_tables = self._list_of_tables("routes")
        groups = self._groups(_units_named(route_tables))
        routes = self._routes(route_tables)
        rules = self._rules(routes)
        self._waived(tables["gate"], routes)
        sessions = self._sessions(tables["twin"], tables["proxy"], routes)
        webhooks = self._webhooks()
        table = self._route_table(routes)
        if self.mistakes:
            raise ConfigError([f"{self.path.name} {mistake}" for mistake in self.mistakes])
        tables["sessions"] = sessions
        recording = tables["recording"]
        tables["recording"] = dataclasses.replace(recording, seal=(*recording.seal, *tables["twin"].seal))
        config = Config(source=self.path, routes=table, groups=groups, rules=rules, webhooks=webhooks, **tables)
        return _absolute(config, self.path.resolve().parent)

    def _overlay(self, environ: Mapping[str, str]) -> None:
        """`SHADOW_STORE__URL` sets `url` of `[store]`: as it stands for a text, as TOML (where it is) otherwise."""
        for name, value in sorted(environ.items()):
            section, separator, key = name.removeprefix(_ENVIRON).lower().partition("__")
            if not name.startswith(_ENVIRON) or not separator:
                continue
            if section in _LISTS:
                self._mistake(f"environment {name}", f"{section} are given in the file only")
                continue
            if section not in _TABLES:
                self._mistake(f"environment {name}", f"there is no section [{section}]{_nearest(section, _TABLES)}")
                continue
            table = self.document.setdefault(section, {})
            if isinstance(table, dict):
                table[key] = value if _is_text(_TABLES[section], key) else _toml_value(value)

    def _table(self, place: str, kind: type[T], table: object) -> T:
        fields = {item.name: item for item in dataclasses.fields(kind) if "read" in item.metadata}  # type: ignore[arg-type]
        if not isinstance(table, dict):
            self._mistake(place, f"must be a table, not {table!r}")
            table = {}
        self._unknown(place, table, fields)
        values = {}
        for name, item in fields.items():
            if name in table:
                values[name] = self._value(f"{place} {name}", item.metadata["read"], table[name], item.default)
        return kind(**values)

    def _value(self, place: str, read: Any, value: object, default: Any) -> Any:
        try:
            return read(value)
        except Choice as error:
            self._mistake(place, f"{error}{_nearest(str(error.value), error.words)} ({', '.join(error.words)})")
        except (ValueError, TypeError) as error:
            self._mistake(place, str(error))
        return default

    def _accepted(self) -> tuple[Accepted, ...]:
        """Take the list out of `[parity]`, which is read as a plain table afterwards."""
        parity = self.document.get("parity")
        if not isinstance(parity, dict) or "accepted" not in parity:
            return ()
        self.document["parity"] = {key: value for key, value in parity.items() if key != "accepted"}
        found = []
        for number, table in enumerate(self._tables_in("parity.accepted", parity["accepted"]), 1):
            place = f"[[parity.accepted]] number {number}"
            found.append(self._table(place, Accepted, table))
            for name in ("check", "subject", "digest", "reason"):
                if not table.get(name):
                    self._mistake(
                        place, f"{name!r} is missing; `shadow parity` prints the table to copy, but the reason"
                    )
        return tuple(found)

    def _groups(self, named: set[str]) -> dict[str, Group]:
        found = {}
        tables = self.document.get("groups", {})
        if not isinstance(tables, dict):
            self._mistake("[groups]", f"must hold a table for each group such as [groups.worker], not {tables!r}")
            return {}
        for name, table in tables.items():
            place = f"[groups.{name}]"
            if name not in named:
                # Its routes would move without the hooks that stand here.
                self._mistake(place, f"no route names this group{_nearest(name, named)}")
            group = dataclasses.replace(self._table(place, Group, table), name=name)
            found[name] = group
            for hook in ("leave", "enter"):
                value = getattr(group, hook)
                if value and not (value.startswith("POST /") and " " not in value[6:]):
                    self._mistake(f"{place} {hook}", f"{value!r} is not a hook such as 'POST /internal/flush'")
            if group.state == "in-process" and not (group.leave and group.enter):
                self._mistake(place, "state = 'in-process' needs both hooks, 'leave' and 'enter'")
        return found

    def _routes(self, tables: list[dict[str, Any]]) -> list[Route]:
        found = []
        for number, table in enumerate(tables, 1):
            place = f"[[routes]] number {number}"
            if isinstance(table.get("name"), str):
                place = f"[[routes]] {table['name']}"
            self._unknown(place, table, _ROUTE_KEYS)
            name, path = table.get("name"), table.get("path")
            if not isinstance(name, str) or not name or name == "*":
                self._mistake(place, "'name' is missing or not a name such as 'orders.list'")
                continue
            if not isinstance(path, str):
                self._mistake(place, "'path' is missing: a template such as '/orders/{id}'")
                continue
            if mistake := path_mistake(path):
                self._mistake(f"{place} path", mistake)
                continue
            methods = self._value(f"{place} methods", texts, table.get("methods", []), ())
            mirror = self._value(
                f"{place} mirror", values.one_of(*MirrorMode), table.get("mirror", "default"), "default"
            )
            stage = self._value(f"{place} stage", values.stage, table.get("stage", "shadow"), "shadow")
            group = self._value(f"{place} group", values.text, table.get("group", ""), "")
            upper = frozenset(method.upper() for method in methods)
            auto = self._value(f"{place} auto", values.flag, table.get("auto", False), False)
            if auto and group:
                self._mistake(f"{place} auto", f"the route moves with its group; write it in [groups.{group}]")
            found.append(Route(name, path, upper, group, MirrorMode(mirror), Stage(stage), auto))
        names = {route.name for route in found}
        for route in found:
            if route.group in names and route.group != route.name:
                self._mistake(
                    f"[[routes]] {route.name} group",
                    f"{route.group!r} is the name of a route as well; rename one",
                )
        return found

    def _sessions(self, twin: sections.Twin, proxy: sections.Proxy, routes: list[Route]) -> str:
        """`sessions`, and what `twin` needs: nothing of it may be guessed, since it decides who is signed in."""
        written = self.document.get("sessions", "shared")
        word = self._value("sessions", values.one_of("shared", "twin"), written, "shared")
        if "twin" in self.document and written == "shared":
            self._mistake("[twin]", "is in force with sessions = 'twin' only; write that above the first table")
        for name in ("login", "primary_cookies", "candidate_cookies") if word == "twin" else ():
            if not self._given("twin", name):
                self._mistake("[twin]", f"{name!r} is missing: sessions = 'twin' needs it (docs/sessions.md)")
        for side in Side if word == "twin" else ():
            cookies = twin.cookies_of(side)
            if cookies and not {f"cookie:{name}" for name in cookies} & set(proxy.client_key):
                told = f"names no cookie of [twin] {side}_cookies ({', '.join(cookies)}), so the mirror knows no client"
                self._mistake("[proxy] client_key", told)
        if self._given("twin", "tokens") and not self._given("twin", "token_page"):
            self._mistake("[twin]", "'token_page' is missing: a page that shows a token to who is signed in")
        names = [route.name for route in routes]
        for key in ("login", "logout"):
            for pattern in getattr(twin, key):
                if not any(fnmatchcase(name, pattern) for name in names):
                    self._mistake(f"[twin] {key}", f"no route is called {pattern!r}{_nearest(pattern, names)}")
        return str(word)

    def _waived(self, gate: sections.Gate, routes: list[Route]) -> None:
        names = [route.name for route in routes]
        for waiver in gate.waive:
            name = waiver.partition(": ")[0]
            if name not in names:
                self._mistake("[gate] waive", f"there is no route {name!r}{_nearest(name, names)}")

    def _route_table(self, routes: list[Route]) -> RouteTable:
        try:
            return RouteTable(routes)
        except ConfigError as error:
            self.mistakes.extend(error.mistakes)
            return RouteTable()

    def _rules(self, routes: list[Route]) -> tuple[Rule, ...]:
        found = []
        names = [*(route.name for route in routes), "*"]
        for number, table in enumerate(self._list_of_tables("rules"), 1):
            place = f"[[rules]] number {number}"
            plain = {key: value for key, value in table.items() if key != "until"}
            known = [item.name for item in dataclasses.fields(Rule)]
            self._unknown(place, table, known)
            rule = self._table(place, Rule, {key: value for key, value in plain.items() if key in known})
            until = table.get("until")
            if until is not None and not isinstance(until, date):
                self._mistake(f"{place} until", f"{until!r} is not a date such as 2027-03-01")
                until = None
            self._check_rule(place, rule, names)
            found.append(dataclasses.replace(rule, until=until))
        return tuple(found)

    def _webhooks(self) -> tuple[Webhook, ...]:
        found: list[Webhook] = []
        for number, table in enumerate(self._list_of_tables("webhooks"), 1):
            place = f"[[webhooks]] number {number}"
            hook = self._table(place, Webhook, table)
            if not table.get("url"):
                self._mistake(place, "'url' is missing: who is told, such as 'https://hooks.example/cutover'")
            elif hook.url and hook.url in [other.url for other in found]:
                self._mistake(f"{place} url", "the same address as an earlier one; put the events together")
            found.append(hook)
        return tuple(found)

    def _check_rule(self, place: str, rule: Rule, names: list[str]) -> None:
        kind = rule.rule.partition(":")[0]
        if kind not in _RULE_KINDS:
            self._mistake(
                f"{place} rule",
                f"{rule.rule!r} is unknown{_nearest(kind, _RULE_KINDS)} ({', '.join(_RULE_KINDS)})",
            )
        layer = rule.place.partition(":")[0]
        if layer not in _PLACES:
            self._mistake(
                f"{place} place",
                f"{rule.place!r} is unknown{_nearest(layer, _PLACES)} ({', '.join(_PLACES)})",
            )
        if not rule.reason:
            self._mistake(place, "'reason' is missing: why is this difference accepted?")
        if not any(letter in rule.route for letter in "*?[") and rule.route not in names:
            self._mistake(f"{place} route", f"there is no route {rule.route!r}{_nearest(rule.route, names)}")

    def _list_of_tables(self, name: str) -> list[dict[str, Any]]:
        return self._tables_in(name, self.document.get(name, []))

    def _tables_in(self, name: str, tables: object) -> list[dict[str, Any]]:
        if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
            self._mistake(f"[[{name}]]", "must be a list of tables: write [[double brackets]]")
            return []
        return tables

    def _given(self, section: str, key: str) -> object:
        table = self.document.get(section)
        return table.get(key) if isinstance(table, dict) else None

    def _unknown(self, place: str, table: Mapping[str, Any], known: Iterable[str]) -> None:
        names = list(known)
        for key in table:
            if key not in names:
                what = "section" if not place else "setting"
                self._mistake(place, f"{what} {key!r} is unknown{_nearest(key, names)}")

    def _mistake(self, place: str, what: str) -> None:
        self.mistakes.append(f"{place}: {what}" if place else what)


def _units_named(routes: Iterable[Mapping[str, Any]]) -> set[str]:
    """The groups that routes name, even those with mistakes; a route without a group is one by itself."""
    names = (table.get("group") or table.get("name") for table in routes)
    return {name for name in names if isinstance(name, str)}


def _nearest(word: str, words: Iterable[str]) -> str:
    near = difflib.get_close_matches(word, [str(one) for one in words], n=1, cutoff=0.5)
    return f"; did you mean {near[0]!r}?" if near else ""


def _is_text(kind: type[Any], key: str) -> bool:
    """True for a setting that is a text in the file: 20241105 is a build, not a number."""
    reads = (item.metadata.get("read") for item in dataclasses.fields(kind) if item.name == key)
    return any(read in (values.text, values.url, Path) for read in reads)


def _toml_value(value: str) -> Any:
    try:
        return tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return value


def _absolute(config: Config, folder: Path) -> Config:
    """Paths count from the folder of the file, also the one in `sqlite:///relative`."""
    url = config.store.url
    if url.startswith("sqlite:///") and not url.startswith("sqlite:////"):
        url = f"sqlite:///{folder / url.removeprefix('sqlite:///')}"
    recording = dataclasses.replace(
        config.recording, path=folder / config.recording.path, key=folder / config.recording.key
    )
    console = dataclasses.replace(config.console, token_file=folder / config.console.token_file)
    store = dataclasses.replace(config.store, url=url)
    templates = {
        name: path and folder / path
        for name in ("primary_templates", "candidate_templates")
        for path in [getattr(config.parity, name)]
    }
    parity = dataclasses.replace(config.parity, **templates)
    webhooks = tuple(
        dataclasses.replace(hook, secret_file=hook.secret_file and folder / hook.secret_file)
        for hook in config.webhooks
    )
    return dataclasses.replace(
        config, recording=recording, console=console, store=store, parity=parity, webhooks=webhooks
    )
