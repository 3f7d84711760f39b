"""Builders of values: `an_exchange(status=404)`; every part has a sensible default."""

from __future__ import annotations

from shadow.clock import new_id
from shadow.exchange import Answer, Body, Exchange, Request, Response
from shadow.headers import HeaderList
from shadow.words import Side, Stage


def headers(**fields: str | list[str]) -> HeaderList:
    """A HeaderList of keyword fields; underscores become dashes, a list repeats its field."""
    pairs = []
    for name, value in fields.items():
        for one in [value] if isinstance(value, str) else value:
            pairs.append((name.replace("_", "-").encode(), one.encode("latin-1")))
    return HeaderList.of(pairs)


def a_request(method: str = "GET", target: str = "/", body: bytes = b"", **fields: str | list[str]) -> Request:
    """A request with these header fields."""
    return Request(method, target.encode("latin-1"), headers(**fields), Body.of(body), peer="127.0.0.1")


def an_answer(status: int = 200, body: bytes = b"", **fields: str | list[str]) -> Response:
    """An answer with these header fields."""
    return Response(status, headers(**fields), Body.of(body))


def an_exchange(
    request: Request | None = None,
    answer: Answer | None = None,
    *,
    sequence: int = 1,
    writer: str = "w1",
    began: float = 1.0,
    ended: float = 2.0,
    route: str = "home",
    group: str = "",
    client_key: str = "addr:1",
    serving: Side = Side.PRIMARY,
    stage: Stage = Stage.SHADOW,
    overlaps: bool = False,
    status: int = 200,
) -> Exchange:
    """One exchange."""
    return Exchange(
        id=new_id(),
        writer=writer,
        sequence=sequence,
        started_at=1_800_000_000.0 + began,
        began=began,
        ended=ended,
        first_byte=0.001,
        client_key=client_key,
        route=route,
        group=group or route,
        serving=serving,
        stage=stage,
        request=request or a_request(),
        answer=answer or an_answer(status),
        overlaps=overlaps,
    )
