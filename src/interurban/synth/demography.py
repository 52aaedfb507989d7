"""Tables of a synthetic city's people: by age and year, and what changed between the years."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from .batch import Columns, coded
from .ground import Ground
from .lattice import Integers
from .people import AGES, FLOWS, people_of
from .vital import MOTHERS, SEXES

__all__ = [
    "by_area",
    "migration_flow",
    "named_areas",
    "places",
    "population_by_age",
    "population_by_single_year",
    "population_change",
]

_COMPONENTS = ("births", "births_by_mother", "deaths", *FLOWS)
_GROUPS = (("0 to 15", 0, 15), ("16 to 64", 16, 64), ("65 and over", 65, None))


def by_area(ground: Ground, positions: Integers) -> Columns:
    """The columns that say which area a row is of, and a point inside it."""
    areas, lattice = ground.usual, ground.lattice
    corner = np.array([((a.i0 + a.i1) // 2, (a.j0 + a.j1) // 2) for a in areas.rectangles])
    i, j = corner[positions].T
    return {
        "area_id": coded(positions, areas.ids),
        "area_name": coded(positions, areas.names),
        "longitude": pa.array(lattice.lon[i, j]),
        "latitude": pa.array(lattice.lat[i, j]),
    }


def population_by_single_year(ground: Ground, last: int) -> pa.Table:
    """Everybody at every mid-year of the record, by area, sex and single year of age."""
    people = people_of(ground, last)
    area, sex, age, year = places(people.population.shape)
    return pa.table(
        {
            **by_area(ground, area),
            "sex": coded(sex, SEXES),
            "age": AGES[age],
            "year": year + people.years[0],
            "population": people.population.ravel(),
        }
    )


def population_change(ground: Ground, last: int) -> pa.Table:
    """Births, deaths and the four flows of every year but the first of the record."""
    people = people_of(ground, last)
    first = people.years[1]
    area, sex, year = places(people.births.shape)
    tables = [_change(ground, "births", first, area, year, people.births, sex=sex)]
    area, age, year = places(people.mothers.shape)
    mothers = MOTHERS[age]
    tables.append(
        _change(ground, "births_by_mother", first, area, year, people.mothers, age=mothers)
    )
    area, sex, age, year = places(people.deaths.shape)
    for name, counts in (("deaths", people.deaths), *people.flows.items()):
        tables.append(_change(ground, name, first, area, year, counts, sex=sex, age=AGES[age]))
    return pa.concat_tables(tables).unify_dictionaries()


def _change(
    ground: Ground,
    component: str,
    first: int,
    area: Integers,
    year: Integers,
    counts: Integers,
    *,
    sex: Integers | None = None,
    age: Integers | None = None,
) -> pa.Table:
    """One component; births have no age of their own, and those by mother no sex."""
    rows = len(area)
    nothing = np.zeros(rows, dtype=np.int64)
    return pa.table(
        {
            **by_area(ground, area),
            "component": coded(nothing + _COMPONENTS.index(component), _COMPONENTS),
            "sex": coded(nothing, (None,)) if sex is None else coded(sex, SEXES),
            "age": pa.nulls(rows, pa.int64()) if age is None else pa.array(age),
            "year": year + first,
            "people": counts.ravel(),
        }
    )


def migration_flow(ground: Ground, last: int) -> pa.Table:
    """Who moved from one area of the city to another; nobody is not written down."""
    people = people_of(ground, last)
    origin, destination, sex, age, year, count = people.moved.T
    ids = people.areas.ids
    return pa.table(
        {
            "origin_id": coded(origin, ids),
            "destination_id": coded(destination, ids),
            "sex": coded(sex, SEXES),
            "age": AGES[age],
            "year": year,
            "people": count,
        }
    )


def population_by_age(ground: Ground, last: int) -> pa.Table:
    """People of the last mid-year in three age groups."""
    people = people_of(ground, last).people(last).sum(axis=1)
    groups = [people[:, low : high + 1 if high else None].sum(axis=1) for _, low, high in _GROUPS]
    count, group = places((len(people), len(_GROUPS)))
    return pa.table(
        {
            **named_areas(ground, count),
            "sex": coded(0 * group, ("all",)),
            "age_group": coded(group, [name for name, _, _ in _GROUPS]),
            "age_from": np.array([low for _, low, _ in _GROUPS])[group],
            "age_to": pa.array([high for _, _, high in _GROUPS]).take(pa.array(group)),
            "people": np.stack(groups, axis=1).ravel(),
        }
    )


def named_areas(ground: Ground, positions: Integers) -> Columns:
    """The columns that say which area a row is of, for a table without places."""
    areas = ground.usual
    return {"area_id": coded(positions, areas.ids), "area_name": coded(positions, areas.names)}


def places(shape: Sequence[int]) -> Integers:
    """The position on each axis of every cell of an array, in the order of ``ravel``.

    Returns
    -------
    Shape (axes, cells).
    """
    return np.indices(tuple(shape)).reshape(len(shape), -1)
