"""Exact numbers, asked once: the count of a question is the same for all its pages and tiles."""

from __future__ import annotations

import threading
from collections import OrderedDict

from interurban.catalog.node import Counted, Node

from .question import Question, versions_of

__all__ = ["Counts"]


class Counts:
    """Counts by question; a question names its snapshot, so they never grow old.

    Parameters
    ----------
    size: questions remembered; the least recently asked is forgotten first.
    """

    def __init__(self, node: Node, size: int = 4_096) -> None:
        self._node = node
        self._size = size
        self._known: OrderedDict[object, Counted] = OrderedDict()
        self._lock = threading.Lock()

    def known(self, question: Question) -> Counted | None:
        """The count if it was asked before."""
        key = self._key(question)
        with self._lock:
            found = self._known.get(key)
            if found is not None:
                self._known.move_to_end(key)
            return found

    def of(self, question: Question) -> Counted:
        """The exact count of rows, and of those with a place."""
        found = self.known(question)
        if found is not None:
            return found
        counted = self._node.count(question.filters)
        self.remember(question, counted)
        return counted

    def remember(self, question: Question, counted: Counted) -> None:
        """Keep a count that was learned in passing."""
        with self._lock:
            self._known[self._key(question)] = counted
            while len(self._known) > self._size:
                self._known.popitem(last=False)

    def _key(self, question: Question) -> object:
        return question.filters, tuple(versions_of(self._node, question))
