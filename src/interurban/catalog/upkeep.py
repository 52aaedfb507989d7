"""Upkeep of a node: few files, and no more versions than are wanted. The audit log is told."""

from __future__ import annotations

from interurban.policy.audit import record
from interurban.store import upkeep

from .node import Node

__all__ = ["compact", "forget_old"]


def compact(node: Node) -> tuple[int, int]:
    """Join the small files that updates leave behind; gives their number before and after.

    Raises
    ------
    StoreError: nothing is loaded.
    """
    before, after = upkeep.compact(node.home)
    record(node.home.root, "upkeep", "joined files", facts={"before": before, "after": after})
    return before, after


def forget_old(node: Node, keep: int) -> upkeep.Freed:
    """Forget all but the newest ``keep`` versions of each dataset, and free their files.

    Raises
    ------
    StoreError: nothing is loaded.
    """
    freed = upkeep.forget_old(node.home, keep)
    facts = {"kept": keep, "versions": freed.versions, "files": freed.files}
    record(node.home.root, "upkeep", "forgot old versions", facts=facts)
    return freed
