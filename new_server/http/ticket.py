"""The login ticket: the value of the `auth_tkt` cookie, in the format of mod_auth_tkt with SHA-512.

    DIGEST (128 hex) TIME (8 hex) base64(user name), percent-encoded ! userid_type:b64unicode

DIGEST covers a fixed address (0.0.0.0), the time, the secret and what follows. A ticket never expires. The user
inside may have been deleted or blocked since: that is for the caller to ask.
"""

import base64
import hashlib
import hmac
import time
from urllib.parse import quote, unquote

COOKIE = "auth_tkt"

_DIGEST = hashlib.sha512().digest_size * 2
_TIME = 8
_TYPE = "userid_type:"
_USER_DATA = f"{_TYPE}b64unicode"


def write_ticket(secret: str, username: str, now: float | None = None) -> str:
    """A ticket that proves the name to whoever knows the secret."""
    moment = int(time.time() if now is None else now)
    user_id = base64.b64encode(username.encode()).decode("ascii")
    digest = _digest(secret, moment, user_id, "", _USER_DATA)
    return f"{digest}{moment:08x}{quote(user_id)}!{_USER_DATA}"


def read_ticket(secret: str, ticket: str) -> str | None:
    """The user name in a ticket; None when it is not one of ours."""
    ticket = ticket.strip('"')
    digest, rest = ticket[:_DIGEST], ticket[_DIGEST:]
    try:
        moment = int(rest[:_TIME], 16)
        quoted, data = rest[_TIME:].split("!", 1)
    except ValueError:
        return None
    user_id = unquote(quoted)
    tokens, user_data = data.split("!", 1) if "!" in data else ("", data)
    expected = _digest(secret, moment, user_id, tokens, user_data)
    if not hmac.compare_digest(expected.encode(), digest.encode()):
        return None
    return _decode(user_id, user_data)


def _decode(user_id: str, user_data: str) -> str:
    if f"{_TYPE}b64unicode" in user_data.split("|"):
        return base64.b64decode(user_id).decode()
    return user_id


def _digest(secret: str, moment: int, user_id: str, tokens: str, user_data: str) -> str:
    key = secret.encode()
    address_and_time = bytes(4) + (moment & 0xFFFFFFFF).to_bytes(4, "big")
    inner = hashlib.sha512(
        address_and_time + key + user_id.encode() + b"\0" + tokens.encode() + b"\0" + user_data.encode()
    )
    return hashlib.sha512(inner.hexdigest().encode() + key).hexdigest()
