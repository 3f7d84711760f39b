"""A name server on a real socket that knows the domains a test has told it."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator

import dns.message
import dns.resolver
import dns.rrset
import pytest
from dns.rcode import NXDOMAIN


class NameServer:
    """`records` maps (domain, type) to a value; a domain without any does not exist. `asked` has every question."""

    def __init__(self) -> None:
        self.records: dict[tuple[str, str], str] = {}
        self.asked: list[tuple[str, str]] = []
        self._server = socketserver.UDPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, wire: bytes) -> bytes:
        query = dns.message.from_wire(wire)
        question = query.question[0]
        name, kind = question.name.to_text(omit_final_dot=True), question.rdtype.name
        self.asked.append((name, kind))
        answer = dns.message.make_response(query)
        if (name, kind) in self.records:
            answer.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, self.records[name, kind]))
        elif not any(known == name for known, _ in self.records):
            answer.set_rcode(NXDOMAIN)
        return answer.to_wire()

    def _handler(self) -> type[socketserver.BaseRequestHandler]:
        server = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                wire, socket = self.request
                socket.sendto(server.answer(wire), self.client_address)

        return Handler


@pytest.fixture
def name_server() -> Iterator[NameServer]:
    """The one name server that this process asks, as long as the test runs."""
    server = NameServer()
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers, resolver.port = ["127.0.0.1"], server.port
    before, dns.resolver.default_resolver = dns.resolver.default_resolver, resolver
    server.start()
    yield server
    server.stop()
    dns.resolver.default_resolver = before
