"""Evidence for the gate, ready by default."""

from __future__ import annotations

from typing import Any

from shadow.config import Gate
from shadow.cutover.evidence import Evidence, Latency, Quantiles, Shape

# A gate that a test can satisfy; the rules are those of the default one.
GATE = Gate(limit=0.01, min_span=60.0, min_per_shape=10)


def a_latency(ratio: float = 1.0, bound: float | None = 1.05) -> Latency:
    fast = Quantiles(0.01, 0.02, 0.03)
    return Latency(
        pairs=1000,
        primary=fast,
        candidate=Quantiles(0.01, 0.02 * ratio, 0.03),
        ratio_p95=ratio,
        bound=bound,
        typical=1.0,
    )


def an_evidence(**changes: Any) -> Evidence:
    values: dict[str, Any] = {
        "route": "orders.list",
        "clean": 1000,
        "judged": 1000,
        "since": 0.0,
        "last": 1000.0,
        "shapes": (Shape("GET 2xx json object", 900, 900), Shape("GET 4xx json object", 100, 100)),
        "latency": a_latency(),
    }
    return Evidence(**{**values, **changes})
