"""Text from traffic made harmless for each kind of reader: what is shown must never act (promise 12)."""

from __future__ import annotations

import re

from jinja2 import Environment, PackageLoader, StrictUndefined

from shadow.report.handovers import under_way

# Everything but printable text and line ends; among it what moves a cursor and what turns text round.
_CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff\ufffe\uffff]"
)
_MARKDOWN = re.compile(r"([\\`*_{}\[\]#+\-!|~])")


def plain(text: str) -> str:
    """For a terminal, XML or a log: control characters, direction marks and lone surrogates become escapes."""
    return _CONTROL.sub(lambda found: f"\\u{ord(found.group()):04x}", text)


def markdown(text: str) -> str:
    """For one cell of a Markdown table: no mark-up, no HTML, no line end."""
    flat = plain(text).replace("\r", " ").replace("\n", " ").replace("\t", " ")
    return _MARKDOWN.sub(r"\\\1", flat).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def templates(package: str) -> Environment:
    """The templates of a package: all that they show is escaped, and the filter `plain` tames control characters.

    `under_way` tells a handover in words.
    """
    found = Environment(
        loader=PackageLoader(package),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters["plain"] = lambda value: plain(str(value))
    found.filters["under_way"] = under_way
    return found
