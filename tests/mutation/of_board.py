"""What can go wrong with pages, forms, cookies and sessions."""

from __future__ import annotations

from shadow.exchange import Request, Response
from tests.mutation.mutation import (
    body,
    field,
    in_field,
    method,
    misbehaviour,
    mutation,
    no_field,
    no_line,
    one_more,
    shifted,
    status,
    text,
)

_ROW = r'\n<tr class="[^"]+">.*?</tr>'
_ENTRY = r"<entry>.*?</entry>\s*"
_ITEM = r'\s*<li id="c-.*?</li>'


def _failed(request: Request, answer: Response) -> bool:
    return answer.status >= 400


def _head(request: Request, answer: Response) -> bool:
    return request.method == "HEAD"


def _ben(request: Request, answer: Response) -> bool:
    return b"Leave, ben" in answer.body.data


def _nobody(request: Request, answer: Response) -> bool:
    return answer.status == 200 and b"Log in</a>" in answer.body.data


def _sets_cookie(request: Request, answer: Response) -> bool:
    return b"set-cookie" in [name for name, _ in answer.headers]


def _welcome(request: Request, answer: Response) -> bool:
    return b"Welcome back" in answer.body.data


def _known(request: Request, answer: Response) -> bool:
    """A page whose first two tickets were opened by somebody, so that both worlds know their names."""
    return 0 < answer.body.data.count(b"known #") <= 3


STATUS = [
    mutation("a page fails", "home", "status status status", status(500)),
    mutation("a missing page is gone", "ticket", "status status status", status(410), when=_failed),
    mutation("a redirect of another kind", "login", "status status status", status(302)),
    mutation("a refusal that is none", "tickets.open", "status status status", status(200), when=_failed),
    mutation("one answer in fifty fails", "ticket", "status status status", status(503), nth=50),
]

FIELDS = [
    mutation("another charset", "about", "header header header:content-type", in_field("content-type", "utf-8", "ascii")),
    mutation("no charset", "people", "header header header:content-type", field("content-type", "text/html")),
    mutation("XML of another type", "feed", "header header header:content-type", in_field("content-type", "atom", "rss")),
    mutation("kept longer", "people", "header header header:cache-control", in_field("cache-control", "60", "61")),
    mutation("kept by everybody", "people", "header header header:cache-control", field("cache-control", "max-age=60")),
    mutation("no Vary", "people", "header missing header:vary", no_field("vary")),
    mutation("Vary by more", "people", "header header header:vary", field("vary", "Cookie, Accept")),
    mutation("may be framed", "about", "header missing header:x-frame-options", no_field("x-frame-options")),
    mutation("may be framed by itself", "about", "header header header:x-frame-options", field("x-frame-options", "SAMEORIGIN")),
    mutation("weaker policy", "about", "header header header:content-security-policy", in_field("content-security-policy", "'self'", "*")),
    mutation("tells what it is made of", "home", "header extra header:x-powered-by", field("x-powered-by", "snakes")),
    mutation("redirect elsewhere", "logout", "header header header:location", in_field("location", "$", "login")),
    mutation("relative redirect", "ticket.close", "header header header:location", in_field("location", "http://[^/]+", "")),
    mutation("redirect to https", "login", "header header header:location", in_field("location", "http:", "https:")),
    mutation("redirect with a query", "tickets.form", "header header header:location", in_field("location", "/login", "/login?next=/"), when=lambda r, a: a.status == 303),
    mutation("another field for HEAD only", "people", "header header header:cache-control", field("cache-control", "no-store"), when=_head),
    mutation("no type for HEAD only", "people", "header missing header:content-type", no_field("content-type"), when=_head),
]  # fmt: skip

