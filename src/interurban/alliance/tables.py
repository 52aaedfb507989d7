"""The tables of the alliance in the node's control database.

What a partner said is kept as it was signed, so that anybody can check it later.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from interurban.store.control import Tables

__all__ = [
    "HEAD",
    "TABLES",
    "agreements",
    "feed",
    "instant",
    "known",
    "metadata",
    "microseconds",
    "outbox",
    "peers",
    "received",
    "steps",
]

HEAD = "0001"
"""The newest migration."""

TABLES = Tables(
    "The record of partners", "interurban.alliance:migrations", HEAD, "alliance_version"
)

metadata = sa.MetaData()

# Instants are microseconds since 1970, as everywhere in the control database.
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def microseconds(at: datetime) -> int:
    """An instant as it stands in the tables."""
    return (at - _EPOCH) // _MICROSECOND


def instant(stored: int) -> datetime:
    """An instant that stands in the tables."""
    return _EPOCH + stored * _MICROSECOND


peers = sa.Table(
    "peers",
    metadata,
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
# What this node tells each partner: one ordered feed for each, as each may know other things.
feed = sa.Table(
    "alliance_feed",
    metadata,
    sa.Column("peer", sa.String(64), sa.ForeignKey("peers.id"), primary_key=True),
    sa.Column("number", sa.BigInteger, primary_key=True),
    sa.Column("change", sa.String(16), nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("subject", sa.String(160), nullable=False),
    sa.Column("document", sa.Text, nullable=False),
    sa.Column("before", sa.String(64), nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Index("alliance_feed_by_subject", "peer", "kind", "subject"),
)
# What partners told this node: the newest of each subject.
known = sa.Table(
    "alliance_known",
    metadata,
    sa.Column("peer", sa.String(64), sa.ForeignKey("peers.id"), primary_key=True),
    sa.Column("kind", sa.String(16), primary_key=True),
    sa.Column("subject", sa.String(160), primary_key=True),
    sa.Column("number", sa.BigInteger, nullable=False),
    sa.Column("document", sa.Text, nullable=False),
)
# `assessment` was made here for the terms that are offered next; `reminded_at` and `ran_out_at` are
# when this node said so.
agreements = sa.Table(
    "agreements",
    metadata,
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
# Each step of an agreement with the message that brought it about, sealed by its sender.
steps = sa.Table(
    "agreement_steps",
    metadata,
    sa.Column("agreement", sa.String(36), sa.ForeignKey("agreements.id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("role", sa.String(16), nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("who", sa.String(200), nullable=False),
    sa.Column("message", sa.JSON, nullable=False),
)
# Messages that a partner has not answered yet; they go out again until it does.
outbox = sa.Table(
    "alliance_outbox",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("peer", sa.String(64), sa.ForeignKey("peers.id"), nullable=False),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("body", sa.JSON, nullable=False),
    sa.Column("made_at", sa.BigInteger, nullable=False),
    sa.Column("tried_at", sa.BigInteger),
    sa.Column("failure", sa.Text, nullable=False),
)
# Messages that changed something here, so that a replayed one changes nothing.
received = sa.Table(
    "alliance_received",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("sender", sa.String(40), nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
)
