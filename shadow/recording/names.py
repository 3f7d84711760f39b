"""Which names stand for secrets: the built-in list, in one place, and what the configuration adds to it.

A name is secret when it contains one of the words of `STEMS` or equals one of the configured names; case never
matters. Too much is better than too little: whoever has the key reads every seal, so a needless one costs a reader's
convenience only.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

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
# Header fields whose whole value is sealed although no word of the list is in their name.
HEADERS = ("x-auth", "x-session", "x-session-id", "x-amz-signature")

_KINDS = ("header", "cookie", "json", "form")


@dataclass(frozen=True, slots=True)
class SecretNames:
    """The names in force; all are lower-case bytes. Every cookie is secret, so `cookie:GLOB` adds nothing."""

    headers: frozenset[bytes]
    json: frozenset[bytes]
    fields: frozenset[bytes]
    # What `needles_in` looks for besides the words of the list.
    _free: tuple[bytes, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_free", tuple(sorted(self.json | self.fields)))

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
        headers = frozenset(found["header"] | {name.encode() for name in HEADERS})
        return cls(headers, frozenset(exact | found["json"]), frozenset(exact | found["form"]))

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
        return words_in(low) + [name for name in self._free if name in low]


def words_in(low: bytes) -> list[bytes]:
    """The words of the list that stand in bytes in lower case."""
    stems = [stem for stem in STEMS if stem in low]
    return [word for stem in stems for word in STEMS[stem] if word in low] if stems else stems