COOKIES = [
    mutation("scripts read the session", "login", "cookie missing cookie:sid.httponly", in_field("set-cookie", "; HttpOnly", "")),
    mutation("session sent by others", "login", "cookie value cookie:sid.samesite", in_field("set-cookie", "SameSite=lax", "SameSite=none")),
    mutation("session without SameSite", "login", "cookie missing cookie:sid.samesite", in_field("set-cookie", "; SameSite=lax", "")),
    mutation("session of one path", "login", "cookie value cookie:sid.path", in_field("set-cookie", "(sid=.*)Path=/", r"\1Path=/tickets")),
    mutation("session of an hour", "login", "cookie value cookie:sid.max-age", in_field("set-cookie", "Max-Age=86400", "Max-Age=3600")),
    mutation("session over early", "login", "cookie value cookie:sid.expires", in_field("set-cookie", r"(expires=.* )\d\d:", r"\g<1>03:")),
    mutation("session for TLS only", "login", "cookie extra cookie:sid.secure", in_field("set-cookie", "(sid=.*)", r"\1; Secure")),
    mutation("session of a domain", "login", "cookie extra cookie:sid.domain", in_field("set-cookie", "(sid=.*)", r"\1; Domain=example")),
    mutation("another theme", "login", "cookie value cookie:theme", in_field("set-cookie", "theme=dark", "theme=light")),
    mutation("no theme", "login", "cookie missing cookie:theme", no_line("set-cookie", "theme=")),
    mutation("no first session", "login.form", "cookie missing cookie:sid", no_line("set-cookie", "sid="), when=_sets_cookie, cut_off=True),
    mutation("one cookie more", "login", "cookie extra cookie:lang", one_more("set-cookie", "lang=en; Path=/")),
    mutation("session stays after logout", "logout", "cookie missing cookie:sid", no_field("set-cookie")),
    mutation("session emptied, not deleted", "logout", "cookie value cookie:sid", in_field("set-cookie", "sid=.*", "sid=none; Path=/"), also=("cookie missing cookie:sid.max-age", "cookie missing cookie:sid.expires"), because="a cookie that stays says how long"),
    mutation("first session open to scripts", "login.form", "cookie missing cookie:sid.httponly", in_field("set-cookie", "; HttpOnly", ""), when=_sets_cookie),
]  # fmt: skip

