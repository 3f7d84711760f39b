"""What a difference means and which finding it belongs to; what shape an exchange has.

One and the same fault must give one fingerprint however many exchanges show it, so everything that varies between
exchanges (positions, identifiers, the values themselves) is left out of it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from shadow.compare.decode import Document
from shadow.compare.identifiers import blanked, identifiers
from shadow.judgement import Difference
from shadow.words import Severity

_BREAKING_FIELDS = frozenset(
    "location content-type www-authenticate content-disposition content-range access-control-allow-origin"  # noqa: SIM905
    " access-control-allow-credentials content-security-policy".split()
)
_BREAKING_ATTRIBUTES = frozenset(
    "href src action formaction method name value type id for required disabled checked selected enctype".split()  # noqa: SIM905
)
_BREAKING_TAGS = re.compile(r"(?:form|input|select|option|textarea|button|a|script|link|meta|table|iframe|html)\b")
_INDEX = re.compile(r"\[\d+\]")
_DIGITS_KEY = re.compile(r'\["\d+"\]')
_SIGNED_IN = re.compile(r"auth|tkt|ticket|login|remember|user|jwt|access", re.IGNORECASE)


def severity(layer: str, kind: str, place: str, primary: str, candidate: str) -> Severity:
    """How bad a difference is: a client can fail, can tell, or cannot reasonably care."""
    if kind in ("status", "unanswered", "identity"):
        return Severity.BREAKING
    if kind == "encoding":
        return Severity.COSMETIC
    if layer == "header":
        return Severity.BREAKING if place.partition(":")[2] in _BREAKING_FIELDS else Severity.VISIBLE
    if layer == "cookie":
        attribute = place.rpartition(".")[2] if "." in place else ""
        return Severity.VISIBLE if attribute in ("secure", "httponly", "samesite", "expires") else Severity.BREAKING
    if layer == "json":
        return Severity.BREAKING if kind in ("missing", "type") else Severity.VISIBLE
    if layer == "html":
        return _html(kind, place)
    return Severity.BREAKING if kind == "type" or (kind, place) == ("missing", "text") else Severity.VISIBLE


def _html(kind: str, place: str) -> Severity:
    path, _, attribute = place.partition("@")
    if attribute:
        if attribute in ("class", "style"):
            return Severity.COSMETIC
        known = attribute in _BREAKING_ATTRIBUTES or attribute.startswith(("on", "data-"))
        return Severity.BREAKING if known else Severity.VISIBLE
    last = path.removeprefix("html:").rpartition(" > ")[2]
    found = kind in ("missing", "extra", "type") and _BREAKING_TAGS.match(last)
    return Severity.BREAKING if found and kind != "extra" else Severity.VISIBLE


def blank_place(place: str) -> str:
    """The place with positions and identifiers blanked; a rule may be written for it as it is."""
    layer = place.partition(":")[0]
    if layer == "html":
        return _INDEX.sub("", place)
    if layer == "json":
        place = _DIGITS_KEY.sub(".*", place)
        for _, found in identifiers(place):
            place = re.sub(rf'\.{re.escape(found)}(?![\w-])|\["{re.escape(found)}"\]', ".*", place)
    return blanked(_INDEX.sub("[*]" if layer == "json" else "", place))


def fingerprint(route: str, difference: Difference) -> str:
    """What the differences of one finding have in common, as 16 hex digits."""
    parts = [route, difference.layer, difference.kind, blank_place(difference.place), *_classes(difference)]
    return hashlib.sha256("\0".join(parts).encode("utf-8", "backslashreplace")).hexdigest()[:16]


def _classes(difference: Difference) -> Iterable[str]:
    """The classes of both values, where they tell one fault from another and do not vary with the data."""
    if difference.kind == "status":
        return difference.primary, difference.candidate
    if difference.kind in ("type", "unanswered"):
        return value_class(difference.primary), value_class(difference.candidate)
    return ()


def value_class(shown: str) -> str:
    """What sort of value a short text shows: a JSON type, nothing, or a word."""
    if not shown:
        return "nothing"
    if shown in ("null", "true", "false"):
        return "null" if shown == "null" else "bool"
    if shown[0] in '{["':
        return {"{": "object", "[": "list", '"': "string"}[shown[0]]
    if re.fullmatch(r"-?\d+", shown):
        return "int"
    if re.fullmatch(r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|NaN|-?Infinity", shown):
        return "float"
    return shown.partition(" ")[0].partition(":")[0]


def speak_of_login(cookies: Iterable[str]) -> bool:
    """True when one of these names is of a cookie that only a login gives."""
    return any(map(_SIGNED_IN.search, cookies))


def shape(method: str, status: int, document: Document, *, signed_in: bool) -> str:
    """What sort of exchange it is: method, status class, signed in or not, media type, form of the body."""
    who = "signed-in" if signed_in else "anonymous"
    parts = [method, f"{status // 100}xx", who, document.media or "-", _body_shape(document)]
    return " ".join(filter(None, parts))


def _body_shape(document: Document) -> str:
    if document.kind == "json":
        valid, value = document.top
        return json_shape(value) if valid else "json"
    if document.kind == "html":
        return "page" if "<html" in document.text[:4096].lower() else "fragment"
    return document.kind


def json_shape(value: Any) -> str:
    """The keys of an object, without those that are data; empty and filled lists apart."""
    if isinstance(value, dict):
        if len(value) > 100:
            return "{…}"
        keys = tuple(value)
        return _known_shape(keys) if sum(map(len, keys)) < 1000 else _keys_shape(keys)
    if isinstance(value, list):
        return "[…]" if value else "[]"
    return type(value).__name__


def _keys_shape(keys: tuple[str, ...]) -> str:
    told = sorted({"*" if identifiers(key) or key.isdigit() else blanked(key) for key in keys})
    return "{" + ",".join(told) + "}" if len(told) <= 12 and all(map(_plain, told)) else "{…}"


_known_shape = lru_cache(1024)(_keys_shape)


def _plain(key: str) -> bool:
    return key == "*" or (len(key) <= 40 and key.isidentifier())
