"""Which cookies are no more than a preference: a theme, a language, a closed banner.

Such a one says the same in both worlds, so where the shadow world has not set it a copy carries the client's own value,
as with cookies that scripts make. Whatever could be a secret, or the name of a thing, never leaves its world.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from urllib.parse import unquote

from shadow.compare.identifiers import identifiers, opaque

# Names that sessions go by, whatever their values look like.
_SESSION = re.compile(r"sess|sid|auth|token|csrf|xsrf|ticket|tkt|login|user|jwt|key|secret|id$", re.IGNORECASE)
# A word as tokens are: eight characters and more with a digit among letters, or ten digits.
_MIXED = re.compile(r"(?=[a-z]*\d)(?=\d*[a-z])[a-z\d]{8,}|\d{10,}", re.IGNORECASE)
_LONGEST = 200


def names_session(name: str) -> bool:
    """True for a name that sessions, users and tokens go by."""
    return bool(_SESSION.search(name))


def is_preference(name: str, value: str, sessions: Collection[str] = ()) -> bool:
    """True for a cookie by which nobody can be known; `sessions` are the names of those by which clients are."""
    if name in sessions or names_session(name) or len(value) > _LONGEST:
        return False
    text = unquote(value)
    return not (opaque(text) or _MIXED.search(text) or identifiers(text))
