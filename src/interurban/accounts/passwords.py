"""Passwords: which are taken, and how they are kept (Argon2id) and compared."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from interurban.core.errors import BadRequest

__all__ = ["LONGEST", "SHORTEST", "Passwords", "checked_password"]

SHORTEST, LONGEST = 12, 256
"""Characters of a password."""

_STRONG_ENOUGH = 3
"""Of zxcvbn's scores from 0 to 4: safe against a stolen hash that is slow to try (10^8 guesses)."""

_LOOKED_AT = 72
"""Characters whose strength is estimated; longer texts take long and gain nothing."""

_AT_ONCE = 2
"""Hashes worked out at the same time: each takes 64 MiB for some tens of milliseconds."""


def checked_password(password: str, about: Iterable[str] = ()) -> str:
    """A password that is long, uncommon and not made of what everybody knows.

    It is taken exactly as it is written. There are no rules about kinds of characters, which only
    make people write the same words with a 1 at the end (NIST SP 800-63B, 3.1.1.2).

    Parameters
    ----------
    about: what is known of its owner: id, name, e-mail.

    Raises
    ------
    BadRequest: says why it can't be taken, and never repeats it.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise BadRequest(
            f"A password has {SHORTEST} to {LONGEST} characters; this one has {len(password)}.",
            advice="Take four words that have nothing to do with each other.",
            part="password",
        )
    from zxcvbn import zxcvbn

    known = [word for text in (*about, "interurban") for word in (text, *text.split())]
    judged = zxcvbn(password[:_LOOKED_AT], user_inputs=known)
    if judged["score"] < _STRONG_ENOUGH:
        said = judged["feedback"]["warning"].rstrip(".")
        raise BadRequest(
            f"This password is easily guessed{': ' + said.lower() if said else ''}.",
            advice="Take four words that have nothing to do with each other.",
            part="password",
        )
    return password


class Passwords:
    """Hashes passwords, and compares them in the same time whether there is a hash or not."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher()  # RFC 9106, low memory: Argon2id, 3 passes over 64 MiB
        self._turn = BoundedSemaphore(_AT_ONCE)
        self._nobody = ""

    def hash(self, password: str) -> str:
        """The hash to keep, with its salt and parameters."""
        with self._turn:
            return self._hasher.hash(password)

    def matches(self, password: str, kept: str | None) -> bool:
        """Whether a password is the one that a hash was made of.

        Parameters
        ----------
        kept: ``None`` where there is no such account; that takes as long and is never right.
        """
        self._nobody = self._nobody or self.hash(secrets.token_hex(16))
        try:
            with self._turn:
                self._hasher.verify(kept or self._nobody, password)
        except (VerificationError, InvalidHashError):
            return False
        return kept is not None

    def is_old(self, kept: str) -> bool:
        """Whether a hash was made with parameters that are not ours any more."""
        return self._hasher.check_needs_rehash(kept)
