"""Random secrets of sessions, tokens and sign-ins: given out once, kept as hashes only."""

from __future__ import annotations

import secrets
from hashlib import sha256

__all__ = ["BYTES", "hashed", "new_id", "new_secret"]

BYTES = 32
"""256 bits: nobody guesses one, so a hash needs neither salt nor slowness."""

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


def new_secret(prefix: str = "") -> str:
    """A secret that fits a header, a cookie and an address."""
    return prefix + secrets.token_urlsafe(BYTES)


def hashed(secret: str) -> str:
    """What is kept of it: SHA-256, in hex."""
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def new_id() -> str:
    """A name for what a secret belongs to, which may be shown."""
    return "".join(secrets.choice(_LETTERS) for _ in range(10))
