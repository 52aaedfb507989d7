"""The table of results, as it leaves: every number that is too small is hidden, and marked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from .disclosure import THRESHOLD, Equation, hide
from .simulation import Trajectory
from .states import ACADEMIC_YEAR_GROUPS, Array, Flags, Numbers, StateSpace
from .summary import STATISTICS, Breakdown, breakdowns, costs_of, states_shown, statistics

__all__ = ["HIDDEN", "PARTLY", "SMALL", "marked", "result_table"]

SMALL = "small"
HIDDEN = "beside a small one"
PARTLY = "in part"
"""What the column ``hidden`` says: the row's numbers are hidden because they are small, or because
a small one would follow from them; some of the row's own statistics are. Empty: all are shown."""

_SPREAD = [STATISTICS.index(name) for name in ("std_dev", "iqr")]
"""No numbers of children."""

_TOGETHER = [
    [STATISTICS.index(name) for name in names]
    for names in (("q1", "q3", "iqr"), ("low_ci", "high_ci"))
]
"""Statistics of which the others would give away one that is hidden."""


def result_table(
    trajectory: Trajectory,
    costs: Mapping[tuple[str, str], float] | None = None,
    threshold: float = THRESHOLD,
) -> pa.Table:
    """Statistics by year and part, with small numbers of children hidden.

    A row whose mean lies above 0 and below the threshold is hidden, and so many others with it that
    it cannot be worked out (``disclosure``). In rows that are shown, a single statistic in that
    range (a minimum, a quantile) is hidden.

    Parameters
    ----------
    costs: pounds for a child and year by need and setting; ``None`` for no costs.

    Returns
    -------
    Columns ``calendar_year, measure, breakdown, group``, those of ``STATISTICS`` and ``hidden``.
    """
    shown = states_shown(trajectory)
    parts = list(breakdowns(trajectory, shown))
    numbers = [statistics(part.draws) for part in parts]
    equations = list(_equations(trajectory.space, parts, np.nonzero(shown)[0]))
    means = np.concatenate([number[..., 0] for number in numbers], axis=1)
    pounds: Array | None = None
    if costs is not None:
        pounds = statistics(costs_of(trajectory, costs)[0])
        means = np.concatenate([means, pounds[:, :1]], axis=1)
        equations.append(_cost_equation(trajectory.space, parts, np.nonzero(shown)[0], costs))
    small, beside = (
        np.array(flags)
        for flags in zip(*(hide(year, equations, threshold) for year in means), strict=True)
    )
    columns = _Columns()
    for at, year in enumerate(trajectory.years):
        start = 0
        for part, number in zip(parts, numbers, strict=True):
            place = slice(start, start + len(part.groups))
            start = place.stop
            columns.add(year, "count", part.name, part.groups, number[at], small[at, place],
                        beside[at, place], threshold)  # fmt: skip
        if pounds is not None:
            # A cost is hidden with the children that it is for, and never for being a small number.
            hidden = beside[at, -1:] | small[at, :1] | beside[at, :1]
            none = np.zeros(1, dtype=bool)
            columns.add(year, "cost", "total", ("all",), pounds[at][None], none, hidden, 0)
    return columns.table()


def marked(
    numbers: Array, threshold: float, small: Flags | None = None, beside: Flags | None = None
) -> tuple[Array, list[str]]:
    """Statistics with the hidden ones left out, and what the column ``hidden`` says of each row.

    Parameters
    ----------
    numbers: row x ``STATISTICS``; not a number where a statistic was not worked out.
    small, beside: rows hidden for being small, and for being in the way; without them a row is
        small if its mean is.

    Returns
    -------
    The statistics, not a number where hidden; the marks.
    """
    single: Flags = (numbers > 0) & (numbers < threshold)
    single[:, _SPREAD] = False
    for together in _TOGETHER:
        single[:, together] |= single[:, together].any(axis=1, keepdims=True)
    few: Flags = single[:, STATISTICS.index("mean")] if small is None else small
    near: Flags = np.zeros(len(numbers), dtype=bool) if beside is None else beside
    marks = [
        SMALL if few[row] else HIDDEN if near[row] else PARTLY if single[row].any() else ""
        for row in range(len(numbers))
    ]
    return np.where(single | (few | near)[:, None], np.nan, numbers), marks


class _Columns:
    """Rows as they are gathered."""

    def __init__(self) -> None:
        self.keys: dict[str, list[int | str]] = {
            name: [] for name in ("calendar_year", "measure", "breakdown", "group")
        }
        self.numbers: list[Array] = []
        self.hidden: list[str] = []

    def add(
        self,
        year: int,
        measure: str,
        breakdown: str,
        groups: Sequence[str],
        numbers: Array,
        small: Flags,
        beside: Flags,
        threshold: float,
    ) -> None:
        """Rows of one year and breakdown; ``numbers`` is group x statistic."""
        rows = len(groups)
        for name, value in (("calendar_year", year), ("measure", measure),
                            ("breakdown", breakdown)):  # fmt: skip
            self.keys[name] += [value] * rows
        self.keys["group"] += groups
        shown, marks = marked(numbers, threshold, small, beside)
        self.numbers.append(shown)
        self.hidden += marks

    def table(self) -> pa.Table:
        """All rows as one table; what is hidden has no value."""
        columns = {name: pa.array(values) for name, values in self.keys.items()}
        numbers = np.concatenate(self.numbers)
        for at, name in enumerate(STATISTICS):
            columns[name] = pa.array(numbers[:, at], mask=np.isnan(numbers[:, at]))
        columns["hidden"] = pa.array(self.hidden, pa.string())
        return pa.table(columns)


def _equations(
    space: StateSpace, parts: Sequence[Breakdown], states: Numbers
) -> Sequence[Equation]:
    """How the parts of a year add up, by their places one after another."""
    starts = dict(
        zip(
            (part.name for part in parts),
            np.cumsum([0, *(len(part.groups) for part in parts)]).tolist(),
            strict=False,
        )
    )
    lengths = {part.name: len(part.groups) for part in parts}

    def places(name: str) -> Numbers:
        return np.arange(starts[name], starts[name] + lengths[name])

    total = starts["total"]
    out = [
        Equation(places(name), total)
        for name in ("need", "setting", "academic_year", "academic_year_group")
    ]
    years = places("academic_year")
    for at, (first, last) in enumerate(ACADEMIC_YEAR_GROUPS.values()):
        inside = years[space.place(first) : space.place(last) + 1]
        out.append(Equation(inside, starts["academic_year_group"] + at))
    each = np.unravel_index(states, space.shape)
    for name, coordinate in zip(("academic_year", "need", "setting"), each, strict=True):
        for at in range(lengths[name]):
            here = places("state")[coordinate == at]
            out.append(Equation(here, starts[name] + at))
    return out


def _cost_equation(
    space: StateSpace,
    parts: Sequence[Breakdown],
    states: Numbers,
    costs: Mapping[tuple[str, str], float],
) -> Equation:
    """What the states cost adds up to the cost of the year, the last of the numbers."""
    first = sum(len(part.groups) for part in parts if part.name != "state")
    _, need, setting = np.unravel_index(states, space.shape)
    price = np.array([[costs.get((n, s), 0.0) for s in space.settings] for n in space.needs])
    return Equation(
        np.arange(first, first + len(states)), first + len(states), price[need, setting]
    )
