"""The ledger's tables in the control database."""

from __future__ import annotations

import sqlalchemy as sa

__all__ = ["HEAD", "MIGRATIONS", "VERSION_TABLE", "budgets", "metadata", "spends"]

HEAD = "0001"
MIGRATIONS = "interurban.policy.privacy:migrations"
VERSION_TABLE = "alembic_version_privacy"

metadata = sa.MetaData()

budgets = sa.Table(
    "privacy_budgets",
    metadata,
    sa.Column("dataset", sa.String(200), primary_key=True),
    sa.Column("unit", sa.String(200), primary_key=True),
    sa.Column("reader", sa.String(200), primary_key=True),
    sa.Column("granted", sa.BigInteger, nullable=False),
)

spends = sa.Table(
    "privacy_spends",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("dataset", sa.String(200), nullable=False),
    sa.Column("unit", sa.String(200), nullable=False),
    sa.Column("reader", sa.String(200), nullable=False),
    sa.Column("mechanism", sa.String(16), nullable=False),
    sa.Column("rho", sa.BigInteger, nullable=False),
    sa.Column("remaining", sa.BigInteger, nullable=False),
    sa.Column("query_hash", sa.String(64), nullable=False),
    sa.Column("spent_at", sa.String(40), nullable=False),
    sa.Index("privacy_spends_by_account", "dataset", "unit", "reader"),
)
