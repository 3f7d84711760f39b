"""From one pair to its Judgement: compare, then tell mismatch, race and consequence apart; samples are sealed here."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import structlog

from shadow.compare.classify import fingerprint
from shadow.compare.comparer import Comparer, Pair
from shadow.compare.renaming import Numbers
from shadow.compare.series import resource_of
from shadow.compare.shared import compare_settled
from shadow.config import Config
from shadow.exchange import Answer, Exchange, Response, Unanswered
from shadow.http.cookies import request_cookies
from shadow.judgement import Comparison, Difference, Epoch, Judgement, NumberPair, Sample
from shadow.mirror import policy
from shadow.mirror.aliases import AliasBook
from shadow.mirror.jars import Client
from shadow.mirror.sampling import Sampling
from shadow.mirror.series import Named, SeriesBook, Weight
from shadow.recording.format import Shed, encode_answer, encode_request
from shadow.recording.seal import Sealer
from shadow.recording.tokens import mask
from shadow.routes import UNMATCHED
from shadow.words import Outcome, Side

_log = structlog.get_logger("shadow.mirror")
# A stored time that differs by more than this is a difference, however late the copies ever were: seconds.
_MOST_LAG = 900.0
# So many exchanges with differences are remembered, to tell what followed from them.
_CAUSES = 10_000


@dataclass(frozen=True, slots=True)
class Mirrored:
    """What the mirrored side made of one exchange: its answer, the time it took, the cookies the copy carried."""

    answer: Answer
    seconds: float | None
    cookies: frozenset[str]


class Judge:
    """Compares pairs under the rules in force and describes each result.

    `belated`: the answers of one side are of another day, so their times are compared by how far apart the days are.
    """

    def __init__(
        self, config: Config, comparer: Comparer, book: AliasBook, sealer: Sealer, *, belated: bool = False
    ) -> None:
        self._config = config
        self._comparer = comparer
        self._book = book
        self._sealer = sealer
        self._series = SeriesBook(book)
        self._findings: OrderedDict[str, str] = OrderedDict()
        self._sampling = Sampling()
        self.builds = {Side.PRIMARY: "", Side.CANDIDATE: ""}
        self.world = 1
        # What was served before (unix s) is part of the clone already.
        self.since = 0.0
        self.tainted = ""
        # By how many seconds a copy came after its original, at most: what the worlds stamped differs by up to that.
        self.lag = 0.0
        self._belated = belated
        self._least = float("inf") if belated else 0.0

    def came(self, late: float) -> None:
        """A copy came so many seconds after its original."""
        if self._belated:
            self._least = min(self._least, late)
        self.lag = max(self.lag, late if self._belated else min(late, _MOST_LAG))

    def taint(self, why: str) -> None:
        """The shadow world is no faithful clone from here on; with one world there is none."""
        if not self.tainted and self._config.two_worlds:
            _log.error("mirror.tainted", why=why)
            self.tainted = why

    def epoch(self) -> Epoch:
        """The span of evidence that a pair judged now belongs to."""
        return Epoch(self.builds[Side.PRIMARY], self.builds[Side.CANDIDATE], self._comparer.rules_digest, self.world)

    def pair(self, exchange: Exchange, client: Client, mirrored: Mirrored, *, lost: Sequence[str] = ()) -> Judgement:
        """The judgement of an exchange and its copy's answer; the AliasBook learns from the pair.

        `lost` are the cookies that the copy had to go without: what differs then is no fault of this exchange, and a
        write of it has not had its effect.
        """
        answering = exchange.answering
        answers = {answering: exchange.answer, answering.other: mirrored.answer}
        self._note_builds(answers)
        least = min(self._least, self.lag)
        held = {
            answering: frozenset(name for name, _ in request_cookies(exchange.request)),
            answering.other: mirrored.cookies,
        }
        pair = Pair(
            route=exchange.route,
            method=exchange.request.method,
            scope=client.id,
            primary=answers[Side.PRIMARY],
            candidate=answers[Side.CANDIDATE],
            at=exchange.started_at,
            primary_cookies_held=held[Side.PRIMARY],
            candidate_cookies_held=held[Side.CANDIDATE],
            lag=(least, self.lag) if answering is Side.PRIMARY else (-self.lag, -least),
            resource=resource_of(exchange.request.path.decode("latin-1")),
            numbers=Numbers.NEW,
            counted=self._series.counted,
            signed_in=client.signed_in or exchange.request.headers.get(b"authorization") is not None,
        )
        comparison = self._compared(pair, exchange)
        for alias in comparison.aliases:
            self._book.learn(alias, answering, exchange=exchange.id, route=exchange.route)
        if lost and comparison.outcome is Outcome.MISMATCH:
            if not exchange.request.safe:
                self.taint(f"write {exchange.id} went without its session{self._since(client, lost)}")
            return self.left_out(exchange, Outcome.SKIPPED, policy.SESSION)
        return self._describe(exchange, comparison, answers, mirrored)

    def _since(self, client: Client, lost: Sequence[str]) -> str:
        """Why these cookies are missing: the finding that their exchange showed, or the exchange itself."""
        exchange = client.cause_of(lost)
        finding = self._findings.get(exchange)
        return f" (finding {finding})" if finding else f" (exchange {exchange})" if exchange else ""

    def new_world(self, number: int, since: float) -> None:
        """The shadow world is another clone from here on: nothing that was known of the old one holds."""
        self.world, self.since, self.tainted = number, since, ""
        self._series.clear()
        self._findings.clear()

    def _compared(self, pair: Pair, exchange: Exchange) -> Comparison:
        """The comparison, with the numbers that differ weighed by what is known of their series."""
        view = self._book.view(exchange.answering)
        comparison = compare_settled(self._comparer.compare, pair, view)
        if not comparison.numbers:
            return comparison
        found = [_named(one, exchange.answering) for one in comparison.numbers]
        weight = self._series.weigh(found, exchange.request, exchange=exchange.id, route=exchange.route)
        if weight is Weight.REFUSED:
            return compare_settled(self._comparer.compare, replace(pair, numbers=Numbers.KNOWN), view)
        if weight is Weight.ON_TRIAL and comparison.outcome.clean:
            return comparison._replace(outcome=Outcome.SKIPPED, reason=policy.NUMBER)
        return comparison

    def left_out(self, exchange: Exchange, outcome: Outcome, reason: str) -> Judgement:
        """The judgement of an exchange that was not compared."""
        return Judgement(
            writer=exchange.writer,
            sequence=exchange.sequence,
            exchange=exchange.id,
            route=exchange.route,
            method=exchange.request.method,
            at=exchange.started_at,
            outcome=outcome,
            epoch=self.epoch(),
            reason=reason,
            path=self._path(exchange),
        )

    def shed(self, record: Shed) -> list[Judgement]:
        """The judgements of exchanges that were served and not recorded."""
        return [
            Judgement(
                writer=record.writer,
                sequence=record.sequence,
                exchange="",
                route=route,
                method=method,
                at=record.at,
                outcome=Outcome.SHED,
                epoch=self.epoch(),
                reason=record.reason,
                count=count,
            )
            for (route, method), count in record.counts.items()
        ]

    def _describe(
        self,
        exchange: Exchange,
        comparison: Comparison,
        answers: dict[Side, Answer],
        mirrored: Mirrored,
    ) -> Judgement:
        served = exchange.duration if isinstance(exchange.answer, Response) else None
        seconds = {exchange.answering: served, exchange.answering.other: mirrored.seconds}
        outcome = comparison.outcome
        if outcome is Outcome.MISMATCH and self.tainted:
            outcome = Outcome.CONSEQUENCE
        elif outcome is Outcome.MISMATCH and exchange.overlaps:
            outcome = Outcome.RACE
        if comparison.differences:
            self._findings[exchange.id] = fingerprint(exchange.route, comparison.differences[0])
            if len(self._findings) > _CAUSES:
                self._findings.popitem(last=False)
        return Judgement(
            writer=exchange.writer,
            sequence=exchange.sequence,
            exchange=exchange.id,
            route=exchange.route,
            method=exchange.request.method,
            at=exchange.started_at,
            outcome=outcome,
            epoch=self.epoch(),
            reason=self.tainted if outcome is Outcome.CONSEQUENCE else comparison.reason,
            shape=comparison.shape,
            primary_seconds=seconds[Side.PRIMARY],
            candidate_seconds=seconds[Side.CANDIDATE],
            places=comparison.places,
            noise=len(comparison.noise),
            accepted=len(comparison.accepted),
            rules=comparison.rules,
            differences=self._masked(exchange, comparison.differences, answers),
            samples=self._samples(exchange, comparison.differences, answers),
            answering=exchange.answering,
            path=self._path(exchange),
        )

    def _masked(
        self, exchange: Exchange, differences: Iterable[Difference], answers: dict[Side, Answer]
    ) -> tuple[Difference, ...]:
        """The differences with every secret of the pair taken out of their texts."""
        found = tuple(differences)
        if not found:
            return found
        secrets = self._sealer.secrets_of(exchange.request, *answers.values())
        scrub = self._sealer.scrub
        return tuple(
            Difference(
                one.layer,
                one.kind,
                one.place,
                scrub(one.primary, secrets),
                scrub(one.candidate, secrets),
                one.severity,
            )
            for one in found
        )

    def _samples(
        self, exchange: Exchange, differences: tuple[Difference, ...], answers: dict[Side, Answer]
    ) -> tuple[Sample, ...]:
        if not differences:
            return ()
        marks = [fingerprint(exchange.route, one) for one in differences]
        whole = self._sampling.wanted(self.builds[Side.CANDIDATE], marks, exchange.started_at)
        if not any(whole):
            return tuple(Sample(exchange.id, "", "") for _ in differences)
        request = encode_request(self._sealer.request(exchange.request))
        sealed = {
            side: encode_answer(self._sealer.answer(answer, request=exchange.request))
            for side, answer in answers.items()
        }
        secrets = self._sealer.secrets_of(exchange.request, *answers.values())
        return tuple(
            Sample(
                exchange.id,
                self._sealer.scrub(one.primary, secrets),
                self._sealer.scrub(one.candidate, secrets),
                request if keep else {},
                sealed[Side.PRIMARY] if keep else {},
                sealed[Side.CANDIDATE] if keep else {},
                exchange.serving,
            )
            for one, keep in zip(differences, whole, strict=True)
        )

    def _note_builds(self, answers: dict[Side, Answer]) -> None:
        for side, answer in answers.items():
            told = self._config.upstream(side).build
            name = told.removeprefix("header:")
            if name == told:
                self.builds[side] = told
            elif not isinstance(answer, Unanswered) and (build := answer.headers.text(name)):
                self.builds[side] = build

    def _path(self, exchange: Exchange) -> str:
        """The path, for requests that no route matched: the report lists them."""
        if exchange.route != UNMATCHED:
            return ""
        return mask(self._sealer.request(exchange.request).path.decode("latin-1"))[:200]


def _named(pair: NumberPair, answering: Side) -> Named:
    """The pair by worlds instead of sides."""
    primary, candidate = int(pair.primary), int(pair.candidate)
    live, shadow = (primary, candidate) if answering is Side.PRIMARY else (candidate, primary)
    return Named(pair.series, live, shadow)
