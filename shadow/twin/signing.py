"""Sign a client in on a stack with the form that it sent to the other one, and out again.

The form, and with it the password, is used here and kept nowhere. Requests are made of the client's own fields, so
that the stack sees its address, its browser and its origin, and carry the mark of a copy.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from urllib.parse import urljoin, urlsplit

from shadow.compare.codings import CodingError, opened
from shadow.config import Config, Twin
from shadow.exchange import Answer, Body, Request, Response
from shadow.headers import HeaderList
from shadow.http.cookies import request_cookies, set_by
from shadow.recording.html_spans import tags
from shadow.routes import RouteTable
from shadow.twin.held import Cookies, Held, session_cookies, with_cookies
from shadow.twin.places import Places
from shadow.words import SAFE_METHODS, Side

# Sends a request to a stack; whatever goes wrong is an Unanswered.
Ask = Callable[[Side, Request], Awaitable[Answer]]
# A shorter value can be guessed, or is the same for many: it tells nobody's session.
IDENTIFYING = 16
# Fields of a form, and those with which a page would not come, or not whole.
_NOT_FOR_A_PAGE = (
    b"content-type content-length content-encoding range if-range "
    b"if-none-match if-modified-since if-match if-unmodified-since"
).split()


@dataclass(frozen=True, slots=True)
class Failed:
    """Why there is no session; a word, never what came from traffic."""

    reason: str


class Signing:
    """What `[twin]` says about signing in and out, and how it is done."""

    def __init__(self, config: Config) -> None:
        self.settings: Twin = config.twin
        self.routes: RouteTable = config.routes
        self.places = Places(config.twin.tokens)
        self.names = {side: frozenset(config.twin.cookies_of(side)) for side in Side}
        self.all_names = self.names[Side.PRIMARY] | self.names[Side.CANDIDATE]

    def is_login(self, route: str, method: str) -> bool:
        """True for a request that may sign a client in; a GET only shows the form."""
        return method not in SAFE_METHODS and _named(route, self.settings.login)

    def is_logout(self, route: str) -> bool:
        """True for a request that may sign a client out."""
        return _named(route, self.settings.logout)

    def lets_in(self, side: Side, login: Request, status: int, headers: HeaderList) -> Cookies:
        """The session cookies of a login that succeeded, as far as the head of its answer tells; none otherwise.

        It sets one, is no error and does not lead back to the login. One that the client had before tells nothing:
        somebody else may have given it to the client (session fixation).
        """
        if status >= 400 or (300 <= status < 400 and self._leads_back(login.target, headers)):
            return {}
        given, had = session_cookies(headers, self.names[side]), request_cookies(login)
        return {name: value for name, value in given.items() if len(value) >= IDENTIFYING and (name, value) not in had}

    def lets_out(self, route: str, request: Request, status: int, headers: HeaderList) -> bool:
        """True for a logout that succeeded; a GET may only ask whether the client is sure, unless it takes a cookie."""
        if not self.is_logout(route) or status >= 400:
            return False
        return not request.safe or any(name in self.all_names for name, value in set_by(headers) if not value)

    async def sign_in(self, ask: Ask, side: Side, login: Request, before: Cookies) -> Held | Failed:
        """Do the client's login on this stack, with the stack's own token.

        `before` are the cookies of the session that the client has there so far, of nobody or of somebody else: it
        ends, or goes on, as it would in a browser.
        """
        held = Held({name: [value] for name, value in before.items()})
        if self.places.any:
            await self._look(ask, side, held, login, self._page(login.target))
            if held.token is None and before:
                # Who is signed in may be shown no login page, so it begins as a stranger.
                held = Held()
                await self._look(ask, side, held, login, self._page(login.target))
        answer = await ask(side, self._dressed(login, held))
        if not isinstance(answer, Response):
            return Failed(answer.phase)
        if not self.lets_in(side, login, answer.status, answer.headers) or asks_again(answer):
            return Failed("refused")
        held.take(answer.headers, self.names[side])
        if self.places.any:
            # A token from before the login may be good no longer.
            held.tokens = self.places.given(answer)
            await self.fetch_token(ask, side, login, held)
        return held

    async def sign_out(self, ask: Ask, side: Side, logout: Request, held: Held) -> Answer:
        """Do the client's logout on this stack."""
        if self.places.any and held.token is None:
            await self.fetch_token(ask, side, logout, held)
        return await ask(side, self._dressed(logout, held))

    async def fetch_token(self, ask: Ask, side: Side, like: Request, held: Held, *, login: bool = False) -> None:
        """Get a token of this stack for the session in `held`, from the page that is declared to show one.

        Before a `login` that is the page with its form.
        """
        page = self._page(like.target) if login else self.settings.token_page.encode("latin-1")
        await self._look(ask, side, held, like, page)

    def tokens_in(self, request: Request) -> list[str]:
        """What stands where tokens are declared to be in a request."""
        found: list[str] = []
        self.places.headers(request.headers, found.append)
        self.places.body(request.body.data, request.headers.text("content-type"), found.append)
        return found

    async def with_token(
        self, ask: Ask, side: Side, request: Request, held: Held, others: Collection[str], *, like: Request
    ) -> Request:
        """The request with this stack's token wherever one of `others` stands.

        If none is known, a page is asked for one with the fields of `like`.
        """
        strange = {token for token in self.tokens_in(request) if token in others and token not in held.tokens}

        def swap(token: str) -> str | None:
            return held.token if token in strange else None

        if not strange:
            return request
        if held.token is None:
            await self.fetch_token(ask, side, like, held)
        body = Body.of(self.places.body(request.body.data, request.headers.text("content-type"), swap))
        return replace(request, headers=self.places.headers(request.headers, swap), body=body)

    def _dressed(self, request: Request, held: Held) -> Request:
        """The request as the stack's own client would send it: its cookies, its token wherever one stands."""
        headers = with_cookies(request.headers, held.newest, without=self.all_names)
        headers = self.places.headers(headers, lambda _: held.token)
        body = self.places.body(request.body.data, headers.text("content-type"), lambda _: held.token)
        return replace(request, headers=headers, body=Body.of(body))

    async def _look(self, ask: Ask, side: Side, held: Held, like: Request, page: bytes) -> None:
        """Get a page as this client; what it gives is taken, whatever its status."""
        headers = with_cookies(like.headers, held.newest, without=self.all_names)
        headers = headers.without(*_NOT_FOR_A_PAGE)
        answer = await ask(side, replace(like, method="GET", target=page, headers=headers, body=Body()))
        if isinstance(answer, Response):
            held.take(answer.headers, self.names[side])
            held.learn(self.places.given(answer))

    def _page(self, target: bytes) -> bytes:
        return self.settings.login_page.encode("latin-1") or target

    def _leads_back(self, target: bytes, headers: HeaderList) -> bool:
        try:
            path = urlsplit(urljoin(target.decode("latin-1"), headers.text("location"))).path
        except ValueError:
            return False
        return any(
            self.is_login(self.routes.match(method, path.encode("latin-1", "replace")).name, "POST")
            for method in ("GET", "POST")
        )


def asks_again(answer: Response) -> bool:
    """True for a page that asks for a password: the login did not succeed."""
    if "html" not in answer.headers.text("content-type").lower() or not answer.body.data:
        return False
    try:
        data = opened(answer.body.data, answer.headers.get_all(b"content-encoding"))
    except CodingError:
        return False
    return any(
        tag == b"input" and attributes.get(b"type", b"").lower() == b"password"
        for tag, attributes in tags(data, [b"password"])
    )


def _named(route: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(route, pattern) for pattern in patterns)
