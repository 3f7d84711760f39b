"""One request as the handlers see it: read whole from ASGI, into memory or onto disk, then plain values.

Handlers are synchronous and run in a thread pool (the domain layer blocks), so nothing here is awaited by them.
Decoding follows the legacy framework: what is not UTF-8 in a path or a query raises, and the client gets a 500.
"""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from tempfile import SpooledTemporaryFile
from typing import IO, Annotated, Any
from urllib.parse import parse_qsl, quote, urljoin

from fastapi import Depends, Request
from python_multipart.multipart import Field, File, parse_options_header
from python_multipart.multipart import FormParser as MultipartParser
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, ImmutableMultiDict
from starlette.types import Scope

from domain.server import Fishtest
from new_server.http import session, ticket
from new_server.http.cookies import read_cookies, write_cookie

# Characters that a path keeps when it is written again (RFC 3986 3.3), as the legacy framework has them.
_PATH_SAFE = "/~!$&'()*+,;=:@"
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}

_URLENCODED = "application/x-www-form-urlencoded"
_MULTIPART = "multipart/form-data"
_CHARSET = re.compile(r";\s*charset=([^;]*)", re.IGNORECASE)

# What a body or an uploaded file may take of the memory before it goes to disk.
_IN_MEMORY = 1 << 20
_BLOCK = 1 << 16

Fields = ImmutableMultiDict[str, str]


@dataclass(frozen=True, slots=True)
class Upload:
    """A file out of a form, as its sender names it."""

    filename: str
    file: IO[bytes]


class Call:
    """A request, its session and the user behind it.

    `scheme`, `host` and `remote_addr` are what the client sees, once a trusted proxy's word has been taken.
    """

    def __init__(self, scope: Scope, fishtest: Fishtest) -> None:
        self.fishtest = fishtest
        self.method: str = scope["method"]
        self.path_info: str = scope["path"]
        self.query_string = scope["query_string"].decode("latin-1")
        self.headers = Headers(scope=scope)
        self.scheme: str = scope["scheme"]
        self.remote_addr: str = scope["client"][0] if scope["client"] else ""
        self.session_opened = False
        self.body_file: IO[bytes] = BytesIO()

    def header(self, name: str, default: str = "") -> str:
        """A header's value; repeated fields joined, as RFC 9110 5.3 allows."""
        values = self.headers.getlist(name)
        return ", ".join(values) if values else default

    def json(self) -> Any:
        """The body as JSON whatever its Content-Type; a charset named there counts.

        Raises ValueError, LookupError (an unknown charset) or RecursionError.
        """
        return json.loads(self.body.decode(self._charset))

    @cached_property
    def body(self) -> bytes:
        """The whole body, in memory."""
        self.body_file.seek(0)
        return self.body_file.read()

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
        # A semicolon separates as well, as HTML 4 once asked of servers (appendix B.2.2).
        text = self.query_string.encode("latin-1").decode("utf-8").replace(";", "&")
        return ImmutableMultiDict(parse_qsl(text, keep_blank_values=True, errors="strict"))

    @cached_property
    def form(self) -> Fields:
        """The fields of a form in the body, none for any other body; files are left out."""
        return ImmutableMultiDict([(name, value) for name, value in self._form if isinstance(value, str)])

    def upload(self, name: str) -> Upload | None:
        """The file in the last field of this name, if it is one; a file that was not chosen is an empty text."""
        last = dict(self._form).get(name)
        return last if isinstance(last, Upload) else None

    @cached_property
    def _form(self) -> list[tuple[str, str | Upload]]:
        kind = self.header("content-type").partition(";")[0]
        by_default = not kind and self.method == "POST"
        if self.method in ("GET", "HEAD") or not (by_default or kind in (_URLENCODED, _MULTIPART)):
            return []
        if self._charset != "utf-8":
            raise ValueError(f"a form in {self._charset!r}: forms are read as UTF-8 only")
        if kind == _MULTIPART:
            return self._parts()
        return [*parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True)]

    def _parts(self) -> list[tuple[str, str | Upload]]:
        """A multipart body, read in blocks: its files are as large as their senders like."""
        parts: list[tuple[str, str | Upload]] = []

        def keep(field: Field) -> None:
            parts.append((_text(field.field_name), _text(field.value)))

        def keep_file(file: File) -> None:
            file.file_object.seek(0)
            value = (
                Upload(_text(file.file_name), file.file_object) if file.file_name else _text(file.file_object.read())
            )
            parts.append((_text(file.field_name), value))

        boundary = parse_options_header(self.header("content-type"))[1].get(b"boundary")
        limit = {"MAX_MEMORY_FILE_SIZE": _IN_MEMORY}
        parser = MultipartParser(_MULTIPART, keep, keep_file, boundary=boundary, config=limit)
        self.body_file.seek(0)
        while block := self.body_file.read(_BLOCK):
            parser.write(block)
        parser.finalize()
        return parts

    @property
    def _charset(self) -> str:
        found = _CHARSET.search(self.header("content-type"))
        charset = found[1].strip('"').strip().lower() if found else ""
        return "utf-8" if charset.replace("-", "") in ("", "utf8") else charset

    def param(self, name: str, default: str | None = None) -> str | None:
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
    def username(self) -> str | None:
        """Who is logged in: the user of a valid ticket, as long as the user's record exists. Asks the domain."""
        cookie = self.cookies.get(ticket.COOKIE)
        name = cookie and ticket.read_ticket(self.fishtest.settings.authentication_secret, cookie)
        user = self.fishtest.users.get(name) if name else None
        return user["username"] if user else None

    def remember(self, username: str, max_age: int | None) -> str:
        """The cookie of a login; without `max_age` it goes when the browser closes."""
        value = ticket.write_ticket(self.fishtest.settings.authentication_secret, username)
        return write_cookie(ticket.COOKIE, value, domain=self.domain, max_age=max_age, http_only=True)

    def forget(self) -> str:
        """The cookie that takes a login back."""
        return write_cookie(ticket.COOKIE, None, domain=self.domain, http_only=True)


def _text(value: bytes | None) -> str:
    return (value or b"").decode("utf-8", "replace")


@asynccontextmanager
async def received(request: Request) -> AsyncIterator[Call]:
    """The Call with its whole body, which goes to disk when it is large: slow senders are many, the memory is one."""
    call: Call = request.scope["call"]
    taken = 0
    with SpooledTemporaryFile(_IN_MEMORY) as body:
        async for chunk in request.stream():
            taken += len(chunk)
            if taken <= _IN_MEMORY:
                body.write(chunk)
            else:
                # The disk may be slow, and the loop waits for nobody.
                await run_in_threadpool(body.write, chunk)
        call.body_file = body
        yield call


async def _call(request: Request) -> AsyncIterator[Call]:
    async with received(request) as call:
        yield call


Asked = Annotated[Call, Depends(_call)]
"""The parameter of a handler: the request with its body."""
