"""The ticket board by Pyramid and Mako: indented pages, attributes as they came to the author."""

from __future__ import annotations

from functools import cache

from mako.template import Template
from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPBadRequest, HTTPException, HTTPForbidden, HTTPNotFound
from pyramid.request import Request
from pyramid.response import Response

from tests.support.subjects import wire
from tests.support.subjects.board import Board, Session, Ticket
from tests.support.subjects.source import day, http_date, iso

_LAYOUT = """<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <title>${title} - Board</title>
    <meta name="csrf-token" content="${session.csrf}">
    <link rel="stylesheet" href="/static/board.css?v=7" media="screen">
  </head>
  <body class="board wide">
    <nav>
      <a href="/">Home</a> <a href="/tickets">Tickets</a> <a href="/people">People</a>
      % if session.user:
        <form action="/logout" method="post">
          <input type="hidden" name="csrf_token" value="${session.csrf}">
          <button type="submit">Leave, ${session.user}</button>
        </form>
      % else:
        <a class="login" href="/login">Log in</a>
      % endif
    </nav>
    % for line in flash:
      <p class="flash" role="status">${line}</p>
    % endfor
    <main>
      BODY
    </main>
    <script>
      window.board = {"user": "${session.user}", "page": 8, "features": ["feed", "flash"]};
    </script>
  </body>
</html>
"""
_CSRF = '<input type="hidden" name="csrf_token" value="${session.csrf}">'
_PAGES = {
    "home": """
      <h1>Board</h1>
      <p id="counts">${count_open} open, ${count_closed} closed</p>
      <ol id="latest">
        % for one in latest:
          <li><a href="/tickets/${one.id}">${one.title}</a> by <b>${one.by}</b></li>
        % endfor
      </ol>""",
    "login": f"""
      <h1>Log in</h1>
      <form action="/login" method="post" id="login">
        {_CSRF}
        <label>Name <input type="text" name="user" required maxlength="20"></label>
        <label>Password <input type="password" name="password" required></label>
        <input type="hidden" name="next" value="/">
        <button type="submit">Log in</button>
      </form>""",
    "tickets": """
      <h1>Tickets</h1>
      <table id="tickets">
        <thead><tr><th>Title</th><th>By</th><th>Weight</th><th>Opened</th><th>Comments</th></tr></thead>
        <tbody>
        % for one in found:
          <tr class="${'open' if one.open else 'closed'} ${one.weight}">
            <td><a href="/tickets/${one.id}" title="${one.title}">${one.title}</a></td>
            <td>${one.by}</td>
            <td>${one.weight}</td>
            <td><time datetime="${iso(one.at)}">${day(one.at)}</time></td>
            <td class="number">${len(one.comments)}</td>
          </tr>
        % endfor
        </tbody>
      </table>
      <p class="pages">Page ${number} of ${pages}</p>""",
    "new": f"""
      <h1>New ticket</h1>
      <form action="/tickets" method="post">
        {_CSRF}
        <input type="text" name="title" value="" required>
        <select name="weight">
          <option value="low">low</option>
          <option value="normal" selected>normal</option>
          <option value="high">high</option>
        </select>
        <button type="submit">Open</button>
      </form>""",
    "ticket": f"""
      <h1>${{ticket.title}}</h1>
      <dl>
        <dt>State</dt><dd>${{'open' if ticket.open else 'closed'}}</dd>
        <dt>Opened</dt><dd>${{iso(ticket.at)}} by ${{ticket.by}}</dd>
      </dl>
      <ul id="comments">
        % for id, by, text, at in ticket.comments:
          <li id="c-${{id}}"><b>${{by}}</b> <i>${{iso(at)}}</i><pre>${{text}}</pre></li>
        % endfor
      </ul>
      % if session.user:
        <form action="/tickets/${{ticket.id}}/comments" method="post">
          {_CSRF}
          <textarea name="text" rows="4"></textarea>
          <button type="submit" name="send" value="1">Send</button>
        </form>
        <form action="/tickets/${{ticket.id}}/edit" method="post">
          {_CSRF}
          <input name="title" type="text" value="${{ticket.title}}">
        </form>
      % endif""",
    "people": """
      <h1>People</h1>
      <table id="people">
        <tr><th>Name</th><th>Tickets</th><th>Comments</th></tr>
        % for who, opened, written in tally:
          <tr><td>${who}</td><td>${opened}</td><td>${written}</td></tr>
        % endfor
      </table>""",
    "about": """
      <h1>About</h1>
      <pre>
  kept as it stands
    with its indentation
</pre>
      <p>Made for <em>everybody</em>, served since <abbr title="two thousand and three">2003</abbr>.</p>
      <img src="/static/logo.svg" alt="Logo" width="64">
      <iframe src="/tickets" hidden></iframe>""",
    "problem": '<h1>${title}</h1><p class="problem">${why}</p>',
}
_FEED = """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom">
  <title>Board</title>
  % for one in latest:
  <entry>
    <id>urn:ticket:${one.id}</id>
    <title>${one.title | x}</title>
    <updated>${iso(one.at)}</updated>
    <link rel="alternate" href="/tickets/${one.id}"/>
  </entry>
  % endfor
</feed>
"""