PAGES = [
    mutation("another link", "about", "html value html:body > nav > a[3]@href", text('href="/people"', 'href="/persons"')),
    mutation("another word", "home", "html value html:body > main > h1", text("<h1>Board", "<h1>Bord")),
    mutation("another title", "about", "html value html:title", text("About - ", "About: ")),
    mutation("a space inside a word", "about", "html value html:body > main > p > em", text("everybody", "every body")),
    mutation("a typographic quote", "login.form", "html value html:form#login > label[1]", text("Name ", "Name’ ")),
    mutation("a missing row", "tickets", "html missing html:table#tickets", text(f"({_ROW})(?={_ROW}\n</tbody>)", "")),
    mutation("a row twice", "tickets", "html extra html:table#tickets", text(f"({_ROW})", r"\1\1")),
    mutation("two items swapped", "home", "html order html:ol#latest", text("(<li>.*?</li>)(<li>.*?</li>)", r"\2\1"), when=_known),
    mutation("rows backwards", "people", "html order html:table#people > tbody", text(r"(<tr><td>ada.*?</tr>)(<tr><td>ben.*?</tr>)", r"\2\1")),
    mutation("a missing column", "tickets", "html missing html:table#tickets", text(r"<th>Weight(?=<)", "")),
    mutation("a missing cell", "people", "html missing html:table#people", text(r"<td>\d+</td></tr>", "</tr>")),
    mutation("off by one", "tickets", "html value html:table#tickets", text("<td class=number>0", "<td class=number>1")),
    mutation("a count too high", "home", "html value html:p#counts", text(r"(\d+) open", r"1\1 open")),
    mutation("a page number from 0", "tickets", "html value html:body > main > p", text(r"Page \d", "Page 0")),
    mutation("a field missing", "login.form", "html missing html:form#login > input", text('<input name="next"[^>]*> ', ""), also=("html missing html:form#login",), because="the space that a browser shows beside it goes as well"),
    mutation("a field of another name", "tickets.form", "html value html:body > main > form > input", text("name=title", "name=titel")),
    mutation("a field not required", "login.form", "html missing html:form#login > label[2] > input@required", text("password required", "password")),
    mutation("a field shows what is typed", "login.form", "html value html:form#login > label[2] > input@type", text("type=password", "type=text")),
    mutation("one hidden field more", "login.form", "html extra html:form#login > input", text("(</form>)", r'<input type=hidden name=v value=2>\1')),
    mutation("a form that is sent by GET", "tickets.form", "html value html:body > main > form@method", text('method=post action="/tickets"', 'method=get action="/tickets"')),
    mutation("a form that goes elsewhere", "login.form", "html value html:form#login@action", text('action="/login"', 'action="/signin"')),
    mutation("another choice beforehand", "tickets.form", "html missing html:body > main > form > select", text("<option selected value=normal>normal</option> <option value=high>", "<option value=normal>normal</option> <option selected value=high>"), also=("html extra html:body > main > form > select",), because="the mark goes from one option to another"),
    mutation("one choice less", "tickets.form", "html missing html:body > main > form > select", text("<option value=low>low</option>\n?", "")),
    mutation("shorter names", "login.form", "html value html:form#login > label[1] > input@maxlength", text("maxlength=20", "maxlength=10")),
    mutation("a button without a value", "ticket", "html missing html:body > main > form > button@value", text("<button value=1 ", "<button ")),
    mutation("code with another number", "about", "html value html:body > script", text('"page": 8', '"page": 9')),
    mutation("code that assigns to another name", "home", "html value html:body > script", text("window.board", "window.bord")),
    mutation("a class missing", "about", "html value html:body@class", text('class="wide board"', 'class="board"')),
    mutation("another stylesheet", "people", "html value html:link@href", text(r"board.css\?v=7", "board.css")),
    mutation("another language", "home", "html value html:html@lang", text("lang=en", "lang=de")),
    mutation("no alternative text", "about", "html missing html:body > main > img@alt", text(" alt=Logo", "")),
    mutation("a frame that shows", "about", "html missing html:body > main > iframe@hidden", text("iframe hidden", "iframe")),
    mutation("code without its indentation", "about", "html value html:body > main > pre", text("    with", "  with")),
    mutation("escaped twice", "tickets", "html value html:table#tickets", text(">Seeded &amp; known", ">Seeded &amp;amp; known")),
    mutation("not escaped", "ticket", "html value html:body > main > h1", text("<h1>([^<]*?)&lt;", r"<h1>\1&amp;lt;")),
    mutation("an hour later", "tickets", "html value html:table#tickets", shifted(3600, 'datetime="([^"]+)"')),
    mutation("a day later", "tickets", "html value html:table#tickets", shifted(86400, r"<time[^>]*>(\d{4}-\d\d-\d\d)<", "%Y-%m-%d")),
    mutation("a time zone", "ticket", "html value html:body > main > dl > dd[2]", text(r"(\d\d:\d\d:\d\d)Z", r"\1+00:00")),
    mutation("no message", "tickets.form", "html missing html:body > p", text('<p role="status".*?</p>', ""), when=_welcome),
    mutation("another message", "tickets.form", "html value html:body > p", text("Welcome back", "Welcome"), when=_welcome),
    mutation("a message twice", "tickets.form", "html extra html:body > p", text('(<p role="status".*?</p>)', r"\1\1"), when=_welcome),
    mutation("wrong for one person only", "tickets", "html value html:body > nav > form > button", text("Leave, ben", "Leave, Ben"), when=_ben),
    mutation("wrong for strangers only", "home", "html value html:body > nav > a", text("Log in</a>", "Sign in</a>"), when=_nobody),
    mutation("one page in fifty", "ticket", "html value html:body > main > dl > dt[1]", text("State", "Status"), nth=50),
    mutation("a link to another ticket", "home", "html identity html:ol#latest", text("(/tickets/)[0-9a-f]{24}(.*?/tickets/)([0-9a-f]{24})", r"\1\3\2\3"), when=_known),
    mutation("two tickets swapped", "home", "html identity html:ol#latest", text("(/tickets/)([0-9a-f]{24})(.*?/tickets/)([0-9a-f]{24})", r"\1\4\3\2")),
    mutation("a comment of another name", "ticket", "html identity html:ul#comments", text('id="c-[0-9a-f]{32}"(.*?)id="c-([0-9a-f]{32})"', r'id="c-\2"\1id="c-\2"'), when=lambda r, a: a.body.data.count(b'id="c-') > 1),
    mutation("a page cut off", "people", "html missing html:body > script", body(lambda data: data[: data.index(b"<script")])),
    mutation("an empty page", "about", "text missing text", body(lambda data: b"")),
    mutation("a sentence of a refusal", "ticket", "html value html:body > main > p", text("No ticket", "No such ticket"), when=_failed),
    mutation("a page for strangers", "tickets.open", "html value html:body > main > p", text("needs a title", "needs a name"), when=_failed),
]  # fmt: skip

