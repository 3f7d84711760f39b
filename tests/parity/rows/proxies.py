"""What a proxy in front says, and what must not come through one."""

from __future__ import annotations

from collections.abc import Iterator

from tests.parity.rows.row import (
    HTTPS,
    Row,
)


def rows() -> Iterator[Row]:
    for name, headers in (
        ("a scheme", (HTTPS,)),
        ("a host", (("X-Forwarded-Host", "a.example"),)),
        ("a host and a port", (("X-Forwarded-Host", "a.example:8443"), HTTPS)),
        ("a port", (("X-Forwarded-Host", "a.example"), ("X-Forwarded-Port", "81"))),
        ("an unknown scheme", (("X-Forwarded-Proto", "gopher"),)),
        ("an address", (("X-Forwarded-For", "9.9.9.9, 1.2.3.4"),)),
        ("another host", (("Host", "b.example:80"),)),
        ("an IPv6 host", (("Host", "[::1]:8080"),)),
    ):
        yield Row(f"/ with {name}", "GET", "/", headers=headers)
        yield Row(f"login page with {name}", "GET", "/login", headers=headers)
    for target in ("/internal/flush", "/internal/reload"):
        yield Row(f"{target} through a proxy", "POST", target, "", (("X-Forwarded-For", "1.2.3.4"),))
        yield Row(f"{target} through a proxy on this machine", "POST", target, "", (("X-Forwarded-For", "127.0.0.1"),))
        yield Row(f"{target} through a proxy that says Forwarded", "POST", target, "", (("Forwarded", "for=1.2.3.4"),))
        yield Row(f"{target} through a proxy that names the host", "POST", target, "", (("X-Forwarded-Host", "x"),))
        yield Row(f"GET of {target}", "GET", target)
