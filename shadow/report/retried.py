"""What a retry tells besides the differences: what both sides answer now, and what has changed since the sample."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

# The first line of an answer as text: `302 Found`.
_STATUS = re.compile(r"[1-5]\d\d\b")


def notes(retried: Mapping[str, Any], finding: Mapping[str, Any]) -> list[str]:
    """Sentences about a retry of a finding, both as the desk gives them."""
    now = {side: _status(retried["text"].get(side, "")) for side in ("primary", "candidate")}
    found = [f"the primary answers {now['primary']} now, the candidate {now['candidate']}"]
    # The newest sample with a request, as `mirror/retry.py` takes it.
    sample = next((one for one in finding["samples"] if one["text"]["request"]), None)
    then = _status(sample["text"]["primary"]) if sample else ""
    if sample and then[:1] != now["primary"][:1]:
        found.append(
            f"the primary answers {now['primary']} now, {then} in the sample: the client may be signed out, or the "
            "thing is gone; what differs may be due to that and not to the candidate. Next: look at newer exchanges"
        )
    return found


def _status(text: str) -> str:
    """The status of an answer, or that there is none."""
    status = _STATUS.match(text)
    return status[0] if status else "nothing"
