"""Games and networks to take home."""

from __future__ import annotations

from collections.abc import Iterator

from tests.parity.rows.public import ODD_NAMES, any_method
from tests.parity.rows.row import HTTPS, Row

CRASHES = (
    "games under a name of foreign letters",
    "games under a name of two lines",
    "games that are no UTF-8",
    "a file that is no UTF-8",
    "a network that is no UTF-8",
)


def rows() -> Iterator[Row]:
    yield from games_of_a_task()
    yield from games_of_a_run()
    yield from networks()


def games_of_a_task() -> Iterator[Row]:
    yield from any_method("games", "/api/pgn/$relic-0.pgn")
    for name in ("$relic-0", "$relic-0.", "$relic-2.pgn.gz", "$relic-10.a.b.c", "$relic-0.%C3%A9", "$relic-0.a%22b"):
        yield Row(f"games {name}", "GET", f"/api/pgn/{name}")
    for name in ("$relic", "$relic-1.pgn", "$relic-00.pgn", ".pgn", "$relic-0%20.pgn", "$relic-0'", "%22$relic-0.pgn"):
        yield Row(f"no games {name}", "GET", f"/api/pgn/{name}")
    yield Row("games under a name of foreign letters", "GET", "/api/pgn/$relic-0.%E2%98%83")
    yield Row("games under a name of two lines", "GET", "/api/pgn/$relic-0.a%0D%0AX-Evil:%201")
    yield Row("games that are no UTF-8", "GET", "/api/pgn/%ff")
    for name, header in (
        ("in part", ("Range", "bytes=0-9")),
        ("uncompressed", ("Accept-Encoding", "identity")),
        ("if changed", ("If-None-Match", "*")),
        ("if changed since", ("If-Modified-Since", "Fri, 01 Jan 2100 00:00:00 GMT")),
    ):
        yield Row(f"games {name}", "GET", "/api/pgn/$relic-0.pgn", headers=(header,))
        yield Row(f"all games {name}", "GET", "/api/run_pgns/$relic.pgn.gz", headers=(header,))
    for target in ("/api/pgn", "/api/pgn/", "/api/pgn/$relic-0.pgn/x"):
        yield Row(f"GET {target}", "GET", target)


def games_of_a_run() -> Iterator[Row]:
    yield from any_method("all games", "/api/run_pgns/$relic.pgn.gz")
    for name in ("$pending.pgn.gz", "$RELIC.pgn.gz", "zz.pgn.gz", "${relic}0.pgn.gz"):
        yield Row(f"all games of {name}", "GET", f"/api/run_pgns/{name}")
    for name in (
        *("$relic", "$relic.pgn", "$relic.PGN.GZ", "$relic-0.pgn.gz", "$relic.pgn.gz.x", "$relic.pgn.gz%0A"),
        *("$relic%0A.pgn.gz", ".pgn.gz", "xpgn.gz", "x.pgnxgz", "%C3%A9.pgn.gz", "%2E*.pgn.gz", "a'b.pgn.gz", "%22"),
    ):
        yield Row(f"a file called {name}", "GET", f"/api/run_pgns/{name}")
    yield Row("a file that is no UTF-8", "GET", "/api/run_pgns/%ff.pgn.gz")


def networks() -> Iterator[Row]:
    yield from any_method("a network", "/api/nn/$net")
    for accept in ("text/html", "application/json", "image/png"):
        yield Row(f"a network as {accept}", "GET", "/api/nn/$net", headers=(("Accept", accept),))
    yield Row("a network over TLS", "GET", "/api/nn/$net", headers=(HTTPS,))
    elsewhere = (("X-Forwarded-Host", "a.example:8443"), HTTPS)
    yield Row("a network from elsewhere", "GET", "/api/nn/$net", headers=elsewhere)
    yield Row("a network in upper case", "GET", "/api/nn/$NET")
    for name, odd in ODD_NAMES.items():
        yield Row(f"a network {name}", "GET", f"/api/nn/{odd}")
    yield Row("a network that is no UTF-8", "GET", "/api/nn/%ff")
