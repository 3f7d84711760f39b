"""A form must come from our own page: its token, and on https its origin (spec ui §2).

Called first in a protected view, before it looks at who is asking.
"""

import hmac
from typing import NoReturn
from urllib.parse import urlsplit

from new_server.http.boundary import Call
from new_server.http.ui_errors import FOREIGN_FORM, FOREIGN_ORIGIN, BadCsrf

HEADER = "x-csrf-token"
FIELD = "csrf_token"
_SAFE_METHODS = {"GET", "HEAD", "OPTIONS", "TRACE"}


def check_csrf(call: Call) -> None:
    """Raise BadCsrf unless the request is harmless or carries this browser's token."""
    if call.method in _SAFE_METHODS:
        return
    _check_origin(call)
    # Never from the query: a token there would end up in logs and in Referer.
    supplied = call.header(HEADER) or call.form.get(FIELD, "")
    if not hmac.compare_digest(call.session.csrf_token().encode(), str(supplied).encode("utf-8", "replace")):
        raise BadCsrf(FOREIGN_FORM, "check_csrf_token(): Invalid token")


def _check_origin(call: Call) -> None:
    """On https only: a plain http page of the same name could be anybody's."""
    if call.scheme != "https":
        return
    origin = call.header("origin")
    if "origin" in call.headers:
        origin = origin.rpartition(" ")[2]
        if origin == "null":
            _fail("null does not match any trusted origins.")
    else:
        origin = call.header("referer")
    if not origin:
        _fail("missing Origin or Referer.")
    parts = urlsplit(origin)
    if parts.scheme != "https":
        _fail("Origin is insecure while host is secure.")
    if parts.netloc != _own_host(call).lower():
        _fail(f"{origin} does not match any trusted origins.")


def _own_host(call: Call) -> str:
    """The host as an origin names it: without a port that goes without saying."""
    port = call.host.rpartition(":")[2] if call.host != call.domain else "443"
    return call.domain if port in ("80", "443") else f"{call.domain}:{port}"


def _fail(reason: str) -> NoReturn:
    raise BadCsrf(FOREIGN_ORIGIN, f"Origin checking failed - {reason}")
