"""Send one request exactly as written and take the answer apart: no redirects followed, no cookie kept by itself."""

from __future__ import annotations

import http.client
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from new_server.http import session

HOST = "fishtest.example"
"""The Host that both applications see, so that their absolute addresses are the same."""

A_WHILE = 100

# What uvicorn calls these follows the interpreter: since Python 3.13 the names of RFC 9110 15.5.
FORMER = {
    "Content Too Large": "Request Entity Too Large",
    "URI Too Long": "Request-URI Too Long",
    "Range Not Satisfiable": "Requested Range Not Satisfiable",
    "Unprocessable Content": "Unprocessable Entity",
}


@dataclass(frozen=True)
class Cookie:
    """One Set-Cookie: attributes by lower-case name, flags with an empty value."""

    name: str
    value: str
    attributes: dict[str, str]

    @classmethod
    def parse(cls, line: str) -> Cookie:
        pair, *attributes = line.split("; ")
        name, _, value = pair.partition("=")
        return cls(name, value, {key.lower(): text for key, _, text in (each.partition("=") for each in attributes)})


@dataclass
class Answer:
    status: int
    reason: str
    headers: dict[str, list[str]]
    body: bytes
    cookies: list[Cookie] = field(default_factory=list)

    def header(self, name: str) -> str:
        return ", ".join(self.headers.get(name, []))


class Side:
    """One application and the browsers that use it, each with its own cookies."""

    def __init__(self, name: str, url: str) -> None:
        self.name = name
        self._address = urlsplit(url)
        self._jars: dict[str, dict[str, str]] = {}
        self.noted: dict[str, str] = {}
        """Values that this side made up and that a later request sends back (`{token}`, `{sig}`)."""

    def ask(self, method: str, target: str, headers: list[tuple[str, str]], body: bytes | None, browser: str) -> Answer:
        jar = self._jars.setdefault(browser, {}) if browser else {}
        connection = http.client.HTTPConnection(self._address.hostname or "", self._address.port, timeout=20)
        try:
            connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
            if not any(name.lower() == "host" for name, _ in headers):
                connection.putheader("Host", HOST)
            if jar:
                connection.putheader("Cookie", "; ".join(f"{name}={_due(name, value)}" for name, value in jar.items()))
            if body is not None and not any(name == "Transfer-Encoding" for name, _ in headers):
                connection.putheader("Content-Length", str(len(body)))
            for name, value in headers:
                connection.putheader(name, value)
            connection.endheaders(body)
            return self._keep(connection.getresponse(), jar)
        finally:
            connection.close()

    def take_cookies_of(self, browser: str, other: Side) -> None:
        self._jars[browser] = dict(other._jars[browser])

    def _keep(self, response: http.client.HTTPResponse, jar: dict[str, str]) -> Answer:
        headers: dict[str, list[str]] = {}
        for name, value in response.getheaders():
            headers.setdefault(name.lower(), []).append(value)
        cookies = [Cookie.parse(line) for line in headers.pop("set-cookie", [])]
        for cookie in cookies:
            jar[cookie.name] = cookie.value
            if cookie.attributes.get("max-age") == "0":
                del jar[cookie.name]
        reason = FORMER.get(response.reason, response.reason)
        return Answer(response.status, reason, headers, response.read(), cookies)


def _due(name: str, value: str) -> str:
    """The cookie as if it had been written a while ago.

    A session cookie is renewed once its second is over, and two servers are never asked in the same moment: without
    this one of them would renew it now and then, and the other not.
    """
    if name != session.COOKIE:
        return value
    written, created, data = session.verify(value)
    return session.sign([written - A_WHILE, created, data])
