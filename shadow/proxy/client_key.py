"""Client keys: who a request belongs to, as a keyed hash, so that two clients never share a jar and none is named."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from hashlib import blake2b

import orjson

from shadow.errors import ConfigError
from shadow.exchange import Request
from shadow.headers import HeaderList
from shadow.http.hops import client_address

# Longer than any body in which a client would name itself.
_MAX_JSON = 64 * 1024

# The request, and its fields of the names that any source reads.
_Read = Callable[[Request, Mapping[bytes, list[bytes]]], str]


class ClientKeys:
    """Reads the first of the configured sources that a request has: `cookie:NAME`, `header:NAME`, `json:a.b`."""

    def __init__(self, spec: tuple[str, ...], salt: bytes, *, trusted_hops: int = 0) -> None:
        unknown = [source for source in spec if _reader(source) is None]
        if unknown:
            allowed = "write cookie:NAME, header:NAME or json:a.b"
            raise ConfigError([f"[proxy] client_key: {source!r} is no source; {allowed}" for source in unknown])
        self._sources = [(source, read) for source in spec if (read := _reader(source)) is not None]
        self._names = {b"cookie"} | {source[7:].lower().encode("latin-1") for source in spec if source[:7] == "header:"}
        self._trusted_hops = trusted_hops
        self._salt = salt
        key = blake2b(salt, digest_size=32).digest()

        @lru_cache(4096)
        def hashed(source: str, value: str) -> str:
            digest = blake2b(value.encode("utf-8", "surrogatepass"), key=key, digest_size=8)
            return f"{source}:{digest.hexdigest()}"

        self._hashed = hashed

    def key_of(self, request: Request) -> str:
        """`"<source>:<16 hex digits>"`, or `"addr:…"` of the client's address when no source is there."""
        fields = self._fields(request)
        for source, read in self._sources:
            if found := read(request, fields):
                return self._hashed(source, found)
        return self._hashed("addr", client_address(request.headers, request.peer, self._trusted_hops))

    def reading(self, spec: tuple[str, ...]) -> ClientKeys:
        """The same keys, read from other sources."""
        return ClientKeys(spec, self._salt, trusted_hops=self._trusted_hops)

    def awaits(self, request: Request) -> bool:
        """True when the body, of which this is the beginning, could still tell whose request it is."""
        fields = self._fields(request)
        for source, read in self._sources:
            if read(request, fields):
                return False
            if source.startswith("json:"):
                data = request.body.data
                return data[:1] in (b"", b"{") and len(data) <= _MAX_JSON
        return False

    def given(self, answer: HeaderList) -> list[str]:
        """The keys of the cookie values that an answer sets."""
        found = []
        for value in answer.get_all(b"set-cookie"):
            name, _, rest = value.partition(b"=")
            source = f"cookie:{name.strip().decode('latin-1')}"
            content = rest.partition(b";")[0].strip()
            if content and any(source == known for known, _ in self._sources):
                found.append(self._hashed(source, content.decode("latin-1")))
        return found

    def _fields(self, request: Request) -> Mapping[bytes, list[bytes]]:
        fields: dict[bytes, list[bytes]] = {}
        for name, value in request.headers.pairs:
            if (folded := name.lower()) in self._names:
                fields.setdefault(folded, []).append(value)
        return fields


def _reader(source: str) -> _Read | None:
    kind, _, name = source.partition(":")
    make = {"cookie": _cookie, "header": _header, "json": _json}.get(kind)
    return make(name) if make is not None and name else None


def _cookie(name: str) -> _Read:
    wanted = name.encode("latin-1")

    def read(_request: Request, fields: Mapping[bytes, list[bytes]]) -> str:
        for field in fields.get(b"cookie", ()):
            for part in field.split(b";"):
                key, _, value = part.strip().partition(b"=")
                if key == wanted:
                    return value.decode("latin-1")
        return ""

    return read


def _header(name: str) -> _Read:
    wanted = name.lower().encode("latin-1")

    def read(_request: Request, fields: Mapping[bytes, list[bytes]]) -> str:
        return fields[wanted][0].decode("latin-1") if wanted in fields else ""

    return read


def _json(path: str) -> _Read:
    keys = path.split(".")

    def read(request: Request, _fields: Mapping[bytes, list[bytes]]) -> str:
        data = request.body.data
        if data[:1] != b"{" or len(data) > _MAX_JSON:
            return ""
        try:
            value = orjson.loads(data)
        except orjson.JSONDecodeError:
            return ""
        for key in keys:
            if not isinstance(value, dict):
                return ""
            value = value.get(key)
        return value if isinstance(value, str) else ""

    return read
