"""Names that are derived: of runs in the event log, of workers, of PGN files; and options inside texts."""

from __future__ import annotations

import hashlib
import re
from typing import Any


def short_worker_name(worker_info: dict[str, Any]) -> str:
    """``USER-NNcores-PREFIX``: what owners see and approvers block."""
    prefix = worker_info["unique_key"].split("-")[0]
    return f"{worker_info['username']}-{worker_info['concurrency']}cores-{prefix}"


def long_worker_name(worker_info: dict[str, Any]) -> str:
    """The short name, the second part of the key, and a star for a modified worker."""
    second = worker_info["unique_key"].split("-")[1]
    star = "*" if worker_info["modified"] else ""
    return f"{short_worker_name(worker_info)}-{second}{star}"


def run_name(run: dict[str, Any]) -> str:
    """The run's name in the event log; unique enough to search for."""
    digest = hashlib.md5(str(run["_id"]).encode(), usedforsecurity=False).hexdigest()
    return f"{run['args']['new_tag'][:23]}-{digest[:7]}"


def pgn_name(run_id: str, task_id: int) -> str:
    return f"{run_id}-{task_id}"


def hash_option(options: str) -> int:
    """MiB of the engine option ``Hash``; 0 when it is not given."""
    match = re.search(r"(?:^|\s)Hash=(\d+)", options)
    return int(match.group(1)) if match else 0
