"""Which names stand for secrets: the built-in list, in one place, and what the configuration adds to it.

A name is secret when it contains one of the words of `STEMS` or equals one of the configured names; case never
matters. Too much is better than too little: whoever has the key reads every seal, so a needless one costs a reader's
convenience only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from shadow.errors import ConfigError

# `_csrft_`, `old_password`, `passphrase`, `access_token` contain one of these. Each stem costs a search through every
# body (about 1 µs for 2 KiB), so that words are grouped under what they have in common.
STEMS = {
    b"pass": (b"passw", b"passp"),
    b"pwd": (b"pwd",),
    b"token": (b"token",),
    b"secret": (b"secret",),
    b"srf": (b"csrf", b"xsrf"),
    b"api": (b"apikey", b"api_key", b"api-key"),
    b"credential": (b"credential",),
}
# Names that are secret as a whole, but would be found inside too many harmless ones.
EXACT = ("pass",)
# Names of fields that are secret as a whole. As a part they say nothing: `shipping: x` and `mapping = y` have them.
SHORT = ("pw", "pin", "otp")
# Header fields whose whole value is sealed although no word of the list is in their name.
HEADERS = ("x-auth", "x-session", "x-session-id", "x-amz-signature")

_SHORT = tuple(name.encode() for name in SHORT)
_SHORT_WORD = re.compile(rb"(?<![a-z0-9])(?:%s)(?![a-z0-9])" % b"|".join(_SHORT))
_KINDS = ("header", "cookie", "json", "form")


@dataclass(frozen=True, slots=True)
class SecretNames:
    """The names in force; all are lower-case bytes. Every cookie is secret, so `cookie:GLOB` adds nothing."""

    headers: frozenset[bytes]
    json: frozenset[bytes]
    fields: frozenset[bytes]
    # What is looked for in free text too, besides the words of the list.
    free: tuple[bytes, ...]

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
        exact, short = {name.encode() for name in EXACT}, set(_SHORT)
        whole = {start + name for name in exact | short for start in (b"", b"x-")}
        headers = frozenset(found["header"] | whole | {name.encode() for name in HEADERS})
        json, fields = exact | found["json"], exact | found["form"]
        return cls(headers, frozenset(json | short), frozenset(fields | short), tuple(sorted(json | fields)))

    def header(self, name: bytes) -> bool:
        """True when the whole value of this header field (name in lower case) is secret."""
        return name in self.headers or bool(words_in(name))

    def key(self, name: bytes) -> bool:
        """True for a secret JSON key in lower case, escapes undone."""
        return name in self.json or bool(words_in(name))

    def field(self, name: bytes) -> bool:
        """True for a secret name of a form field, query parameter or input, in lower case and decoded."""
        return name in self.fields or bool(words_in(name))

    def needles_in(self, low: bytes) -> list[bytes]:
        """What may be (part of) a secret name in free text in lower case; [] when no secret is plausible there."""
        return words_in(low) + [name for name in self.free if name in low]

    def fields_in(self, low: bytes) -> list[bytes]:
        """What may be (part of) a secret name of a field in a form or a tag in lower case."""
        found = self.needles_in(low)
        if any(name in low for name in _SHORT):
            found += {*_SHORT_WORD.findall(low)}
        return found


def words_in(low: bytes) -> list[bytes]:
    """The words of the list that stand in bytes in lower case."""
    stems = [stem for stem in STEMS if stem in low]
    return [word for stem in stems for word in STEMS[stem] if word in low] if stems else stems
