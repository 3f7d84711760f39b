"""What the comparing says of one pair, and what is written down of it: the values between mirror, store and report."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from shadow.words import Outcome, Severity, Side


@dataclass(frozen=True, slots=True)
class Difference:
    """One unequal place.

    `layer` is status, header, cookie, json, html, text, binary or stream; `kind` is status, header, missing, extra,
    type, value, order, encoding, identity or unanswered. `place` is written as a rule would name it
    (`json:$.run.args.tc`, `html:main > table#tasks tr[2] td[1]`, `header:cache-control`, `cookie:auth_tkt.httponly`).
    `primary` and `candidate` are the two values as short text, empty where a side has none.
    """

    layer: str
    kind: str
    place: str
    primary: str
    candidate: str
    severity: Severity = Severity.VISIBLE


class Alias(NamedTuple):
    """What the primary calls a thing and what the candidate calls the same thing.

    `scope` is empty for the whole world, else the client it belongs to. `latest` marks a pair by a declared `alias`
    rule: it replaces an older one and need not be one-to-one.
    """

    kind: str
    primary: str
    candidate: str
    scope: str = ""
    latest: bool = False


class NumberPair(NamedTuple):
    """Two numbers that one thing of a series (`order`) would have on the two sides."""

    series: str
    primary: str
    candidate: str


class Comparison(NamedTuple):
    """The result of comparing two answers; `outcome` is match, noise, accepted, mismatch or, with a `reason`, skipped.

    `places` counts what was compared, `noise` and `accepted` name the places that were masked, `rules` the declared
    rules (by position) that matched, `aliases` the renamings that this pair shows, `numbers` those of numbers, which
    need more evidence than one pair.
    """

    outcome: Outcome
    differences: tuple[Difference, ...] = ()
    aliases: tuple[Alias, ...] = ()
    noise: tuple[str, ...] = ()
    accepted: tuple[str, ...] = ()
    rules: frozenset[int] = frozenset()
    places: int = 0
    shape: str = ""
    reason: str = ""
    numbers: tuple[NumberPair, ...] = ()


@dataclass(frozen=True, slots=True)
class Epoch:
    """A span of evidence: builds, rules and clone unchanged. `world` counts clones, from 1."""

    primary_build: str = ""
    candidate_build: str = ""
    rules: str = ""
    world: int = 1


@dataclass(frozen=True, slots=True)
class Sample:
    """Both sides of one difference, for a person. Everything in it is sealed or masked already.

    `request`, `primary_answer` and `candidate_answer` are as `recording.format` writes them; who was serving is None in
    samples of older stores.
    """

    exchange: str
    primary: str
    candidate: str
    request: dict[str, object] = field(default_factory=dict)
    primary_answer: dict[str, object] = field(default_factory=dict)
    candidate_answer: dict[str, object] = field(default_factory=dict)
    serving: Side | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """What became of `count` captured exchanges (more than one only for those shed together).

    `reason` is a short word for skipped, shed and failed ones. The two durations are seconds to the end of the answer,
    None where a side gave no answer; `answering` is the side whose answer the client got. `samples` holds one Sample
    for each difference, in the same order. `path` is told for requests that no route matched, without secrets.
    """

    writer: str
    sequence: int
    exchange: str
    route: str
    method: str
    at: float
    outcome: Outcome
    epoch: Epoch = Epoch()
    reason: str = ""
    shape: str = ""
    primary_seconds: float | None = None
    candidate_seconds: float | None = None
    places: int = 0
    noise: int = 0
    accepted: int = 0
    rules: frozenset[int] = frozenset()
    differences: tuple[Difference, ...] = ()
    samples: tuple[Sample, ...] = ()
    count: int = 1
    path: str = ""
    answering: Side = Side.PRIMARY
