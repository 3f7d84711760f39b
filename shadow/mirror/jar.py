"""The cookie jar of one client: what each world gave it, and what of it a copy carries.

Within a world both stacks see the same jar, as they would in a browser; two stacks that call one cookie by two names
each get theirs. A copy carries what stands for the values that the client sent, never a better one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, unquote

import orjson

from shadow.exchange import Answer, Request, Response
from shadow.http.cookies import request_cookies, set_by
from shadow.mirror.digests import digest, token_key
from shadow.mirror.partners import partners
from shadow.mirror.preferences import is_preference
from shadow.mirror.stacks import Stacks
from shadow.mirror.tokens import paired, presented

# So many of a client's latest cookies are remembered: requests may overtake an answer.
KEYS = 32
# Of so many cookies that a client had before it is known what the shadow world gave instead; of the rest only that they
# were given.
_OLDER = 16


@dataclass(frozen=True, slots=True)
class CopyCookies:
    """The cookies that a copy carries, and the names of those that have no counterpart in the shadow world.

    `tokens` are those that stand in the request and were handed out, each with the shadow world's own: empty where the
    jar knows none.
    """

    sent: tuple[tuple[str, str], ...]
    lost: tuple[str, ...] = ()
    tokens: tuple[tuple[str, str], ...] = ()

    @property
    def line(self) -> bytes:
        """The value of the Cookie field; empty when the copy has none."""
        return "; ".join(f"{name}={value}" for name, value in self.sent).encode("latin-1")

    @property
    def names(self) -> frozenset[str]:
        """The names of the cookies sent."""
        return frozenset(name for name, _ in self.sent)


@dataclass
class Client:
    """One client: the cookies that each world has given it, by name.

    `partners` maps a cookie's live name to its shadow name where the two differ; `lost` the names of cookies that only
    the live world has given to the exchange in which it did. `given` maps each of its latest live cookies, as a digest,
    to the shadow world's value of that time, empty where there was none: a client may send an older one, or two of one
    name that were set for two paths. `tokens` does so for the tokens that answers handed out to it.
    """

    id: str
    live: dict[str, str] = field(default_factory=dict)
    shadow: dict[str, str] = field(default_factory=dict)
    keys: dict[str, None] = field(default_factory=dict)
    partners: dict[str, str] = field(default_factory=dict)
    lost: dict[str, str] = field(default_factory=dict)
    given: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    # With `sessions = "twin"` only: the sessions that the stacks do not share.
    stacks: Stacks | None = None
    # The names of the cookies by which clients are known.
    sessions: tuple[str, ...] = field(default=(), repr=False)
    # Where a client says that there is something new to be kept; shared by all clients of a mirror.
    touched: set[str] = field(default_factory=set, repr=False)
    # Whom a token, as a digest, was handed out to: others may bring it too.
    owner_of: Callable[[str], Client | None] = field(default=lambda key: None, repr=False, compare=False)

    @property
    def signed_in(self) -> bool:
        """True when a login of it was seen, as far as that is told (`sessions = "twin"`)."""
        return self.stacks is not None and self.stacks.home is not None

    def cookies_for(self, request: Request, *, one_world: bool = False) -> CopyCookies:
        """The cookies of the copy: for each that the client sends, what the shadow world gave it instead of that value.

        Values that no server gave it (scripts make them, or somebody guesses) pass through, and so do preferences.
        Another one that the live world gave the client and the shadow world did not is left out, as a browser there
        would not have it, and told as lost. With one world it passes through too: both stacks read one database, and
        what was not mirrored could set no cookie of its own.
        """
        sent, lost = [], []
        for name, value in request_cookies(request):
            other = self._shadow_of(name, value)
            if other:
                sent.append((self.partners.get(name, name), other))
            elif other is None:
                sent.append((self.partners.get(name, name) if name in self.live else name, value))
            elif one_world or self._prefers(name, value):
                sent.append((name, value))
            else:
                lost.append(name)
        return CopyCookies(tuple(sent), tuple(lost), tuple(self._tokens_in(request, one_world=one_world)))

    def _tokens_in(self, request: Request, *, one_world: bool) -> Iterator[tuple[str, str]]:
        """The tokens in a request that were handed out, each with the shadow world's; in one world all are good."""
        for token in presented(request):
            key = token_key(token)
            other = (self.owner_of(key) or self).tokens.get(key)
            if other is None:
                other = self._of_partner(token) or None
            if other or (other is not None and not one_world):
                yield token, other

    def _of_partner(self, token: str) -> str:
        """What stands for a token that a cookie of two names holds as well: nothing else pairs those values."""
        if not token.isascii():
            return ""
        for name in self.partners:
            if other := self._shadow_of(name, token):
                return other
            if other := self._shadow_of(name, quote(token, safe="")):
                plain = unquote(other)
                return plain if plain.isascii() else ""
        return ""

    def _shadow_of(self, name: str, value: str) -> str | None:
        """The shadow world's value for this live one; empty where it has none, None where no server gave it."""
        if self.live.get(name) == value:
            return self.shadow.get(self.partners.get(name, name), "")
        return self.given.get(digest(name, value))

    def answered(self, live: Answer, shadow: Answer | None, *, exchange: str = "", read: bool = False) -> None:
        """Take what both worlds gave the client in one exchange; None when there was no copy of it.

        What looks like a token in the answer to a `read` that was not copied stands in the clone as well.
        """
        given = dict(cookies_of(live))
        theirs = dict(cookies_of(shadow)) if shadow is not None else {}
        self.touched.add(self.id)
        _take(self.live, live)
        if shadow is not None:
            self._pair_up(live, shadow)
            for name in [name for name, value in given.items() if name not in theirs and self._prefers(name, value)]:
                # What the shadow world gave before is not what the client wants now.
                self.shadow.pop(name, None)
            _take(self.shadow, shadow)
        else:
            for name in given:
                self.shadow.pop(self.partners.get(name, name), None)
        for name, value in given.items():
            if value and self.partners.get(name, name) not in self.shadow and not self._prefers(name, value):
                self.lost.setdefault(name, exchange)
            else:
                self.lost.pop(name, None)
        pairs = paired(live, shadow)
        for key in map(token_key, pairs) if read and shadow is None else ():
            if not self.tokens.get(key):
                self.tokens.pop(key, None)
        self._note_tokens(pairs)
        self._note_repeated(cookies_of(live), cookies_of(shadow) if shadow is not None else [])
        self._note_given(given, theirs)

    def _note_tokens(self, pairs: Mapping[str, str]) -> None:
        """Remember the tokens of both worlds; one that is the same in both is no secret of either."""
        for token, other in pairs.items():
            key = token_key(token)
            if token == other:
                self.tokens.pop(key, None)
            elif other:
                self.tokens[key] = other
        for key in list(self.tokens)[: -2 * KEYS]:
            del self.tokens[key]

    def _note_repeated(self, live: list[tuple[str, str]], shadow: list[tuple[str, str]]) -> None:
        """Remember the cookies that one answer sets under one name (for several paths) each by its own value."""
        counts = Counter(name for name, _ in live)
        for name in [name for name, count in counts.items() if count > 1]:
            partner = self.partners.get(name, name)
            ours, theirs = (
                [value for one, value in jar if one == key] for jar, key in ((live, name), (shadow, partner))
            )
            for value, other in zip(ours, theirs, strict=True) if len(ours) == len(theirs) else ():
                if value:
                    self._note(name, value, other)

    def _note_given(self, given: Collection[str], theirs: Collection[str]) -> None:
        """Remember what stands for the present value of each cookie that either world has just set."""
        if not given and not theirs:
            return
        for name, value in self.live.items():
            partner = self.partners.get(name, name)
            if name in given or partner in theirs:
                self._note(name, value, self.shadow.get(partner, ""))
        for older in list(self.given)[:-_OLDER]:
            self.given[older] = ""
        for oldest in list(self.given)[:-KEYS]:
            del self.given[oldest]

    def _note(self, name: str, value: str, other: str) -> None:
        """`other` stands for this value from now on, unless it is a preference, which goes along as it is."""
        key = digest(name, value)
        self.given.pop(key, None)
        if other or not self._prefers(name, value):
            self.given[key] = other

    def _prefers(self, name: str, value: str) -> bool:
        return is_preference(name, value, self.sessions)

    def cause_of(self, lost: Iterable[str]) -> str:
        """The exchange in which the first of these cookies was lost; empty when that is not known."""
        return next((self.lost[name] for name in lost if self.lost.get(name)), "")

    def _pair_up(self, live: Answer, shadow: Answer) -> None:
        """Find the cookies that the two stacks call by different names: set in one exchange, unknown to the other."""
        given, theirs = dict(cookies_of(live)), dict(cookies_of(shadow))
        ours = [name for name, value in given.items() if value and name not in theirs and name not in self.shadow]
        ours = [name for name in ours if self.partners.get(name) not in theirs]
        taken = {*given, *self.live, *self.partners.values()}
        others = [name for name, value in theirs.items() if value and name not in taken]
        if ours and others:
            self.partners |= partners(live, shadow, ours, others)

    def as_json(self) -> str:
        """All of it as text, for the store (which gets it sealed)."""
        kept = {name: getattr(self, name) for name in ("live", "shadow", "partners", "lost", "given", "tokens")}
        stacks = {"stacks": self.stacks.as_json()} if self.stacks else {}
        return orjson.dumps({**kept, **stacks, "keys": list(self.keys)}).decode()


def cookies_of(answer: Answer) -> list[tuple[str, str]]:
    """The (name, value) pairs that an answer sets; empty where it deletes."""
    return set_by(answer.headers) if isinstance(answer, Response) else []


def _take(jar: dict[str, str], answer: Answer) -> None:
    for name, value in cookies_of(answer):
        if value:
            jar[name] = value
        else:
            jar.pop(name, None)