@cache
def _template(name: str) -> Template:
    text = _FEED if name == "feed" else _LAYOUT.replace("BODY", _PAGES[name])
    return Template(text, default_filters=["h"] if name != "feed" else ["str"])


class Views:
    """The pages of one world."""

    def __init__(self, board: Board) -> None:
        self.board = board

    def home(self, request: Request) -> Response:
        board = self.board
        return self._page(
            request,
            "home",
            "Home",
            count_open=board.count(still_open=True),
            count_closed=board.count(still_open=False),
            latest=list(board.tickets.values())[:-6:-1],
        )

    def login_form(self, request: Request) -> Response:
        return self._page(request, "login", "Log in")

    def login(self, request: Request) -> Response:
        name, session = self._allowed(request, somebody=False)
        fresh = self.board.login(name, request.POST.get("user", ""), request.POST.get("password", ""))
        if fresh is None:
            session.flash.append("That is not your password")
            return _see("/login")
        answer = _see(request.POST.get("next") or "/")
        lasts = f"Max-Age=86400; expires={http_date(self.board.expiry)}"
        answer.headerlist.append(("Set-Cookie", f"sid={fresh}; {lasts}; Path=/; HttpOnly; SameSite=Lax"))
        answer.set_cookie("theme", "dark", path="/")
        return answer

    def logout(self, request: Request) -> Response:
        name, _ = self._allowed(request)
        self.board.logout(name)
        answer = _see("/")
        answer.delete_cookie("sid", path="/")
        return answer

    def tickets(self, request: Request) -> Response:
        number = int(request.GET.get("page", "1"))
        found, pages = self.board.page(request.GET.get("state", "open"), number)
        return self._page(request, "tickets", "Tickets", found=found, number=number, pages=pages)

    def ticket_form(self, request: Request) -> Response:
        _, session = self._session(request)
        return self._page(request, "new", "New ticket") if session.user else _see("/login")

    def open(self, request: Request) -> Response:
        _, session = self._allowed(request)
        title = request.POST["title"].strip()
        if not title:
            raise HTTPBadRequest("A ticket needs a title")
        ticket = self.board.open(session.user, title, request.POST["weight"])
        session.flash.append(f"Opened: {title}")
        return _see(f"/tickets/{ticket.id}")

    def ticket(self, request: Request) -> Response:
        ticket = self._ticket(request)
        return self._page(request, "ticket", ticket.title, ticket=ticket)

    def comment(self, request: Request) -> Response:
        _, session = self._allowed(request)
        ticket = self._ticket(request)
        self.board.comment(ticket, session.user, request.POST["text"])
        return _see(f"/tickets/{ticket.id}")

    def edit(self, request: Request) -> Response:
        _, session = self._allowed(request)
        ticket = self._ticket(request)
        self.board.edit(ticket, request.POST["title"])
        session.flash.append("Changed")
        return _see(f"/tickets/{ticket.id}")

    def close(self, request: Request) -> Response:
        _, session = self._allowed(request)
        ticket = self._ticket(request)
        self.board.close(ticket)
        session.flash.append("Closed")
        return _see("/tickets")

    def people(self, request: Request) -> Response:
        answer = self._page(request, "people", "People", tally=self.board.tally())
        answer.headers.update({"Cache-Control": "private, max-age=60", "Vary": "Cookie"})
        return answer

    def feed(self, request: Request) -> Response:
        latest = list(self.board.tickets.values())[:-6:-1]
        return Response(
            _template("feed").render(latest=latest, iso=iso), content_type="application/atom+xml", charset="UTF-8"
        )

    def about(self, request: Request) -> Response:
        answer = self._page(request, "about", "About")
        answer.headers.update({"X-Frame-Options": "DENY", "Content-Security-Policy": "default-src 'self'"})
        return answer

    def problem(self, error: HTTPException, request: Request) -> Response:
        answer = self._page(request, "problem", error.title, why=_why(error))
        answer.status = error.status
        return answer

    def _session(self, request: Request) -> tuple[str, Session]:
        if not hasattr(request, "found_session"):
            request.found_session = self.board.session(request.cookies.get("sid", ""))
        return request.found_session

    def _allowed(self, request: Request, *, somebody: bool = True) -> tuple[str, Session]:
        name, session = self._session(request)
        if request.POST.get("csrf_token") != session.csrf:
            raise HTTPForbidden("Bad token")
        if somebody and not session.user:
            raise HTTPForbidden("Log in first")
        return name, session

    def _ticket(self, request: Request) -> Ticket:
        ticket = self.board.tickets.get(request.matchdict["id"])
        if ticket is None:
            raise HTTPNotFound(f"No ticket {request.matchdict['id']}")
        return ticket

    def _page(self, request: Request, name: str, title: str, **values: object) -> Response:
        found, session = self._session(request)
        flash, session.flash = session.flash, []
        html = _template(name).render(title=title, session=session, flash=flash, iso=iso, day=day, **values)
        answer = Response(html, charset="utf-8")
        if request.cookies.get("sid") != found:
            answer.set_cookie("sid", found, path="/", httponly=True, samesite="Lax")
        return answer


