"""Which of the generic bodies a client wants: HTML, JSON or plain text, by its `Accept` (RFC 9110 12.5.1)."""

import re

HTML, JSON, TEXT = "text/html", "application/json", "text/plain"

_TOKEN = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"  # noqa: S105 - RFC 9110 5.6.2
_SPACE = r"[ \t]*"
_VALUE = rf'(?:{_TOKEN}|"(?:[^"\\]|\\.)*")'
_PARAMETER = rf"{_SPACE};{_SPACE}(?![qQ]=){_TOKEN}={_VALUE}"
_WEIGHT = rf"{_SPACE};{_SPACE}[qQ]=(?P<weight>0(?:\.[0-9]{{0,3}})?|1(?:\.0{{0,3}})?)"
_EXTENSION = rf"{_SPACE};{_SPACE}{_TOKEN}(?:={_VALUE})?"
_ELEMENT = re.compile(rf"(?P<range>{_TOKEN}/{_TOKEN})(?P<parameters>(?:{_PARAMETER})*)(?:{_WEIGHT}(?:{_EXTENSION})*)?")


def preferred_form(accept: str) -> str:
    """The heavier of HTML and JSON; plain text where the header names neither.

    HTML wins a draw, and is what a client gets whose header cannot be read.
    """
    ranges = _parse(accept)
    if ranges is None:
        return HTML
    html, json = _weight(ranges, HTML), _weight(ranges, JSON)
    if not html and not json:
        return TEXT
    return HTML if html >= json else JSON


def _parse(accept: str) -> list[tuple[str, bool, float]] | None:
    """(range, has parameters, weight) of each element; None when the header is malformed."""
    ranges: list[tuple[str, bool, float]] = []
    position = _next_element(accept, 0)
    if accept[:position].count(",") == 1 and position < len(accept):
        return None  # RFC 7230 7: a list may begin with an empty element, but only if another one follows
    while position < len(accept):
        element = _ELEMENT.match(accept, position)
        if element is None:
            return None
        ranges.append((element["range"].lower(), bool(element["parameters"]), float(element["weight"] or 1)))
        position = _next_element(accept, element.end())
        if position < len(accept) and "," not in accept[element.end() : position]:
            return None
    return ranges


def _next_element(accept: str, position: int) -> int:
    """The next place that is neither blank nor comma: elements may be empty (RFC 9110 5.6.1.2)."""
    while position < len(accept) and accept[position] in " \t,":
        position += 1
    return position


def _weight(ranges: list[tuple[str, bool, float]], form: str) -> float:
    """The weight of the range that describes the form most closely; 0 when none does.

    A range with parameters is not the bare type that we offer.
    """
    family = form.partition("/")[0]
    for closest in (form, f"{family}/*", "*/*"):
        for name, has_parameters, weight in ranges:
            if name == closest and not (name == form and has_parameters):
                return weight
    return 0.0
