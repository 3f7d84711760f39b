"""Time controls: how long a game lasts, and what follows from that for batches and estimates."""

from __future__ import annotations

import re

TC_PATTERN = re.compile(r"(?:([1-9]\d*)/)?(\d+(?:\.\d+)?)(?:\+(\d+(?:\.\d+)?))?")
MOVES_PER_GAME = 68
SECONDS_PER_UNIT = 1.84  # both players, from measured games
SHORT_TC_SECONDS = 30.912  # one game at 10+0.1, the unit of the ratio
LONG_TC_BASE = 40


def game_seconds(tc: str) -> float:
    """Estimated duration of one game; ValueError for text that is no time control."""
    match = TC_PATTERN.fullmatch(tc)
    if match is None:
        raise ValueError(f"{tc!r} is not a time control such as 10+0.1 or 40/60")
    moves, base, increment = match.groups()
    seconds = float(base)
    if moves:
        seconds = seconds * MOVES_PER_GAME / int(moves)
    return SECONDS_PER_UNIT * (seconds + MOVES_PER_GAME * float(increment or 0))


def tc_ratio(tc: str, threads: int) -> float:
    """Cost of a game relative to one at 10+0.1 with one thread."""
    return threads * game_seconds(tc) / SHORT_TC_SECONDS


def tc_base(tc: str) -> int | float:
    """The leading number; 40 and more counts as a long time control."""
    match = re.match(r"\d+(\.\d+)?", tc)
    if match is None:
        raise ValueError(f"{tc!r} does not begin with a number")
    number = float(match.group())
    return int(number) if number.is_integer() else number


def batch_size(tc: str, threads: int) -> int:
    """Game pairs that an SPRT worker reports at a time."""
    return max(1, int(0.5 + 16 / tc_ratio(tc, threads)))
