"""What secrets are known by without being kept: digests of cookies and of tokens. Pure."""

from __future__ import annotations

from hashlib import blake2b

# Tokens are told apart from cookies by it, and so are cookies that no client key names.
BEARER, GIVEN = "bearer:", "given:"


def digest(name: str, value: str) -> str:
    """What a cookie is known by."""
    return blake2b(f"{name}={value}".encode("latin-1", "replace"), digest_size=12).hexdigest()


def token_key(token: str) -> str:
    """What a token is known by."""
    return BEARER + digest("bearer", token)


def given_key(name: str, value: str) -> str:
    """What a cookie is known by that no client key names, but that a server gave."""
    return GIVEN + digest(name, value)
