"""The tables of people in the node's control database.

No secret can be read from them: passwords are kept as Argon2 hashes, and of sessions, tokens and
sign-ins under way only SHA-256 hashes of their 256 random bits are.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from interurban.store.control import Tables

__all__ = [
    "HEAD",
    "TABLES",
    "Instant",
    "accounts",
    "attempts",
    "groups",
    "memberships",
    "metadata",
    "organisations",
    "sessions",
    "sign_ins",
    "tokens",
]

HEAD = "0001"
"""The newest migration."""

TABLES = Tables("The record of people", "interurban.accounts:migrations", HEAD, "accounts_version")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Instant(sa.TypeDecorator[datetime]):
    """An instant as whole microseconds since 1970: the same in every database, and in order."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> int | None:  # noqa: ARG002
        """To the database."""
        return None if value is None else (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: int | None, dialect: Any) -> datetime | None:  # noqa: ARG002
        """From the database."""
        return None if value is None else _EPOCH + value * _MICROSECOND


metadata = sa.MetaData()

organisations = sa.Table(
    "organisations",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("name", sa.String(200), nullable=False),
)
groups = sa.Table(
    "groups",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("name", sa.String(200), nullable=False),
)
accounts = sa.Table(
    "accounts",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("e_mail", sa.String(254), nullable=False, unique=True),
    sa.Column("organisation", sa.String(64), sa.ForeignKey("organisations.id")),
    sa.Column("purposes", sa.JSON, nullable=False),
    sa.Column("administrator", sa.Boolean, nullable=False),
    sa.Column("password", sa.String(200)),
    sa.Column("provider", sa.String(64)),
    sa.Column("subject", sa.String(255)),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("disabled_at", Instant),
    sa.UniqueConstraint("provider", "subject"),
)
memberships = sa.Table(
    "memberships",
    metadata,
    sa.Column("account", sa.String(64), sa.ForeignKey("accounts.id"), primary_key=True),
    sa.Column("group", sa.String(64), sa.ForeignKey("groups.id"), primary_key=True),
)
sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("hash", sa.String(64), primary_key=True),
    sa.Column("account", sa.String(64), sa.ForeignKey("accounts.id"), nullable=False),
    sa.Column("purpose", sa.String(80), nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("used_at", Instant, nullable=False),
    sa.Column("expires_at", Instant, nullable=False),
    sa.Index("sessions_by_account", "account"),
)
tokens = sa.Table(
    "tokens",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("hash", sa.String(64), nullable=False, unique=True),
    sa.Column("account", sa.String(64), sa.ForeignKey("accounts.id"), nullable=False),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("scopes", sa.JSON, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("expires_at", Instant, nullable=False),
    sa.Column("used_at", Instant),
    sa.Index("tokens_by_account", "account"),
)
attempts = sa.Table(
    "attempts",
    metadata,
    sa.Column("subject", sa.String(64), primary_key=True),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("last_at", Instant, nullable=False),
)
sign_ins = sa.Table(
    "sign_ins",
    metadata,
    sa.Column("state", sa.String(64), primary_key=True),
    sa.Column("browser", sa.String(64), nullable=False),
    sa.Column("provider", sa.String(64), nullable=False),
    sa.Column("nonce", sa.String(64), nullable=False),
    sa.Column("verifier", sa.String(128), nullable=False),
    sa.Column("back_to", sa.String(2000), nullable=False),
    sa.Column("begun_at", Instant, nullable=False),
)
