"""One spelling for pages that a browser reads alike: parsed, written again by the parser, layout between blocks gone.

Far cheaper than a walk over the nodes, so it comes first. It settles only that two pages are the same; what it leaves
unequal (the order of attributes, spaces between inline elements, scripts) is for `html_walk.py` to judge.
"""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser

from shadow.compare.html_tree import CELLS

# Content in which every blank counts, and code, where `<` begins no element.
_AS_IT_STANDS = re.compile(
    r"<(?:pre|textarea|listing|plaintext|xmp|style|template|iframe|noscript|noembed|noframes)\b"
    r"|<script\b[^>]*>(?!\s*</script)",
    re.IGNORECASE,
)
# The parser writes every attribute like this; blanks in a value are content.
_BLANKS_IN_VALUE = re.compile(r'="[^"]*?(?:[ \t\n\f\r]{2}|[\t\n\f\r<])')
# Elements that begin and end a line: a browser shows no blank beside their tags.
_BLOCKS = (
    "html|head|body|title|meta|link|main|header|footer|nav|section|article|aside|div|p|h[1-6]|ul|ol|li|dl|dt|dd|table"
    "|caption|colgroup|col|thead|tbody|tfoot|tr|td|th|form|fieldset|legend|details|summary|option|script|br|hr"
)
_BESIDE_BLOCK = re.compile(rf"[ \t\n\f\r]*(</?(?:{_BLOCKS})(?:\s[^<>]*)?>)[ \t\n\f\r]*", re.IGNORECASE)
_BLANKS = re.compile(r"[ \t\n\f\r]{2,}|[\t\n\f\r]")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)


def respelled(text: str) -> str | None:
    """The page in its one spelling; None for one that may say something by its blanks, or holds code."""
    if _AS_IT_STANDS.search(text) or CELLS.match(text):
        return None
    written = LexborHTMLParser(text).html
    if written is None or _BLANKS_IN_VALUE.search(written):
        return None
    if "<!--" in written:
        written = _COMMENT.sub("", written)
    return _BESIDE_BLOCK.sub(r"\1", _BLANKS.sub(" ", written))
