"""SPSA tuning: the parameters of one batch of games, and the step that its result makes.

Signs travel as bits (first parameter = highest bit, 1 = plus); their checksum tells whether a result belongs to them.
"""

from __future__ import annotations

import random
import zlib
from collections.abc import Sequence
from typing import Any

Spsa = dict[str, Any]

MAX_SAMPLES = 100
MAX_SAMPLED_VALUES = 10000


def pack_flips(flips: Sequence[int]) -> bytes:
    """Eight signs to a byte."""
    bits = "".join("1" if flip > 0 else "0" for flip in flips)
    bits += "0" * (-len(bits) % 8)
    return bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits), 8))


def unpack_flips(packed: bytes, length: int) -> list[int]:
    return [1 if packed[i // 8] >> (7 - i % 8) & 1 else -1 for i in range(length)]


def signature(packed: bytes) -> int:
    return zlib.crc32(packed)


def gains(spsa: Spsa, param: dict[str, float], iteration: int) -> tuple[float, float]:
    """Step ``R`` and perturbation ``c`` of one parameter at an iteration (from 1)."""
    c = param["c"] / iteration ** spsa["gamma"]
    return param["a"] / (spsa["A"] + iteration) ** spsa["alpha"] / c**2, c


def draw_flips(count: int, coin: random.Random) -> list[int]:
    """A fair coin for each parameter."""
    return [coin.choice((-1, 1)) for _ in range(count)]


def hand_out(spsa: Spsa, task: dict[str, Any], seed: str = "") -> dict[str, Any]:
    """Draw signs, keep them in the task, give the parameters of both engines.

    With a ``seed`` the signs follow from it and the iteration; without one no two draws have anything in common.
    """
    iteration = spsa["iter"] + 1
    coin = random.Random(f"{seed} {iteration}" if seed else None)  # noqa: S311 - statistics, not secrets
    flips = draw_flips(len(spsa["params"]), coin)
    packed = pack_flips(flips)
    task["spsa_params"] = {"iter": iteration, "packed_flips": packed}
    w_params, b_params = [], []
    for param, flip in zip(spsa["params"], flips, strict=True):
        big_r, c = gains(spsa, param, iteration)
        name = param["name"]
        w_params.append(
            {"name": name, "value": _clip(param, param["theta"] + flip * c), "R": big_r, "c": c, "flip": flip}
        )
        b_params.append({"name": name, "value": _clip(param, param["theta"] - flip * c)})
    return {"w_params": w_params, "b_params": b_params, "sig": signature(packed)}


def apply_result(spsa: Spsa, task: dict[str, Any], result: dict[str, int]) -> None:
    """Move the parameters by a batch's result; one that does not belong to the task's signs is ignored."""
    handed_out = task.get("spsa_params")
    if handed_out is None or signature(handed_out["packed_flips"]) != result["sig"]:
        return
    spsa["iter"] += result["num_games"] // 2
    flips = unpack_flips(handed_out["packed_flips"], len(spsa["params"]))
    difference = result["wins"] - result["losses"]
    sample = []
    for param, flip in zip(spsa["params"], flips, strict=True):
        big_r, c = gains(spsa, param, handed_out["iter"])
        param["theta"] = _clip(param, param["theta"] + big_r * c * difference * flip)
        sample.append({"theta": param["theta"], "R": big_r, "c": c})
    _remember(spsa, sample)


def _remember(spsa: Spsa, sample: list[dict[str, float]]) -> None:
    """Keep samples evenly over the run, fewer the more parameters there are."""
    count = len(spsa["params"])
    samples = MAX_SAMPLES if count <= MAX_SAMPLES else MAX_SAMPLED_VALUES // count if count < 1000 else 1
    history = spsa.setdefault("param_history", [])
    if len(history) + 1 <= spsa["iter"] * samples / spsa["num_iter"] and len(history) < samples:
        history.append(sample)


def _clip(param: dict[str, float], value: float) -> float:
    return min(max(value, param["min"]), param["max"])
