"""Numbers as the Department for Education publishes them, with letters where there is none."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from interurban.core.errors import BadRequest

from .states import Array

__all__ = ["MARKS", "Published", "read_published"]

MARKS = {
    "": "blank",
    "x": "not available",
    "z": "not applicable",
    "c": "suppressed",
    "k": "rounds to 0",
    "u": "low reliability",
}
"""What stands in a cell without a number, lower case, and what it means."""

_NUMBER = re.compile(r"[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d+)?(?:[eE][-+]?\d+)?")


@dataclass(frozen=True, slots=True, eq=False)
class Published:
    """A column of published numbers.

    Parameters
    ----------
    values: not a number wherever a mark or nothing stands; a written 0 is 0.
    marks: for each cell its mark (a key of ``MARKS``), ``None`` where there is a number.
    """

    values: Array
    marks: tuple[str | None, ...]

    def count(self, mark: str) -> int:
        """How many cells have this mark."""
        return self.marks.count(mark)


def read_published(cells: Sequence[str], column: str) -> Published:
    """Read a column: a blank is not 0, and a letter is not a number.

    Parameters
    ----------
    column: its name, for the message.

    Raises
    ------
    BadRequest: cells that are neither a number nor a known mark; the sentence names the first.
    """
    values = np.full(len(cells), np.nan)
    marks: list[str | None] = []
    wrong: list[int] = []
    for at, cell in enumerate(cells):
        text = cell.strip()
        if text.lower() in MARKS:
            marks.append(text.lower())
        elif _NUMBER.fullmatch(text) and any(letter.isdigit() for letter in text):
            values[at] = float(text.replace(",", ""))
            marks.append(None)
        else:
            wrong.append(at)
            marks.append(None)
    if wrong:
        raise BadRequest(
            f"{len(wrong):,} cells of {column} are no number; the first is “{cells[wrong[0]]}” in "
            f"row {wrong[0] + 1}.",
            advice="Write a number, leave the cell blank, or use one of "
            + ", ".join(f"{mark} ({words})" for mark, words in MARKS.items() if mark)
            + ".",
            part=column,
        )
    return Published(values, tuple(marks))
