"""Sealer: the secrets of requests and answers to seals and back; nothing is written to disk that it has not seen.

Two passes over each exchange. First every place that is secret by its name (`header_spans`, `form_spans`,
`body_spans`); then every other place where one of the values found shows up again, such as the error text that
quotes a password.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, quote_plus

from shadow.exchange import Answer, Body, Exchange, Request, Response, Unanswered
from shadow.headers import HeaderList
from shadow.recording import body_spans, form_spans, header_spans
from shadow.recording import key as keys
from shadow.recording.names import SecretNames
from shadow.recording.spans import Span
from shadow.recording.tokens import OPENING, Tokens, mask

# Shorter values are too common to be looked for in other places.
SHORTEST = 8

_UNRESERVED = re.compile(rb"[A-Za-z0-9_.~-]*+")
_CACHE = 4096


class _Message(NamedTuple):
    """A message in pieces, and the secrets found in those that have some.

    The first two pieces are target (or reason, or detail) and body, the rest names and values of the fields in turn.
    """

    pieces: list[bytes]
    found: dict[int, Sequence[Span]]


class Sealer:
    """Seals and opens under one key. `salt` is for hashes of client keys, `key_name` tells keys apart."""

    def __init__(self, key: keys.Key, extra: Iterable[str] = ()) -> None:
        self.key = key
        self.key_name = key.name
        self.salt = key.salt
        self._names = SecretNames.of(extra)
        self._tokens = Tokens(key)
        # Field names repeat without end, values of cookies with every request of a client.
        self._inert = lru_cache(_CACHE)(self._is_inert)
        self._header_spans = lru_cache(_CACHE)(self._find_in_header)

    @classmethod
    def load(cls, key_file: Path, extra: tuple[str, ...] = (), *, create: bool) -> Sealer:
        """With the key in this file (SealError without one) and the configured names (ConfigError for an odd one)."""
        return cls(keys.load(key_file, create=create), extra)

    def request(self, request: Request) -> Request:
        """The request with its secrets sealed."""
        asked = self._asked(request)
        return _as_request(request, self._sealed(asked, _longer(_values(asked))))

    def answer(self, answer: Answer, *, request: Request) -> Answer:
        """The answer with its secrets, and those of the (opened) request that it repeats, sealed."""
        answered = self._answered(answer)
        secrets = _longer(_values(answered) | _values(self._asked(request)))
        return _as_answer(answer, self._sealed(answered, secrets))

    def exchange(self, exchange: Exchange) -> Exchange:
        """Request and answer sealed; a secret of either is sealed in both."""
        request, answer = self.pair(exchange.request, exchange.answer)
        return replace(exchange, request=request, answer=answer)

    def pair(self, request: Request, answer: Answer) -> tuple[Request, Answer]:
        """Request and answer sealed; a secret of either is sealed in both."""
        asked, answered = self._asked(request), self._answered(answer)
        secrets = _longer(_values(asked) | _values(answered)) if asked.found or answered.found else []
        return _as_request(request, self._sealed(asked, secrets)), _as_answer(answer, self._sealed(answered, secrets))

    def open_request(self, request: Request) -> Request:
        """The request as it came; SealError when another key sealed it."""
        return _as_request(request, [self._tokens.open(piece) for piece in _request_pieces(request)])

    def open_answer(self, answer: Answer) -> Answer:
        """The answer as it came; SealError when another key sealed it."""
        return _as_answer(answer, [self._tokens.open(piece) for piece in _answer_pieces(answer)])

    def open_exchange(self, exchange: Exchange) -> Exchange:
        """The exchange as it passed; SealError when another key sealed it."""
        return replace(exchange, request=self.open_request(exchange.request), answer=self.open_answer(exchange.answer))

    def seal_text(self, text: str) -> str:
        """One value sealed as a whole."""
        return self._tokens.seal(text.encode("utf-8", "surrogatepass")).decode()

    def open_text(self, text: str) -> str:
        """The text with every seal in it opened."""
        return self._tokens.open(text.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass")

    def secrets_of(self, request: Request, *answers: Answer) -> frozenset[bytes]:
        """All secret values of these opened messages, decoded and as written."""
        found = _values(self._asked(request))
        for answer in answers:
            found |= _values(self._answered(answer))
        return frozenset(found)

    def scrub(self, text: str, secrets: frozenset[bytes]) -> str:
        """`text` with these secrets masked: short ones where they are all of it, longer ones wherever they stand."""
        data = text.encode("utf-8", "surrogatepass")
        if data.strip(b" \t\"'") in secrets:
            return mask(self.seal_text(text))
        found = _longer(secrets)
        if not _any_in(data, found):
            return text
        spans = _occurrences(data, found)
        return mask(self._tokens.replace(data, spans).decode("utf-8", "surrogatepass"))

    def _asked(self, request: Request) -> _Message:
        message = _Message(_request_pieces(request), {})
        if spans := form_spans.url(request.target, self._names):
            message.found[0] = spans
        self._look(message, request.headers, request.body)
        return message

    def _answered(self, answer: Answer) -> _Message:
        message = _Message(_answer_pieces(answer), {})
        if isinstance(answer, Response):
            self._look(message, answer.headers, answer.body)
        return message

    def _look(self, message: _Message, headers: HeaderList, body: Body) -> None:
        """Note the secrets of body and header fields."""
        if body.data and (spans := body_spans.body(headers, body, self._names)):
            message.found[1] = spans
        at = 3
        for name, value in headers.pairs:
            if not self._inert(name) and (spans := self._header_spans(name, value)):
                message.found[at] = spans
            at += 2

    def _is_inert(self, name: bytes) -> bool:
        return header_spans.inert(name, self._names)

    def _find_in_header(self, name: bytes, value: bytes) -> list[Span]:
        return header_spans.header(name, value, self._names)

    def _sealed(self, message: _Message, secrets: list[bytes]) -> list[bytes] | None:
        """The pieces with what was found, and whatever else holds one of these secrets, sealed; None without any."""
        pieces, found = message
        sealed = pieces.copy() if found else pieces
        for at, spans in found.items():
            sealed[at] = self._tokens.replace(pieces[at], spans)
        if OPENING not in b"\n".join(pieces) and not (secrets and _any_in(b"\n".join(sealed), secrets)):
            return sealed if found else None
        needles = [*secrets, OPENING]
        return [
            self._tokens.replace(data, (*found.get(at, ()), *_occurrences(data, needles)))
            for at, data in enumerate(pieces)
        ]


def _values(message: _Message) -> set[bytes]:
    return {value for spans in message.found.values() for span in spans for value in span.values if value}


def _any_in(data: bytes, secrets: list[bytes]) -> bool:
    return any(secret in data for secret in secrets)


def _longer(values: Iterable[bytes]) -> list[bytes]:
    """Those worth looking for elsewhere, in each of their spellings."""
    return [spelling for value in values if len(value) >= SHORTEST for spelling in _spellings(value)]


@lru_cache(_CACHE)
def _spellings(value: bytes) -> tuple[bytes, ...]:
    """The value, also as an URL, a form, HTML and JSON would write it."""
    if _UNRESERVED.fullmatch(value):
        return (value,)
    text = value.decode("utf-8", "surrogateescape")
    found = {value, quote(value, safe="").encode(), quote(value).encode(), quote_plus(value).encode()}
    for written in (html.escape(text), html.escape(text, quote=False), json.dumps(text)[1:-1]):
        found.add(written.encode("utf-8", "surrogateescape"))
    return tuple(found)


def _occurrences(data: bytes, needles: Iterable[bytes]) -> list[Span]:
    spans: list[Span] = []
    for needle in needles:
        at = data.find(needle)
        while at >= 0:
            spans.append(Span(at, at + len(needle)))
            # One byte on, not past it: occurrences may overlap (`abababab` twice in `ababababab`).
            at = data.find(needle, at + 1)
    return spans


def _request_pieces(request: Request) -> list[bytes]:
    return [request.target, request.body.data, *chain.from_iterable(request.headers.pairs)]


def _answer_pieces(answer: Answer) -> list[bytes]:
    if isinstance(answer, Unanswered):
        return [answer.detail.encode("utf-8", "surrogatepass")]
    return [answer.reason, answer.body.data, *chain.from_iterable(answer.headers.pairs)]


def _as_request(request: Request, pieces: list[bytes] | None) -> Request:
    if pieces is None:
        return request
    body = Body(pieces[1], request.body.size, request.body.truncated)
    return Request(request.method, pieces[0], _as_headers(pieces), body, request.scheme, request.peer)


def _as_answer(answer: Answer, pieces: list[bytes] | None) -> Answer:
    if pieces is None:
        return answer
    if isinstance(answer, Unanswered):
        return replace(answer, detail=pieces[0].decode("utf-8", "surrogatepass"))
    body = Body(pieces[1], answer.body.size, answer.body.truncated)
    return Response(answer.status, _as_headers(pieces), body, pieces[0])


def _as_headers(pieces: list[bytes]) -> HeaderList:
    return HeaderList(tuple(zip(pieces[2::2], pieces[3::2], strict=True)))
