"""Retry: send the request of a finding to both sides now, and compare what they answer now.

A read goes where the mirror would send it: to the serving side as the client sent it, and its translated copy to the
mirrored side. A write is refused unless it is forced: with two worlds both stacks get it in the shadow world, which is
no faithful clone afterwards, and with one world it changes the live one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from shadow import clock
from shadow.compare.classify import fingerprint
from shadow.compare.comparer import Comparer
from shadow.config import Config
from shadow.errors import NotFound, ShadowError, StartError
from shadow.exchange import Exchange, Request, Unanswered
from shadow.findings.finding import Finding
from shadow.http.cookies import request_cookies
from shadow.http.pool import UpstreamPool
from shadow.judgement import Judgement, Sample
from shadow.mirror.aliases import AliasBook
from shadow.mirror.jars import Client
from shadow.mirror.judge import Judge, Mirrored
from shadow.mirror.memory import Memory
from shadow.mirror.sender import Sender, Sent
from shadow.mirror.translate import translate
from shadow.recording.format import decode_answer, decode_request, encode_answer, encode_request
from shadow.recording.seal import Sealer
from shadow.routes import REST
from shadow.store.base import Store
from shadow.store.learned import known
from shadow.words import Side, Stage, World


@dataclass(frozen=True, slots=True)
class Retried:
    """What came of it: where the request went, and the judgement of the two answers.

    The judgement has a sample with both answers although they are equal.
    """

    finding: Finding
    judgement: Judgement
    sent_to: Mapping[Side, str]
    tainted: bool

    @property
    def equal(self) -> bool:
        """True when the two answers are equal now."""
        return self.judgement.outcome.clean

    @property
    def still(self) -> bool:
        """True when the finding itself shows again."""
        marks = {fingerprint(self.judgement.route, one) for one in self.judgement.differences}
        return self.finding.id in marks


class Retry:
    """Tries findings again, with the names and cookies that the mirror knows."""

    def __init__(self, config: Config, store: Store, sealer: Sealer) -> None:
        self._config = config
        self._store = store
        self._sealer = sealer
        self._memory = Memory(store, sealer, None, enough=1)

    async def again(self, finding_id: str, *, force: bool = False) -> Retried:
        """Send and compare; ShadowError when that cannot or must not be done."""
        finding = self._store.finding(finding_id)
        exchange = self._sampled(finding)
        request = exchange.request
        if not request.safe and not force:
            raise ShadowError(self._refusal(finding, request.method))
        worlds = self._worlds(exchange)
        taints = not request.safe and self._config.two_worlds
        if taints:
            # Before it is sent: a write that nobody knows of would be worse than a note of one that never left.
            self._store.record([], checkpoint={}, tainted=f"finding {finding.id} was tried again with a write")
        client = self._memory.clients(self._config.proxy.client_key).of(exchange)
        requests = self._requests(exchange, client, worlds)
        answers = await self._sent(requests, worlds)
        judgement = self._judged(exchange, client, requests, answers, crossing=len(set(worlds.values())) == 2)
        sent_to = {side: self._config.upstream(side).in_world(world) for side, world in worlds.items()}
        return Retried(finding, self._sampled_now(judgement, exchange.serving, requests, answers), sent_to, taints)

    def _refusal(self, finding: Finding, method: str) -> str:
        """What a write would do, and what to do instead or next."""
        write = f"{finding.id}: its request is a write ({method})"
        force = f"Next: shadow findings retry {finding.id} --force"
        if not self._config.two_worlds:
            return f"{write}, and there is one world only: it would change the live database. {force}, if it may"
        return (
            f"{write}: both stacks would get it in the shadow world, which is tainted then, and no route can be "
            f"promoted until it is cloned anew. {force}, and shadow resync after it; or replay its recording"
        )

    def _sampled(self, finding: Finding) -> Exchange:
        """The exchange of the newest sample that the store keeps, as it was served."""
        sample = next((one for one in self._store.samples(finding.id) if one.request), None)
        if sample is None:
            raise NotFound(f"finding {finding.id} has no sample with a request. Next: shadow replay its recording")
        request = self._sealer.open_request(decode_request(sample.request))
        if request.body.truncated:
            raise ShadowError(f"finding {finding.id}: the body of its request was too large to be captured")
        route = self._config.routes.get(finding.route) or REST
        stage = self._store.stages().routes.get(route.name, route.stage)
        # In a canary some clients are served by either side: this one is served as it was.
        serving = Side.CANDIDATE if stage is Stage.PROMOTED else Side.PRIMARY
        if stage is Stage.CANARY:
            serving = sample.serving or serving
        told = sample.primary_answer if (sample.serving or serving) is Side.PRIMARY else sample.candidate_answer
        answer = self._sealer.open_answer(decode_answer(told))
        now, clocked = clock.now(), clock.monotonic()
        return Exchange(
            sample.exchange,
            "retry",
            1,
            now,
            clocked,
            clocked,
            0.0,
            "",
            finding.route,
            "",
            serving,
            stage,
            request,
            answer,
        )

    def _worlds(self, exchange: Exchange) -> dict[Side, World]:
        if exchange.request.safe and self._config.two_worlds:
            return {exchange.serving: World.LIVE, exchange.serving.other: World.SHADOW}
        world = World.SHADOW if self._config.two_worlds else World.LIVE
        return dict.fromkeys(Side, world)

    def _requests(self, exchange: Exchange, client: Client, worlds: Mapping[Side, World]) -> dict[Side, Request]:
        """The request as each world must get it."""
        cookies = client.cookies_for(exchange.request, one_world=not self._config.two_worlds)
        translated = translate(exchange.request, cookies, self._memory.book.glossary(client.id, exchange.id))
        return {side: translated if world is World.SHADOW else exchange.request for side, world in worlds.items()}

    async def _sent(self, requests: Mapping[Side, Request], worlds: Mapping[Side, World]) -> dict[Side, Sent]:
        sender = self._sender(worlds)
        try:
            answers = {side: await sender.send(side, request) for side, request in requests.items()}
        finally:
            await sender.close()
        away = [side for side, sent in answers.items() if isinstance(sent.answer, Unanswered)]
        for side in away:
            answer = answers[side].answer
            if isinstance(answer, Unanswered) and (not answer.sent or len(away) == 2):
                raise StartError(f"the {side} does not answer ({answer.phase}). Next: shadow doctor")
        return answers

    def _judged(
        self,
        exchange: Exchange,
        client: Client,
        requests: Mapping[Side, Request],
        answers: Mapping[Side, Sent],
        *,
        crossing: bool,
    ) -> Judgement:
        # Within one world both sides know a thing by one name, so what the mirror knows of two worlds says nothing.
        book = self._memory.book if crossing else AliasBook()
        comparer = Comparer(self._config.rules, today=date.today(), learned=known(self._store))
        judge = Judge(self._config, comparer, book, self._sealer)
        judge.came(self._memory.lag)
        serving = exchange.serving
        served, copied = answers[serving], answers[serving.other]
        ended = exchange.began + (served.seconds or 0.0)
        now = replace(exchange, request=requests[serving], answer=served.answer, ended=ended)
        cookies = frozenset(name for name, _ in request_cookies(requests[serving.other]))
        return judge.pair(now, client, Mirrored(copied.answer, copied.seconds, cookies))

    def _sampled_now(
        self, judgement: Judgement, serving: Side, requests: Mapping[Side, Request], answers: Mapping[Side, Sent]
    ) -> Judgement:
        """The judgement with both answers: of equal ones the judge keeps none, and a person asks what they are."""
        if judgement.samples:
            return judgement
        request = requests[serving]
        sealed = {
            side: encode_answer(self._sealer.answer(sent.answer, request=request)) for side, sent in answers.items()
        }
        sample = Sample(
            judgement.exchange,
            "",
            "",
            encode_request(self._sealer.request(request)),
            sealed[Side.PRIMARY],
            sealed[Side.CANDIDATE],
            serving,
        )
        return replace(judgement, samples=(sample,))

    def _sender(self, worlds: Mapping[Side, World]) -> Sender:
        proxy, timeout = self._config.proxy, self._config.mirror.timeout
        pools = {
            side: UpstreamPool(
                self._config.upstream(side).in_world(world),
                connect_timeout=proxy.connect_timeout,
                timeout=timeout,
                connections=2,
            )
            for side, world in worlds.items()
        }
        limit = self._config.recording.capture
        return Sender(pools, timeout=timeout, limit=limit, trusted_hops=proxy.trusted_hops, patient=False)
