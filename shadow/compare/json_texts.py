"""Two JSON documents by their texts: the same but for names, or different in one place that is walked alone.

Two frameworks may spell one value in two ways, so the texts are tried as they stand, without blanks, and with their
keys in order.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from shadow.compare.decode import Document, parse_json
from shadow.compare.differences import Tally
from shadow.compare.identifiers import NAMING, identifiers
from shadow.compare.json_walk import JsonWalk
from shadow.compare.narrow import Part, narrowed
from shadow.compare.quick import Pieces

_SPACED = '": '
_ESCAPED = "\\u00"
_ESCAPE = re.compile(r"\\u(00[2-7][0-9a-fA-F])")


def settled(primary: Document, candidate: Document, tally: Tally) -> bool:
    """True when two documents were compared for good. False: they must be walked in full; nothing was kept."""
    # Where rules speak of places, every place must be seen.
    narrow = primary.parsable and candidate.parsable and not tally.rules.json
    for text, other, in_order in _spellings(primary, candidate):
        pieces = Pieces(text, other)
        if pieces.literals == pieces.other_literals:
            if pieces.same_head(tally.renaming, pieces.names):
                tally.places += 1 + text.count(",")
                return True
        elif narrow and in_order and (part := narrowed(text, other, pieces)):
            if _same_around(part, pieces, tally):
                return True
            narrow = False  # in another spelling it would fail once more
    return False


def value(document: Document, other: Document) -> tuple[bool, Any]:
    """Whether the text is JSON, and its value: the quick one when it has lost nothing on either side."""
    lossless = document.kind == other.kind == "json" and document.compact is not None and other.compact is not None
    return document.loaded if lossless else parse_json(document.text)


def _spellings(primary: Document, candidate: Document) -> Iterator[tuple[str, str, bool]]:
    """The texts of both in each spelling that may make them the same, and whether their keys stand as they did."""
    text, other = primary.text, candidate.text
    if (_SPACED in text) == (_SPACED in other) and not (_escapes_names(text) or _escapes_names(other)):
        yield text, other, True
    if not (primary.parsable and candidate.parsable):
        return
    p, c = primary.compact, candidate.compact
    if p is None or c is None:
        return
    one_order, same_keys = _order(primary.loaded[1], candidate.loaded[1])
    # Where as many blanks were left out on both sides, or keys have moved, this would say the same once more.
    if len(text) - len(p) != len(other) - len(c) and (one_order or not same_keys):
        yield p, c, True
    if not one_order:
        yield primary.respelled or p, candidate.respelled or c, False


def _escapes_names(text: str) -> bool:
    """True where an escape stands for a letter of a name, which could belong to the name behind it."""
    return "\\" in text and _ESCAPED in text and any(chr(int(digits, 16)) in NAMING for digits in _ESCAPE.findall(text))


def _order(primary: Any, candidate: Any) -> tuple[bool, bool]:
    """Whether the first objects of two documents have their keys in one order, and whether they have the same keys.

    What is true of the first ones will be true of the others.
    """
    while type(primary) is type(candidate) and primary and candidate:
        if isinstance(primary, dict):
            if list(primary) != list(candidate):
                return False, primary.keys() == candidate.keys()
            inner = next((key for key, value in primary.items() if isinstance(value, dict | list) and value), None)
            if inner is None:
                break
            primary, candidate = primary[inner], candidate[inner]
        elif isinstance(primary, list):
            primary, candidate = primary[0], candidate[0]
        else:
            break
    return True, True


def _same_around(part: Part, pieces: Pieces, tally: Tally) -> bool:
    """Report what differs in a part of two lists. False, and nothing is kept, when it takes a walk through all to tell.

    Names are learned as a walk would meet them; only lists of unequal length have their ends learned before what lies
    between. Of places that contradict one another a walk through all may tell another one, and so they are left to it.
    """
    mark, told = tally.mark(), len(tally.differences)
    done = _walked(part, pieces, tally) and not any(
        one.kind == "identity" or identifiers(one.place) for one in tally.differences[told:]
    )
    if done:
        tally.step(1 + (pieces.size + pieces.other_size) // 64 + pieces.names)
        tally.places += part.places
    else:
        tally.rewind(mark)
    return done


def _walked(part: Part, pieces: Pieces, tally: Tally) -> bool:
    renaming, tail = tally.renaming, part.tail
    if not pieces.same_head(renaming, part.head):
        return False
    ours, theirs = (Document("json", "", b"", text) for text in (part.primary, part.candidate))
    (valid, p), (other_valid, c) = value(ours, theirs), value(theirs, ours)
    if not (valid and other_valid):
        return False
    if part.before:
        p, c = p[1:], c[1:]
    if len(p) != len(c):
        if not pieces.same_tail(renaming, part.tail, part.behind_list):
            return False
        tail = part.behind_list
    walk = JsonWalk(tally)
    return walk.part(part.key, p, c, part.before, part.after) and pieces.same_tail(renaming, tail, pieces.names)
