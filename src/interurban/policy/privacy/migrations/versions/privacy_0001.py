"""The ledger: budgets, and what was spent of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; rho is counted in billionths."""
    op.create_table(
        "privacy_budgets",
        sa.Column("dataset", sa.String(200), primary_key=True),
        sa.Column("unit", sa.String(200), primary_key=True),
        sa.Column("reader", sa.String(200), primary_key=True),
        sa.Column("granted", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "privacy_spends",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("dataset", sa.String(200), nullable=False),
        sa.Column("unit", sa.String(200), nullable=False),
        sa.Column("reader", sa.String(200), nullable=False),
        sa.Column("mechanism", sa.String(16), nullable=False),
        sa.Column("rho", sa.BigInteger, nullable=False),
        sa.Column("remaining", sa.BigInteger, nullable=False),
        sa.Column("query_hash", sa.String(64), nullable=False),
        sa.Column("spent_at", sa.String(40), nullable=False),
    )
    op.create_index("privacy_spends_by_account", "privacy_spends", ["dataset", "unit", "reader"])


def downgrade() -> None:
    """Forget the ledger."""
    op.drop_table("privacy_spends")
    op.drop_table("privacy_budgets")
