"""Any valid requests reach the upstream as they were sent, and its answers the client, apart from hop-by-hop fields."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.proxies import RunningProxy
from tests.support.upstreams import Seen, Upstream, Wire

Pairs = list[tuple[bytes, bytes]]

TOKEN = b"!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
# The hop's own fields, those that frame the message, and those that the proxy writes.
OWN = {
    *(b"connection", b"expect", b"keep-alive", b"proxy-connection", b"te", b"trailer", b"transfer-encoding"),
    *(b"upgrade", b"content-length", b"host", b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host"),
}
USUAL = [b"Cookie", b"cookie", b"Set-Cookie", b"Accept", b"X-A", b"x-a", b"Authorization", b"Date", b"Server", b"Via"]


@dataclass(frozen=True)
class Message:
    """A request, or what the upstream answers: fields, a body and the sizes of the chunks it goes out in."""

    fields: Pairs
    body: bytes
    chunks: list[int] | None
    method: bytes = b"GET"
    target: bytes = b"/"
    gone: bytes | None = None

    def framed(self) -> bytes:
        """The fields, the empty line and the body."""
        fields = list(self.fields)
        if self.gone is not None:
            fields.append((b"Connection", b"keep-alive, " + self.gone))
        if self.chunks is None:
            framing, body = (b"Content-Length", b"%d" % len(self.body)), self.body
        else:
            framing, body = (b"Transfer-Encoding", b"chunked"), self._chunked(self.chunks)
        return b"".join(b"%b: %b\r\n" % pair for pair in [*fields, framing]) + b"\r\n" + body

    def _chunked(self, sizes: list[int]) -> bytes:
        pieces, rest = b"", self.body
        for size in [*sizes, len(rest)]:
            piece, rest = rest[:size], rest[size:]
            pieces += b"%x;ext=1\r\n%b\r\n" % (len(piece), piece) if piece else b""
        return pieces + b"0\r\nX-Trailer: 1\r\n\r\n"


names = st.one_of(
    st.sampled_from(USUAL),
    st.lists(st.sampled_from(list(TOKEN)), min_size=1, max_size=12).map(bytes),
).filter(lambda name: name.lower() not in OWN and not name.lower().replace(b"_", b"-").startswith(b"x-shadow-"))
values = st.lists(st.sampled_from([9, *range(0x20, 0x7F), *range(0x80, 0x100)]), max_size=30).map(
    lambda octets: bytes(octets).strip(b" \t")
)
fields = st.lists(st.tuples(names, values), max_size=8)
bodies = st.one_of(st.binary(max_size=50), st.integers(0, 100_000).map(lambda size: b"\r\n0x" * (size // 4)))
chunkings = st.one_of(st.none(), st.lists(st.integers(1, 5000), max_size=6))
targets = st.lists(
    st.sampled_from([b"/", b"//", b"%2F", b"%ff", b"%", b";", b"?", b"&", b"=", b"..", b"a", b"+", b"'", b"[", b"~"]),
    max_size=12,
).map(lambda parts: b"/" + b"".join(parts))


@st.composite
def requests(draw: st.DrawFn) -> Message:
    pairs = draw(fields)
    gone = draw(st.sampled_from([None, *(name for name, _ in pairs)]))
    method = draw(st.sampled_from([b"GET", b"POST", b"PUT", b"DELETE", b"PATCH", b"OPTIONS"]))
    return Message(pairs, draw(bodies), draw(chunkings), method, draw(targets), gone)


def _echo(upstream: Upstream, wire: Wire) -> None:
    """Give the fields and the body back, in whatever framing the request had."""
    while True:
        seen = wire.message()
        upstream.seen.put(seen)
        sizes = None if seen.get("content-length") else [7, 70]
        wire.send(b"HTTP/1.1 200 Echo\r\n" + Message(kept(seen), seen.body, sizes).framed())


def kept(seen: Seen) -> Pairs:
    """The fields that are no hop's own."""
    return [pair for pair in seen.headers if pair[0].lower() not in OWN]


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    with Upstream(_echo) as running:
        yield running


@pytest.fixture(scope="module")
def proxy(upstream: Upstream) -> Iterator[RunningProxy]:
    with RunningProxy(upstream.url) as running:
        yield running


@settings(max_examples=100, deadline=None)
@given(sent=st.lists(requests(), min_size=1, max_size=4), cuts=st.lists(st.integers(1, 3000), max_size=5))
def test_any_requests_arrive_and_any_answers_come_back(
    sent: list[Message], cuts: list[int], upstream: Upstream, proxy: RunningProxy
) -> None:
    wire = b"".join(b"%b %b HTTP/1.1\r\nHost: h\r\n" % (one.method, one.target) + one.framed() for one in sent)
    client = proxy.client()
    for cut in cuts:
        client.send(wire[:cut])
        wire = wire[cut:]
    client.send(wire)
    for one in sent:
        answer, seen = client.message(), upstream.request()
        expected = [pair for pair in one.fields if one.gone is None or pair[0].lower() != one.gone.lower()]
        assert seen.line == one.method + b" " + one.target + b" HTTP/1.1"
        assert (kept(seen), seen.body) == (expected, one.body)
        assert seen.get("content-length") == (b"%d" % len(one.body) if one.chunks is None else None)
        assert (answer.line, kept(answer), answer.body) == (b"HTTP/1.1 200 Echo", expected, one.body)
    client.close()
