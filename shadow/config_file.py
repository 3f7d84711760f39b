"""Read `shadow.toml` and the environment; all mistakes are reported at once, each with place and nearest right name."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from shadow import config as sections
from shadow import config_routes
from shadow import config_values as values
from shadow.config import Accepted, Config, Webhook
from shadow.config_tables import Tables, nearest
from shadow.errors import ConfigError
from shadow.routes import Route
from shadow.words import Side

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
    return _config(path, Tables(document, environ, _TABLES, _LISTS))


def _config(path: Path, tables: Tables) -> Config:
    tables.unknown("", tables.document, [*_TABLES, *_LISTS, *_WORDS])
    accepted = _accepted(tables)
    parts = {name: tables.table(f"[{name}]", kind, tables.document.get(name, {})) for name, kind in _TABLES.items()}
    _worlds(tables)
    parts["parity"] = dataclasses.replace(parts["parity"], accepted=accepted)
    found = config_routes.read(tables, parts["gate"])
    parts["sessions"] = _sessions(tables, parts["twin"], parts["proxy"], found.routes)
    webhooks = _webhooks(tables)
    if tables.mistakes:
        raise ConfigError([f"{path.name} {mistake}" for mistake in tables.mistakes])
    recording = parts["recording"]
    parts["recording"] = dataclasses.replace(recording, seal=(*recording.seal, *parts["twin"].seal))
    config = Config(source=path, routes=found.table, groups=found.groups, rules=found.rules, webhooks=webhooks, **parts)
    return _absolute(config, path.resolve().parent)


def _worlds(tables: Tables) -> None:
    """Both applications have an address in the live world, and both or none in the shadow world."""
    for side in ("primary", "candidate"):
        if not tables.given(side, "live"):
            tables.mistake(
                f"[{side}]", "'live' is missing: the address of the application, such as 'http://127.0.0.1:6543'"
            )
    if bool(tables.given("primary", "shadow")) != bool(tables.given("candidate", "shadow")):
        tables.mistake("[primary] and [candidate]", "give 'shadow' in both (two worlds) or in neither (one world)")


def _accepted(tables: Tables) -> tuple[Accepted, ...]:
    """Take the list out of `[parity]`, which is read as a plain table afterwards."""
    parity = tables.document.get("parity")
    if not isinstance(parity, dict) or "accepted" not in parity:
        return ()
    tables.document["parity"] = {key: value for key, value in parity.items() if key != "accepted"}
    found = []
    for number, table in enumerate(tables.tables_in("parity.accepted", parity["accepted"]), 1):
        place = f"[[parity.accepted]] number {number}"
        found.append(tables.table(place, Accepted, table))
        for name in ("check", "subject", "digest", "reason"):
            if not table.get(name):
                tables.mistake(place, f"{name!r} is missing; `shadow parity` prints the table to copy, but the reason")
    return tuple(found)


def _sessions(tables: Tables, twin: sections.Twin, proxy: sections.Proxy, routes: list[Route]) -> str:
    """`sessions`, and what `twin` needs: nothing of it may be guessed, since it decides who is signed in."""
    written = tables.document.get("sessions", "shared")
    word = tables.value("sessions", values.one_of("shared", "twin"), written, "shared")
    if "twin" in tables.document and written == "shared":
        tables.mistake("[twin]", "is in force with sessions = 'twin' only; write that above the first table")
    for name in ("login", "primary_cookies", "candidate_cookies") if word == "twin" else ():
        if not tables.given("twin", name):
            tables.mistake("[twin]", f"{name!r} is missing: sessions = 'twin' needs it (docs/sessions.md)")
    for side in Side if word == "twin" else ():
        cookies = twin.cookies_of(side)
        if cookies and not {f"cookie:{name}" for name in cookies} & set(proxy.client_key):
            told = f"names no cookie of [twin] {side}_cookies ({', '.join(cookies)}), so the mirror knows no client"
            tables.mistake("[proxy] client_key", told)
    if tables.given("twin", "tokens") and not tables.given("twin", "token_page"):
        tables.mistake("[twin]", "'token_page' is missing: a page that shows a token to who is signed in")
    names = [route.name for route in routes]
    for key in ("login", "logout"):
        for pattern in getattr(twin, key):
            if not any(fnmatchcase(name, pattern) for name in names):
                tables.mistake(f"[twin] {key}", f"no route is called {pattern!r}{nearest(pattern, names)}")
    return str(word)


def _webhooks(tables: Tables) -> tuple[Webhook, ...]:
    found: list[Webhook] = []
    for number, table in enumerate(tables.list_of("webhooks"), 1):
        place = f"[[webhooks]] number {number}"
        hook = tables.table(place, Webhook, table)
        if not table.get("url"):
            tables.mistake(place, "'url' is missing: who is told, such as 'https://hooks.example/cutover'")
        elif hook.url and hook.url in [other.url for other in found]:
            tables.mistake(f"{place} url", "the same address as an earlier one; put the events together")
        found.append(hook)
    return tuple(found)


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
