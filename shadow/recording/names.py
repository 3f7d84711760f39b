"""Which names stand for secrets: the built-in list, in one place, and what the configuration adds to it.

A name is secret when it contains one of `WORDS` or equals one of the configured names; case never matters. Too much
is better than too little: whoever has the key reads every seal, so a needless one costs a reader's convenience only.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from shadow.errors import ConfigError

# `_csrft_`, `old_password`, `access_token`, `g-recaptcha-response` ... contain one of these.
WORDS = (
    b"passw",
    b"passphrase",
    b"pwd",
    b"token",
    b"secret",
    b"csrf",
    b"xsrf",
    b"apikey",
    b"api_key",
    b"api-key",
    b"credential",
    b"captcha",
)
# Names that are secret as a whole, but would be found inside too many harmless ones.
EXACT = ("pass", "otp", "jwt")
# Header fields whose whole value is sealed although no word of the list is in their name.
HEADERS = ("x-auth", "x-session", "x-session-id", "x-amz-signature")

_KINDS = ("header", "cookie", "json", "form")


@dataclass(frozen=True, slots=True)
class SecretNames:
    """The names in force; all are lower-case bytes. Every cookie is secret, so `cookie:GLOB` adds nothing."""

    headers: frozenset[bytes]
    json: frozenset[bytes]
    fields: frozenset[bytes]
    needles: tuple[bytes, ...]

    @classmethod
    def of(cls, extra: Iterable[str] = ()) -> SecretNames:
        """The built-in names and those of `[recording] seal`; ConfigError names every entry that is no name."""
        found: dict[str, set[bytes]] = {kind: set() for kind in _KINDS}
        mistakes: list[str] = []
        for entry in extra:
            kind, _, name = entry.partition(":")
            if kind not in _KINDS or not name:
                mistakes.append(
                    f"[recording] seal: {entry!r} is unknown; write header:NAME, cookie:GLOB, json:KEY or form:KEY"
                )
            else:
                found[kind].add(name.lower().encode())
        if mistakes:
            raise ConfigError(mistakes)
        exact = {name.encode() for name in EXACT}
        json = frozenset(exact | found["json"])
        headers = frozenset(found["header"] | {name.encode() for name in HEADERS})
        # A quoted needle is found where the name is a whole key, so an exact name costs one look-up like a word.
        needles = (*WORDS, *sorted(b'"%s"' % name for name in json))
        return cls(headers, json, frozenset(exact | found["form"]), needles)

    def header(self, name: bytes) -> bool:
        """True when the whole value of this header field (name in lower case) is secret."""
        return name in self.headers or _has_word(name)

    def key(self, name: bytes) -> bool:
        """True for a secret JSON key in lower case, escapes undone."""
        return name in self.json or _has_word(name)

    def field(self, name: bytes) -> bool:
        """True for a secret name of a form field, query parameter or input, in lower case and decoded."""
        return name in self.fields or _has_word(name)

    def plausible(self, low: bytes) -> bool:
        """True when bytes in lower case may name a secret somewhere."""
        return _has_word(low) or any(name in low for name in self.fields | self.json)


def _has_word(low: bytes) -> bool:
    return any(word in low for word in WORDS)
