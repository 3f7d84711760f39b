"""How the two commits of a test descend from one another, as GitHub tells it to whoever looks at the test's page.

The page waits for the answer. So after a failure GitHub is left alone for a while: a dead network must not slow down
every page by the length of a time-out.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from domain.clock import Clock
from domain.formatting import repository_name
from domain.github import Github, GithubError

Run = dict[str, Any]

PATIENCE = 60.0


class Descent(NamedTuple):
    """Whether GitHub has answered, and whether the base commit is an ancestor of the new one (no: not that we know)."""

    answered: bool
    is_ancestor: bool

    @property
    def warnings(self) -> list[str]:
        if not self.answered or self.is_ancestor:
            return []
        return ["the base commit is no ancestor of the new one: the test also measures what only the base has"]


UNKNOWN = Descent(answered=False, is_ancestor=False)


class Ancestry:
    """Asks at most once for each pair of commits (the client remembers), and not at all for a while after a failure."""

    def __init__(self, github: Github, clock: Clock) -> None:
        self._github = github
        self._clock = clock
        self._silent_until = float("-inf")

    def of(self, run: Run) -> Descent:
        """A tuning plays one commit against itself, and that one is its own ancestor."""
        args = run["args"]
        base, new = args["resolved_base"], args["resolved_new"]
        if self._clock.monotonic() < self._silent_until:
            return UNKNOWN
        try:
            return Descent(True, self._github.merge_base(repository_name(args["tests_repo"]), base, new) == base)
        except GithubError:
            self._silent_until = self._clock.monotonic() + PATIENCE
            return UNKNOWN
