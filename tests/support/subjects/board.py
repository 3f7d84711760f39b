"""A ticket board: what it remembers and does, whoever serves it, and how people use it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from shadow.exchange import Response
from shadow.routes import Route, RouteTable
from tests.support.subjects.conversation import Browser, Script
from tests.support.subjects.source import Source

GET, POST = frozenset({"GET", "HEAD"}), frozenset({"POST"})
ROUTES = RouteTable(
    [
        Route("home", "/", GET),
        Route("login.form", "/login", GET),
        Route("login", "/login", POST),
        Route("logout", "/logout", POST),
        Route("tickets", "/tickets", GET),
        Route("tickets.open", "/tickets", POST),
        Route("tickets.form", "/tickets/new", GET),
        Route("ticket", "/tickets/{id}", GET),
        Route("ticket.comment", "/tickets/{id}/comments", POST),
        Route("ticket.edit", "/tickets/{id}/edit", POST),
        Route("ticket.close", "/tickets/{id}/close", POST),
        Route("people", "/people", GET),
        Route("feed", "/feed.xml", GET),
        Route("about", "/about", GET),
    ]
)
CLIENT_KEY = ("cookie:sid",)
PAGE = 8
PASSWORDS = {"ada": "engine-1", "ben": "bridge-2", "cleo": "canvas-3"}
WEIGHTS = ("low", "normal", "high")


@dataclass
class Session:
    csrf: str
    user: str = ""
    flash: list[str] = field(default_factory=list)


@dataclass
class Ticket:
    id: str
    title: str
    by: str
    at: float
    weight: str = "normal"
    open: bool = True
    comments: list[tuple[str, str, str, float]] = field(default_factory=list)  # id, by, text, at


class Board:
    """The board's state and what can be done to it."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.make_csrf: Callable[[], str] = lambda: self.source.hex(40)
        self.sessions: dict[str, Session] = {}
        self.tickets: dict[str, Ticket] = {}
        for number, by in enumerate(("ada", "ben", "ada", "cleo")):
            self.open(by, f"Seeded & known #{number}", WEIGHTS[number % 3])

    @property
    def expiry(self) -> float:
        """When a session that starts now ends."""
        return self.source.now + 86400

    def session(self, name: str) -> tuple[str, Session]:
        """The session of this name, or a new one under a name of its own."""
        if name not in self.sessions:
            name = self.source.token()
            self.sessions[name] = Session(self.make_csrf())
        return name, self.sessions[name]

    def login(self, name: str, user: str, password: str) -> str | None:
        """The name of the session from now on; None for a wrong password."""
        if PASSWORDS.get(user) != password:
            return None
        del self.sessions[name]
        fresh, session = self.session("")
        session.user = user
        session.flash.append(f"Welcome back, {user}")
        return fresh

    def logout(self, name: str) -> None:
        del self.sessions[name]

    def open(self, by: str, title: str, weight: str) -> Ticket:
        ticket = Ticket(self.source.objectid(), title, by, self.source.now, weight)
        self.tickets[ticket.id] = ticket
        return ticket

    def comment(self, ticket: Ticket, by: str, text: str) -> None:
        ticket.comments.append((self.source.hex(32), by, text, self.source.now))

    def edit(self, ticket: Ticket, title: str) -> None:
        ticket.title = title

    def close(self, ticket: Ticket) -> None:
        ticket.open = False

    def page(self, state: str, number: int) -> tuple[list[Ticket], int]:
        """One page of the tickets in this state, newest first, and how many pages there are."""
        found = [one for one in self.tickets.values() if state in ("all", "open" if one.open else "closed")][::-1]
        return found[(number - 1) * PAGE : number * PAGE], max(1, -(-len(found) // PAGE))

    def count(self, *, still_open: bool) -> int:
        return sum(one.open is still_open for one in self.tickets.values())

    def tally(self) -> list[tuple[str, int, int]]:
        """Who has opened how many tickets and written how many comments."""
        tickets = list(self.tickets.values())
        return [
            (
                who,
                sum(one.by == who for one in tickets),
                sum(by == who for one in tickets for _, by, _, _ in one.comments),
            )
            for who in PASSWORDS
        ]


def person(user: str) -> Callable[[Browser, Random], Script]:
    """Somebody with a password: reads, writes, now and then goes and comes back."""

    def script(browser: Browser, dice: Random) -> Script:
        while True:
            page = yield browser.get("/login")
            if dice.random() < 0.2:
                yield browser.submit("/login", {"csrf_token": _csrf(page), "user": user, "password": "wrong"})
                page = yield browser.get("/login")
            yield browser.submit(
                "/login", {"csrf_token": _csrf(page), "user": user, "password": PASSWORDS[user], "next": "/"}
            )
            for _ in range(dice.randint(3, 6)):
                yield from _visit(browser, dice, user)
            page = yield browser.get("/")
            yield browser.submit("/logout", {"csrf_token": _csrf(page)})

    return script


def passer_by(browser: Browser, dice: Random) -> Script:
    """Somebody without a password, who tries what is not allowed too."""
    while True:
        yield browser.get("/")
        yield browser.get(f"/tickets?state={dice.choice(['open', 'closed', 'all'])}")
        yield browser.ask("HEAD", "/people")
        yield browser.get("/tickets/new")
        page = yield browser.get("/login")
        listed = yield browser.get("/tickets")
        if known := _tickets(listed):
            yield browser.get(f"/tickets/{dice.choice(known)}")
            yield browser.submit(f"/tickets/{known[0]}/close", {"csrf_token": _csrf(page)})
        yield browser.submit("/login", {"csrf_token": "forged-0000000000000000", "user": "ada"})
        yield browser.get(dice.choice(["/about", "/feed.xml", "/people", "/tickets/nowhere", "/none"]))
        yield browser.get("/feed.xml")


def _visit(browser: Browser, dice: Random, user: str) -> Script:
    page = yield browser.get("/tickets/new")
    title = f"{user} sees <{dice.randint(1, 999)}> & wonders"
    opened = yield browser.submit(
        "/tickets", {"csrf_token": _csrf(page), "title": title, "weight": dice.choice(WEIGHTS)}
    )
    own = opened.headers.text("location")
    page = yield browser.get(own)
    yield browser.submit(f"{own}/comments", {"csrf_token": _csrf(page), "text": f"first\nthen {dice.random():.3f}"})
    yield browser.get(own)
    listed = yield browser.get(f"/tickets?state=all&page={dice.randint(1, 2)}")
    for other in dice.sample(_tickets(listed), min(2, len(_tickets(listed)))):
        page = yield browser.get(f"/tickets/{other}")
        what = dice.choice(["comments", "edit", "close"])
        form = {"comments": {"text": f"so says {user}"}, "edit": {"title": f"{title} again"}, "close": {}}[what]
        yield browser.submit(f"/tickets/{other}/{what}", {"csrf_token": _csrf(page), **form})
        yield browser.get(f"/tickets/{other}")
    if dice.random() < 0.3:
        page = yield browser.get("/tickets/new")
        yield browser.submit("/tickets", {"csrf_token": _csrf(page), "title": "  ", "weight": "low"})
    yield browser.get(dice.choice(["/people", "/", "/feed.xml", "/about"]))


def _csrf(page: Response) -> str:
    found = re.search(rb'name=["\']csrf_token["\'] value=["\']([^"\']+)', page.body.data)
    return found[1].decode() if found else ""


def _tickets(page: Response) -> list[str]:
    """The ids of the tickets that a page leads to, each once."""
    return list(dict.fromkeys(one.decode() for one in re.findall(rb"/tickets/([0-9a-f]{24})\b", page.body.data)))


CLIENTS = {"ada": person("ada"), "ben": person("ben"), "cleo": person("cleo"), "passer-by": passer_by}
