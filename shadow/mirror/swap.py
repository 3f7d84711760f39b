"""Put the shadow world's tokens in the place of the live ones, letter by letter, wherever a request holds them.

What the translating does with names it does by their form; a token is of any form, so here it is looked for as it is.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import quote, quote_plus

from shadow.headers import HeaderList
from shadow.mirror.tokens import PLAIN_HEADERS, basic


class Known(Protocol):
    """What the shadow world calls things."""

    def whole(self, name: str) -> str | None:
        """Its name for this one."""
        ...


def untold(tokens: Iterable[tuple[str, str]], words: Known) -> bool:
    """True when one of these was handed out and nobody knows what stands for it in the shadow world."""
    return any(not other and words.whole(token) is None for token, other in tokens)


@dataclass(frozen=True, slots=True)
class Swap:
    """Live tokens and what stands for each; one that has nothing is taken out, for no live secret may get there."""

    pairs: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, tokens: Iterable[tuple[str, str]], words: Known) -> Swap:
        """These tokens, by what the AliasBook says or else the jar."""
        return cls(tuple((token, words.whole(token) or other) for token, other in tokens))

    def url(self, text: bytes) -> bytes:
        """An URL or a form with its tokens swapped."""
        return self._swapped(text, url=True)

    def fields(self, headers: HeaderList) -> HeaderList:
        """Header fields with their tokens swapped; Basic credentials are opened for it."""
        return HeaderList.of(
            (name, value if name.lower() in PLAIN_HEADERS else self._field(value)) for name, value in headers
        )

    def body(self, data: bytes, headers: HeaderList) -> bytes:
        """A body with its tokens swapped; `headers` say of what kind it is."""
        return self._swapped(data, url="form-urlencoded" in headers.text("content-type"))

    def _field(self, value: bytes) -> bytes:
        plain = basic(value.decode("latin-1"))
        if not plain:
            return self._swapped(value, url=False)
        return b"Basic " + base64.b64encode(self._swapped(plain.encode("latin-1"), url=False))

    def _swapped(self, text: bytes, *, url: bool) -> bytes:
        there: dict[bytes, bytes] = {}
        for token, other in self.pairs:
            plain, coded = other.encode("latin-1"), quote(other, safe="").encode()
            for spelled in (quote(token, safe=""), quote_plus(token, safe="/")):
                there[spelled.encode()] = coded
            # Some write JSON with its slashes escaped.
            there[token.replace("/", r"\/").encode("latin-1")] = plain
            there[token.encode("latin-1")] = coded if url else plain
        # In one go, the longest first: a token may begin another, or be what stands for another.
        spellings = b"|".join(map(re.escape, sorted(there, key=len, reverse=True)))
        return re.sub(spellings, lambda found: there[found[0]], text) if there else text
