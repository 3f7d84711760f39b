"""RequestHead: what the parser tells of a request's head, and what such a head has to be like; no sockets here.

The parser has refused what is malformed; refused here are the heads that are well formed and still mean two things.
Nothing of them reaches an upstream.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import unquote

from shadow.headers import HeaderList
from shadow.proxy.turn import Scope

# A head of more bytes than this is refused, and so is what goes on for longer between two bytes of a body.
MAX_HEAD = 64 * 1024
_ASGI = {"version": "3.0", "spec_version": "2.3"}
# RFC 9110 7.2: a registered name or an address, with a port; nothing that a parser of URLs could take for more.
_HOST = re.compile(rb"[\w.~!$&'()*+,;=%:\[\]-]*", re.ASCII)


class RequestHead:
    """The head of one request, as far as it has come; `whole` when its last line is here.

    `target` is the raw request target; `expects` says that the client waits for a 100 before it sends the body.
    """

    __slots__ = ("_codings", "_fields", "_hosts", "expects", "method", "target", "version", "whole")

    def __init__(self) -> None:
        self.method = self.version = ""
        self.target = b""
        self.expects = self.whole = False
        self._fields: list[tuple[bytes, bytes]] = []
        self._hosts: tuple[bytes, ...] = ()
        self._codings: tuple[bytes, ...] = ()

    def add(self, name: bytes, value: bytes) -> None:
        """The next field. One that comes behind the whole head is a trailer field, and these end at this hop."""
        if self.whole:
            return
        self._fields.append((name, value))
        size = len(name)
        if size == 4 and name.lower() == b"host":
            self._hosts += (value,)
        elif size == 6 and name.lower() == b"expect":
            self.expects = value.lower() == b"100-continue"
        elif size == 17 and name.lower() == b"transfer-encoding":
            self._codings += (value,)

    def end(self, method: str, version: str) -> None:
        """The head is whole, and this is what its first line says."""
        self.method, self.version, self.whole = method, version, True
        self.expects = self.expects and version == "1.1"  # RFC 9110 10.1.1

    def refusal(self, size: int) -> int:
        """The status that the whole head is refused with, 0 when it is not; `size` is no less than its bytes."""
        if status := refusal(self.version, self._hosts, self._codings):
            return status
        if origin_form(self.target, self.method) is None:
            return 400
        return self.too_large() if size > MAX_HEAD and size_of(self.target, self._fields) > MAX_HEAD else 0

    def too_large(self) -> int:
        """The status for a head that is too large, by what makes it so (RFC 9110 15.5.15, RFC 6585 5)."""
        return 414 if len(self.target) > MAX_HEAD // 2 else 431

    def is_handshake(self) -> bool:
        """RFC 6455 4.1. With a body in front of the frames it is none: who knows where the upstream sees its end."""
        if self.method != "GET" or self.version != "1.1" or self._codings:
            return False
        fields = HeaderList(tuple(self._fields))
        wanted, length = fields.get(b"upgrade"), fields.get(b"content-length")
        return wanted is not None and wanted.lower() == b"websocket" and length in (None, b"0")

    def without_upgrade(self) -> bytes:
        """The head's bytes as if it had asked for no other protocol."""
        lines = b"".join(b"%b: %b\r\n" % field for field in self._fields if field[0].lower() != b"upgrade")
        return b"%b %b HTTP/%b\r\n%b\r\n" % (self.method.encode(), self.target, self.version.encode(), lines)

    def scope(self, client: tuple[str, int], server: tuple[str, int], tunnel: bool) -> Scope:
        """The ASGI scope of a head that is not refused; with `tunnel` it is the handshake of a WebSocket."""
        target, authority = origin_form(self.target, self.method) or (self.target, None)
        raw_path, _, query = target.partition(b"?")
        fields = self._fields
        if authority is not None:
            fields = list(HeaderList(tuple(fields)).replacing(b"Host", authority))
        return {
            "type": "http",
            "asgi": _ASGI,
            "http_version": self.version,
            "method": self.method,
            "scheme": "http",
            "path": unquote(raw_path.decode("ascii")),
            "raw_path": raw_path,
            "query_string": query,
            "root_path": "",
            "target": target,
            "headers": fields,
            "client": client,
            "server": server,
            "tunnel": tunnel,
        }


def refusal(version: str, hosts: Sequence[bytes], codings: Sequence[bytes]) -> int:
    """The status that a head with these values of Host and Transfer-Encoding is refused with; 0 when it is not."""
    if version not in ("1.1", "1.0"):
        return 505
    # RFC 9112 3.2
    if len(hosts) > 1 or (not hosts and version == "1.1") or (hosts and not _HOST.fullmatch(hosts[0])):
        return 400
    if not codings:
        return 0
    # RFC 9112 6.1, 6.3: without chunked at its end, or from a client of HTTP/1.0, nobody knows where the body ends.
    *inner, last = [coding.strip() for value in codings for coding in value.lower().split(b",")]
    if last != b"chunked" or version == "1.0":
        return 400
    return 501 if inner else 0


def origin_form(target: bytes, method: str) -> tuple[bytes, bytes | None] | None:
    """The target as an origin server gets it (RFC 9112 3.2) and the authority that it named, if it did.

    None when it is no target for an origin server.
    """
    if target.startswith(b"/") or (target == b"*" and method == "OPTIONS"):
        return target, None
    scheme, separator, rest = target.partition(b"://")
    end = min((place for place in (rest.find(b"/"), rest.find(b"?")) if place >= 0), default=len(rest))
    authority, path = rest[:end], rest[end:]
    if not separator or scheme.lower() not in (b"http", b"https") or not authority or not _HOST.fullmatch(authority):
        return None
    if not path and method == "OPTIONS":
        return b"*", authority  # RFC 9112 3.2.4
    return (path if path.startswith(b"/") else b"/" + path), authority


def size_of(target: bytes, headers: Sequence[tuple[bytes, bytes]]) -> int:
    """Bytes of a request's head, its method and version aside."""
    return len(target) + sum(len(name) + len(value) + 4 for name, value in headers)
