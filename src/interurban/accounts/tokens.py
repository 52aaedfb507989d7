"""Tokens: what programs sign in with."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from interurban.core.errors import BadRequest, Refused, StoreError, UnknownAccount
from interurban.store.control import Records

from .people import Account, Scope, Token, checked_name, checked_scopes
from .register import account_of, select_accounts
from .secret import hashed, new_id, new_secret
from .tables import accounts, tokens

__all__ = ["LONGEST_DAYS", "PREFIX", "USUAL_DAYS", "Tokens"]

PREFIX = "iu_"
"""What every token begins with, so that one is known where it should not be."""

USUAL_DAYS, LONGEST_DAYS = 90, 366
_NOTED = timedelta(minutes=1)
_MOST = 100


class Tokens:
    """The tokens of a node's people."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def add(
        self, account: Account, name: str, scopes: Iterable[str], days: int = USUAL_DAYS
    ) -> tuple[Token, str]:
        """Make a token; gives it with its secret, which is shown now and never again.

        Parameters
        ----------
        days: how long it is good for.

        Raises
        ------
        BadRequest: ``part`` is at fault.
        Refused: the scope is not theirs to give, or they are disabled.
        """
        allowed = checked_scopes(scopes)
        if not 1 <= days <= LONGEST_DAYS:
            raise BadRequest(
                f"A token is good for 1 to {LONGEST_DAYS} days, not for {days}.", part="days"
            )
        if account.disabled_at is not None:
            raise Refused(f"{account.id} is disabled, so a token would open nothing.")
        if not account.administrator and {"admin", "load"} & set(allowed):
            raise Refused(
                "Only an administrator's token can have the scopes admin and load.",
                advice="Leave them out.",
            )
        secret, now = new_secret(PREFIX), datetime.now(UTC)
        row: dict[str, Any] = {
            "id": new_id(),
            "hash": hashed(secret),
            "account": account.id,
            "name": checked_name(name),
            "scopes": list(allowed),
            "created_at": now,
            "expires_at": now + timedelta(days=days),
        }
        with self._records.writing() as connection:
            connection.execute(
                sa.delete(tokens).where(
                    tokens.c.account == account.id, tokens.c.expires_at < now - timedelta(days=30)
                )
            )
            held = connection.scalar(
                sa.select(sa.func.count()).where(tokens.c.account == account.id)
            )
            if (held or 0) >= _MOST:
                raise BadRequest(
                    f"{account.id} has {held} tokens.", advice="Revoke some that nobody uses."
                )
            connection.execute(sa.insert(tokens).values(row))
        found = self._where(tokens.c.id == row["id"])
        return found[0], secret

    def all(self, account: str | None = None) -> list[Token]:
        """Tokens, the newest first; of one account, or of everybody."""
        return self._where(*(() if account is None else (tokens.c.account == account,)))

    def revoke(self, token: str, account: str | None = None) -> Token:
        """End a token by its id.

        Parameters
        ----------
        account: whose it has to be.

        Raises
        ------
        UnknownAccount: there is none, or it is somebody else's.
        """
        found = [
            each for each in self._where(tokens.c.id == token) if account in (None, each.account)
        ]
        if not found:
            raise UnknownAccount(
                f"There is no token {token[:40]!r}.",
                advice="See yours with: interurban tokens list",
                part="id",
            )
        with self._records.writing() as connection:
            connection.execute(sa.delete(tokens).where(tokens.c.id == token))
        return found[0]

    def find(self, secret: str) -> tuple[Account, tuple[Scope, ...]] | None:
        """Whose token a secret is, and what for; ``None`` when it is none, or is over."""
        now = datetime.now(UTC)
        with self._records.reading() as connection:
            row = connection.execute(
                select_accounts()
                .join(tokens, tokens.c.account == accounts.c.id)
                .add_columns(tokens.c.id.label("token"), tokens.c.scopes, tokens.c.used_at)
                .where(
                    tokens.c.hash == hashed(secret),
                    tokens.c.expires_at > now,
                    accounts.c.disabled_at.is_(None),
                )
            ).one_or_none()
        if row is None:
            return None
        if row.used_at is None or now - row.used_at > _NOTED:
            # A database that takes no writes keeps nobody from reading.
            with suppress(StoreError), self._records.writing() as connection:
                connection.execute(
                    sa.update(tokens).where(tokens.c.id == row.token).values(used_at=now)
                )
        return account_of(row), tuple(row.scopes)

    def _where(self, *conditions: sa.ColumnElement[bool]) -> list[Token]:
        wanted = sa.select(tokens).where(*conditions)
        with self._records.reading() as connection:
            rows = connection.execute(wanted.order_by(tokens.c.created_at.desc(), tokens.c.id))
            return [
                Token(
                    id=row.id,
                    account=row.account,
                    name=row.name,
                    scopes=tuple(row.scopes),
                    created_at=row.created_at,
                    expires_at=row.expires_at,
                    last_used_at=row.used_at,
                )
                for row in rows
            ]
