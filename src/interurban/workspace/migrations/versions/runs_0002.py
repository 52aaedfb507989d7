"""The groups of whoever started a run: policies speak of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("runs", sa.Column("groups", sa.JSON))


def downgrade() -> None:
    """Take it away."""
    op.drop_column("runs", "groups")
