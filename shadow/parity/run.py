"""Run checks: the applications are brought in once, at rest or on equal data as the checks need it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date

from shadow.config import Config, Parity
from shadow.errors import ConfigError
from shadow.parity import ast, html, metadata, routes
from shadow.parity.applications import Applications, at_rest, load, on_equal_data
from shadow.parity.ask import Ask
from shadow.parity.asking import ask_both
from shadow.parity.result import Check, Result, Seen, judge

_AT_WORK = (Check.HTML, Check.METADATA)


def run(checks: Sequence[Check], config: Config, today: date) -> list[Result]:
    """The results in the order of the checks; raises ConfigError when an application cannot be had."""
    if set(checks) & set(_AT_WORK):
        with on_equal_data(config.parity) as apps:
            seen = [*_still(checks, apps, config.parity), *_at_work(checks, apps, config, today)]
    else:
        with at_rest(config.parity) as apps:
            seen = _still(checks, apps, config.parity)
    return [judge(one, config.parity.accepted) for one in seen]


def _still(checks: Sequence[Check], apps: Applications, parity: Parity) -> list[Seen]:
    found = []
    if Check.ROUTES in checks:
        found.append(routes.check(apps))
    if Check.AST in checks:
        found.append(ast.check(apps, parity))
    return found


def _at_work(checks: Sequence[Check], apps: Applications, config: Config, today: date) -> list[Seen]:
    parity = config.parity
    asked = ask_both(apps, _asks(apps, parity), parity.ambient)
    found = []
    if Check.HTML in checks:
        found.append(html.check(asked, parity, config.rules, today))
    if Check.METADATA in checks:
        found.append(metadata.check(asked))
    return found


def _asks(apps: Applications, parity: Parity) -> list[Ask]:
    """What the application's own function gives; each must have a name of its own."""
    asks = list(load("requests", parity.requests)(*([] if apps.world is None else [apps.world])))
    twice = [name for name, count in Counter(ask.name for ask in asks).items() if count > 1]
    if twice or not asks:
        what = f"two requests are called {twice[0]!r}" if twice else "there are none"
        raise ConfigError([f"[parity] requests: {what}; give every request a name of its own"])
    return asks
