"""Which node a dataset is at, as the catalogue and its own page say it."""

from __future__ import annotations

from typing import Any

from interurban.alliance.joined import JoinedNode
from interurban.alliance.told import Access
from interurban.catalog.node import Node

from .provenance import instant

__all__ = ["access_there", "node_of"]


def node_of(node: Node, dataset: str) -> dict[str, Any] | None:
    """The partner that holds a dataset, and whether it answers; ``None`` of this node's own."""
    peer = node.partner(dataset)
    if peer is None:
        return None
    return {
        "id": peer.id,
        "title": peer.title,
        "answers": peer.answers,
        "seen_at": instant(peer.seen_at),
    }


def access_there(node: Node, dataset: str) -> Access | None:
    """What the partner gives this node of a dataset; ``None`` of this node's own."""
    told = node.told(dataset) if isinstance(node, JoinedNode) else None
    return None if told is None else told.access
