"""Invented results that obey the protocol's rules: trinomial and pentanomial counts always tell the same story."""

from __future__ import annotations

import base64
import gzip
import random
from typing import Any

# Pairs by their points: LL, LD, DD or WL, WD, WW; an even match with many draws.
PAIR_WEIGHTS = (2, 22, 52, 22, 2)
CRASH_SHARE = 0.002
TIME_LOSS_SHARE = 0.004


class Games:
    """A source of results; the same seed plays the same games."""

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed)

    def play(self, stats: dict[str, Any], pairs: int) -> dict[str, int]:
        """Add the results of this many pairs to the totals in place; what was added, as wins, losses and draws."""
        counts = [0, 0, 0, 0, 0]
        for kind in self._random.choices(range(5), PAIR_WEIGHTS, k=pairs):
            counts[kind] += 1
        # A pair of equal points is two draws, or a win and a loss.
        traded = sum(self._random.random() < 0.2 for _ in range(counts[2]))
        added = {
            "wins": 2 * counts[4] + counts[3] + traded,
            "losses": 2 * counts[0] + counts[1] + traded,
            "draws": counts[1] + counts[3] + 2 * (counts[2] - traded),
        }
        for key, value in added.items():
            stats[key] += value
        stats["pentanomial"] = [old + new for old, new in zip(stats["pentanomial"], counts, strict=True)]
        stats["crashes"] += sum(self._random.random() < CRASH_SHARE for _ in range(pairs))
        stats["time_losses"] += sum(self._random.random() < TIME_LOSS_SHARE for _ in range(pairs))
        return added

    def pgn(self, pairs: int) -> str:
        """The games as a worker uploads them: PGN, compressed with gzip, in base64."""
        game = '[Event "demo"]\n[White "{}"]\n[Black "{}"]\n[Result "{}"]\n\n1. e4 e5 2. Nf3 Nc6 3. Bb5 {}\n\n'
        lines = []
        for number in range(2 * pairs):
            names = ("new", "base") if number % 2 == 0 else ("base", "new")
            result = self._random.choice(("1-0", "0-1", "1/2-1/2"))
            lines.append(game.format(*names, result, result))
        return base64.b64encode(gzip.compress("".join(lines).encode(), mtime=0)).decode()


def played(stats: dict[str, Any]) -> int:
    """Number of games in the totals."""
    return int(stats["wins"] + stats["losses"] + stats["draws"])
