"""Compare Set-Cookie fields, each by its name: opaque values renamed, attributes exactly, lifetimes as clocks.

Cookies are the client's own and each side keeps its own jar, so a value that looks like a token is never compared by
its letters; one that a person could read (`theme=dark`) is (`cookie_values.py`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from shadow.compare import noise
from shadow.compare.clocks import http_time
from shadow.compare.cookie_values import as_json, decoded, token, unquoted
from shadow.compare.differences import Tally
from shadow.compare.json_walk import JsonWalk
from shadow.compare.rules import ABSENT
from shadow.compare.shown import show_texts

_FLAGS = ("secure", "httponly", "partitioned")


@dataclass(frozen=True, slots=True)
class Cookie:
    """One Set-Cookie field; attribute names are folded, flags have the value `set`."""

    name: str
    value: str
    attributes: dict[str, str] = field(default_factory=dict)

    @property
    def slot(self) -> tuple[str, str]:
        """Domain and path: cookies of one name but another slot are different cookies (RFC 6265 5.3)."""
        return self.attributes.get("domain", "").lower().removeprefix("."), self.attributes.get("path", "")

    def deletes(self, at: float) -> bool:
        """True when the field takes the cookie away; Max-Age wins over Expires (RFC 6265 5.3)."""
        age = self.attributes.get("max-age")
        if age is not None and age.lstrip("-").isdecimal():
            return age.startswith("-") or int(age[:9]) == 0
        expires = http_time(self.attributes["expires"]) if "expires" in self.attributes else None
        return expires is not None and expires < at - noise.RECENT


def parse(lines: Iterable[bytes]) -> dict[str, list[Cookie]]:
    """Name to cookies; of Set-Cookie fields for the same cookie the last one counts, as in a browser."""
    found: dict[str, dict[tuple[str, str], Cookie]] = {}
    for line in lines:
        first, *rest = line.decode("latin-1").split(";")
        name, separator, value = first.partition("=")
        if not separator:
            name, value = "", first
        attributes = {}
        for item in rest:
            key, equals, text = item.strip().partition("=")
            attributes[key.strip().lower()] = text.strip().strip('"') if equals else "set"
        attributes.update({flag: "set" for flag in _FLAGS if flag in attributes})
        attributes.pop("", None)
        cookie = Cookie(name.strip(), value.strip(), attributes)
        found.setdefault(cookie.name, {})[cookie.slot] = cookie
    return {name: list(cookies.values()) for name, cookies in found.items()}


def compare_cookies(primary: Iterable[bytes], candidate: Iterable[bytes], tally: Tally, held: frozenset[str]) -> None:
    """Report every unequal cookie of the Set-Cookie fields. `held` names those that both of the client's jars hold."""
    ours, theirs = parse(primary), parse(candidate)
    for name in [*ours, *(name for name in theirs if name not in ours)]:
        tally.step(5)
        p, c = ours.get(name, []), theirs.get(name, [])
        pairs = _paired(p, c)
        for one, other in pairs:
            if one is not None and other is not None:
                _both(one, other, tally)
            else:
                _one_sided(one, other, tally, held)


def _paired(primary: list[Cookie], candidate: list[Cookie]) -> list[tuple[Cookie | None, Cookie | None]]:
    """Cookies of one name: those of the same slot together, then the rest in order."""
    slots = {cookie.slot: cookie for cookie in candidate}
    pairs: list[tuple[Cookie | None, Cookie | None]] = [
        (cookie, slots.pop(cookie.slot)) for cookie in primary if cookie.slot in slots
    ]
    matched = {id(cookie) for cookie, _ in pairs}
    left, rest = [cookie for cookie in primary if id(cookie) not in matched], list(slots.values())
    both = min(len(left), len(rest))
    pairs += zip(left[:both], rest[:both], strict=True)
    return pairs + [(cookie, None) for cookie in left[both:]] + [(None, cookie) for cookie in rest[both:]]


def _one_sided(one: Cookie | None, other: Cookie | None, tally: Tally, held: frozenset[str]) -> None:
    cookie = one or other
    if cookie is None:
        return
    place = f"cookie:{cookie.name}"
    # A server that renews its session cookie does so by its own clock: at most once in a second, say. Both clients
    # have the cookie already, so a renewal on one side changes nothing.
    if cookie.name in held and cookie.value and not cookie.deletes(tally.moment.at):
        tally.places += 1
        tally.noise.append(place)
        return
    text = _shown(cookie, tally.moment.at)
    tally.differ("cookie", "missing" if one else "extra", place, text if one else "", "" if one else text)


def _both(primary: Cookie, candidate: Cookie, tally: Tally) -> None:
    place, at = f"cookie:{primary.name}", tally.moment.at
    gone, other_gone = primary.deletes(at), candidate.deletes(at)
    if gone and other_gone:
        tally.places += 1  # what a cookie that goes away says is nobody's business
    elif gone != other_gone or bool(primary.value) != bool(candidate.value):
        tally.differ("cookie", "value", place, _shown(primary, at), _shown(candidate, at))
    elif token(primary.value) and token(candidate.value):
        tally.places += 1
        tally.renaming.replace("cookie", unquoted(primary.value), unquoted(candidate.value))
    else:
        _values(place, primary.value, candidate.value, tally)
    for name in {**primary.attributes, **candidate.attributes}:
        if name not in ("max-age", "expires") or not gone or not other_gone:
            _attribute(f"{place}.{name}", name, primary.attributes.get(name), candidate.attributes.get(name), tally)


def _values(place: str, primary: str, candidate: str, tally: Tally) -> None:
    """Two values that are not both tokens; escapes are undone where they hide what is compared.

    What differs is shown as it was sent: whoever keeps it knows secrets by that.
    """
    told = len(tally.differences)
    _walk(place, primary, candidate, tally)
    p, c = show_texts(primary, candidate)
    tally.differences[told:] = [replace(one, primary=p, candidate=c) for one in tally.differences[told:]]


def _walk(place: str, primary: str, candidate: str, tally: Tally) -> None:
    p, c = decoded(primary), decoded(candidate)
    p_json, c_json = as_json(p), as_json(c)
    if p == c or (primary[:1] == '"') != (candidate[:1] == '"'):
        tally.text("cookie", place, primary, candidate)
    elif p_json is not None and c_json is not None:
        JsonWalk(tally, "cookie", place).compare(p_json, c_json)
    else:
        tally.text("cookie", place, p, c)


def _attribute(place: str, name: str, primary: str | None, candidate: str | None, tally: Tally) -> None:
    if primary is None or candidate is None:
        kind = "missing" if candidate is None else "extra"
        p, c = (ABSENT if primary is None else primary), (ABSENT if candidate is None else candidate)
        tally.differ("cookie", kind, place, p, c)
        return
    if name in ("domain", "samesite"):
        primary, candidate = primary.lower().removeprefix("."), candidate.lower().removeprefix(".")
    if primary == candidate:
        tally.places += 1
    elif name == "expires" and _close(primary, candidate, tally):
        tally.places += 1
        tally.noise.append(place)
    else:
        tally.differ("cookie", "value", place, primary, candidate)


def _close(primary: str, candidate: str, tally: Tally) -> bool:
    p, c = http_time(primary), http_time(candidate)
    return p is not None and c is not None and tally.moment.near(p, c)


def _shown(cookie: Cookie, at: float) -> str:
    """A cookie in words; its value only when it is no token."""
    if cookie.deletes(at):
        return "deleted"
    if not cookie.value:
        return "empty"
    return f"set, {len(cookie.value)} characters" if token(cookie.value) else f"set to {cookie.value}"
