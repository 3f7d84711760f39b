"""Copying: what becomes of one exchange while the mirror follows the proxy: skip it or send it, compare, judge.

Whatever goes wrong in traffic is part of the Judgement that comes back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from shadow import clock
from shadow.config import Config
from shadow.exchange import Answer, Exchange, Request, Response, Unanswered
from shadow.judgement import Judgement
from shadow.mirror import policy
from shadow.mirror.aliases import AliasBook
from shadow.mirror.counterparts import Counterparts
from shadow.mirror.jars import Client, CopyCookies
from shadow.mirror.judge import Judge, Mirrored
from shadow.mirror.order import Overlaps
from shadow.mirror.owners import Owners
from shadow.mirror.reread import Turns, read_again
from shadow.mirror.sender import UNAVAILABLE, Sender, Sent
from shadow.mirror.swap import untold
from shadow.mirror.translate import translate
from shadow.routes import REST
from shadow.words import Outcome, Side


@dataclass(frozen=True, eq=False)
class Copy:
    """One exchange on its way through the mirror; `turn` marks the first after a group changed sides."""

    exchange: Exchange
    client: Client
    turn: bool


@dataclass(frozen=True, slots=True)
class Copied:
    """The copy as it was sent, with its cookies, and what came back."""

    request: Request
    cookies: CopyCookies
    sent: Sent

    @property
    def mirrored(self) -> Mirrored:
        """What the judge needs of it."""
        return Mirrored(self.sent.answer, self.sent.seconds, self.cookies.names)

    @property
    def lost(self) -> str:
        """Why nobody knows whether a write took effect; empty when that is known."""
        answer = self.sent.answer
        return answer.phase if isinstance(answer, Unanswered) and answer.sent and not self.request.safe else ""


# Called with each pair that is compared: the exchange, whose it is, and its copy.
Keep = Callable[[Exchange, Client, Copied], None]


class Work(Protocol):
    """What the mirror's loop does with a copy whose turn has come."""

    async def judged(self, copy: Copy) -> Judgement:
        """Do it, and say what became of it; GivenUp when the mirror ends meanwhile."""
        ...

    def lost(self, why: str) -> None:
        """Writes of the recording are missing, so that no copy of them can be sent."""
        ...


