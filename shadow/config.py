"""The configuration as frozen dataclasses, one per section of `shadow.toml`; `config_file.py` reads them.

A field's `metadata["read"]` turns the TOML value into the field's; its docstring in `docs/configuration.md` is
under test. Relative paths count from the folder of the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from shadow import units
from shadow.config_values import (
    at_least_one,
    confidence,
    cookie_names,
    count,
    dotted,
    events,
    flag,
    forced,
    limit,
    one_of,
    page,
    rate,
    ratio,
    setting,
    share,
    sources,
    steps,
    text,
    texts,
    token_places,
    url,
    waivers,
    web_url,
    weekdays,
)
from shadow.routes import Route, RouteTable
from shadow.units import Address, Daily
from shadow.words import Event, Side, World


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
    reread: float = setting(5, rate)


@dataclass(frozen=True, slots=True)
class Clone:
    """`[world]`: the databases of the two worlds, and what makes the shadow one a clone of the live one."""

    live: str = setting("", text)
    shadow: str = setting("", text)
    clone: str = setting("", text)
    hold: float = setting("30 s", units.seconds)


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
    waive: tuple[str, ...] = setting((), waivers)


@dataclass(frozen=True, slots=True)
class Canary:
    """`[canary]`: the ramp of a share of clients, what each step must have seen, and who counts as one client."""

    steps: tuple[int, ...] = setting((5, 25, 50), steps)
    min_pairs: int = setting(100, count)
    min_span: float = setting("10 min", units.seconds)
    client_key: tuple[str, ...] = setting((), sources)


@dataclass(frozen=True, slots=True)
class Auto:
    """`[auto]`: when what has `auto = true` may be promoted without a person."""

    window: Daily = setting("09:00-16:00", units.daily)
    days: tuple[str, ...] = setting(("mon", "tue", "wed", "thu", "fri"), weekdays)
    cooldown: float = setting("30 min", units.seconds)


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
class Twin:
    """`[twin]`: how clients stay signed in on both stacks when these do not share cookies (`sessions = "twin"`)."""

    login: tuple[str, ...] = setting((), texts)
    logout: tuple[str, ...] = setting((), texts)
    primary_cookies: tuple[str, ...] = setting((), cookie_names)
    candidate_cookies: tuple[str, ...] = setting((), cookie_names)
    tokens: tuple[str, ...] = setting((), token_places)
    login_page: str = setting("", page)
    token_page: str = setting("", page)
    timeout: float = setting("5 s", units.seconds)
    idle: float = setting("1 h", units.seconds)
    limit: int = setting(10_000, at_least_one)

    def cookies_of(self, side: Side) -> tuple[str, ...]:
        """The names of the cookies that are a client's session on this stack."""
        return self.primary_cookies if side is Side.PRIMARY else self.candidate_cookies

    @property
    def seal(self) -> tuple[str, ...]:
        """The places of tokens, as `[recording] seal` calls them."""
        return tuple(place.replace("meta:", "form:", 1) for place in self.tokens)


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
    auto: bool = setting(False, flag)


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
class Webhook:
    """`[[webhooks]]`: who is told of which events; the file holds the key that signs them."""

    url: str = setting("", web_url)
    events: tuple[str, ...] = setting(tuple(Event), events)
    secret_file: Path | None = setting(None, Path)


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
    world: Clone = field(default_factory=Clone)
    store: Store = field(default_factory=Store)
    gate: Gate = field(default_factory=Gate)
    canary: Canary = field(default_factory=Canary)
    auto: Auto = field(default_factory=Auto)
    guard: Guard = field(default_factory=Guard)
    sessions: str = "shared"
    twin: Twin = field(default_factory=Twin)
    console: Console = field(default_factory=Console)
    parity: Parity = field(default_factory=Parity)
    routes: RouteTable = field(default_factory=RouteTable)
    groups: Mapping[str, Group] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()
    webhooks: tuple[Webhook, ...] = ()

    def upstream(self, side: Side) -> Upstream:
        """The section of a side."""
        return self.primary if side is Side.PRIMARY else self.candidate

    @property
    def twins(self) -> bool:
        """True when the stacks do not share sessions, and the harness keeps one on the other stack for each client."""
        return self.sessions == "twin"

    @property
    def two_worlds(self) -> bool:
        """True when copies have a database of their own."""
        return self.primary.shadow is not None and self.candidate.shadow is not None

    def promotes_itself(self, route: Route) -> bool:
        """True when the route's unit may be promoted without a person."""
        return self.group_of(route).auto or route.auto

    def group_of(self, route: Route) -> Group:
        """The table of the route's group; without one the group has no in-process state."""
        return self.groups.get(route.unit, Group(route.unit))
