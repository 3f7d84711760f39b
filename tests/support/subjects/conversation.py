"""Clients that talk to an application in turns, and the exchanges that the proxy would have recorded of it."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from random import Random
from urllib.parse import urlencode

from shadow.clock import new_id
from shadow.exchange import Body, Exchange, Request, Response
from shadow.headers import HeaderList
from shadow.mirror.jars import Client
from shadow.proxy.client_key import ClientKeys
from shadow.routes import RouteTable
from shadow.words import Side, Stage
from tests.support.subjects.source import Source
from tests.support.subjects.wire import Serve

# What a client does: it yields requests and is given the answers. It never ends: the conversation does.
Script = Generator[Request, Response, None]
FORM = "application/x-www-form-urlencoded"
HOST = "subject.example"
_PAUSE = 0.7  # seconds between two requests of anybody


class Browser:
    """Makes a client's requests and keeps its cookies and fields."""

    def __init__(self, number: int) -> None:
        self.fields: dict[str, str] = {"User-Agent": f"client-{number}"}
        self._peer = f"10.0.0.{number}"
        self._jar = Client("browser")

    def ask(self, method: str, target: str, body: bytes = b"", **fields: str) -> Request:
        """A request with the client's own fields and these; underscores become dashes."""
        target = target.removeprefix(f"http://{HOST}")
        pairs = {"Host": HOST, **self.fields, **{name.replace("_", "-"): v for name, v in fields.items()}}
        if self._jar.live:
            pairs["Cookie"] = "; ".join(f"{name}={value}" for name, value in self._jar.live.items())
        if body:
            pairs["Content-Length"] = str(len(body))
        lines = HeaderList.of((name.encode(), value.encode("latin-1")) for name, value in pairs.items())
        return Request(method, target.encode("latin-1"), lines, Body.of(body), peer=self._peer)

    def get(self, target: str, **fields: str) -> Request:
        return self.ask("GET", target, **fields)

    def submit(self, target: str, form: Mapping[str, str]) -> Request:
        """What a form sends."""
        return self.ask("POST", target, urlencode(form).encode(), Content_Type=FORM)

    def told(self, answer: Response) -> None:
        self._jar.answered(answer, None)


def converse(
    serve: Serve,
    source: Source,
    clients: Mapping[str, Callable[[Browser, Random], Script]],
    *,
    routes: RouteTable,
    client_key: tuple[str, ...],
    count: int,
    seed: str,
) -> list[Exchange]:
    """So many exchanges; whose turn it is, and what each client does, is drawn, the same for the same seed."""
    dice, keys = Random(seed), ClientKeys(client_key, b"salt")
    talks = []
    for number, (name, script) in enumerate(clients.items(), start=1):
        browser = Browser(number)
        talk = script(browser, Random(f"{seed} {name}"))
        talks.append([browser, talk, next(talk)])
    found = []
    for sequence in range(1, count + 1):
        turn = dice.choice(talks)
        browser, talk, request = turn
        source.now += _PAUSE
        answer = serve(request)
        found.append(_exchange(request, answer, sequence, source.now, routes, keys))
        browser.told(answer)
        turn[2] = talk.send(answer)
    return found


def _exchange(
    request: Request, answer: Response, sequence: int, at: float, routes: RouteTable, keys: ClientKeys
) -> Exchange:
    route = routes.match(request.method, request.path)
    return Exchange(
        id=new_id(),
        writer="w1",
        sequence=sequence,
        started_at=at,
        began=at,
        ended=at + 0.01,
        first_byte=0.01,
        client_key=keys.key_of(request),
        route=route.name,
        group=route.unit,
        serving=Side.PRIMARY,
        stage=Stage.SHADOW,
        request=request,
        answer=answer,
    )
