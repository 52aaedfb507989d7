"""Sessions: browsers that are signed in."""

from __future__ import annotations

import hmac
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import sqlalchemy as sa

from interurban.core.errors import StoreError, UnknownAccount
from interurban.store.control import Records

from .people import Account, Session
from .register import account_of, select_accounts
from .secret import hashed, new_secret
from .tables import accounts, sessions

__all__ = ["Sessions", "form_secret"]

_NOTED = timedelta(minutes=1)
"""How exactly it is known when a session was used: reading is not to write each time."""


class Sessions:
    """The sessions of a node.

    Parameters
    ----------
    idle: how long one lasts that nobody uses.
    longest: how long one lasts at most.
    """

    def __init__(self, records: Records, idle: timedelta, longest: timedelta) -> None:
        self._records = records
        self._idle = idle
        self._longest = longest

    def begin(self, account: Account, purpose: str, *, instead_of: str | None = None) -> str:
        """Sign a browser in; gives its secret, which is kept nowhere else.

        Parameters
        ----------
        instead_of: the secret it came with. That one ends, whoever's it was: nobody can slip
            somebody a session of their own choosing.

        Raises
        ------
        BadRequest: the purpose is none the account may state.
        UnknownAccount: the account was disabled meanwhile.
        """
        account.reader(purpose)
        secret, now = new_secret(), datetime.now(UTC)
        with self._records.writing() as connection:
            connection.execute(
                sa.delete(sessions).where(
                    sa.or_(
                        sessions.c.hash == hashed(instead_of or ""),
                        sessions.c.expires_at < now,
                        sessions.c.used_at < now - self._idle,
                    )
                )
            )
            enabled = connection.scalar(
                sa.select(accounts.c.id).where(
                    accounts.c.id == account.id, accounts.c.disabled_at.is_(None)
                )
            )
            if enabled is None:
                raise UnknownAccount("This account is disabled.", advice="Ask an administrator.")
            connection.execute(
                sa.insert(sessions).values(
                    hash=hashed(secret),
                    account=account.id,
                    purpose=purpose,
                    created_at=now,
                    used_at=now,
                    expires_at=now + self._longest,
                )
            )
        return secret

    def find(self, secret: str) -> Session | None:
        """The session of a secret, which is then in use; ``None`` when it is over."""
        now = datetime.now(UTC)
        mine = sessions.c.hash == hashed(secret)
        with self._records.reading() as connection:
            row = connection.execute(
                select_accounts()
                .join(sessions, sessions.c.account == accounts.c.id)
                .add_columns(
                    sessions.c.purpose,
                    sessions.c.created_at.label("begun_at"),
                    sessions.c.used_at,
                    sessions.c.expires_at,
                )
                .where(
                    mine,
                    sessions.c.expires_at > now,
                    sessions.c.used_at > now - self._idle,
                    accounts.c.disabled_at.is_(None),
                )
            ).one_or_none()
        if row is None:
            return None
        if now - row.used_at > min(_NOTED, self._idle / 10):
            # A database that takes no writes keeps nobody from reading.
            with suppress(StoreError), self._records.writing() as connection:
                connection.execute(sa.update(sessions).where(mine).values(used_at=now))
        account = account_of(row)
        # A purpose that was taken from the account since is one that nobody stated.
        stated = row.purpose if row.purpose in account.purposes else "public"
        return Session(account, stated, row.begun_at, row.expires_at)

    def state(self, secret: str, session: Session, purpose: str) -> None:
        """Choose what a session asks for; BadRequest when its account may not state that."""
        session.account.reader(purpose)
        with self._records.writing() as connection:
            connection.execute(
                sa.update(sessions).where(sessions.c.hash == hashed(secret)).values(purpose=purpose)
            )

    def end(self, secret: str) -> None:
        """Sign a browser out."""
        with self._records.writing() as connection:
            connection.execute(sa.delete(sessions).where(sessions.c.hash == hashed(secret)))

    def end_all(self, account: str, *, but: str | None = None) -> int:
        """Sign every browser of an account out, but for one secret's; gives how many."""
        with self._records.writing() as connection:
            ended = connection.execute(
                sa.delete(sessions).where(
                    sessions.c.account == account, sessions.c.hash != hashed(but or "")
                )
            )
        return ended.rowcount


def form_secret(secret: str) -> str:
    """What a page of ours sends along to change something, and no other page can know.

    It follows from the session's secret, which no script can read, and tells nothing of it.
    """
    return hmac.new(secret.encode("utf-8", "surrogatepass"), b"form", sha256).hexdigest()
