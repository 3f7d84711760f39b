"""From judgements to findings: the differences of one fingerprint in one exchange are one sighting of a finding."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from shadow.compare.classify import blank_place, fingerprint
from shadow.findings.finding import Finding
from shadow.judgement import Difference, Judgement, Sample
from shadow.words import FindingStatus, Outcome, Severity

# So many findings of one route are kept apart.
ROOM = 1000
MORE_PLACES = "more places"
_MAX_BUILDS = 50
_MAX_SHAPES = 50


@dataclass(frozen=True, slots=True)
class Sighting:
    """One exchange that shows a finding; `difference` and `sample` are its first place there."""

    finding: str
    route: str
    difference: Difference
    sample: Sample | None
    outcome: Outcome
    at: float
    build: str
    shape: str
    cause: str


def sightings(judgement: Judgement) -> Iterator[Sighting]:
    """What a judgement shows, each finding once however many places of the exchange belong to it."""
    samples: Iterable[Sample | None] = judgement.samples or [None] * len(judgement.differences)
    seen: set[str] = set()
    for difference, sample in zip(judgement.differences, samples, strict=True):
        mark = fingerprint(judgement.route, difference)
        if mark not in seen:
            seen.add(mark)
            yield Sighting(
                finding=mark,
                route=judgement.route,
                difference=difference,
                sample=sample,
                outcome=judgement.outcome,
                at=judgement.at,
                build=judgement.epoch.candidate_build,
                shape=shape_of(judgement),
                cause=judgement.reason if judgement.outcome is Outcome.CONSEQUENCE else "",
            )


def seen_again(finding: Finding | None, sighting: Sighting) -> Finding:
    """The finding with one more sighting, or the new finding that it makes.

    A fixed finding that comes back is reopened; an accepted one stays accepted.
    """
    if finding is None:
        finding = _first(sighting)
    return replace(
        finding,
        severity=_worse(finding.severity, sighting.difference.severity),
        status=FindingStatus.REOPENED if finding.status is FindingStatus.FIXED else finding.status,
        count=finding.count + 1,
        races=finding.races + (sighting.outcome is Outcome.RACE),
        consequences=finding.consequences + (sighting.outcome is Outcome.CONSEQUENCE),
        first_seen=min(finding.first_seen, sighting.at),
        last_seen=max(finding.last_seen, sighting.at),
        builds=_with(finding.builds, sighting.build, _MAX_BUILDS),
        shapes=_with(finding.shapes, sighting.shape, _MAX_SHAPES),
        cause=finding.cause or sighting.cause,
    )


def crowded(sighting: Sighting) -> Sighting:
    """The same sighting as one of the route's finding for all that found no room.

    Places come from traffic: whoever sends a new key with each request must not fill the store.
    """
    more = replace(sighting.difference, layer="any", kind="value", place=MORE_PLACES, primary="", candidate="")
    return replace(sighting, finding=fingerprint(sighting.route, more), difference=more)


def shows(finding: Finding, shape: str) -> bool:
    """True when exchanges of this shape could show the finding.

    Without an answer to look at, a shape is only a beginning: `GET 2xx` of `GET 2xx anonymous text/html page`.
    """
    return any(shape == one or shape.startswith(f"{one} ") for one in finding.shapes)


def shape_of(judgement: Judgement) -> str:
    """The exchange's shape with its method in front, since a route may have several methods."""
    shape, method = judgement.shape, judgement.method
    return shape if shape.split(" ", 1)[0] == method else f"{method} {shape}".rstrip()


def _first(sighting: Sighting) -> Finding:
    difference = sighting.difference
    return Finding(
        id=sighting.finding,
        route=sighting.route,
        layer=difference.layer,
        kind=difference.kind,
        place=blank_place(difference.place),
        primary=difference.primary,
        candidate=difference.candidate,
        severity=difference.severity,
        first_seen=sighting.at,
        last_seen=sighting.at,
    )


def _worse(one: Severity, other: Severity) -> Severity:
    return min(one, other, key=list(Severity).index)


def _with(values: tuple[str, ...], value: str, limit: int) -> tuple[str, ...]:
    return values if value in values else (*values, value)[-limit:]
