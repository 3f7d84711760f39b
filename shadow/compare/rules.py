"""The declared rules: what an operator has accepted, where, and how far.

A rule is asked only where the two sides differ, so a rule that is never used is one that hides nothing, and what is
equal costs nothing. Expired rules do nothing. `docs/rules.md` is the description for people.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from typing import Any, Final

from selectolax.lexbor import LexborHTMLParser, SelectolaxError

from shadow import units
from shadow.compare import noise
from shadow.compare.clocks import TIME_KINDS
from shadow.compare.noise import CLOCKS
from shadow.config import Rule
from shadow.errors import ConfigError


class Absent:
    """The value of a place that a side does not have."""

    def __repr__(self) -> str:
        return "absent"


ABSENT: Final = Absent()

_CLOCK = re.compile(CLOCKS, re.ASCII)
NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
_PLAIN_KEY = re.compile(r"[A-Za-z_][\w-]*", re.ASCII)
_STEP = re.compile(r'\.\.(?P<deep>[\w-]+)|\.(?P<key>[\w-]+|\*)|\[(?P<index>\d+|\*)\]|(?P<odd>\["(?:[^"\\]|\\.)*"\])')
_ANY_KEY = r'(?:\.[A-Za-z_][\w-]*|\["(?:[^"\\]|\\.)*"\])'
_POSITION = re.compile(r"\[(\d+|\*)\]")
_ATTRIBUTE = re.compile(r"@([\w:.-]+|\*)$")
_XML_STEP = re.compile(r"/([^/@\[\]]+)(?:\[(\d+|\*)\])?")
_XML_PATH = re.compile(r"(?P<steps>(?:/[^/@\[\]]+(?:\[(?:\d+|\*)\])?)+|/)(?:@(?P<attribute>[^/@\[\]]+))?")


def key_step(key: str) -> str:
    """One object key as a place writes it: `.name`, or `["odd key"]`."""
    return f".{key}" if _PLAIN_KEY.fullmatch(key) else f"[{json.dumps(key)}]"


@dataclass(frozen=True, slots=True)
class Declared:
    """One rule, ready for use. `number` is its position in the configuration, `target` the place within its layer.

    `selector` and `attribute` are set for html places, `path` for json and xml ones; `amount` belongs to tolerance and
    timestamp.
    """

    number: int
    route: str
    layer: str
    target: str
    kind: str
    argument: str = ""
    amount: float = 0.0
    path: re.Pattern[str] | None = None
    pattern: re.Pattern[str] | None = None
    selector: str = ""
    attribute: str = ""

    def covers(self, layer: str, place: str) -> bool:
        """True when the rule speaks of this place. HTML places are matched in the document instead."""
        if self.layer == "xml":
            return layer == "text" and self.path is not None and bool(self.path.fullmatch(place.removeprefix("xml:")))
        if layer != self.layer and not (self.layer == "text" and layer == "binary"):
            return False
        if layer == "json":
            return self.path is not None and bool(self.path.fullmatch(place.removeprefix("json:")))
        if layer == "header":
            return fnmatchcase(place.lower(), f"header:{self.target.lower()}")
        if layer == "cookie":
            whole = f"cookie:{self.target}"
            return fnmatchcase(place, whole) or fnmatchcase(place, f"{whole}.*")
        return layer in ("text", "binary", "status")

    def explains(self, kind: str, primary: Any, candidate: Any) -> bool:
        """True when a difference of this kind between these two values is what the rule accepts."""
        if self.kind == "ignore":
            return True
        if self.kind == "null-is-absent":
            return kind in ("missing", "extra") and None in (primary, candidate)
        if self.kind == "unordered":
            return kind == "order"
        if isinstance(primary, dict | list | Absent) or isinstance(candidate, dict | list | Absent):
            return False
        if self.kind == "alias":
            return True
        p, c = str(primary), str(candidate)
        if self.kind == "tolerance":
            return kind != "type" and _within(NUMBER, p, c, self._close)
        if self.kind == "timestamp":
            return kind != "type" and _within(_CLOCK, p, c, self._timely)
        return self.pattern is not None and bool(self.pattern.fullmatch(p) and self.pattern.fullmatch(c))

    def _close(self, primary: re.Match[str], candidate: re.Match[str]) -> bool:
        return abs(float(primary[0]) - float(candidate[0])) <= self.amount * (1 + 1e-9)

    def _timely(self, primary: re.Match[str], candidate: re.Match[str]) -> bool:
        kind = primary.lastgroup or ""
        if kind != candidate.lastgroup or kind not in TIME_KINDS:
            return False
        seconds = noise.apart(kind, primary[0], candidate[0])
        return seconds is not None and seconds <= self.amount


def _within(pattern: re.Pattern[str], primary: str, candidate: str, agree: Any) -> bool:
    """True when two texts are equal but for what the pattern finds, and each pair found agrees."""
    if pattern.sub("\0", primary) != pattern.sub("\0", candidate):
        return False
    pairs = list(zip(pattern.finditer(primary), pattern.finditer(candidate), strict=True))
    return bool(pairs) and all(agree(p, c) for p, c in pairs)


def compile_rules(rules: Sequence[Rule], today: date) -> tuple[Declared, ...]:
    """The rules that are in force today; raises ConfigError with every mistake in any of them."""
    mistakes: list[str] = []
    found = []
    for number, rule in enumerate(rules):
        try:
            declared = _compile(number, rule)
        except ValueError as error:
            mistakes.append(f"[[rules]] number {number + 1}: {error}. Next: see docs/rules.md")
            continue
        if not rule.expired(today):
            found.append(declared)
    if mistakes:
        raise ConfigError(mistakes)
    return tuple(found)


def digest(rules: Sequence[Rule], today: date) -> str:
    """Names what is masked today: evidence under other rules is other evidence. Reasons and owners do not count."""
    parts = [[rule.route, rule.place, rule.rule] for rule in rules if not rule.expired(today)]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16] if parts else ""


def _compile(number: int, rule: Rule) -> Declared:
    layer, _, target = rule.place.partition(":")
    kind, _, argument = rule.rule.partition(":")
    amount, pattern = 0.0, None
    if kind == "tolerance":
        amount = _amount(argument)
    elif kind == "timestamp":
        amount = units.seconds(argument)
    elif kind == "regex":
        pattern = _regex(argument)
    elif kind == "keyed" and not argument:
        raise ValueError("'keyed' needs a field: 'keyed:id'")
    elif kind in ("ignore", "alias", "unordered", "null-is-absent") and argument:
        raise ValueError(f"{rule.rule!r}: {kind} takes no argument")
    if kind in ("unordered", "keyed") and layer not in ("json", "html", "xml"):
        raise ValueError(f"{kind} is for lists in json:, html: and xml: places, not for {rule.place!r}")
    if layer in ("json", "html", "xml", "header", "cookie") and not target:
        raise ValueError(f"{rule.place!r} names no place after '{layer}:'")
    paths = {"json": json_path, "xml": xml_path}
    path = paths[layer](target, subtree=kind == "ignore") if layer in paths else None
    selector, attribute = html_place(target) if layer == "html" else ("", "")
    return Declared(number, rule.route, layer, target, kind, argument, amount, path, pattern, selector, attribute)


def _amount(argument: str) -> float:
    try:
        found = float(argument)
    except ValueError:
        found = -1.0
    if not 0 <= found < float("inf"):
        raise ValueError(f"{argument!r} is not a tolerance such as 'tolerance:0.01'")
    return found


def _regex(argument: str) -> re.Pattern[str]:
    try:
        return re.compile(argument)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"{argument!r} is not a regular expression: {error}") from None


def json_path(target: str, *, subtree: bool) -> re.Pattern[str]:
    """A pattern over places for `$.runs[*].args..tc`; with `subtree` it covers what lies below as well."""
    if not target.startswith("$"):
        raise ValueError(f"{target!r} is not a path such as '$.run.args.tc'")
    position, parts = 1, [r"\$"]
    while position < len(target):
        found = _STEP.match(target, position)
        if not found:
            raise ValueError(f"{target!r} is odd from {target[position:]!r} on; write '$.key[*].other' or '$..key'")
        if found["deep"] is not None:
            parts.append(rf"(?:{_ANY_KEY}|\[\d+\])*{re.escape(key_step(found['deep']))}")
        elif found["key"] is not None:
            parts.append(_ANY_KEY if found["key"] == "*" else re.escape(key_step(found["key"])))
        elif found["index"] is not None:
            parts.append(r"\[\d+\]" if found["index"] == "*" else rf"\[{found['index']}\]")
        else:
            parts.append(re.escape(key_step(json.loads(found["odd"][1:-1]))))
        position = found.end()
    return re.compile("".join(parts) + (r"(?:[.\[].*)?" if subtree else ""), re.DOTALL | re.ASCII)


def xml_path(target: str, *, subtree: bool) -> re.Pattern[str]:
    """A pattern over places for `/feed/entry[*]/link@href`; a step without a position is any of its name."""
    found = _XML_PATH.fullmatch(target)
    if not found:
        raise ValueError(f"{target!r} is not a path such as '/feed/entry[*]/link@href'")
    parts = []
    for name, index in _XML_STEP.findall(found["steps"]):
        position = r"(?:\[\d+\])?" if index in ("", "*") else rf"\[{index}\]"
        parts.append("/" + (r"[^/@\[]+" if name == "*" else re.escape(name)) + position)
    if found["attribute"]:
        parts.append("@" + (r"[^@]+" if found["attribute"] == "*" else rf"(?:.* )?{re.escape(found['attribute'])}"))
    return re.compile(("".join(parts) or "/") + ("(?:[/@].*)?" if subtree else ""), re.DOTALL)


def html_place(target: str) -> tuple[str, str]:
    """CSS selector and attribute of an html place. `tr[3]` and `tr[*]`, as in findings, are understood as well."""
    attribute = _ATTRIBUTE.search(target)
    selector = target[: attribute.start()] if attribute else target
    selector = _POSITION.sub(lambda found: "" if found[1] == "*" else f":nth-of-type({found[1]})", selector).strip()
    try:
        LexborHTMLParser("").css(selector)
    except SelectolaxError:
        raise ValueError(f"{target!r} is not a CSS selector") from None
    return selector, attribute[1].lower() if attribute else ""


class RouteRules:
    """The rules of one route."""

    def __init__(self, rules: Sequence[Declared], route: str) -> None:
        self.all = tuple(rule for rule in rules if fnmatchcase(route, rule.route))
        self.html = tuple(rule for rule in self.all if rule.layer == "html")
        # Asked where a page cannot be parsed, so that no selector finds its place.
        self.whole_page = tuple(rule for rule in self.html if rule.selector == "html" and not rule.attribute)
        self.places = tuple(rule for rule in self.all if rule.layer != "html")
        self.json = any(rule.layer == "json" for rule in self.all)
        self.xml = any(rule.layer == "xml" for rule in self.all)
        # An alias rule for JSON wants to see equal values too: they may replace an older pair.
        self.aliases = any(rule.kind == "alias" and rule.layer == "json" for rule in self.all)

    def at(self, layer: str, place: str) -> list[Declared]:
        """The rules that speak of this place."""
        return [rule for rule in self.places if rule.covers(layer, place)]
