"""Guard: what is seen of one promoted unit, and whether it is time to take it back. Pure.

Three things break a promotion: the candidate fails where the primary would not, reverse pairs differ more often than
the gate allows, or the candidate is slower than it was let through for. Each has a test of its own, made for a stream
that is looked at after every exchange: looking often must not make a false alarm likely.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field

from shadow.config import Gate, Guard
from shadow.judgement import Judgement
from shadow.store.tally import candidate_failed
from shadow.words import Outcome

# What counts as a bad share of differing pairs, in terms of the gate's limit; both stay apart from 1.
_TIMES_LIMIT = 10.0
_MOST_GOOD, _MOST_BAD = 0.4, 0.7
# Of so many pairs in a row; below the second no test could say anything.
_PAIRS, _FEWEST_PAIRS = 200, 50


@dataclass
class Watch:
    """One promoted unit since the moment (unix s) at which it was promoted.

    Feed it with `failed` and `judged`, then ask `breach`. `alike` is False where the primary does not have the state
    that its copy asks for, so that its answers say nothing of the candidate's.
    """

    since: float
    gate: Gate
    guard: Guard
    alike: bool = True
    _failures: deque[float] = field(default_factory=deque)
    # 5xx answers of the candidate that no pair has cleared yet, by exchange: when they came.
    _doubtful: dict[str, float] = field(default_factory=dict)
    _score: float = 0.0
    _mismatches: int = 0
    _slower: deque[bool] = field(default_factory=lambda: deque(maxlen=_PAIRS))

    def failed(self, exchange: str, at: float, *, certain: bool) -> None:
        """The candidate gave no answer (certain), or a 5xx, which the primary may give as well."""
        if at < self.since:
            return
        if certain:
            self._failures.append(at)
        else:
            self._doubtful[exchange] = at

    def judged(self, judgement: Judgement) -> None:
        """A reverse pair: the candidate served it, the primary got the copy."""
        if judgement.at < self.since or not self.alike:
            return
        doubtful = self._doubtful.pop(judgement.exchange, None)
        if doubtful is not None and candidate_failed(judgement):
            self._failures.append(doubtful)
        if judgement.outcome.clean or judgement.outcome is Outcome.MISMATCH:
            self._count(differs=judgement.outcome is Outcome.MISMATCH)
        if judgement.primary_seconds is not None and judgement.candidate_seconds is not None:
            self._time(judgement.primary_seconds, judgement.candidate_seconds)

    def breach(self, now: float) -> str:
        """Why the unit must be taken back, in words; empty while all is well."""
        return self._failing(now) or self._differing() or self._slowing()

    def _failing(self, now: float) -> str:
        # Where no copy comes back at all, nobody will clear the candidate: time has to.
        for exchange, at in list(self._doubtful.items()):
            if now - at > self.guard.patience:
                del self._doubtful[exchange]
                self._failures.append(at)
        while self._failures and self._failures[0] < now - self.guard.window:
            self._failures.popleft()
        if len(self._failures) < self.guard.failures:
            return ""
        return f"the candidate failed {len(self._failures)} times within {self.guard.window:g} s"

    def _count(self, *, differs: bool) -> None:
        """CUSUM of the bad share against the gate's limit (Page 1954), never below 0: good times earn no credit."""
        good = min(self.gate.limit, _MOST_GOOD)
        bad = min(good * _TIMES_LIMIT, _MOST_BAD)
        step = math.log(bad / good) if differs else math.log((1 - bad) / (1 - good))
        self._mismatches = self._mismatches + 1 if differs else self._mismatches
        self._score = max(0.0, self._score + step)
        if not self._score:
            self._mismatches = 0

    def _differing(self) -> str:
        # A share at the limit sets it off once in 1 / (limit * (1 - confidence)) pairs at the most (Lorden 1971).
        if self._score < -math.log(min(self.gate.limit, _MOST_GOOD) * (1 - self.gate.confidence)):
            return ""
        return f"{self._mismatches} reverse pairs differ, more than the gate's limit of {self.gate.limit:.2%} explains"

    def _time(self, primary: float, candidate: float) -> None:
        slow = candidate > self.guard.latency_floor and candidate > primary * self.guard.latency_ratio
        self._slower.append(slow)

    def _slowing(self) -> str:
        if len(self._slower) < _FEWEST_PAIRS or sum(self._slower) * 2 <= len(self._slower):
            return ""
        # A sign test, at a level that stands being asked after every pair.
        level = (1 - self.gate.confidence) / _PAIRS
        if _by_chance(sum(self._slower), len(self._slower)) > level:
            return ""
        return (
            f"{sum(self._slower)} of the last {len(self._slower)} answers took the candidate more than "
            f"{self.guard.latency_ratio:g} times as long"
        )


def _by_chance(heads: int, throws: int) -> float:
    """How likely a fair coin shows at least so many heads: the p-value of a one-sided sign test, exact."""
    return float(sum(math.comb(throws, number) for number in range(heads, throws + 1)) / 2**throws)
