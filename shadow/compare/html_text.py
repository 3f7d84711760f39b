"""One spelling for pages that a browser reads alike: parsed, written again by the parser, layout between blocks gone.

Far cheaper than a walk over the nodes, so it comes first. It settles only that two pages are the same; what it leaves
unequal (the order of attributes, spaces between inline elements, scripts) is for `html_walk.py` to judge.
"""

from __future__ import annotations

import re
from itertools import compress
from operator import ne

from selectolax.lexbor import LexborHTMLParser

from shadow.compare.html_page import CELLS

# Content in which every blank counts, and code, where `<` begins no element.
_AS_IT_STANDS = re.compile(
    r"<(?:pre|textarea|listing|plaintext|xmp|style|template|iframe|noscript|noembed|noframes)\b"
    r"|<script\b[^>]*>(?!\s*</script)"
)
# The parser writes every attribute like this; blanks in a value are content. A vertical tab is no blank of HTML.
_BLANKS_IN_VALUE = re.compile(r'="[^"]*(?:  |[\t\n\f\r<])|\v')
# Elements that begin and end a line: a browser shows no blank beside their tags.
_BLOCK = re.compile(
    r"/?(?:html|head|body|title|meta|link|main|header|footer|nav|section|article|aside|div|p|h[1-6]|ul|ol|li|dl|dt|dd"
    r"|table|caption|colgroup|col|thead|tbody|tfoot|tr|td|th|form|fieldset|legend|details|summary|option|script|br|hr)"
    r"(?: [^<>]*)?>"
)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)


def respelled(text: str) -> str | None:
    """The page in its one spelling; None for one that may say something by its blanks, or holds code."""
    pieces = _pieces(text)
    return "<".join(_without_layout(pieces, at) for at in range(len(pieces))) if pieces else None


def spelled_alike(primary: str, candidate: str) -> tuple[str, str] | None:
    """Two pages in one spelling, as far as it matters; None when they differ in their tags, or for what they hold."""
    ours, theirs = _pieces(primary), _pieces(candidate)
    if not ours or not theirs or len(ours) != len(theirs):
        return None
    for at in list(compress(range(len(ours)), map(ne, ours, theirs))):
        ours[at], theirs[at] = _without_layout(ours, at), _without_layout(theirs, at)
    return "<".join(ours), "<".join(theirs)


def _pieces(text: str) -> list[str] | None:
    """The page as the parser writes it, cut before each tag, with one space for each run of blanks."""
    if CELLS.match(text):
        return None
    written = LexborHTMLParser(text).html
    if written is None or _AS_IT_STANDS.search(written) or _BLANKS_IN_VALUE.search(written):
        return None
    if "<!--" in written:
        written = _COMMENT.sub("", written)
    # As bytes: a no-break space is content.
    return (
        b" ".join(f"|{written}|".encode("utf-8", "surrogatepass").split()).decode("utf-8", "surrogatepass").split("<")
    )


def _without_layout(pieces: list[str], at: int) -> str:
    """A tag and the text behind it, without the blanks beside tags that begin or end a line."""
    piece = pieces[at]
    if piece[-1:] == " " and at + 1 < len(pieces) and _BLOCK.match(pieces[at + 1]):
        piece = piece[:-1]
    tag = _BLOCK.match(piece) if "> " in piece else None
    return tag[0] + piece[tag.end() :].lstrip(" ") if tag else piece