def _why(error: HTTPException) -> str:
    return "Nothing here" if error.detail in (None, "", "/none") else error.detail


def _see(path: str) -> Response:
    answer = Response(status=303, location=path)
    del answer.content_type
    return answer


def serve(board: Board) -> wire.Serve:
    """The board as Pyramid answers for it."""
    views = Views(board)
    table = [
        ("/", "GET", views.home),
        ("/login", "GET", views.login_form),
        ("/login", "POST", views.login),
        ("/logout", "POST", views.logout),
        ("/tickets", "GET", views.tickets),
        ("/tickets", "POST", views.open),
        ("/tickets/new", "GET", views.ticket_form),
        ("/tickets/{id}", "GET", views.ticket),
        ("/tickets/{id}/comments", "POST", views.comment),
        ("/tickets/{id}/edit", "POST", views.edit),
        ("/tickets/{id}/close", "POST", views.close),
        ("/people", "GET", views.people),
        ("/feed.xml", "GET", views.feed),
        ("/about", "GET", views.about),
    ]
    config = Configurator()
    for path, method, view in table:
        name = f"{method} {path}"
        config.add_route(name, path, request_method=("GET", "HEAD") if method == "GET" else method)
        config.add_view(view, route_name=name)
    for error in (HTTPForbidden, HTTPNotFound, HTTPBadRequest):
        config.add_exception_view(views.problem, context=error)
    return wire.wsgi(config.make_wsgi_app(), board.source)
