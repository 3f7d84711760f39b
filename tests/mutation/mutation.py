"""A mutation: one small change to the candidate, and what must be found of it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from shadow.exchange import Body, Request, Response
from shadow.routes import RouteTable
from tests.support.subjects.wire import Serve

# A change of one answer, and of the state (a method of the world replaced by a faulty one).
AnswerChange = Callable[[Response], Response]
WorldChange = Callable[[Any], None]
When = Callable[[Request, Response], bool]


@dataclass(frozen=True)
class Found:
    """A finding as it must be: its place is told by its beginning."""

    route: str
    layer: str
    kind: str
    place: str


@dataclass(frozen=True)
class Mutation:
    """One change with its name. `because` says why it shows in more than one finding, or is hidden by nature."""

    name: str
    finds: tuple[Found, ...]
    answer: AnswerChange | None = None
    world: WorldChange | None = None
    when: When = lambda request, answer: True
    nth: int = 0  # 1: always; n: only every n-th answer that it concerns
    because: str = ""
    spreads: frozenset[str] = frozenset()  # routes that show it too: what was written wrong is read there
    cut_off: bool = False  # what follows in the client's session is not compared: its cookie is lost

    def applied(self, serve: Serve, world: Any, routes: RouteTable) -> Serve:
        """The candidate with this change."""
        if self.world:
            self.world(world)
        if self.answer is None:
            return serve
        change, route, concerned = self.answer, self.finds[0].route, count(1)

        def mutated(request: Request) -> Response:
            answer = serve(request)
            if routes.match(request.method, request.path).name != route or not self.when(request, answer):
                return answer
            return answer if next(concerned) % self.nth else change(answer)

        return mutated


def mutation(
    name: str,
    route: str,
    finding: str,
    change: AnswerChange,
    *,
    when: When | None = None,
    nth: int = 1,
    also: tuple[str, ...] = (),
    because: str = "",
    cut_off: bool = False,
) -> Mutation:
    """A change of the answers of one route; a finding is written `layer kind place`."""
    assert not also or because, f"{name}: why more than one finding?"
    finds = tuple(Found(route, *one.split(" ", 2)) for one in (finding, *also))
    return Mutation(name, finds, answer=change, when=when or fine, nth=nth, because=because, cut_off=cut_off)


def misbehaviour(
    name: str, finding: str, *, world: WorldChange, spreads: tuple[str, ...] = (), because: str = ""
) -> Mutation:
    """A change of what the candidate does; its first finding is written `route layer kind place`."""
    assert bool(spreads) == bool(because), f"{name}: why more than one finding?"
    finds = (Found(*finding.split(" ", 3)),)
    return Mutation(name, finds, world=world, because=because, spreads=frozenset(spreads))


def fine(request: Request, answer: Response) -> bool:
    """Any answer of the 2xx and 3xx with a body to change; a HEAD answer has none."""
    return answer.status < 400 and request.method != "HEAD"


def status(code: int) -> AnswerChange:
    return lambda answer: Response(code, answer.headers, answer.body, answer.reason)


def field(name: str, value: str) -> AnswerChange:
    """A field with another value, or one that was not there."""
    return lambda answer: _with(answer, headers=answer.headers.replacing(name.encode(), value.encode()))


def one_more(name: str, value: str) -> AnswerChange:
    """One more line of a field."""
    return lambda answer: _with(answer, headers=answer.headers.adding(name.encode(), value.encode()))


def no_field(name: str) -> AnswerChange:
    return lambda answer: _with(answer, headers=answer.headers.without(name.encode()))


def no_line(name: str, beginning: str) -> AnswerChange:
    """Without the lines of a field that begin so."""

    def change(answer: Response) -> Response:
        pairs = [
            (key, line)
            for key, line in answer.headers
            if key != name.encode() or not line.startswith(beginning.encode())
        ]
        return _with(answer, headers=type(answer.headers).of(pairs))

    return change


def in_field(name: str, pattern: str, replacement: str) -> AnswerChange:
    """A part of every line of a field in other words; other lines than those that match stay."""

    def change(answer: Response) -> Response:
        pairs = [
            (key, re.sub(pattern.encode(), replacement.encode(), value) if key.lower() == name.encode() else value)
            for key, value in answer.headers
        ]
        return _with(answer, headers=type(answer.headers).of(pairs))

    return change


def text(pattern: str, replacement: str, *, times: int = 1) -> AnswerChange:
    """The body with what matches written anew: the first `times`, 0 for all."""
    compiled = re.compile(pattern.encode(), re.DOTALL)
    return lambda answer: body(lambda data: compiled.sub(replacement.encode(), data, count=times))(answer)


def body(change: Callable[[bytes], bytes]) -> AnswerChange:
    """The body as bytes, its length told anew."""

    def changed(answer: Response) -> Response:
        data = change(answer.body.data)
        length = str(len(data)).encode()
        return Response(answer.status, answer.headers.replacing(b"content-length", length), Body.of(data))

    return changed


def value(change: Callable[[Any], object]) -> AnswerChange:
    """The body as a JSON value that is changed in place."""

    def changed(data: bytes) -> bytes:
        found = json.loads(data)
        change(found)
        return json.dumps(found).encode()

    return body(changed)


def shifted(seconds: int, pattern: str, form: str = "%Y-%m-%dT%H:%M:%SZ") -> AnswerChange:
    """Every time that the group of the pattern finds, so many seconds later."""

    def later(found: re.Match[bytes]) -> bytes:
        moved = datetime.strptime(found[1].decode(), form) + timedelta(seconds=seconds)
        start, end = found.start(1) - found.start(), found.end(1) - found.start()
        return found[0][:start] + moved.strftime(form).encode() + found[0][end:]

    compiled = re.compile(pattern.encode())
    return body(lambda data: compiled.sub(later, data))


def method(name: str, faulty: Callable[..., Any], *, nth: int = 1) -> WorldChange:
    """Every n-th call of this method of the world is left to `faulty`, which is given the sound one first."""

    def change(world: Any) -> None:
        sound, calls = getattr(world, name), count(1)

        def called(*args: Any, **options: Any) -> Any:
            return sound(*args, **options) if next(calls) % nth else faulty(sound, *args, **options)

        setattr(world, name, called)

    return change


def _with(answer: Response, *, headers: Any) -> Response:
    return Response(answer.status, headers, answer.body, answer.reason)
