"""Sealer: the secrets of requests and answers to seals and back; nothing is written to disk that it has not seen.

Two passes over each exchange. First every place that is secret by its name (`header_spans`, `form_spans`,
`body_spans`); then every other place where one of the values found shows up again, such as the error text that
quotes a password.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
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

# A piece of a message and the secrets in it. The first two are target (or reason, or detail) and body, the rest
# names and values of the header fields in turn.
_Field = tuple[bytes, tuple[Span, ...]]


class Sealer:
    """Seals and opens under one key. `salt` is for hashes of client keys, `key_name` tells keys apart."""

    def __init__(self, key: keys.Key, extra: Iterable[str] = ()) -> None:
        self.key = key
        self.key_name = key.name
        self.salt = key.salt
        self._names = SecretNames.of(extra)
        self._tokens = Tokens(key)
        self._header_spans = lru_cache(_CACHE)(self._find_in_header)

    @classmethod
    def load(cls, key_file: Path, extra: tuple[str, ...] = (), *, create: bool) -> Sealer:
        """With the key in this file (SealError without one) and the configured names (ConfigError for an odd one)."""
        return cls(keys.load(key_file, create=create), extra)

    def request(self, request: Request) -> Request:
        """The request with its secrets sealed."""
        fields = self._request_fields(request)
        return _as_request(request, self._sealed(fields, _longer(_values(fields))))

    def answer(self, answer: Answer, *, request: Request) -> Answer:
        """The answer with its secrets, and those of the (opened) request that it repeats, sealed."""
        fields = self._answer_fields(answer)
        found = _longer(_values(fields) | _values(self._request_fields(request)))
        return _as_answer(answer, self._sealed(fields, found))

    def exchange(self, exchange: Exchange) -> Exchange:
        """Request and answer sealed; a secret of either is sealed in both."""
        request, answer = self.pair(exchange.request, exchange.answer)
        return replace(exchange, request=request, answer=answer)

    def pair(self, request: Request, answer: Answer) -> tuple[Request, Answer]:
        """Request and answer sealed; a secret of either is sealed in both."""
        asked, answered = self._request_fields(request), self._answer_fields(answer)
        found = _longer(_values(asked) | _values(answered))
        return _as_request(request, self._sealed(asked, found)), _as_answer(answer, self._sealed(answered, found))

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
        found = _values(self._request_fields(request))
        for answer in answers:
            found |= _values(self._answer_fields(answer))
        return frozenset(found)

    def scrub(self, text: str, secrets: frozenset[bytes]) -> str:
        """`text` with these secrets masked: short ones where they are all of it, longer ones wherever they stand."""
        data = text.encode("utf-8", "surrogatepass")
        if data.strip(b" \t\"'") in secrets:
            return mask(self.seal_text(text))
        found = _longer(secrets)
        if not any(secret in data for secret in found):
            return text
        spans = _occurrences(data, found)
        return mask(self._tokens.replace(data, spans).decode("utf-8", "surrogatepass"))

    def _request_fields(self, request: Request) -> list[_Field]:
        body = tuple(body_spans.body(request.headers, request.body, self._names))
        target = tuple(form_spans.url(request.target, self._names))
        return [(request.target, target), (request.body.data, body), *self._header_fields(request.headers)]

    def _answer_fields(self, answer: Answer) -> list[_Field]:
        if isinstance(answer, Unanswered):
            return [(answer.detail.encode("utf-8", "surrogatepass"), ())]
        body = tuple(body_spans.body(answer.headers, answer.body, self._names))
        return [(answer.reason, ()), (answer.body.data, body), *self._header_fields(answer.headers)]

    def _header_fields(self, headers: HeaderList) -> list[_Field]:
        fields: list[_Field] = []
        for name, value in headers.pairs:
            fields += ((name, ()), (value, self._header_spans(name, value)))
        return fields

    def _find_in_header(self, name: bytes, value: bytes) -> tuple[Span, ...]:
        return tuple(header_spans.header(name, value, self._names))

    def _sealed(self, fields: list[_Field], secrets: list[bytes]) -> list[bytes]:
        """The fields' bytes with spans, and whatever else holds one of these secrets, sealed."""
        sealed = [self._tokens.replace(data, spans) if spans else data for data, spans in fields]
        before, after = b"\n".join([data for data, _ in fields]), b"\n".join(sealed)
        if OPENING not in before and not any(secret in after for secret in secrets):
            return sealed
        needles = [*secrets, OPENING]
        return [self._tokens.replace(data, (*spans, *_occurrences(data, needles))) for data, spans in fields]


def _values(fields: Iterable[_Field]) -> set[bytes]:
    return {value for _, spans in fields for span in spans for value in span.values if value}


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
    return [request.target, request.body.data, *(piece for pair in request.headers.pairs for piece in pair)]


def _answer_pieces(answer: Answer) -> list[bytes]:
    if isinstance(answer, Unanswered):
        return [answer.detail.encode("utf-8", "surrogatepass")]
    return [answer.reason, answer.body.data, *(piece for pair in answer.headers.pairs for piece in pair)]


def _as_request(request: Request, pieces: list[bytes]) -> Request:
    body = Body(pieces[1], request.body.size, request.body.truncated)
    return Request(request.method, pieces[0], _as_headers(pieces), body, request.scheme, request.peer)


def _as_answer(answer: Answer, pieces: list[bytes]) -> Answer:
    if isinstance(answer, Unanswered):
        return replace(answer, detail=pieces[0].decode("utf-8", "surrogatepass"))
    body = Body(pieces[1], answer.body.size, answer.body.truncated)
    return Response(answer.status, _as_headers(pieces), body, pieces[0])


def _as_headers(pieces: list[bytes]) -> HeaderList:
    return HeaderList(tuple(zip(pieces[2::2], pieces[3::2], strict=True)))
