"""Partners: who they are, what was told and heard, agreements and their steps."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; instants are microseconds since 1970."""
    op.create_table(
        "peers",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("url", sa.String(2000), nullable=False),
        sa.Column("fingerprint", sa.String(40), nullable=False, unique=True),
        sa.Column("public", sa.String(64), nullable=False),
        sa.Column("standing", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("added_at", sa.BigInteger, nullable=False),
        sa.Column("seen_at", sa.BigInteger),
        sa.Column("tried_at", sa.BigInteger),
        sa.Column("failure", sa.Text, nullable=False),
        sa.Column("feed", sa.BigInteger, nullable=False),
        sa.Column("feed_root", sa.String(64), nullable=False),
    )
    op.create_table(
        "alliance_feed",
        sa.Column("peer", sa.String(64), sa.ForeignKey("peers.id"), primary_key=True),
        sa.Column("number", sa.BigInteger, primary_key=True),
        sa.Column("change", sa.String(16), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("subject", sa.String(160), nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.Column("before", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_index("alliance_feed_by_subject", "alliance_feed", ["peer", "kind", "subject"])
    op.create_table(
        "alliance_known",
        sa.Column("peer", sa.String(64), sa.ForeignKey("peers.id"), primary_key=True),
        sa.Column("kind", sa.String(16), primary_key=True),
        sa.Column("subject", sa.String(160), primary_key=True),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
    )
    op.create_table(
        "agreements",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("peer", sa.String(64), sa.ForeignKey("peers.id"), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("terms", sa.Text, nullable=False),
        sa.Column("provider_signature", sa.JSON),
        sa.Column("consumer_signature", sa.JSON),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("changed_at", sa.BigInteger, nullable=False),
        sa.Column("ends_at", sa.BigInteger, nullable=False),
        sa.Column("reminded_at", sa.BigInteger),
        sa.Column("ran_out_at", sa.BigInteger),
        sa.Column("assessment", sa.Text),
    )
    op.create_table(
        "agreement_steps",
        sa.Column("agreement", sa.String(36), sa.ForeignKey("agreements.id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("who", sa.String(200), nullable=False),
        sa.Column("message", sa.JSON, nullable=False),
    )
    op.create_table(
        "alliance_outbox",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("peer", sa.String(64), sa.ForeignKey("peers.id"), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("body", sa.JSON, nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("tried_at", sa.BigInteger),
        sa.Column("failure", sa.Text, nullable=False),
    )
    op.create_table(
        "alliance_received",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("sender", sa.String(40), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )


def downgrade() -> None:
    """Take the tables away."""
    op.drop_table("alliance_received")
    op.drop_table("alliance_outbox")
    op.drop_table("agreement_steps")
    op.drop_table("agreements")
    op.drop_table("alliance_known")
    op.drop_table("alliance_feed")
    op.drop_table("peers")
