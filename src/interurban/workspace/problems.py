"""What is wrong with a table: every row of it, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

import pyarrow as pa

__all__ = ["KEPT_PROBLEMS", "Problem", "Problems"]

KEPT_PROBLEMS = 10_000
"""Problems kept with their row; more are only counted."""

_KEPT_VALUE = 200


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a table.

    Parameters
    ----------
    row: 1-based, the header not counted; ``None`` of a row or a column that is not there.
    value: as it stands in the source.
    problem, hint: what is wrong with it, and what to do.
    """

    row: int | None
    field: str
    value: str
    problem: str
    hint: str


class Problems:
    """Problems as they are met: the first 10,000 kept, every one counted."""

    def __init__(self) -> None:
        self.count = 0
        self.kept: list[Problem] = []
        self._by_kind: dict[str, int] = {}

    def add(self, kind: str, count: int, found: Iterable[Problem]) -> None:
        """Count ``count`` problems of a kind (words for people), and keep the first of them."""
        if not count:
            return
        self.count += count
        self._by_kind[kind] = self._by_kind.get(kind, 0) + count
        room = KEPT_PROBLEMS - len(self.kept)
        self.kept += [
            Problem(p.row, p.field, p.value[:_KEPT_VALUE], p.problem, p.hint)
            for p in islice(found, room)
        ]

    @property
    def kinds(self) -> tuple[tuple[str, int], ...]:
        """Each kind of problem and how often it was met, the most frequent first."""
        return tuple(sorted(self._by_kind.items(), key=lambda kind: -kind[1]))

    def sorted(self) -> list[Problem]:
        """Those kept, by row; rows that are not there come last."""
        return sorted(self.kept, key=lambda p: (p.row is None, p.row or 0, p.field))

    def table(self) -> pa.Table:
        """Those kept as a table to download: row, field, value, problem, hint."""
        listed = self.sorted()
        return pa.table(
            {
                "row": pa.array([p.row for p in listed], pa.int64()),
                "field": pa.array([p.field for p in listed], pa.string()),
                "value": pa.array([p.value for p in listed], pa.string()),
                "problem": pa.array([p.problem for p in listed], pa.string()),
                "hint": pa.array([p.hint for p in listed], pa.string()),
            }
        )
