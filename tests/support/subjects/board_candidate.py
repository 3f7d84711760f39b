"""The ticket board by Starlette and Jinja2: pages on few lines, attributes in another order, tokens of another form."""

from __future__ import annotations

from jinja2 import DictLoader, Environment
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.support.subjects import wire
from tests.support.subjects.board import Board, Session, Ticket
from tests.support.subjects.source import day, http_date, iso

_LAYOUT = """<!doctype html><html lang=en><head><meta charset=utf-8><title>{{ title }} - Board</title>
<meta content="{{ session.csrf }}" name="csrf-token">
<link media=screen href="/static/board.css?v=7" rel=stylesheet></head>
<body class="wide board"><nav><a href="/">Home</a>
<a href="/tickets">Tickets</a> <a href="/people">People</a>
{% if session.user %}<form method=post action="/logout">CSRF <button type=submit>Leave, {{ session.user }}\
</button></form>{% else %}<a href="/login" class=login>Log in</a>{% endif %}</nav>
{% for line in flash %}<p role="status" class="flash">{{ line }}</p>{% endfor %}
<main>{% block body %}{% endblock %}</main>
<script>window.board = {"user": "{{ session.user }}", "page": 8, "features": ["feed", "flash"]};</script></body></html>
"""
_PAGES = {
    "home": """<h1>Board</h1><p id=counts>{{ count_open }} open, {{ count_closed }} closed</p><ol id=latest>
{%- for one in latest %}<li><a href='/tickets/{{ one.id }}'>{{ one.title }}</a> by <b>{{ one.by }}</b></li>{% endfor %}
</ol>""",
    "login": """<h1>Log in</h1><form id=login method=post action="/login">CSRF
<label>Name <input maxlength=20 name=user required type=text></label>
<label>Password <input name=password required type=password></label>
<input name="next" type="hidden" value="/"> <button type=submit>Log in</button></form>""",
    "tickets": """<h1>Tickets</h1><table id=tickets>
<thead><tr><th>Title<th>By<th>Weight<th>Opened<th>Comments</thead><tbody>
{%- for one in found %}
<tr class="{{ one.weight }} {{ 'open' if one.open else 'closed' }}">
<td><a title="{{ one.title }}" href="/tickets/{{ one.id }}">{{ one.title }}</a></td><td>{{ one.by }}</td>
<td>{{ one.weight }}</td><td><time datetime="{{ iso(one.at) }}">{{ day(one.at) }}</time></td>
<td class=number>{{ one.comments | length }}</td></tr>{% endfor %}
</tbody></table><p class=pages>Page {{ number }} of {{ pages }}</p>""",
    "new": """<h1>New ticket</h1><form method=post action="/tickets">CSRF
<input name=title required type=text value=""> <select name=weight><option value=low>low</option>
<option selected value=normal>normal</option> <option value=high>high</option></select>
<button type=submit>Open</button></form>""",
    "ticket": """<h1>{{ ticket.title }}</h1>
<dl><dt>State</dt><dd>{{ 'open' if ticket.open else 'closed' }}</dd>
<dt>Opened</dt><dd>{{ iso(ticket.at) }} by {{ ticket.by }}</dd></dl>
<ul id=comments>{% for id, by, text, at in ticket.comments %}
<li id="c-{{ id }}"><b>{{ by }}</b> <i>{{ iso(at) }}</i><pre>{{ text }}</pre></li>{% endfor %}</ul>
{% if session.user %}<form method=post action="/tickets/{{ ticket.id }}/comments">CSRF
<textarea rows=4 name=text></textarea> <button value=1 name=send type=submit>Send</button></form>
<form method=post action="/tickets/{{ ticket.id }}/edit">CSRF
<input value="{{ ticket.title }}" name=title type=text></form>{% endif %}""",
    "people": """<h1>People</h1><table id=people><tr><th>Name</th><th>Tickets</th><th>Comments</th></tr>
{%- for who, opened, written in tally %}<tr><td>{{ who }}</td><td>{{ opened }}</td><td>{{ written }}</td></tr>
{%- endfor %}</table>""",
    "about": """<h1>About</h1><pre>
  kept as it stands
    with its indentation
</pre><p>Made for <em>everybody</em>, served since <abbr title="two thousand and three">2003</abbr>.</p>
<img width=64 alt=Logo src="/static/logo.svg"> <iframe hidden src="/tickets"></iframe>""",
    "problem": "<h1>{{ title }}</h1><p class=problem>{{ why }}</p>",
}
_FEED = """<?xml version='1.0' encoding='utf-8'?>
<feed xmlns='http://www.w3.org/2005/Atom'><title>Board</title>
{% for one in latest %}<entry><id>urn:ticket:{{ one.id }}</id><title>{{ one.title }}</title>
<updated>{{ iso(one.at) }}</updated><link href='/tickets/{{ one.id }}' rel='alternate'></link></entry>
{% endfor %}</feed>
"""
_CSRF = '<input name="csrf_token" value="{{ session.csrf }}" type=hidden>'
_PARTS = {name: f'{{% extends "layout" %}}{{% block body %}}{body}{{% endblock %}}' for name, body in _PAGES.items()}
_SOURCES = {name: text.replace("CSRF", _CSRF) for name, text in {**_PARTS, "layout": _LAYOUT, "feed": _FEED}.items()}
_ENVIRONMENT = Environment(loader=DictLoader(_SOURCES), autoescape=True)
_TITLES = {400: "Bad Request", 403: "Forbidden", 404: "Not Found"}