FEED = [
    mutation("an entry less", "feed", "text missing xml:/feed/entry", text(_ENTRY, "")),
    mutation("entries swapped", "feed", "text identity xml:/feed/entry/id", text(f"({_ENTRY})({_ENTRY})", r"\2\1"), also=("text value xml:/feed/entry/title", "text identity xml:/feed/entry/link@href"), because="elements of XML are paired by their place"),
    mutation("an updated time an hour off", "feed", "text value xml:/feed/entry/updated", shifted(3600, "<updated>([^<]+)<")),
    mutation("a link of another relation", "feed", "text value xml:/feed/entry/link@rel", text("rel='alternate'", "rel='self'")),
    mutation("another title of the feed", "feed", "text value xml:/feed/title", text("<title>Board", "<title>The Board")),
    mutation("XML of another namespace", "feed", "text value xml:", text("2005/Atom", "2005/Atom2")),
    mutation("XML that is none", "feed", "text type xml:", text("</feed>", "")),
]  # fmt: skip


WORLD = [
    misbehaviour(
        "one comment in ten is lost",
        "ticket html missing html:ul#comments",
        world=method("comment", lambda sound, *args: None, nth=10),
        spreads=("ticket", "tickets", "people"),
        because="comments are counted too",
    ),
    misbehaviour(
        "one comment in ten is written twice",
        "ticket html extra html:ul#comments",
        world=method("comment", lambda sound, *args: (sound(*args), sound(*args)), nth=10),
        spreads=("ticket", "tickets", "people"),
        because="comments are counted too",
    ),
    misbehaviour(
        "a ticket closed stays open",
        "home html value html:p#counts",
        world=method("close", lambda sound, ticket: None),
        spreads=("ticket", "tickets", "home"),
        because="open tickets are listed and counted",
    ),
    misbehaviour(
        "a new title is not kept",
        "ticket html value html:body > main > h1",
        world=method("edit", lambda sound, *args: None),
        spreads=("ticket", "tickets", "home", "feed"),
        because="titles are listed",
    ),
    misbehaviour(
        "the count of open tickets is stale",
        "home html value html:p#counts",
        world=method("count", lambda sound, **options: sound(**options) + 1),
    ),
    misbehaviour(
        "one person's tickets count for another",
        "people html value html:table#people",
        world=method(
            "tally", lambda sound: [(who, *rest) for (who, *_), (_, *rest) in zip(sound(), sound()[::-1], strict=True)]
        ),
    ),
]
MUTATIONS = [*STATUS, *FIELDS, *COOKIES, *PAGES, *FEED, *WORLD]
