"""The order of work for one pair of answers: status, fields, cookies, body; the quick ways first.

Pure: no clock, no I/O; one pair in, one Comparison out. Whatever the answers hold, nothing is raised.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from shadow.compare import classify
from shadow.compare.bodies import compare_bodies
from shadow.compare.cookies import compare_cookies
from shadow.compare.decode import Document, Fields, by_name, decode
from shadow.compare.differences import Exhausted, Tally
from shadow.compare.headers import compare_headers
from shadow.compare.learned import Learned, LearnedPlaces
from shadow.compare.noise import Moment
from shadow.compare.renaming import Names, Numbers, Renaming
from shadow.compare.rules import RouteRules, compile_rules, digest
from shadow.compare.text import compare_bytes
from shadow.config import Rule
from shadow.exchange import Answer, Response, Unanswered
from shadow.judgement import Comparison
from shadow.words import Outcome

# RFC 9110 6.4.1: these answers have no body whatever their fields say.
_BODILESS = frozenset({204, 205, 304})


@dataclass(frozen=True, slots=True)
class Pair:
    """Both answers to one request.

    `scope` is the client key, `at` the wall time of serving (unix s); `…_cookies_held` are the names of the cookies
    that the client's jar held on that side before this answer. `lag` is how many seconds later than the primary the
    candidate may have written down a time, from and to. `resource` is what the request speaks of, `numbers` whether
    numbers may be names, `counted` whether any is known by two. `signed_in` says that the client is known to be; else
    the names of its cookies tell.
    """

    route: str
    method: str
    scope: str
    primary: Answer
    candidate: Answer
    at: float
    primary_cookies_held: frozenset[str] = frozenset()
    candidate_cookies_held: frozenset[str] = frozenset()
    lag: tuple[float, float] = (0.0, 0.0)
    resource: str = ""
    numbers: Numbers = Numbers.NEVER
    counted: bool = False
    signed_in: bool = False


class Comparer:
    """Compares pairs under the rules in force today and the noise learned; ConfigError for rules that are of no use."""

    def __init__(self, rules: Sequence[Rule], *, today: date, learned: Iterable[Learned] = ()) -> None:
        self._learned = LearnedPlaces(learned)
        self._declared = compile_rules(rules, today)
        self._by_route: dict[str, RouteRules] = {}
        self.rules_digest = "+".join(filter(None, (digest(rules, today), self._learned.digest)))

    def compare(self, pair: Pair, names: Names) -> Comparison:
        """Everything that differs between the two answers, what was masked, and the aliases that they show."""
        # A tree that grows would be searched for garbage again and again, which takes as long as all the rest.
        collecting = gc.isenabled()
        gc.disable()
        try:
            return self._compare(pair, names)
        finally:
            if collecting:
                gc.enable()

    def _compare(self, pair: Pair, names: Names) -> Comparison:
        rules = self._by_route.get(pair.route)
        if rules is None:
            rules = self._by_route[pair.route] = RouteRules(self._declared, pair.route)
        primary, candidate = pair.primary, pair.candidate
        ours = _read(primary) if isinstance(primary, Response) else None
        theirs = _read(candidate) if isinstance(candidate, Response) else None
        renaming = Renaming(names, pair.scope, numbers=pair.numbers, resource=pair.resource, counted=pair.counted)
        moment = Moment(pair.at, _date(ours), _date(theirs), pair.lag)
        tally = Tally(renaming, moment, rules, pair.route, self._learned.of(pair.route))
        if ours and theirs:
            _answers(pair, ours, theirs, tally)
            # Last, when the body may have been read already.
            signed_in = pair.signed_in or classify.speak_of_login(pair.primary_cookies_held)
            shape = classify.shape(pair.method, ours.answer.status, ours.document, signed_in=signed_in)
        else:
            shape = f"{pair.method} {_word(primary)}"
            _unanswered(primary, candidate, tally)
        return Comparison(
            _outcome(tally),
            tuple(tally.differences),
            tally.renaming.aliases(),
            tuple(tally.noise),
            tuple(tally.accepted),
            frozenset(tally.used),
            tally.places,
            shape,
            tally.unread,
            tally.renaming.number_pairs(),
        )


def _outcome(tally: Tally) -> Outcome:
    if tally.differences:
        return Outcome.MISMATCH
    if tally.unread:
        return Outcome.SKIPPED
    if tally.accepted:
        return Outcome.ACCEPTED
    return Outcome.NOISE if tally.noise else Outcome.MATCH


def _word(answer: Answer) -> str:
    return f"{answer.status // 100}xx" if isinstance(answer, Response) else "unanswered"


def _unanswered(primary: Answer, candidate: Answer, tally: Tally) -> None:
    """One side, or both, gave no answer. Both: equal in kind, whatever each died of."""
    tally.places += 1
    if isinstance(primary, Unanswered) and isinstance(candidate, Unanswered):
        return
    p, c = (
        f"no answer: {answer.phase}" if isinstance(answer, Unanswered) else f"{answer.status}"
        for answer in (primary, candidate)
    )
    tally.add("status", "unanswered", "status", p, c)


class _Read(NamedTuple):
    """An answer, its fields by their names, and its body as a document."""

    answer: Response
    fields: Fields
    document: Document


def _read(answer: Response) -> _Read:
    fields = by_name(answer.headers)
    return _Read(answer, fields, decode(fields, answer.body.data))


def _date(read: _Read | None) -> str:
    values = read.fields.get(b"date") if read else None
    return values[0].decode("latin-1") if values else ""


def _answers(pair: Pair, primary: _Read, candidate: _Read, tally: Tally) -> None:
    status, other = primary.answer.status, candidate.answer.status
    if status != other:
        tally.differ("status", "status", "status", str(status), str(other))
        if tally.differences:
            # All else follows from it, and one fault shall be one finding; but what both made still has two names.
            if max(status, other) < 400:
                _content(pair, primary, candidate, Tally(tally.renaming, tally.moment, tally.rules))
            return
    else:
        tally.places += 1
    _content(pair, primary, candidate, tally)


def _content(pair: Pair, primary: _Read, candidate: _Read, tally: Tally) -> None:
    status = primary.answer.status
    bodies = pair.method != "HEAD" and status not in _BODILESS
    ours, theirs = primary.fields, candidate.fields
    if bodies:
        ours, theirs = _labelled(primary, candidate), _labelled(candidate, primary)
    mark = tally.mark()
    try:
        _fields(pair, ours, theirs, tally, bodies)
    except (Exhausted, RecursionError):
        tally.rewind(mark)
        tally.differ("header", "header", "header:*", _size(ours), _size(theirs))
    if not bodies:
        return
    told = len(tally.differences)
    _bodies(primary, candidate, tally)
    if 300 <= status < 400 and b"location" in ours and b"location" in theirs:
        # RFC 9110 15.4: a short note with a link, which nobody sees who follows.
        tally.soften(told)


def _fields(pair: Pair, primary: Fields, candidate: Fields, tally: Tally, bodies: bool) -> None:
    """The fields and the cookies; raises Exhausted."""
    compare_headers(primary, candidate, tally, bodies=bodies)
    if b"set-cookie" in primary or b"set-cookie" in candidate:
        held = pair.primary_cookies_held & pair.candidate_cookies_held
        compare_cookies(primary.get(b"set-cookie", ()), candidate.get(b"set-cookie", ()), tally, held)
    if primary.get(b"content-encoding") != candidate.get(b"content-encoding"):
        _codings(primary, candidate, tally)


def _size(fields: Fields) -> str:
    size = sum(len(value) for values in fields.values() for value in values)
    return f"too large to compare in detail; {size} characters in {len(fields)} fields"


def _labelled(read: _Read, other: _Read) -> Fields:
    """The fields, without the label of a body that the other side has neither: the missing body tells of both."""
    bare = other.document.kind == "empty" != read.document.kind and b"content-type" not in other.fields
    return {name: values for name, values in read.fields.items() if name != b"content-type"} if bare else read.fields


def _bodies(primary: _Read, candidate: _Read, tally: Tally) -> None:
    p, c = primary.answer.body, candidate.answer.body
    if p.truncated or c.truncated:
        size = min(len(p.data), len(c.data))
        compare_bytes(p.data[:size], c.data[:size], tally)
    else:
        compare_bodies(primary.document, candidate.document, tally)


def _codings(primary: Fields, candidate: Fields, tally: Tally) -> None:
    p, c = (
        ", ".join(value.decode("latin-1").lower() for value in fields.get(b"content-encoding", ()))
        for fields in (primary, candidate)
    )
    if p != c:
        tally.differ("header", "encoding", "header:content-encoding", p, c)
