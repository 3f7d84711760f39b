"""The configuration as frozen dataclasses, one per section of `shadow.toml`; `config_file.py` reads them.

A field's `metadata["read"]` turns the TOML value into the field's; its docstring in `docs/configuration.md` is
under test. Relative paths count from the folder of the file.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from shadow import units
from shadow.routes import Route, RouteTable
from shadow.units import Address
from shadow.words import Side, Stage, World

_URL = re.compile(r"http://(?:\[[0-9A-Fa-f:.]+\]|[^\s/?#@:\[\]]+)(?::(?P<port>[^\s/?#@:]*))?")
_USERINFO = re.compile(r"//[^/]*@")
_SOURCE = re.compile(r"(?:cookie|header):[!-~]+|json:[^.]+(?:\.[^.]+)*")
_DIGITS = re.compile(r"[0-9]{1,5}")
_DOTTED = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*", re.ASCII)


def setting(default: Any, read: Any) -> Any:
    """A field with its default as the file would write it (empty and None as they are), and what reads it."""
    return field(default=read(default) if default else default, metadata={"read": read})


def text(value: object) -> str:
    """A text; raises ValueError for anything else."""
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is not a text")
    return value


def texts(value: object) -> tuple[str, ...]:
    """A list of texts."""
    if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
        raise ValueError(f"{value!r} is not a list of texts")
    return tuple(value)


def flag(value: object) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise ValueError(f"{value!r} is not true or false")
    return value


def count(value: object) -> int:
    """A whole number of at least 0."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f"{value!r} is not a whole number of at least 0")
    return value


def at_least_one(value: object) -> int:
    """A whole number of at least 1."""
    if count(value) < 1:
        raise ValueError(f"{value!r} is not a whole number of at least 1")
    return count(value)


def share(value: object) -> float:
    """A number from 0 to 1."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise ValueError(f"{value!r} is not a number from 0 to 1")
    return float(value)


def confidence(value: object) -> float:
    """A number between 0 and 1, neither of them."""
    if share(value) in (0, 1):
        raise ValueError(f"{value!r} is not between 0 and 1; 1 asks for certainty, which no number of pairs gives")
    return share(value)


def limit(value: object) -> float:
    """A number above 0, up to 1."""
    if share(value) == 0:
        raise ValueError(f"{value!r} asks for certainty, which no number of pairs gives; write a number above 0")
    return share(value)


def ratio(value: object) -> float:
    """A number above 0."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
        raise ValueError(f"{value!r} is not a number above 0")
    return float(value)


def url(value: object) -> str:
    """An `http://host[:port]` address without a path; the port is 1 to 65535, an IPv6 host stands in brackets."""
    found = text(value).rstrip("/")
    parts = _URL.fullmatch(found)
    if parts is None:
        shown = _USERINFO.sub("//***@", text(value))  # it may be a password
        raise ValueError(f"{shown!r} is not an address such as 'http://127.0.0.1:8000'")
    port = parts.group("port")
    if port is not None and not (_DIGITS.fullmatch(port) and 1 <= int(port) <= 65535):
        raise ValueError(f"{value!r} has the port {port!r}; a port is a number from 1 to 65535")
    return found


def one_of(*words: str) -> Any:
    """A reader that takes one of these words."""

    def read(value: object) -> str:
        if value not in words:
            raise Choice(value, words)
        return str(value)

    return read


def stage(value: object) -> str:
    """The stage of a route when it is first seen."""
    if value == Stage.CANARY:
        raise ValueError("this version serves no canary share; write 'shadow'")
    return str(one_of(*(word for word in Stage if word is not Stage.CANARY))(value))


def dotted(value: object) -> str:
    """Something to import, `package.module:name`."""
    if not _DOTTED.fullmatch(text(value)):
        raise ValueError(f"{value!r} is not a dotted name such as 'package.module:name'")
    return text(value)


def forced(value: object) -> tuple[tuple[str, str], ...]:
    """A table of Python spellings: how the candidate writes something, and how the primary does."""
    if not isinstance(value, Mapping):
        raise ValueError(f"{value!r} is not a table such as {{ 'call.username' = 'request.authenticated_userid' }}")
    for spelling in (*value, *value.values()):
        try:
            statements = len(ast.parse(text(spelling)).body)
        except SyntaxError as error:
            raise ValueError(f"{spelling!r} is not Python: {error.msg}") from None
        if statements != 1:
            raise ValueError(f"{spelling!r} is not one statement or expression")
    return tuple(value.items())


def sources(value: object) -> tuple[str, ...]:
    """A list of places in a request that tell whose it is."""
    wrong = [source for source in texts(value) if not _SOURCE.fullmatch(source)]
    if wrong:
        raise ValueError(f"no source: {', '.join(map(repr, wrong))}; write cookie:NAME, header:NAME or json:a.b")
    return texts(value)


class Choice(ValueError):
    """A word that is not in a closed list; keeps the list, so that the nearest can be named."""

    def __init__(self, value: object, words: tuple[str, ...]) -> None:
        super().__init__(f"{value!r} is unknown")
        self.value = value
        self.words = words


@dataclass(frozen=True, slots=True)
class Listen:
    """`[listen]`: where the proxy and the console listen, and how many proxy processes share the port."""

    proxy: Address = setting("127.0.0.1:8080", units.address)
    console: Address = setting("127.0.0.1:8081", units.address)
    workers: int = setting(1, at_least_one)


@dataclass(frozen=True, slots=True)
class Upstream:
    """`[primary]`, `[candidate]`: one stack in its two worlds, and where its build is told."""

    live: str = setting("", url)
    shadow: str | None = setting(None, url)
    build: str = setting("header:X-Build", text)

    def in_world(self, world: World) -> str:
        """The address in a world; the live one where there is no clone."""
        return self.live if world is World.LIVE or self.shadow is None else self.shadow


