"""Synthetic cities: seeded, plausible, of any size, and always labelled SYNTHETIC.

They let a person see the platform before any portal or mirror is reachable, and let a benchmark
ask for a size. A city is made from its pack and the standards alone, so a new city's pack gives a
new synthetic city.
"""

from __future__ import annotations

from .city import MAKERS, MOST_ROWS, UNTIL, can_make, write_city
from .demonstration import DEMONSTRATION, keep_pack, write_type_shares
from .folder import LABEL, SyntheticFolder, SyntheticTable, label, read_folder

__all__ = [
    "DEMONSTRATION",
    "LABEL",
    "MAKERS",
    "MOST_ROWS",
    "UNTIL",
    "SyntheticFolder",
    "SyntheticTable",
    "can_make",
    "keep_pack",
    "label",
    "read_folder",
    "write_city",
    "write_type_shares",
]
