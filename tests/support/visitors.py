"""Visitors of the club (`club.py`): browsers that keep their cookies and forms, on connections through the proxy."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from urllib.parse import quote_plus

from shadow.direction import Direction
from shadow.words import Side, Stage
from tests.support.club import PASSWORDS, ROUTES, Club, Database, a_twin
from tests.support.proxies import RunningProxy
from tests.support.upstreams import Seen, Upstream, Wire

FORM = "application/x-www-form-urlencoded"
CLIENT_KEY = ("cookie:sid", "cookie:session")


@dataclass
class Visitor:
    """A browser: its jar, and the token of the page that it saw last."""

    proxy: RunningProxy
    user: str = "ann"
    jar: dict[str, str] = field(default_factory=dict)
    token: str = ""
    _wire: Wire | None = None

    def get(self, target: str) -> Seen:
        """Look at a page; its form is the one that is sent next."""
        return self._ask("GET", target, b"", {})

    def post(self, target: str, fields: str, *, token: str | None = None) -> Seen:
        """Send the form of the page seen last."""
        sent = quote_plus(self.token if token is None else token)
        return self._ask("POST", target, f"csrf_token={sent}&{fields}".encode(), {"Content-Type": FORM})

    def post_json(self, target: str, body: str, **headers: str) -> Seen:
        """Send JSON, as a script does."""
        return self._ask("POST", target, body.encode(), {"Content-Type": "application/json", **headers})

    def upload(self, target: str, content: bytes) -> Seen:
        """Send a file behind the token, as a form with both does."""
        parts = [b'name="csrf_token"\r\n\r\n' + self.token.encode(), b'name="f"; filename="f"\r\n\r\n' + content]
        data = (
            b"".join(b"--xyz\r\nContent-Disposition: form-data; " + part + b"\r\n" for part in parts) + b"--xyz--\r\n"
        )
        return self._ask("POST", target, data, {"Content-Type": "multipart/form-data; boundary=xyz"})

    def login(self, password: str | None = None) -> Seen:
        """Fill the form of the login page in."""
        self.get("/login")
        word = quote_plus(PASSWORDS[self.user] if password is None else password)
        return self.post("/login", f"user={self.user}&password={word}")

    def greeted(self, target: str = "/home") -> str:
        """Whom a page greets."""
        return re.search(rb"<h1>(.*?)</h1>", self.get(target).body)[1].decode()

    def through(self, proxy: RunningProxy) -> Visitor:
        """Go on through another proxy."""
        self.close()
        self.proxy = proxy
        return self

    def close(self) -> None:
        """Close the connection."""
        if self._wire is not None:
            self._wire.sock.close()
            self._wire = None

    def _ask(self, method: str, target: str, body: bytes, headers: dict[str, str]) -> Seen:
        if self._wire is None:
            self._wire = self.proxy.client()
        lines = [f"{method} {target} HTTP/1.1", "Host: club.example"]
        if self.jar:
            lines.append("Cookie: " + "; ".join(f"{name}={value}" for name, value in self.jar.items()))
        lines += [f"{name}: {value}" for name, value in headers.items()]
        if method == "POST":
            lines.append(f"Content-Length: {len(body)}")
        self._wire.send("\r\n".join([*lines, "", ""]).encode() + body)
        answer = self._wire.message()
        for line in answer.all("set-cookie"):
            name, _, value = line.decode().partition(";")[0].partition("=")
            self.jar.pop(name, None) if b"Max-Age=0" in line else self.jar.update({name: value})
        if found := re.search(rb'name="csrf-token" content="([^"]*)"', answer.body):
            self.token = found[1].decode()
        return answer


def wait_for(true: Callable[[], object], seconds: float = 10.0) -> None:
    """Return once it is true."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.005)


@dataclass
class Site:
    """Both stacks in the live world, on one database, and a proxy in front."""

    primary: Club
    candidate: Club
    proxies: list[RunningProxy]
    visitors: list[Visitor] = field(default_factory=list)

    @property
    def proxy(self) -> RunningProxy:
        """The first proxy."""
        return self.proxies[0]

    def promote(self, *names: str) -> None:
        """Let the candidate serve these routes, and the primary all others."""
        for proxy in self.proxies:
            proxy.switch.directions = {name: Direction(Stage.PROMOTED, Side.CANDIDATE) for name in names}

    def visitor(self, user: str = "ann") -> Visitor:
        """A new browser."""
        self.visitors.append(Visitor(self.proxy, user))
        return self.visitors[-1]


@contextmanager
def a_site(
    *, primary: Club | None = None, candidate: Club | None = None, proxies: int = 1, store: str = "", **twin: object
) -> Iterator[Site]:
    """The site behind so many proxies, which share twins by a `store`."""
    database = Database()
    primary = primary or Club(database)
    candidate = candidate or Club(database, "session", long=True)
    candidate.database = primary.database
    with ExitStack() as stack:
        urls = [stack.enter_context(Upstream(club.serve)).url for club in (primary, candidate)]
        settings = {"routes": ROUTES, "twin": a_twin(**twin), "store": store, "client_key": CLIENT_KEY}
        started = [stack.enter_context(RunningProxy(*urls, **settings)) for _ in range(proxies)]
        site = Site(primary, candidate, started)
        try:
            yield site
        finally:
            for visitor in site.visitors:
                visitor.close()
