"""Make one database an exact copy of another, `_id`s and indexes included: the shadow world begins as such a clone.

`python -m demo.clone --url URL SOURCE TARGET` does it by hand; TARGET is dropped first.
"""

from __future__ import annotations

import argparse
import sys
from typing import Any

from pymongo import MongoClient

from shadow.state.clone import BATCH
from shadow.state.clone import clone as copy

__all__ = ["BATCH", "clone"]


def clone(client: MongoClient[Any], source: str, target: str) -> dict[str, int]:
    """Replace `target` by a copy of `source`, both on one server; the number of documents by collection."""
    return copy(client[source], client[target])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m demo.clone", description=__doc__)
    parser.add_argument("--url", default="mongodb://127.0.0.1:27017")
    parser.add_argument("source")
    parser.add_argument("target")
    given = parser.parse_args()
    with MongoClient[Any](given.url) as client:
        copied = clone(client, given.source, given.target)
    print(f"{given.target}: {sum(copied.values())} documents in {len(copied)} collections", file=sys.stderr)


if __name__ == "__main__":
    main()
