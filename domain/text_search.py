"""The search text of the event log as a filter for a database without text search (`$text`).

Words and phrases mean what they mean to MongoDB's text index of language ``none``: letters of either case are equal,
one of the words is enough, every quoted phrase must be there, and what follows a minus must not. Accents count here.
"""

from __future__ import annotations

import re
from typing import Any

from domain.indexes import ACTION_TEXTS

_ITEM = re.compile(r'(?P<minus>(?<!\S)-)?(?:"(?P<phrase>[^"]*)"|(?P<words>[^\s"]+))')

Condition = dict[str, Any]


def conditions(text: str) -> Condition:
    """A filter on the fields of the text index; a text without words finds nothing."""
    words, phrases, unwanted = _parse(text)
    if not words:
        return {"_id": {"$in": []}}
    wanted = [_any_of([_word(word) for word in words]), *(_any_of([_phrase(phrase)]) for phrase in phrases)]
    refused = [_any_of([pattern]) for pattern in unwanted]
    return {"$and": wanted, **({"$nor": refused} if refused else {})}


def _parse(text: str) -> tuple[list[str], list[str], list[str]]:
    """(words, of which one must be there; phrases; patterns that must not be there)."""
    words: list[str] = []
    phrases: list[str] = []
    unwanted: list[str] = []
    for item in _ITEM.finditer(text):
        phrase, found = item["phrase"], re.findall(r"\w+", item["phrase"] or item["words"] or "")
        if item["minus"]:
            unwanted += [_phrase(phrase)] if phrase else map(_word, found)
            continue
        words += found
        if phrase:
            phrases.append(phrase)
    return words, phrases, unwanted


def _word(word: str) -> str:
    return rf"(?<!\w){word}(?!\w)"


def _phrase(phrase: str) -> str:
    return re.escape(phrase)


def _any_of(patterns: list[str]) -> Condition:
    """One of the patterns in one of the fields."""
    pattern = "|".join(patterns)
    return {"$or": [{field: {"$regex": pattern, "$options": "i"}} for field in ACTION_TEXTS]}
