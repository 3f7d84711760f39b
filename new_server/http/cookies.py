"""Cookies in the exact form in which the legacy application reads and writes them (spec ui §1).

Pure text in, text out. The session (`session.py`) and the login ticket (`ticket.py`) are values inside these cookies.
"""

import re
import time
from email.utils import formatdate

# Bytes a cookie value may hold unquoted when the legacy application reads it; anything else ends the value.
_PLAIN = rb"[A-Za-z0-9_~!@#$%^&*()+=\-`.?|:/{}<>']"
_ESCAPED = rb"\\(?:[0-3][0-7]{2}|.)"
_PAIR = re.compile(
    rb"(?P<name>" + _PLAIN + rb"+?)\s*=\s*"
    rb'(?P<value>"(?:\\"|.)*?"|(?:' + _PLAIN + rb"|" + _ESCAPED + rb")*)"
)
_ESCAPE = re.compile(rb"\\([0-3][0-7]{2}|.)")
_NAME = re.compile(r"[A-Za-z0-9!#%&'*+\-.^_`|~][A-Za-z0-9!#$%&'*+\-.^_`|~]*")
_ATTRIBUTES = {"path", "comment", "domain", "max-age", "expires", "secure", "httponly", "samesite"}

_EXPIRED = "Wed, 31-Dec-97 23:59:59 GMT"


def read_cookies(header: str) -> list[tuple[str, str]]:
    """All cookies of a request in the order sent; a name sent twice is there twice.

    Raises UnicodeDecodeError for a value that is not UTF-8.
    """
    pairs = []
    for found in _PAIR.finditer(header.encode("latin-1")):
        name = found["name"].decode("ascii")
        if _NAME.fullmatch(name) and name.lower() not in _ATTRIBUTES:
            pairs.append((name, _unquote(found["value"]).decode("utf-8")))
    return pairs


def _unquote(value: bytes) -> bytes:
    if value and value[:1] == value[-1:] == b'"':
        value = value[1:-1]
    return _ESCAPE.sub(lambda found: _unescape(found[1]), value)


def _unescape(code: bytes) -> bytes:
    return bytes([int(code, 8)]) if len(code) == 3 else code


def write_cookie(
    name: str,
    value: str | None,
    *,
    domain: str | None = None,
    max_age: int | None = None,
    http_only: bool = False,
) -> str:
    """One Set-Cookie value for the whole site; None as value takes the cookie back.

    The attributes come in the legacy order, and the date in its dashed form.
    """
    expires = None
    if value is None:
        value, max_age, expires = "", 0, _EXPIRED
    elif max_age is not None:
        expires = _dashed_date(time.time() + max_age)
    parts = [f"{name}={value}"]
    if domain is not None:
        parts.append(f"Domain={domain}")
    if max_age is not None:
        parts.append(f"Max-Age={max_age}")
    parts.append("Path=/")
    if expires is not None:
        parts.append(f"expires={expires}")
    if http_only:
        parts.append("HttpOnly")
    parts.append("SameSite=Lax")
    return "; ".join(parts)


def _dashed_date(moment: float) -> str:
    """`Sun, 01-Mar-2026 10:20:30 GMT`, the older form of a cookie date (RFC 6265 5.1.1 reads both)."""
    weekday, day, month, year, clock, zone = formatdate(moment, usegmt=True).split()
    return f"{weekday} {day}-{month}-{year} {clock} {zone}"
