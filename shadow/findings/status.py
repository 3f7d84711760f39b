"""When a finding is fixed: a newer candidate build has shown enough of its exchanges without it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from shadow.findings.finding import Acceptance, Finding
from shadow.words import FindingStatus

# So many exchanges of the finding's route and shapes without it, in a newer build.
ENOUGH = 30


def settled(
    finding: Finding, build: str, builds: Sequence[str], compared: Callable[[Finding], int], *, enough: int = ENOUGH
) -> Finding:
    """The finding as it stands while `build` answers; `fixed` when that is newer and shows it no more.

    `builds` are the candidate's builds, oldest first; `compared(finding)` counts the pairs of the finding's route and
    shapes that were compared in `build`. Without a known build nothing can be told apart, so nothing is fixed.
    """
    if finding.status not in (FindingStatus.OPEN, FindingStatus.REOPENED) or build not in builds or not build:
        return finding
    newest_with_it = max((builds.index(one) for one in finding.builds if one in builds), default=-1)
    if builds.index(build) <= newest_with_it or compared(finding) < enough:
        return finding
    return replace(finding, status=FindingStatus.FIXED)


def signed(finding: Finding, acceptance: Acceptance | None) -> Finding:
    """The finding with a person's signature, or open again without it."""
    status = FindingStatus.OPEN if acceptance is None else FindingStatus.ACCEPTED
    return replace(finding, status=status, accepted=acceptance)
