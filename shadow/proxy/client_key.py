"""Client keys: who a request belongs to, as a keyed hash, so that two clients never share a jar and none is named."""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b

import orjson

from shadow.errors import ConfigError
from shadow.exchange import Request
from shadow.http.hops import client_address

# Longer than any body in which a client would name itself.
_MAX_JSON = 64 * 1024


class ClientKeys:
    """Reads the first of the configured sources that a request has: `cookie:NAME`, `header:NAME`, `json:a.b`."""

    def __init__(self, spec: tuple[str, ...], salt: bytes, *, trusted_hops: int = 0) -> None:
        self._sources = [(source, *source.partition(":")[::2]) for source in spec]
        unknown = [source for source, kind, name in self._sources if kind not in _READ or not name]
        if unknown:
            raise ConfigError(
                [
                    f"[proxy] client_key: {source!r} is no source; write cookie:NAME, header:NAME or json:a.b"
                    for source in unknown
                ]
            )
        self._trusted_hops = trusted_hops
        key = blake2b(salt, digest_size=32).digest()

        @lru_cache(4096)
        def hashed(source: str, value: str) -> str:
            digest = blake2b(value.encode("utf-8", "surrogatepass"), key=key, digest_size=8)
            return f"{source}:{digest.hexdigest()}"

        self._hashed = hashed

    def key_of(self, request: Request) -> str:
        """`"<source>:<16 hex digits>"`, or `"addr:…"` of the client's address when no source is there."""
        for source, kind, name in self._sources:
            value = _READ[kind](request, name)
            if value:
                return self._hashed(source, value)
        return self._hashed("addr", client_address(request.headers, request.peer, self._trusted_hops))


def _cookie(request: Request, name: str) -> str:
    wanted = name.encode("latin-1")
    for field in request.headers.get_all(b"cookie"):
        for part in field.split(b";"):
            key, _, value = part.strip().partition(b"=")
            if key == wanted:
                return value.decode("latin-1")
    return ""


def _header(request: Request, name: str) -> str:
    return request.headers.text(name)


def _json(request: Request, path: str) -> str:
    data = request.body.data
    if data[:1] != b"{" or len(data) > _MAX_JSON:
        return ""
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError:
        return ""
    for key in path.split("."):
        if not isinstance(value, dict):
            return ""
        value = value.get(key)
    return value if isinstance(value, str) else ""


_READ = {"cookie": _cookie, "header": _header, "json": _json}
