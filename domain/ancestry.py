"""How the two commits of a test descend from one another, as GitHub tells it to whoever looks at the test's page.

The page waits for the answer. So after a wait in vain GitHub is left alone for a while: a dead network must not slow
down every page by the length of a time-out.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from domain.clock import Clock
from domain.formatting import repository_name
from domain.github import Github, GithubError

Run = dict[str, Any]

# Seconds without an answer that are too long for a page, and for how long it is then made without.
LONG_WAIT, SILENCE = 1.0, 60.0


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
    """Asks once for each pair of commits, since the client remembers answers, and not at all after a wait in vain."""

    def __init__(self, github: Github, clock: Clock) -> None:
        self._github = github
        self._clock = clock
        self._silent_until = float("-inf")

    def of(self, run: Run) -> Descent:
        """A tuning plays one commit against itself, and that one is its own ancestor."""
        args, now = run["args"], self._clock.monotonic()
        base, new = args["resolved_base"], args["resolved_new"]
        if now < self._silent_until:
            return UNKNOWN
        try:
            return Descent(True, self._github.merge_base(repository_name(args["tests_repo"]), base, new) == base)
        except GithubError:
            if self._clock.monotonic() - now > LONG_WAIT:
                self._silent_until = self._clock.monotonic() + SILENCE
            return UNKNOWN