class Copying:
    """The work of the live mirror."""

    def __init__(
        self,
        config: Config,
        *,
        sender: Sender,
        judge: Judge,
        book: AliasBook,
        overlaps: Overlaps,
        owners: Owners,
        keep: Keep | None = None,
        counterparts: Counterparts | None = None,
    ) -> None:
        self._config = config
        self._sender = sender
        self._judge = judge
        self._book = book
        self._overlaps = overlaps
        self._owners = owners
        self._keep = keep
        self._counterparts = counterparts
        self._turns = Turns(config.mirror.reread)

    async def judged(self, copy: Copy) -> Judgement:
        """Mirror the exchange, unless there is a reason not to."""
        exchange = copy.exchange
        if copy.turn and (failure := await self._owners.follow(exchange)):
            self._judge.taint(failure)
        reason = self._skip_reason(exchange)
        if exchange.fallback and isinstance(exchange.answer, Response):
            await self._uncopied(copy)
            return self._judge.pair(exchange, copy.client, no_answer(exchange.fallback))
        if reason:
            if reason == policy.TRUNCATED and not exchange.request.safe:
                self._judge.taint(f"write {exchange.id} was too large to be captured")
            return await self._left_out(copy, reason)
        return await self._mirrored(copy)

    def lost(self, why: str) -> None:
        """The shadow world misses what the live world has."""
        self._judge.taint(why)

    async def _mirrored(self, copy: Copy) -> Judgement:
        exchange, client = copy.exchange, copy.client
        one_world = not self._config.two_worlds
        twins = self._counterparts
        if twins:
            cookies = twins.cookies_for(exchange, client, one_world=one_world)
        else:
            cookies = client.cookies_for(exchange.request, one_world=one_world)
        if cookies.lost and exchange.request.safe:
            return await self._left_out(copy, policy.SESSION)
        if untold(cookies.tokens, self._book.glossary(client.id, exchange.id)):
            if not exchange.request.safe and not _refused(exchange.answer):
                self._judge.taint(f"write {exchange.id} came with a token that only the live world knows")
            return await self._left_out(copy, policy.SESSION)
        side = exchange.serving.other
        copied = await send_copy(self._sender, side, exchange, client, cookies, self._book, twins)
        if twins:
            exchange = replace(exchange, answer=twins.bare(exchange.answer))
            copy = replace(copy, exchange=exchange)
        self._judge.came(clock.now() - exchange.started_at)
        if copied.lost:
            self._judge.taint(f"write {exchange.id} got no answer ({copied.lost})")
        if reason := _uncomparable(exchange.answer, copied.sent.answer, one_world=one_world):
            return self._judge.left_out(exchange, Outcome.SKIPPED, reason)
        if self._keep:
            self._keep(exchange, client, copied)
        judgement = self._judge.pair(self._overlaps.noted(exchange), client, copied.mirrored, lost=copied.cookies.lost)
        if one_world and exchange.request.safe and judgement.outcome is Outcome.MISMATCH and self._turns.rate:
            return await self._again(copy, copied)
        return judgement

    async def _again(self, copy: Copy, copied: Copied) -> Judgement:
        """The judgement of a second reading, which counts in place of the first."""
        exchange = copy.exchange
        if not self._turns.take(clock.monotonic()):
            return self._judge.left_out(exchange, Outcome.SKIPPED, policy.REREAD)
        twins, client, request = self._counterparts, copy.client, copied.request
        if twins:
            served = await twins.as_served(client, exchange.serving, exchange.request)
            exchange = replace(exchange, request=served)
            request = await twins.as_served(client, exchange.serving.other, request)
        reading = await read_again(self._sender, exchange, request)
        if reading is None:
            return self._judge.left_out(exchange, Outcome.SKIPPED, policy.LATE)
        exchange, answer, shown = reading.exchange, reading.copied.answer, list[str]()
        if twins:
            shown = twins.shown(client, exchange, answer)
            exchange, answer = replace(exchange, answer=twins.bare(exchange.answer)), twins.bare(answer)
        # Both sessions are the mirror's own here: what the client calls a token is another one's.
        self._book.unlearn(shown, client.id)
        judgement = self._judge.pair(exchange, client, Mirrored(answer, reading.copied.seconds, copied.cookies.names))
        self._book.unlearn(shown, client.id)
        return judgement

    async def _left_out(self, copy: Copy, reason: str) -> Judgement:
        await self._uncopied(copy)
        return self._judge.left_out(copy.exchange, Outcome.SKIPPED, reason)

    async def _uncopied(self, copy: Copy) -> None:
        """Take what the client was given without a copy."""
        exchange = copy.exchange
        copy.client.answered(exchange.answer, None, exchange=exchange.id, read=exchange.request.safe)
        if self._counterparts:
            await self._counterparts.follow(copy.exchange, copy.client, reached=None)

    def _skip_reason(self, exchange: Exchange) -> str:
        route = self._config.routes.get(exchange.route) or REST
        two_worlds, mirror = self._config.two_worlds, self._config.mirror
        if exchange.started_at + exchange.duration <= self._judge.since:
            return policy.RESYNC
        reason = policy.skip_reason(exchange, route, two_worlds=two_worlds, sample=mirror.sample)
        # With one world a late copy proves nothing: the state has moved on.
        late = not two_worlds and clock.monotonic() - exchange.ended > mirror.max_lag
        return reason or (policy.LATE if late else "")


async def send_copy(
    sender: Sender,
    side: Side,
    exchange: Exchange,
    client: Client,
    cookies: CopyCookies,
    book: AliasBook,
    counterparts: Counterparts | None = None,
) -> Copied:
    """Send the exchange's request, as the other world must get it, to this side; both jars take what was set.

    Session cookies that the stacks do not share are the business of `counterparts`, and gone from what comes back.
    """
    request, answer = translate(exchange.request, cookies, book.glossary(client.id, exchange.id)), exchange.answer
    if counterparts:
        request = await counterparts.dressed(client, side, request)
    unavailable = isinstance(answer, Response) and answer.status == UNAVAILABLE
    sent = await sender.send(side, request, unavailable=unavailable)
    if counterparts:
        changed = await counterparts.answered(exchange, client, request, sent.answer, lost=bool(cookies.lost))
        book.unlearn(changed.gone, client.id)
        cookies = replace(cookies, lost=(*cookies.lost, *changed.lost))
        answer, sent = counterparts.bare(answer), replace(sent, answer=counterparts.bare(sent.answer))
    client.answered(answer, sent.answer, exchange=exchange.id)
    return Copied(request, cookies, sent)


def _refused(answer: Answer) -> bool:
    """True when the live world did not do what it was asked for."""
    return isinstance(answer, Response) and 400 <= answer.status < 500


def _uncomparable(answer: Answer, mirrored: Answer, *, one_world: bool) -> str:
    """Why the two answers are no pair; empty when they are."""
    if one_world and isinstance(mirrored, Unanswered) and not mirrored.sent:
        # Nobody was there to answer; when somebody is, the state will have moved on.
        return policy.LATE
    if isinstance(answer, Unanswered):
        return policy.CUT_OFF
    return policy.TRUNCATED if answer.body.truncated else ""


def no_answer(why: str) -> Mirrored:
    """What a candidate that failed before its first byte is judged by."""
    return Mirrored(Unanswered("connect", why), None, frozenset())
