"""Pages that a parser would take minutes for, told by a glance at their text.

The HTML parser needs time by the square of the nesting, of the attributes of one element and of the options of a list;
once it runs, nothing stops it. These are estimates: a page over a limit is compared as a whole.
"""

from __future__ import annotations

import re

_FEW = 4000  # tags: below it no limit can be passed by far
_DEEP = 1500
_ATTRIBUTES = 2000
_OPTIONS = 3000
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
# Void elements, and those whose end may be left out: they do not nest by themselves.
_FLAT = frozenset(
    "area base br col embed hr img input link meta source track wbr param html head body p li dt dd rt rp"  # noqa: SIM905
    " optgroup option colgroup caption thead tbody tfoot tr td th".split()
)


def too_much(text: str) -> bool:
    """True for a page that must not be parsed."""
    if text.count("<option") > _OPTIONS or _crowded(text):
        return True
    return text.count("<") > _FEW and _deep(text)


def _crowded(text: str) -> bool:
    """True when one tag has too many attributes."""
    if len(text) < 2 * _ATTRIBUTES:
        return False
    for piece in text.split(">"):
        if len(piece) > 2 * _ATTRIBUTES:
            begin = piece.find("<")
            if begin >= 0 and len(piece[begin:].split(None, _ATTRIBUTES + 1)) > _ATTRIBUTES:
                return True
    return False


def _deep(text: str) -> bool:
    """True when too many elements are open at once."""
    depth, still_open = 0, dict[str, int]()
    for end, tag in _TAG.findall(text):
        if tag in _FLAT:
            continue
        if not end:
            still_open[tag] = still_open.get(tag, 0) + 1
            depth += 1
            if depth > _DEEP:
                return True
        elif still_open.get(tag):
            still_open[tag] -= 1
            depth -= 1
    return False
