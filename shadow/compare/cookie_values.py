"""Values of cookies: which ones a person could read, and which are tokens.

What is random now and then looks like words, so little is taken for readable: JSON, dates, or plain words and small
numbers with separators between them and no identifier among them.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

from shadow.compare.decode import DECODER
from shadow.compare.identifiers import identifiers, opaque

_ESCAPED = re.compile(r"\\(?:([0-3][0-7]{2})|(.))", re.DOTALL)
_DATE = re.compile(r"(?<!\d)\d{4}-\d\d-\d\d(?:[T +]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?(?![\w-])")
_SEPARATORS = re.compile(r"[^\w%+]|_")
_NUMBER = re.compile(r"\d{1,8}")
# `dark`, `Dark`, `EUR`, `item7`. A longer run without a separator may be random.
_WORD = re.compile(r"[^\W\d_A-Z]{1,15}\d{0,4}|[A-Z][^\W\d_A-Z]{1,14}|[A-Z]{1,4}")
_SPEAKING = re.compile(r"(?<![^\W\d_])[^\W\d_]?[^\W\d_A-Z]{2,}")
# Once in twenty times a token of 16 letters has no digit. It is no CamelCase then, or longer than words are.
_LETTERS = re.compile(
    r"(?=.*[A-Z])(?=.*[a-z])(?![A-Z]?[a-z]+(?:[A-Z][a-z]{2,})*$)[A-Za-z+/=_-]{16,}|[A-Z]{20,}|[a-z]{26,}", re.ASCII
)
_CAMEL_KEY = re.compile(r"(?<![^\W])([a-z]{2,15})((?:[A-Z][a-z]{1,15}){1,3})(?==[^=&|;,])")


def unquoted(value: str) -> str:
    """The value as it was before `http.cookies` put it between quotes, as it does for a slash or a padding."""
    if len(value) < 2 or value[0] != '"' or value[-1] != '"':
        return value
    return _ESCAPED.sub(lambda found: chr(int(found[1], 8)) if found[1] else found[2], value[1:-1])


def token(value: str) -> bool:
    """True for a value whose letters say nothing to anybody."""
    value = unquoted(value)
    return (opaque(value) or bool(_LETTERS.fullmatch(value))) and not readable(value)


def readable(value: str) -> bool:
    """True for a value that a person could read, whatever its length."""
    text = decoded(value)
    return as_json(text) is not None or _in_words(text)


def decoded(value: str) -> str:
    """The value without quotes and percent escapes, also where it was escaped twice."""
    text = unquoted(value)
    for _ in range(2):
        if "%" in text:
            text = unquote(text)
    return text


def as_json(text: str) -> Any:
    """The object or list that a text is; None for anything else."""
    if text[:1] not in ("{", "["):
        return None
    try:
        return DECODER.decode(text)
    except (ValueError, RecursionError):
        return None


def _in_words(text: str) -> bool:
    dated = _DATE.sub(" 0 ", text)
    if identifiers(dated):
        return False
    pieces = [piece for piece in _SEPARATORS.split(_CAMEL_KEY.sub(r"\1", dated)) if piece]
    if not all(_NUMBER.fullmatch(piece) or _WORD.fullmatch(piece) for piece in pieces):
        return False
    return dated != text or (len(pieces) > 1 and bool(_SPEAKING.search(text)))
