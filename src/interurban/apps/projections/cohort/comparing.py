"""What drove two runs of the population projection apart, from their tables and parameters."""

from __future__ import annotations

from interurban.core.cube import Cube, Label
from interurban.core.errors import InvalidInput
from interurban.core.model import Tables, Values

from .assumptions import Assumptions, assume
from .choices import period_of, settings_of
from .cubes import areas_of, history_of, national_of
from .explain import what_drove

__all__ = ["drivers_of_runs"]


def drivers_of_runs(
    one: tuple[Tables, Values], other: tuple[Tables, Values]
) -> tuple[Cube, tuple[str, ...]]:
    """How many people each driver accounts for in the difference of two runs.

    The runs are worked out anew over the areas and years that both have.

    Parameters
    ----------
    one, other: the input tables and the parameters of two runs of ``cohort_component``.

    Returns
    -------
    People by ``driver``, ``area_id`` and ``year``, which sum over the drivers to the other run less
    the one; and sentences on what was left aside.

    Raises
    ------
    InvalidInput: the runs begin in different years, or have no area in common.
    """
    periods = [period_of(values) for _, values in (one, other)]
    if periods[0][0] != periods[1][0]:
        raise InvalidInput(
            f"One run begins in {periods[0][0]} and the other in {periods[1][0]}, so what drove "
            "them apart cannot be told year by year.",
            advice="Compare runs that begin in the same year.",
            part="first_year",
        )
    last = min(period[-1] for period in periods)
    all_areas = [areas_of(tables, values) for tables, values in (one, other)]
    areas = tuple(area for area in all_areas[0] if area in set(all_areas[1]))
    if not areas:
        raise InvalidInput(
            "The two runs have no area in common.",
            advice="Compare runs of the same areas.",
            part="areas",
        )
    found = what_drove(_assumed(*one, areas, last), _assumed(*other, areas, last))
    years = range(periods[0][0], last + 1)
    labels: tuple[tuple[Label, ...], ...] = (found.names, areas, tuple(years))
    people = Cube(("driver", "area_id", "year"), labels, found.people.swapaxes(1, 2), "people")
    told = []
    if periods[0] != periods[1]:
        told.append(f"Only the years to {last}, which both runs have, are compared.")
    left = len(set(all_areas[0]) ^ set(all_areas[1]))
    if left:
        told.append(f"{left:,} areas that only one of the runs has are left aside.")
    return people, tuple(told)


def _assumed(tables: Tables, values: Values, areas: tuple[str, ...], last: int) -> Assumptions:
    settings = settings_of({**values, "last_year": last})
    return assume(history_of(tables, areas), national_of(tables, values), settings)
