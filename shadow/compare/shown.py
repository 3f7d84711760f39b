"""Values as a person is shown them: short, on one line, without a client's tokens in clear."""

from __future__ import annotations

import re
from json.encoder import encode_basestring
from typing import Any

import orjson

from shadow.compare.decode import Number, Repeated
from shadow.compare.identifiers import CLIENT_KINDS, SHORTEST, identifiers
from shadow.compare.rules import ABSENT
from shadow.compare.spans import first_difference

_SHOWN = 160  # characters of a value in a Difference
_COMPOUND = frozenset({dict, list, Repeated})
_PLAIN = frozenset({int, bool, float, type(None)})
_WORDS = {None: "null", True: "true", False: "false"}
_WORD_END = re.compile(r"[\s\"'<>&;,]")


def plain(value: Any) -> str:
    """A scalar as the text that a client would send back."""
    if value is ABSENT:
        return ""
    return value if isinstance(value, str) else written(value)


def written(value: Any, room: int = 4000) -> str:
    """A decoded JSON value as JSON, numbers as they were; cut off when it is longer than `room`."""
    parts: list[str] = []
    _write(value, parts, [room], 0)
    return "".join(parts)


def _write(value: Any, parts: list[str], room: list[int], depth: int) -> None:
    if room[0] <= 0 or depth > 20:
        parts.append("…")
        return
    if isinstance(value, dict | Repeated):
        parts.append("{")
        for number, (key, item) in enumerate(value.items() if isinstance(value, dict) else value):
            if room[0] <= 0:
                parts.append("…")
                break
            name = f"{', ' if number else ''}{encode_basestring(key)}: "
            if type(item) in _COMPOUND:
                parts.append(name)
                room[0] -= len(name)
                _write(item, parts, room, depth + 1)
            else:
                parts.append(name + _scalar(item))
                room[0] -= len(parts[-1])
        parts.append("}")
    elif isinstance(value, list):
        parts.append("[")
        for number, item in enumerate(value):
            if room[0] <= 0:
                parts.append("…")
                break
            if type(item) in _COMPOUND:
                parts.append(", " if number else "")
                _write(item, parts, room, depth + 1)
            else:
                parts.append(f"{', ' if number else ''}{_scalar(item)}")
                room[0] -= len(parts[-1])
        parts.append("]")
    else:
        parts.append(_scalar(value))
        room[0] -= len(parts[-1])


def number(value: float) -> Number:
    """A number as it was written, of a document that lost nothing when it was loaded."""
    return Number(orjson.dumps(value).decode())


def _scalar(value: Any) -> str:
    if type(value) is str:
        return str(encode_basestring(value))
    if type(value) is Number:
        return value
    if type(value) is float:
        return number(value)
    if type(value) is not int:
        return _WORDS[value]
    try:
        return str(value)
    except ValueError:  # a number with more digits than Python converts
        return hex(value)


def show(value: Any) -> str:
    """A JSON value as short text; empty for an absent one."""
    if value is ABSENT:
        return ""
    if type(value) in _PLAIN:
        return _cut(_scalar(value), 0)
    return printable(_masked(_cut(written(value, _SHOWN), 0)))


def show_texts(primary: str, candidate: str) -> tuple[str, str]:
    """Two texts cut to the place where they begin to differ."""
    start = 0
    if max(len(primary), len(candidate)) > _SHOWN:
        start = max(0, first_difference(primary, candidate) - _SHOWN // 3)
    return printable(_masked(_cut(primary, start))), printable(_masked(_cut(candidate, start)))


def _masked(text: str) -> str:
    """The text without the tokens of a client in clear: a person needs to see that they differ, not what they are."""
    for kind, found in identifiers(text) if len(text) >= SHORTEST else ():
        if kind in CLIENT_KINDS and kind != "sealed":
            text = text.replace(found, f"<{kind} of {len(found)} characters>")
    return text


def _cut(text: str, start: int) -> str:
    """The text from `start`, short. Cut at the ends of words: half a secret could not be recognised and masked."""
    if start == 0 and len(text) <= _SHOWN:
        return text
    begin = start
    if start:
        found = _WORD_END.search(text, start)
        begin = found.end() if found and found.end() - start <= _SHOWN // 3 else start
        if begin == start and text[start - 1 : start] and not _WORD_END.match(text, start - 1):
            before = [at.end() for at in _WORD_END.finditer(text, max(0, start - 2000), start)]
            begin = before[-1] if before else start
    end = min(len(text), begin + _SHOWN)
    if end < len(text):
        while end > begin and not _WORD_END.match(text, end):
            end -= 1
        # One endless word: its beginning would be half of something, so only its length is told.
        if end == begin:
            return f"<{len(text) - begin} characters in one word>"
    return f"{'…' if begin else ''}{text[begin:end]}{'…' if end < len(text) else ''}"


def printable(text: str) -> str:
    """The text with everything that is not printable as an escape, lone surrogates among it."""
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)
