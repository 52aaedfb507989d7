"""What the futures come to: by year and part, mean, spread, quantiles and confidence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .simulation import Trajectory
from .states import ACADEMIC_YEAR_GROUPS, ACADEMIC_YEARS, Array, Flags, StateSpace

__all__ = [
    "STATISTICS",
    "Breakdown",
    "Draws",
    "breakdowns",
    "costs_of",
    "state_name",
    "states_shown",
    "statistics",
]

Draws = npt.NDArray[np.integer]
"""Whole numbers of children."""

STATISTICS = (
    "mean", "std_dev", "iqr", "minimum", "p2_5", "p10", "q1", "median", "q3", "p90", "p97_5",
    "maximum", "low_ci", "high_ci",
)  # fmt: skip
"""In the order of the last axis of ``statistics``."""

QUANTILES = {"p2_5": 0.025, "p10": 0.1, "q1": 0.25, "median": 0.5, "q3": 0.75, "p90": 0.9,
             "p97_5": 0.975}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Breakdown:
    """One way of counting.

    Parameters
    ----------
    name: ``total``, ``need``, ``setting``, ``academic_year``, ``academic_year_group``, ``state``.
    groups: the parts' codes.
    draws: children by year, part and draw.
    """

    name: str
    groups: tuple[str, ...]
    draws: Draws


def statistics(draws: Draws | Array) -> Array:
    """Mean, standard deviation, quantiles and confidence of the mean, over the last axis.

    The standard deviation divides by one less than the number of draws (0 for one draw); quantiles
    lie between neighbours linearly; the confidence interval of the mean is
    ``mean -+ 1.96 sd / sqrt(draws)``, as in the original's output.

    Returns
    -------
    The axes before, then ``STATISTICS``.
    """
    number = draws.shape[-1]
    mean = draws.mean(axis=-1)
    deviation = draws.std(axis=-1, ddof=1) if number > 1 else np.zeros_like(mean)
    ordered = np.sort(draws, axis=-1)
    values: dict[str, Array] = {
        "mean": mean,
        "std_dev": deviation,
        "minimum": ordered[..., 0].astype(np.float64),
        "maximum": ordered[..., -1].astype(np.float64),
        "low_ci": mean - 1.96 * deviation / np.sqrt(number),
        "high_ci": mean + 1.96 * deviation / np.sqrt(number),
    }
    for name, share in QUANTILES.items():
        at = share * (number - 1)
        below = int(at)
        above = min(below + 1, number - 1)
        values[name] = ordered[..., below] * (1 - (at - below)) + ordered[..., above] * (at - below)
    values["iqr"] = values["q3"] - values["q1"]
    return np.stack([values[name] for name in STATISTICS], axis=-1)


def breakdowns(trajectory: Trajectory, shown: Flags) -> Iterator[Breakdown]:
    """Children in total, by need, setting, academic year, group of these, and state.

    Parameters
    ----------
    shown: the states given one by one (flat).
    """
    space = trajectory.space
    years, _, draws = trajectory.children.shape
    cube = trajectory.children.reshape(years, *space.shape, draws)
    by_academic_year = cube.sum(axis=(2, 3), dtype=np.int64)
    yield Breakdown("total", ("all",), by_academic_year.sum(axis=1, keepdims=True))
    yield Breakdown("need", space.needs, cube.sum(axis=(1, 3), dtype=np.int64))
    yield Breakdown("setting", space.settings, cube.sum(axis=(1, 2), dtype=np.int64))
    yield Breakdown("academic_year", tuple(map(str, ACADEMIC_YEARS)), by_academic_year)
    groups = [
        by_academic_year[:, space.place(first) : space.place(last) + 1].sum(axis=1)
        for first, last in ACADEMIC_YEAR_GROUPS.values()
    ]
    yield Breakdown("academic_year_group", tuple(ACADEMIC_YEAR_GROUPS), np.stack(groups, axis=1))
    names = tuple(state_name(space, int(state)) for state in np.nonzero(shown)[0])
    yield Breakdown("state", names, trajectory.children[:, shown])


def states_shown(trajectory: Trajectory) -> Flags:
    """Valid states, and those that a child was in (flat)."""
    return trajectory.space.valid.ravel() | trajectory.children.any(axis=(0, 2))


def state_name(space: StateSpace, state: int) -> str:
    """Academic year, need and setting of a flat state, with blanks between: ``5 X B``."""
    at, need, setting = np.unravel_index(state, space.shape)
    return f"{ACADEMIC_YEARS[at]} {space.needs[need]} {space.settings[setting]}"


def costs_of(trajectory: Trajectory, costs: Mapping[tuple[str, str], float]) -> tuple[Array, Array]:
    """The cost of each future, and the children for whom no cost is known.

    Parameters
    ----------
    costs: pounds for a child and year by need and setting.

    Returns
    -------
    Pounds, year x draw (``count * cost``, children without a cost at 0); children without one,
    likewise.
    """
    space = trajectory.space
    years, _, draws = trajectory.children.shape
    by_pair = trajectory.children.reshape(years, space.shape[0], -1, draws).sum(
        axis=1, dtype=np.int64
    )
    price = np.array([costs.get((n, s), np.nan) for n in space.needs for s in space.settings])
    unknown = np.isnan(price)
    pounds = np.einsum("p,ypd->yd", np.where(unknown, 0.0, price), by_pair.astype(np.float64))
    return pounds, by_pair[:, unknown].sum(axis=1).astype(np.float64)
