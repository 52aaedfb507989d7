"""People of a node as values: accounts, organisations, groups, sessions and tokens."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal as OneOf
from typing import get_args

from interurban.core.errors import BadRequest
from interurban.core.policy import Reader
from interurban.policy.rights.purposes import PUBLIC, is_known, nearest

__all__ = [
    "PUBLIC",
    "SCOPES",
    "Account",
    "Group",
    "Organisation",
    "Scope",
    "Session",
    "Token",
    "checked_e_mail",
    "checked_id",
    "checked_name",
    "checked_purposes",
    "checked_scopes",
]

Scope = OneOf["read", "aggregate", "export", "derive", "load", "admin"]
"""What a token may be used for: the actions of policies, ``load``, and ``admin``."""

SCOPES: tuple[Scope, ...] = get_args(Scope)

_ID = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?")
# One @, something before it, a host with a dot after it: whether it arrives, only a letter tells.
_E_MAIL = re.compile(r"[^\s@<>\"'`,;:\\]{1,64}@[a-z0-9-]+(?:\.[a-z0-9-]+)+", re.IGNORECASE)
_MAX_E_MAIL, _MAX_NAME, _MAX_PURPOSES = 254, 200, 50


@dataclass(frozen=True, slots=True)
class Account:
    """Who can sign in.

    Parameters
    ----------
    id: what policies name them by (``account:<id>``); it never changes, and is never given again.
    purposes: what they may state that they ask for, beside ``public``.
    disabled_at: since when they can't sign in.
    provider: id of the sign-in provider that vouches for them; ``None`` with a password of ours.
    """

    id: str
    name: str
    e_mail: str
    organisation: str | None
    groups: tuple[str, ...]
    purposes: tuple[str, ...]
    administrator: bool
    created_at: datetime
    disabled_at: datetime | None = None
    has_password: bool = False
    provider: str | None = None

    def reader(self, purpose: str | None = None, scopes: tuple[str, ...] = ()) -> Reader:
        """The account as policy knows it.

        Parameters
        ----------
        purpose: what they ask for; ``public`` when absent.
        scopes: of the token they came with; none with a session. Without ``admin`` among them a
            token of an administrator is one of anybody.

        Raises
        ------
        BadRequest: the purpose is none they may state.
        """
        stated = purpose or PUBLIC
        if stated != PUBLIC and stated not in self.purposes:
            raise BadRequest(
                f"{stated[:80]!r} is no purpose that this account may state.",
                advice=f"It may state: {', '.join((PUBLIC, *self.purposes))}.",
                part="purpose",
            )
        return Reader(
            account=self.id,
            organisation=self.organisation,
            purpose=stated,
            groups=self.groups,
            administrator=self.administrator and (not scopes or "admin" in scopes),
            scopes=scopes,
        )


@dataclass(frozen=True, slots=True)
class Organisation:
    """Whom people work for; policies name it by ``organisation:<id>``."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Group:
    """Accounts that policies speak of together, by ``group:<id>``."""

    id: str
    name: str
    members: int = 0


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in browser.

    Parameters
    ----------
    purpose: the one that was chosen for it.
    expires_at: when it ends in any case; it ends before that when nobody uses it.
    """

    account: Account
    purpose: str
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Token:
    """What a program signs in with; its secret is shown once and kept nowhere."""

    id: str
    account: str
    name: str
    scopes: tuple[Scope, ...]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None = None


def checked_id(text: str, what: str) -> str:
    """The id of an account, an organisation or a group.

    Raises
    ------
    BadRequest: it is none; ``what`` is what it would be an id of.
    """
    if not _ID.fullmatch(text):
        raise BadRequest(
            f"{text[:80]!r} can't be the id of {what}.",
            advice="Take 1 to 64 small letters, figures, dots, dashes and underscores.",
            part="id",
        )
    return text


def checked_name(text: str) -> str:
    """A name of a person, an organisation or a group; BadRequest when it is none."""
    name = text.strip()
    if not name or len(name) > _MAX_NAME or not name.isprintable():
        raise BadRequest(
            "This is no name.", advice=f"Take 1 to {_MAX_NAME} characters of one line.", part="name"
        )
    return name


def checked_e_mail(text: str) -> str:
    """An address in small letters, so that it is found however it is written; BadRequest."""
    address = text.strip().lower()
    if not _E_MAIL.fullmatch(address) or len(address) > _MAX_E_MAIL or not address.isprintable():
        raise BadRequest(
            f"{text[:80]!r} is no e-mail address.", advice="Write name@host.example.", part="e_mail"
        )
    return address


def checked_purposes(given: Iterable[str]) -> tuple[str, ...]:
    """Purposes in their order, each once; BadRequest names the first that is not known."""
    found = tuple(dict.fromkeys(purpose for purpose in given if purpose != PUBLIC))
    for purpose in found:
        if not is_known(purpose):
            raise BadRequest(
                f"{purpose[:80]!r} is no purpose of the Data Privacy Vocabulary.",
                advice=nearest(purpose[:80]),
                part="purposes",
            )
    if len(found) > _MAX_PURPOSES:
        raise BadRequest(
            f"An account can have {_MAX_PURPOSES} purposes.",
            advice="Take a broader one in place of several.",
            part="purposes",
        )
    return found


def checked_scopes(given: Iterable[str]) -> tuple[Scope, ...]:
    """Scopes in their usual order, each once; BadRequest when there is none, or a strange one."""
    asked = set(given)
    strange = sorted(asked - set(SCOPES))
    if strange or not asked:
        raise BadRequest(
            f"{strange[0][:40]!r} is no scope." if strange else "A token needs a scope.",
            advice=f"There are {', '.join(SCOPES)}.",
            part="scopes",
        )
    return tuple(scope for scope in SCOPES if scope in asked)
