"""What an identifier looks like, and the identifiers within a text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from operator import itemgetter

# What a composite may hold behind its prefix (`row-RUN`, `c_DIGEST`): there it is the name, and not all of the run.
_PLAIN = (
    r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}|[0-9a-f]{24}|[0-9a-f]{28,128}|[0-9A-F]{28,128}"
    r"|[0-7][0-9A-HJKMNP-TV-Z]{25}"
)
# What can be told from its form alone, the most certain first. Boundaries are letters and digits, so that the parts of
# a composite such as `RUN-TASK` or `run_RUN.json` are found. `run` is any long run of token letters: `kind_of` decides.
IDENTIFIERS = (
    r"(?P<sealed>\{\{sealed:[A-Za-z0-9_=-]+\}\})"
    r"|(?<![0-9A-Za-z])(?:"
    r"(?P<uuid>[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12})(?![0-9A-Za-z])"
    r"|(?P<objectid>[0-9a-f]{24})(?![0-9A-Za-z])"
    r"|(?P<ulid>[0-7][0-9A-HJKMNP-TV-Z]{25})(?![0-9A-Za-z])"
    r"|(?P<hex>[0-9a-f]{28,128}|[0-9A-F]{28,128})(?![0-9A-Za-z])"
    # From the beginning of a run only: to look for the dot from every part of it would take its length squared.
    r"|(?P<jwt>(?<![\w-])eyJ[\w-]+\.[\w-]+\.[\w-]*)"
    r"|(?P<signed>(?<![\w-])(?=[\w-]{16})[\w-]+\.[\w-]{4,}\.[\w-]{20,})"
    # It ends where a plain name begins, and may be too short then.
    rf"|(?P<run>(?=[\w-]{{20}})(?:[0-9A-Za-z]++|[_-](?!(?:{_PLAIN})(?![0-9A-Za-z])))++={{0,2}}))"
)
# The plain ones among them as a whole value: by far the most frequent case in JSON.
_WHOLE = re.compile(
    r"(?P<objectid>[0-9a-f]{24})|(?P<uuid>[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})|(?P<hex>[0-9a-f]{28,128})"
)
# With a letter that no number holds, so that each can only be a name.
_OBJECTIDS = re.compile(r"(?:(?=[0-9e]*[a-df])[0-9a-f]{24} )+")
# Whatever `IDENTIFIERS` may consist of: a run ends where no name can go on, and a name needs a long one.
NAMING = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.=:{}"
SHORTEST = 20
_IDENTIFIER = re.compile(IDENTIFIERS, re.ASCII)
_LONG_RUN = re.compile(f"[{re.escape(NAMING)}]{{{SHORTEST},}}")
# One letter in the spelling of a URL or of code, which belongs to no name behind it: `%2F`, `%252F`, `\n`, `\\u002F`.
ESCAPES = r"%(?:25)*[0-9A-Fa-f]{2}|(?<!\\)\\++(?:u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|[bfnrt])"
_LONG_RUN_OR_ESCAPE = re.compile(f"{ESCAPES}|{_LONG_RUN.pattern}")
_LAST = itemgetter(-1)
_OPAQUE = re.compile(r"[\w.!~:+/=%*|-]{16,}", re.ASCII)
_TURN = re.compile(r"(?=[a-z][A-Z0-9]|[A-Z][a-z0-9]|[0-9][A-Za-z])", re.ASCII)

# These belong to one client and are never its neighbour's.
CLIENT_KINDS = frozenset({"sealed", "jwt", "signed", "token", "cookie"})


def kind_of(group: str, value: str) -> str:
    """The kind of what `IDENTIFIERS` found under this group; empty when the run is an ordinary word."""
    if group == "uuid" and value == "00000000-0000-0000-0000-000000000000":
        return ""
    if group in ("objectid", "hex", "ulid") and value.count(value[-1]) * 2 > len(value):
        return ""  # zeros and the like are filling, not a name
    if group == "signed":
        # `module.submodule.function_name` has the same form; a signature turns between cases and digits all the time.
        return "signed" if _scrambled(value.rpartition(".")[2]) else ""
    if group == "run":
        if len(value) < SHORTEST:
            return ""
        return "token" if _scrambled(value) else "base36" if _coined(value) else ""
    return group


def _scrambled(value: str) -> bool:
    """True for what no person writes: both cases, and a turn between them or to digits at every third place or so.

    Random base64 turns at 58 % of its places, words in CamelCase at 27 %.
    """
    mixed = not (value.islower() or value.isupper())
    return mixed and len(_TURN.findall(value)) * 10 >= len(value) * 3


def _coined(value: str) -> bool:
    """True for letters of one case and digits that turn into one another at every fifth place or more, as in CUIDs.

    Random ones turn at 40 % of their places; a person writes a few numbers into a word.
    """
    return value.isalnum() and (value.islower() or value.isupper()) and len(_TURN.findall(value)) * 5 >= len(value)


def opaque(value: str) -> bool:
    """True for a value that may stand for anything: one long word, with a digit in it or scrambled, as tokens are."""
    return bool(_OPAQUE.fullmatch(value)) and (any(letter.isdigit() for letter in value) or _scrambled(value))


def identifiers(text: str) -> list[tuple[str, str]]:
    """Kind and value of every identifier in a text, from left to right."""
    found = []
    for run in _runs_in(text).findall(text):
        for match in _IDENTIFIER.finditer(run):
            kind = kind_of(match.lastgroup or "", match[0])
            if kind:
                found.append((kind, match[0]))
    return found


def whole(text: str) -> str:
    """The kind of a text that is one plain identifier and nothing else, else an empty text."""
    found = _WHOLE.fullmatch(text)
    return kind_of(found.lastgroup or "", text) if found else ""


def all_objectids(texts: Sequence[str]) -> bool:
    """True when each text is one objectid: the most frequent case, so all are looked at in one go."""
    if not _OBJECTIDS.fullmatch(" ".join(texts) + " "):
        return False
    return max(map(str.count, texts, map(_LAST, texts))) <= 12


def blanked(text: str) -> str:
    """The text with every identifier replaced by its kind: what stays the same when things are renamed."""
    return text if len(text) < SHORTEST else _runs_in(text).sub(_run_blanked, text)


def _runs_in(text: str) -> re.Pattern[str]:
    """Finds the long runs of a text, and the escapes in it, which hold no name."""
    return _LONG_RUN_OR_ESCAPE if "%" in text or "\\" in text else _LONG_RUN


def _run_blanked(run: re.Match[str]) -> str:
    return _IDENTIFIER.sub(_blank, run[0])


def _blank(found: re.Match[str]) -> str:
    kind = kind_of(found.lastgroup or "", found[0])
    return f"<{kind}>" if kind else found[0]
