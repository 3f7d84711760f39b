"""Places that a person has declared: what may differ, and what is a name although it does not look like one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

from shadow.compare.differences import Tally
from shadow.compare.rules import Declared, RouteRules, compile_rules, key_step
from shadow.config import Rule
from shadow.errors import ConfigError

_PLACE = re.compile(r"([^.\[\]\s]+)((?:[.\[].*)?)")
_IGNORE, _NAME = "ignore", "alias"


def declared(ignore: Sequence[str], named: Sequence[str], today: date) -> tuple[Declared, ...]:
    """The rules behind `runs`, `runs.tasks[*].coins` and the like; raises ConfigError with all that are no places."""
    mistakes, rules = [], []
    for option, kind, places in (("--ignore", _IGNORE, ignore), ("--name", _NAME, named)):
        for place in places:
            found = _PLACE.fullmatch(place)
            if not found or (kind == _NAME and not found[2]):
                mistakes.append(f"{option} {place!r} is no place; write COLLECTION.key[*].other")
                continue
            rules.append(Rule(place=f"json:${found[2]}", rule=kind, route=found[1], reason=option))
    try:
        found_rules = compile_rules(rules, today)
    except ConfigError as error:
        mistakes += [re.sub(r"\[\[rules\]\] number (\d+)", _given(rules), mistake) for mistake in error.mistakes]
    if mistakes:
        raise ConfigError(mistakes)
    return found_rules


def _given(rules: Sequence[Rule]) -> Any:
    def option(number: re.Match[str]) -> str:
        rule = rules[int(number[1]) - 1]
        return f"{rule.reason} {rule.route + rule.place.removeprefix('json:$')!r}"

    return option


class Places:
    """What is declared for one collection."""

    def __init__(self, rules: Sequence[Declared], collection: str) -> None:
        here = RouteRules(rules, collection).all
        ignored = [rule for rule in here if rule.kind == _IGNORE]
        self.rules = RouteRules(ignored, collection)
        self.whole = any(rule.target == "$" for rule in ignored)
        self._ignored = [rule.path for rule in ignored if rule.path]
        self._named = [rule.path for rule in here if rule.kind == _NAME and rule.path]

    def named(self, key: str) -> bool:
        """Whether this key of a document is declared to hold a name."""
        return any(path.fullmatch("$" + key_step(key)) for path in self._named)

    def blank(self, value: Any, place: str = "$") -> Any:
        """A copy without what may differ: how documents are known that belong together."""
        if not (self._ignored or self._named):
            return value
        if any(path.fullmatch(place) for path in (*self._ignored, *self._named)):
            return None
        if isinstance(value, dict):
            return {key: self.blank(item, place + key_step(key)) for key, item in value.items()}
        if isinstance(value, list):
            return [self.blank(item, f"{place}[{number}]") for number, item in enumerate(value)]
        return value

    def settle(self, primary: Any, candidate: Any, tally: Tally, place: str = "$") -> None:
        """Hold each pair of declared names against the renaming, and make the two equal for the walk that follows."""
        if not self._named or type(primary) is not type(candidate):
            return
        keys: Any = primary.keys() & candidate.keys() if isinstance(primary, dict) else ()
        if isinstance(primary, list):
            keys = range(min(len(primary), len(candidate)))
        for key in keys:
            here = place + (f"[{key}]" if isinstance(key, int) else key_step(key))
            p, c = primary[key], candidate[key]
            if type(p) is str and type(c) is str and any(path.fullmatch(here) for path in self._named):
                if not tally.renaming.same("declared", p, c):
                    tally.add("json", "identity", f"json:{here}", p, c)
                primary[key] = candidate[key] = ""
            else:
                self.settle(p, c, tally, here)
