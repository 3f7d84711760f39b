"""Finding: differences of one fingerprint, counted and followed over the candidate's builds."""

from __future__ import annotations

from dataclasses import dataclass

from shadow.words import FindingStatus, Severity


@dataclass(frozen=True, slots=True)
class Acceptance:
    """A person's signature: who accepted a finding, when (unix s) and why."""

    who: str
    at: float
    reason: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One triaged fault.

    `count` holds every sighting; `races` those seen only beside a write, `consequences` those that follow from an
    earlier fault (`cause` says which). `builds` are the candidate builds it was seen in, in the order of their first
    sighting; `shapes` the shapes of the exchanges that showed it. `primary` and `candidate` are the two values of the
    first sighting, `place` is where, with positions and ids blanked as a rule would name it.
    """

    id: str
    route: str
    layer: str
    kind: str
    place: str
    primary: str
    candidate: str
    severity: Severity
    first_seen: float
    last_seen: float
    status: FindingStatus = FindingStatus.OPEN
    count: int = 0
    races: int = 0
    consequences: int = 0
    builds: tuple[str, ...] = ()
    shapes: tuple[str, ...] = ()
    cause: str = ""
    accepted: Acceptance | None = None

    @property
    def race_only(self) -> bool:
        """True while it was never seen without an overlapping write."""
        return 0 < self.races == self.count

    @property
    def blocking(self) -> bool:
        """True when it stands in the way of a promotion: open, and seen at least once by itself."""
        return (
            self.status in (FindingStatus.OPEN, FindingStatus.REOPENED) and self.count > self.races + self.consequences
        )

    @property
    def latest_build(self) -> str:
        """The candidate build in which it was last seen for the first time."""
        return self.builds[-1] if self.builds else ""
