"""Collect what one pair of answers shows: differences, masked places, aliases. One Difference for each unequal place.

Every layer reports here. The order of asking is the same everywhere: declared rules first (an accepted place takes no
part in the renaming), then renaming, then the noise detectors.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from json.encoder import encode_basestring
from typing import Any

import orjson

from shadow.compare import classify, strings
from shadow.compare.decode import Number, Repeated
from shadow.compare.identifiers import CLIENT_KINDS, SHORTEST, identifiers
from shadow.compare.learned import Learned, masked
from shadow.compare.noise import Moment
from shadow.compare.renaming import Renaming
from shadow.compare.rules import ABSENT, Declared, RouteRules
from shadow.compare.spans import first_difference
from shadow.compare.strings import Likeness
from shadow.judgement import Difference
from shadow.words import Severity

# One step is one value or a third of an HTML node: 1 to 2 µs, so that a pair stays under 250 ms.
STEPS = 100_000
_SHOWN = 160  # characters of a value in a Difference
_KEPT = 100  # differences of one pair
_COMPOUND = frozenset({dict, list, Repeated})
_PLAIN = frozenset({int, bool, float, type(None)})
_LONG = 400  # characters of two texts: from here on looking for identifiers and clocks is work that counts
_UNLIKE = 16  # steps for two short texts that may hold clocks
_WORDS = {None: "null", True: "true", False: "false"}
_WORD_END = re.compile(r"[\s\"'<>&;,]")


class Exhausted(Exception):
    """The pair needs more steps than it may have, or is nested too deeply."""


class Tally:
    """What was found so far in one pair."""

    def __init__(
        self,
        renaming: Renaming,
        moment: Moment,
        rules: RouteRules,
        route: str = "",
        learned: frozenset[Learned] = frozenset(),
    ) -> None:
        self.renaming = renaming
        self.moment = moment
        self.rules = rules
        self._route = route
        self._learned = learned
        self.places = 0
        self.differences: list[Difference] = []
        self.noise: list[str] = []
        self.accepted: list[str] = []
        self.used: set[int] = set()
        self.unread = ""  # why what is left could not be compared
        self._steps = 0

    def step(self, steps: int = 1) -> None:
        """Count work; raises Exhausted when the pair has had its share."""
        self._steps += steps
        if self._steps > STEPS:
            raise Exhausted

    def mark(self) -> tuple[int, ...]:
        """A point to which `rewind` can go back."""
        return (
            len(self.differences), len(self.noise), len(self.accepted), self.places, self.renaming.mark()
        )  # fmt: skip

    def rewind(self, mark: tuple[int, ...]) -> None:
        """Forget what was found since the mark, but not the steps that it took."""
        del self.differences[mark[0] :], self.noise[mark[1] :], self.accepted[mark[2] :]
        self.places = mark[3]
        self.renaming.rewind(mark[4])

    def soften(self, first: int) -> None:
        """No client can reasonably care about the differences from this one on."""
        self.differences[first:] = [replace(one, severity=Severity.COSMETIC) for one in self.differences[first:]]

    def unblemished(self, mark: tuple[int, ...]) -> bool:
        """True when no difference was found and nothing masked since the mark."""
        return (len(self.differences), len(self.noise), len(self.accepted)) == mark[:3]

    def same(self, primary: str, candidate: str, name: str = "") -> bool:
        """True for two texts that are equal up to renaming. False says nothing yet: ask `text`, which has the place."""
        return self.likeness(primary, candidate, name) is Likeness.SAME

    def likeness(self, primary: str, candidate: str, name: str = "") -> Likeness | None:
        """How alike two texts are; None where that depends on the place. Whatever is not the same, `text` must be told.

        An accepted place takes no part in the renaming, so with rules in force unequal texts are not looked at.
        """
        if primary == candidate and len(primary) < SHORTEST and not self.renaming.counted:
            found = Likeness.SAME
        elif primary != candidate and (self.rules.all or len(primary) + len(candidate) > _LONG):
            return None
        else:
            found = strings.compare(primary, candidate, self.renaming, self.moment, name)
        if found is Likeness.SAME:
            self.places += 1
        return found

    def text(
        self,
        layer: str,
        place: str,
        primary: str,
        candidate: str,
        *,
        name: str = "",
        kind: str = "value",
        own: Sequence[Declared] = (),
        likeness: Likeness | None = None,
    ) -> None:
        """Compare two texts at a place; `own` are rules that are known to speak of it, `likeness` what was told."""
        self.places += 1
        if primary != candidate and self.excused(layer, place, kind, primary, candidate, own):
            return
        if primary != candidate:
            size = len(primary) + len(candidate)
            self.step(size // 4 if size > _LONG else _UNLIKE)
        if likeness is None:
            likeness = strings.compare(primary, candidate, self.renaming, self.moment, name)
        if likeness is Likeness.NOISE:
            self.noise.append(place)
        elif likeness is Likeness.IDENTITY:
            self.add(layer, "identity", place, primary, candidate)
        elif likeness is Likeness.VALUE:
            self.add(layer, kind, place, primary, candidate)

    def differ(
        self, layer: str, kind: str, place: str, primary: Any, candidate: Any, own: Sequence[Declared] = ()
    ) -> None:
        """Two values are unequal here: a difference, unless a rule accepts it."""
        self.places += 1
        if not self.excused(layer, place, kind, primary, candidate, own):
            self.add(layer, kind, place, primary, candidate)

    def excused(
        self, layer: str, place: str, kind: str, primary: Any, candidate: Any, own: Sequence[Declared] = ()
    ) -> bool:
        """True when a declared rule accepts this difference; notes the place and the rule."""
        if not self.rules.all:
            return False
        for rule in (*own, *self.rules.at(layer, place)):
            if rule.explains(kind, primary, candidate):
                if rule.kind == "alias":
                    self.renaming.replace("declared", plain(primary), plain(candidate))
                self.accept(rule, place)
                return True
        return False

    def accept(self, rule: Declared, place: str) -> None:
        """A rule has hidden something at this place."""
        self.used.add(rule.number)
        self.accepted.append(place)

    def add(self, layer: str, kind: str, place: str, primary: Any, candidate: Any) -> None:
        """Note a difference that no rule, name or detector explains; at a learned place it is noise."""
        if len(self.differences) >= _KEPT:
            return
        as_text = layer != "json"
        p, c = show_texts(plain(primary), plain(candidate)) if as_text else (show(primary), show(candidate))
        severity = classify.severity(layer, kind, place, p, c)
        difference = Difference(layer, kind, printable(place), p, c, severity)
        if self._learned and masked(self._learned, self._route, difference):
            self.noise.append(place)
        else:
            self.differences.append(difference)


def plain(value: Any) -> str:
    """A scalar as the text that a client would send back."""
    if value is ABSENT:
        return ""
    return value if isinstance(value, str) else written(value)


def written(value: Any, room: int = 4000) -> str:
    """A decoded JSON value as JSON, numbers as they were; cut off when it is longer than `room`."""
    parts: list[str] = []
    _write(value, parts, [room], 0)
    return "".join(parts)


def _write(value: Any, parts: list[str], room: list[int], depth: int) -> None:
    if room[0] <= 0 or depth > 20:
        parts.append("…")
        return
    if isinstance(value, dict | Repeated):
        parts.append("{")
        for number, (key, item) in enumerate(value.items() if isinstance(value, dict) else value):
            if room[0] <= 0:
                parts.append("…")
                break
            name = f"{', ' if number else ''}{encode_basestring(key)}: "
            if type(item) in _COMPOUND:
                parts.append(name)
                room[0] -= len(name)
                _write(item, parts, room, depth + 1)
            else:
                parts.append(name + _scalar(item))
                room[0] -= len(parts[-1])
        parts.append("}")
    elif isinstance(value, list):
        parts.append("[")
        for number, item in enumerate(value):
            if room[0] <= 0:
                parts.append("…")
                break
            if type(item) in _COMPOUND:
                parts.append(", " if number else "")
                _write(item, parts, room, depth + 1)
            else:
                parts.append(f"{', ' if number else ''}{_scalar(item)}")
                room[0] -= len(parts[-1])
        parts.append("]")
    else:
        parts.append(_scalar(value))
        room[0] -= len(parts[-1])


def number(value: float) -> Number:
    """A number as it was written, of a document that lost nothing when it was loaded."""
    return Number(orjson.dumps(value).decode())


def _scalar(value: Any) -> str:
    if type(value) is str:
        return str(encode_basestring(value))
    if type(value) is Number:
        return value
    if type(value) is float:
        return number(value)
    if type(value) is not int:
        return _WORDS[value]
    try:
        return str(value)
    except ValueError:  # a number with more digits than Python converts
        return hex(value)


def show(value: Any) -> str:
    """A JSON value as short text; empty for an absent one."""
    if value is ABSENT:
        return ""
    if type(value) in _PLAIN:
        return _cut(_scalar(value), 0)
    return printable(_masked(_cut(written(value, _SHOWN), 0)))


def show_texts(primary: str, candidate: str) -> tuple[str, str]:
    """Two texts cut to the place where they begin to differ."""
    start = 0
    if max(len(primary), len(candidate)) > _SHOWN:
        start = max(0, first_difference(primary, candidate) - _SHOWN // 3)
    return printable(_masked(_cut(primary, start))), printable(_masked(_cut(candidate, start)))


def _masked(text: str) -> str:
    """The text without the tokens of a client in clear: a person needs to see that they differ, not what they are."""
    for kind, found in identifiers(text) if len(text) >= SHORTEST else ():
        if kind in CLIENT_KINDS and kind != "sealed":
            text = text.replace(found, f"<{kind} of {len(found)} characters>")
    return text


def _cut(text: str, start: int) -> str:
    """The text from `start`, short. Cut at the ends of words: half a secret could not be recognised and masked."""
    if start == 0 and len(text) <= _SHOWN:
        return text
    begin = start
    if start:
        found = _WORD_END.search(text, start)
        begin = found.end() if found and found.end() - start <= _SHOWN // 3 else start
        if begin == start and text[start - 1 : start] and not _WORD_END.match(text, start - 1):
            before = [at.end() for at in _WORD_END.finditer(text, max(0, start - 2000), start)]
            begin = before[-1] if before else start
    end = min(len(text), begin + _SHOWN)
    if end < len(text):
        while end > begin and not _WORD_END.match(text, end):
            end -= 1
        # One endless word: its beginning would be half of something, so only its length is told.
        if end == begin:
            return f"<{len(text) - begin} characters in one word>"
    return f"{'…' if begin else ''}{text[begin:end]}{'…' if end < len(text) else ''}"


def printable(text: str) -> str:
    """The text with everything that is not printable as an escape, lone surrogates among it."""
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)