class Endpoints:
    """The pages of one world."""

    def __init__(self, board: Board) -> None:
        self.board = board

    async def home(self, request: Request) -> Response:
        board = self.board
        counts = {"count_open": board.count(still_open=True), "count_closed": board.count(still_open=False)}
        return self._page(request, "home", "Home", latest=self._latest(), **counts)

    async def login_form(self, request: Request) -> Response:
        return self._page(request, "login", "Log in")

    async def login(self, request: Request) -> Response:
        name, session, form = await self._allowed(request, somebody=False)
        fresh = self.board.login(name, form.get("user", ""), form.get("password", ""))
        if fresh is None:
            session.flash.append("That is not your password")
            return self._see(request, "/login")
        answer = self._see(request, form.get("next") or "/")
        answer.set_cookie("theme", "dark", samesite=None)
        answer.set_cookie(
            "sid", fresh, max_age=86400, expires=http_date(self.board.expiry), httponly=True, samesite="lax"
        )
        return answer

    async def logout(self, request: Request) -> Response:
        name, _, _ = await self._allowed(request)
        self.board.logout(name)
        answer = self._see(request, "/")
        answer.delete_cookie("sid", samesite=None)
        return answer

    async def tickets(self, request: Request) -> Response:
        number = int(request.query_params.get("page", "1"))
        found, pages = self.board.page(request.query_params.get("state", "open"), number)
        return self._page(request, "tickets", "Tickets", found=found, number=number, pages=pages)

    async def ticket_form(self, request: Request) -> Response:
        _, session = self._session(request)
        return self._page(request, "new", "New ticket") if session.user else self._see(request, "/login")

    async def open(self, request: Request) -> Response:
        _, session, form = await self._allowed(request)
        title = form["title"].strip()
        if not title:
            raise HTTPException(400, "A ticket needs a title")
        ticket = self.board.open(session.user, title, form["weight"])
        session.flash.append(f"Opened: {title}")
        return self._see(request, f"/tickets/{ticket.id}")

    async def ticket(self, request: Request) -> Response:
        ticket = self._ticket(request)
        return self._page(request, "ticket", ticket.title, ticket=ticket)

    async def comment(self, request: Request) -> Response:
        _, session, form = await self._allowed(request)
        ticket = self._ticket(request)
        self.board.comment(ticket, session.user, form["text"])
        return self._see(request, f"/tickets/{ticket.id}")

    async def edit(self, request: Request) -> Response:
        _, session, form = await self._allowed(request)
        ticket = self._ticket(request)
        self.board.edit(ticket, form["title"])
        session.flash.append("Changed")
        return self._see(request, f"/tickets/{ticket.id}")

    async def close(self, request: Request) -> Response:
        _, session, _ = await self._allowed(request)
        self.board.close(self._ticket(request))
        session.flash.append("Closed")
        return self._see(request, "/tickets")

    async def people(self, request: Request) -> Response:
        answer = self._page(request, "people", "People", tally=self.board.tally())
        answer.headers.update({"vary": "cookie", "cache-control": "max-age=60, private"})
        return answer

    async def feed(self, request: Request) -> Response:
        text = _ENVIRONMENT.get_template("feed").render(latest=self._latest(), iso=iso)
        return Response(text, headers={"content-type": "application/atom+xml; charset=utf-8"})

    async def about(self, request: Request) -> Response:
        answer = self._page(request, "about", "About")
        answer.headers.update({"content-security-policy": "default-src 'self'", "x-frame-options": "DENY"})
        return answer

    async def problem(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        title = _TITLES[error.status_code]
        why = "Nothing here" if error.detail == "Not Found" else error.detail
        return self._page(request, "problem", title, status=error.status_code, why=why)

    def _latest(self) -> list[Ticket]:
        return list(self.board.tickets.values())[:-6:-1]

    def _session(self, request: Request) -> tuple[str, Session]:
        if not hasattr(request.state, "session"):
            request.state.session = self.board.session(request.cookies.get("sid", ""))
        found: tuple[str, Session] = request.state.session
        return found

    async def _allowed(self, request: Request, *, somebody: bool = True) -> tuple[str, Session, dict[str, str]]:
        name, session = self._session(request)
        form = {field: str(value) for field, value in (await request.form()).items()}
        if form.get("csrf_token") != session.csrf:
            raise HTTPException(403, "Bad token")
        if somebody and not session.user:
            raise HTTPException(403, "Log in first")
        return name, session, form

    def _ticket(self, request: Request) -> Ticket:
        ticket = self.board.tickets.get(request.path_params["id"])
        if ticket is None:
            raise HTTPException(404, f"No ticket {request.path_params['id']}")
        return ticket

    @staticmethod
    def _see(request: Request, path: str) -> Response:
        return RedirectResponse(f"http://{request.headers['host']}{path}", 303)

    def _page(self, request: Request, name: str, title: str, status: int = 200, **values: object) -> Response:
        found, session = self._session(request)
        flash, session.flash = session.flash, []
        template = _ENVIRONMENT.get_template(name)
        html = template.render(title=title, session=session, flash=flash, iso=iso, day=day, **values)
        answer = HTMLResponse(html, status)
        if request.cookies.get("sid") != found:
            answer.set_cookie("sid", found, httponly=True, samesite="lax")
        return answer


def serve(board: Board) -> wire.Serve:
    """The board as Starlette answers for it."""
    board.make_csrf = board.source.token
    pages = Endpoints(board)
    routes = [
        Route("/", pages.home),
        Route("/login", pages.login_form, methods=["GET"]),
        Route("/login", pages.login, methods=["POST"]),
        Route("/logout", pages.logout, methods=["POST"]),
        Route("/tickets", pages.tickets, methods=["GET"]),
        Route("/tickets", pages.open, methods=["POST"]),
        Route("/tickets/new", pages.ticket_form),
        Route("/tickets/{id}", pages.ticket),
        Route("/tickets/{id}/comments", pages.comment, methods=["POST"]),
        Route("/tickets/{id}/edit", pages.edit, methods=["POST"]),
        Route("/tickets/{id}/close", pages.close, methods=["POST"]),
        Route("/people", pages.people),
        Route("/feed.xml", pages.feed),
        Route("/about", pages.about),
    ]
    return wire.asgi(Starlette(routes=routes, exception_handlers={HTTPException: pages.problem}), board.source)
