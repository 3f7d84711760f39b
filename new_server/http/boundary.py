"""One request as the handlers see it: read whole from ASGI, then plain values.

Handlers are synchronous and run in a thread pool (the domain layer blocks), so nothing here is awaited by them.
Decoding follows the legacy framework: what is not UTF-8 in a path or a query raises, and the client gets a 500.
"""

import json
from functools import cached_property
from typing import Annotated, Any
from urllib.parse import parse_qsl, quote, urljoin

from fastapi import Depends, Request
from starlette.datastructures import Headers, ImmutableMultiDict
from starlette.formparsers import MultiPartParser
from starlette.types import Receive, Scope

from domain.server import Fishtest
from new_server.http import session, ticket
from new_server.http.cookies import read_cookies

# Characters that a path keeps when it is written again (RFC 3986 3.3), as the legacy framework has them.
_PATH_SAFE = "/~!$&'()*+,;=:@"
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}
_FORM_METHODS = {"POST", "PUT", "PATCH", "DELETE"}

type_form = "application/x-www-form-urlencoded"
type_multipart = "multipart/form-data"

Fields = ImmutableMultiDict[str, Any]


class Call:
    """A request, its session and the user behind it.

    `scheme`, `host` and `remote_addr` are what the client sees, once a trusted proxy's word has been taken.
    """

    def __init__(self, scope: Scope, fishtest: Fishtest) -> None:
        self.fishtest = fishtest
        self.method: str = scope["method"]
        self.raw_path: bytes = scope["raw_path"]
        self.path_info: str = scope["path"]
        self.query_string = scope["query_string"].decode("latin-1")
        self.headers = Headers(scope=scope)
        self.scheme: str = scope["scheme"]
        self.remote_addr: str = scope["client"][0] if scope["client"] else ""
        self.session_opened = False
        self.body = b""
        self.form: Fields = ImmutableMultiDict()

    async def read(self, receive: Receive, scope: Scope) -> None:
        """Take the body in, and the form in it."""
        request = Request(scope, receive)
        content_type = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        if content_type == type_multipart and self.method in _FORM_METHODS:
            parts = await MultiPartParser(self.headers, request.stream()).parse()
            self.form = ImmutableMultiDict(parts.multi_items())
            return
        self.body = await request.body()
        if content_type in ("", type_form) and self.method in _FORM_METHODS:
            text = self.body.decode("utf-8", "replace")
            self.form = ImmutableMultiDict(parse_qsl(text, keep_blank_values=True))

    def header(self, name: str, default: str = "") -> str:
        """A header's value; repeated fields joined, as RFC 9110 5.3 allows."""
        values = self.headers.getlist(name)
        return ", ".join(values) if values else default

    def json(self) -> Any:
        """The body as JSON, whatever its Content-Type says. Raises ValueError."""
        return json.loads(self.body.decode("utf-8"))

    @property
    def path(self) -> str:
        """The path, percent-encoded anew."""
        return quote(self.path_info, safe=_PATH_SAFE)

    @property
    def path_and_query(self) -> str:
        return f"{self.path}?{self.query_string}" if self.query_string else self.path

    @property
    def host(self) -> str:
        return self.header("host")

    @property
    def domain(self) -> str:
        """The host without its port (an IPv6 address keeps its brackets)."""
        host = self.host
        return host.rpartition(":")[0] if ":" in host and not host.endswith("]") else host

    @property
    def host_url(self) -> str:
        return f"{self.scheme}://{self.host.removesuffix(_DEFAULT_PORTS[self.scheme])}"

    @property
    def url(self) -> str:
        return self.host_url + self.path_and_query

    def absolute(self, location: str) -> str:
        """A Location for the client: absolute, and never a `//host` in disguise."""
        location = location.replace("\t", "").replace("\r", "").replace("\n", "")
        scheme, colon, _ = location.partition(":")
        if colon and scheme.isascii() and scheme.isalpha():
            return location
        if location.startswith("//"):
            location = f"/%2f{location[2:]}"
        return urljoin(self.host_url + quote(self.path_info), location)

    @cached_property
    def query(self) -> Fields:
        pairs = parse_qsl(self.query_string.encode("latin-1"), keep_blank_values=True)
        return ImmutableMultiDict([(name.decode(), value.decode()) for name, value in pairs])

    def param(self, name: str, default: str | None = None) -> Any:
        """A field from the query, else from the form."""
        return self.query[name] if name in self.query else self.form.get(name, default)

    @cached_property
    def all_cookies(self) -> list[tuple[str, str]]:
        """Every cookie sent, in order: a browser may send one name twice, for two paths."""
        return read_cookies(self.header("cookie"))

    @cached_property
    def cookies(self) -> dict[str, str]:
        """The last cookie of each name."""
        return dict(self.all_cookies)

    @cached_property
    def session(self) -> session.Session:
        self.session_opened = True
        return session.Session(self.cookies.get(session.COOKIE))

    @cached_property
    def claimed_user(self) -> str | None:
        """The name in a valid login ticket, without asking whether that user still exists."""
        cookie = self.cookies.get(ticket.COOKIE)
        return None if cookie is None else ticket.read_ticket(self.fishtest.settings.authentication_secret, cookie)


async def _call(request: Request) -> Call:
    call: Call = request.scope["call"]
    await call.read(request.receive, request.scope)
    return call


Asked = Annotated[Call, Depends(_call)]
"""The parameter of a handler."""
