"""Agreements: the signed terms on which data move between two nodes.

``Agreements`` is the whole of it: what people do, what a partner's node tells, and the rules that
are in force. ``terms`` reads and writes what is agreed; ``checking`` checks a copy of an agreement
that somebody was given, without any node.
"""

from .agreements import Agreements
from .datasets import Datasets
from .signing import By

__all__ = ["Agreements", "By", "Datasets"]