@dataclass(frozen=True, slots=True)
class Proxy:
    """`[proxy]`: limits of the hot path, and how a client is recognised."""

    connect_timeout: float = setting("5 s", units.seconds)
    timeout: float = setting("60 s", units.seconds)
    connections: int = setting(256, at_least_one)
    trusted_hops: int = setting(0, count)
    client_key: tuple[str, ...] = setting(
        ["cookie:session", "cookie:auth_tkt", "header:authorization", "json:worker_info.unique_key"], sources
    )


@dataclass(frozen=True, slots=True)
class Recording:
    """`[recording]`: the folder of the log, its budgets, and what is sealed in it."""

    path: Path = setting("recordings/live", Path)
    key: Path = setting("var/recording.key", Path)
    max_bytes: int = setting("2 GiB", units.size)
    segment: int = setting("16 MiB", units.size)
    capture: int = setting("1 MiB", units.size)
    queue: int = setting("32 MiB", units.size)
    seal: tuple[str, ...] = setting((), texts)
    keep_mirrored: bool = setting(False, flag)


@dataclass(frozen=True, slots=True)
class Mirror:
    """`[mirror]`: how copies are sent."""

    order: str = setting("global", one_of("global", "client"))
    timeout: float = setting("10 s", units.seconds)
    max_lag: float = setting("2 s", units.seconds)
    sample: float = setting(1.0, share)
    parallel: int = setting(8, at_least_one)


@dataclass(frozen=True, slots=True)
class Store:
    """`[store]`: where counts, findings, aliases and stages live."""

    url: str = setting("sqlite:///var/shadow.db", text)


@dataclass(frozen=True, slots=True)
class Gate:
    """`[gate]`: how much evidence a promotion needs (design 9)."""

    limit: float = setting(0.001, limit)
    confidence: float = setting(0.95, confidence)
    min_span: float = setting("24 h", units.seconds)
    min_per_shape: int = setting(30, count)
    latency_ratio: float = setting(1.10, ratio)
    coverage: float = setting(0.95, share)
    masked: float = setting(0.5, share)


@dataclass(frozen=True, slots=True)
class Guard:
    """`[guard]`: what makes the guard take a promoted route or group back by itself."""

    enabled: bool = setting(True, flag)
    failures: int = setting(3, at_least_one)
    window: float = setting("60 s", units.seconds)
    patience: float = setting("2 s", units.seconds)
    latency_ratio: float = setting(3.0, ratio)
    latency_floor: float = setting("50 ms", units.seconds)


@dataclass(frozen=True, slots=True)
class Console:
    """`[console]`: the file that holds the operator's token, made at the first start."""

    token_file: Path = setting("var/console.token", Path)


@dataclass(frozen=True, slots=True)
class Accepted:
    """`[[parity.accepted]]`: one difference between the applications themselves, signed off as it stands today."""

    check: str = setting("", one_of("routes", "ast", "html", "metadata"))
    subject: str = setting("", text)
    digest: str = setting("", text)
    reason: str = setting("", text)


@dataclass(frozen=True, slots=True)
class Parity:
    """`[parity]`: the two applications as programs, for what can be compared without traffic."""

    primary: str = setting("", dotted)
    candidate: str = setting("", dotted)
    world: str = setting("", dotted)
    requests: str = setting("", dotted)
    primary_package: str = setting("", text)
    candidate_package: str = setting("", text)
    primary_templates: Path | None = setting(None, Path)
    candidate_templates: Path | None = setting(None, Path)
    ambient: tuple[str, ...] = setting((), texts)
    forced: tuple[tuple[str, str], ...] = setting((), forced)
    accepted: tuple[Accepted, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """`[groups.NAME]`: routes that share in-process state, and the hooks of a handover (`POST /path`)."""

    name: str = ""  # the NAME of the table
    state: str = setting("none", one_of("none", "in-process"))
    leave: str = setting("", text)
    enter: str = setting("", text)
    timeout: float = setting("5 s", units.seconds)


@dataclass(frozen=True, slots=True)
class Rule:
    """`[[rules]]`: one accepted difference, signed by an owner and with an end."""

    place: str = setting("", text)
    rule: str = setting("", text)
    route: str = setting("*", text)
    reason: str = setting("", text)
    owner: str = setting("", text)
    until: date | None = field(default=None)

    def expired(self, today: date) -> bool:
        """True from the day after `until`."""
        return self.until is not None and today > self.until


@dataclass(frozen=True, slots=True)
class Config:
    """The whole effective configuration; `source` is the file it came from."""

    source: Path
    primary: Upstream
    candidate: Upstream
    listen: Listen = field(default_factory=Listen)
    proxy: Proxy = field(default_factory=Proxy)
    recording: Recording = field(default_factory=Recording)
    mirror: Mirror = field(default_factory=Mirror)
    store: Store = field(default_factory=Store)
    gate: Gate = field(default_factory=Gate)
    guard: Guard = field(default_factory=Guard)
    console: Console = field(default_factory=Console)
    parity: Parity = field(default_factory=Parity)
    routes: RouteTable = field(default_factory=RouteTable)
    groups: Mapping[str, Group] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()

    def upstream(self, side: Side) -> Upstream:
        """The section of a side."""
        return self.primary if side is Side.PRIMARY else self.candidate

    @property
    def two_worlds(self) -> bool:
        """True when copies have a database of their own."""
        return self.primary.shadow is not None and self.candidate.shadow is not None

    def group_of(self, route: Route) -> Group:
        """The table of the route's group; without one the group has no in-process state."""
        return self.groups.get(route.unit, Group(route.unit))
