"""Floating catchments as the workspace runs them, over ways that somebody worked out by street.

A run has no maps: its ways are a table of minutes or metres from areas to schools, as a router
gives them. The atlas itself finds its ways along the streets that are loaded (``streets``).
"""

from __future__ import annotations

from types import MappingProxyType

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from interurban.apps.schools.subjects import Floats
from interurban.core.errors import InvalidInput
from interurban.core.model import (
    Graph,
    Model,
    ModelNode,
    Parameter,
    Result,
    TableContract,
    Tables,
    Values,
    Watch,
)
from interurban.core.standard import Field

from .floating import DECAYS, Reached, access
from .inequality import gini

__all__ = ["CHILDREN", "PLACES", "REACHED", "SCHOOL_ACCESS", "WAYS"]

_SOURCE = "Luo and Wang (2003); Luo and Qi (2009); McGrail and Humphreys (2009)"
_AREA = Field("area_id", "string", "Area", required=True)
_SCHOOL = Field("school_id", "string", "School", required=True)

WAYS = TableContract(
    "ways",
    "Ways to schools",
    (
        _AREA,
        _SCHOOL,
        Field("minutes", "number", "Minutes", unit="min", minimum=0),
        Field("metres", "number", "Distance", unit="m", minimum=0),
    ),
    key=("area_id", "school_id"),
    standard="travel_time@1",
    description="From each area to each school that may be within reach, by one means.",
)

CHILDREN = TableContract(
    "children",
    "Children by area",
    (
        _AREA,
        Field("reference_date", "date", "Date"),
        Field("sex", "string", "Sex"),
        Field("age_from", "integer", "From age", required=True, minimum=0, maximum=130),
        Field("age_to", "integer", "To age", required=True, minimum=0, maximum=130),
        Field("people", "number", "People", unit="people", required=True, minimum=0),
    ),
    key=(),
    standard="population_by_age@1",
    description="By the same areas as the ways. Of several dates the newest counts, of the sexes "
    "all together.",
)

PLACES = TableContract(
    "places",
    "Places at schools",
    (
        _SCHOOL,
        Field("year", "integer", "School year", required=True, minimum=1801, maximum=2300),
        Field("capacity", "number", "Places", unit="places", minimum=0),
        Field("pupils", "number", "Pupils", unit="pupils", minimum=0),
    ),
    key=(),
    standard="school_capacity@1",
    description="Of several years the newest counts; where there are no places, pupils do.",
)

REACHED = TableContract(
    "access",
    "Places within reach",
    (
        _AREA,
        Field("measure", "string", "Measure", required=True),
        Field("time_period", "date", "Time period"),
        Field("value", "number", "Value"),
        Field("unit", "string", "Unit"),
    ),
    key=("area_id", "measure"),
    standard="area_statistic@1",
    description="Places within reach of each child, and the way to the nearest school.",
)


def _reach(tables: Tables, values: Values, watch: Watch) -> Result:
    """Places for each child of every area, and how far its nearest school is."""
    ways, given, places = (_table(tables, one) for one in ("ways", "children", "places"))
    by, reach = str(values["by"]), float(str(values["reach"]))
    ages = (int(float(str(values["first_age"]))), int(float(str(values["last_age"]))))
    if ages[0] > ages[1]:
        raise InvalidInput(
            "The first age comes after the last.", advice="Swap them.", part="first_age"
        )
    dates = pc.unique(given["reference_date"]).drop_null()
    when = pc.max(dates).as_py() if len(dates) else None
    children = _children(given, ages, when)
    offered = _places(places)
    ways = ways.filter(pc.is_valid(ways[by]))
    areas, schools = sorted(children), sorted(offered)
    area = pc.index_in(ways["area_id"], value_set=pa.array(areas, pa.string()))
    school = pc.index_in(ways["school_id"], value_set=pa.array(schools, pa.string()))
    known = pc.and_(pc.is_valid(area), pc.is_valid(school)).to_numpy(zero_copy_only=False)
    if not known.any():
        raise InvalidInput(
            "No way leads from an area with children to a school with places.",
            advice="Take children by the areas, and places of the schools, that the ways are of.",
            part="ways",
        )
    of = area.to_numpy(zero_copy_only=False)[known].astype(np.int64)
    to = school.to_numpy(zero_copy_only=False)[known].astype(np.int64)
    far = np.asarray(ways[by].to_numpy()[known], dtype=np.float64)
    within = far <= reach
    weight = DECAYS[str(values["decay"])](far[within], reach)
    counts = (len(areas), len(schools))
    reached = Reached(of[within], to[within], weight, *counts)
    lived = np.array([children[one] for one in areas])
    had = access(reached, lived, np.array([offered[one] for one in schools]))
    nearest = np.full(len(areas), np.inf)
    np.minimum.at(nearest, of, far)
    watch(1, 1)
    unit = "min" if by == "minutes" else "m"
    parts = [
        _part(areas, "Places within reach for each child", had, "places per child", when),
        _part(areas, "Way to the nearest school", nearest, unit, when),
    ]
    index = gini(had, lived)
    said = [f"Shared among children with a Gini index of {index:.2f}, where 0 is evenly."]
    left = int((~np.isfinite(nearest)).sum())
    if left:
        said.append(f"From {left:,} of {len(areas):,} areas with children no way is known.")
    return Result({"access": pa.concat_tables(parts)}, tuple(said))


def _table(tables: Tables, name: str) -> pa.Table:
    table = tables[name]
    assert isinstance(table, pa.Table), f"{name} come as records"
    return table


def _children(table: pa.Table, ages: tuple[int, int], when: object) -> dict[str, float]:
    """Children of these ages by area, as if each year of an age group had as many."""
    found: dict[str, float] = {}
    for row in table.to_pylist():
        if row["reference_date"] != when or row["sex"] not in (None, "all"):
            continue
        low, high = row["age_from"], row["age_to"]
        shared = min(high, ages[1]) - max(low, ages[0]) + 1
        if shared > 0:
            part = row["people"] * shared / (high - low + 1)
            found[row["area_id"]] = found.get(row["area_id"], 0.0) + part
    return found


def _places(table: pa.Table) -> dict[str, float]:
    found: dict[str, tuple[int, float]] = {}
    for row in table.to_pylist():
        places = row["capacity"] or row["pupils"]
        if places and row["year"] >= found.get(row["school_id"], (0, 0.0))[0]:
            found[row["school_id"]] = (row["year"], float(places))
    return {school: places for school, (_, places) in found.items()}


def _part(areas: list[str], measure: str, numbers: Floats, unit: str, when: object) -> pa.Table:
    count = len(areas)
    return pa.table(
        {
            "area_id": pa.array(areas, pa.string()),
            "measure": pa.array([measure] * count, pa.string()),
            "time_period": pa.array([when] * count, pa.date32()),
            "value": pa.array(numbers, pa.float64(), mask=~np.isfinite(numbers)),
            "unit": pa.array([unit] * count, pa.string()),
        }
    )


_MODEL = Model(
    id="school_places_within_reach",
    version="1.0.0",
    title="Places within reach",
    summary="How many places there are within reach of each child, shared among all in reach.",
    needs=(WAYS, CHILDREN, PLACES),
    gives=(REACHED,),
    parameters=(
        Parameter(
            "by", "Ways are told in", "choice", "minutes", "Which column of the ways counts.",
            choices=MappingProxyType({"minutes": "Minutes", "metres": "Metres"}),
        ),
        Parameter(
            "reach", "Reach", "number", 30.0, "What is further is out of reach: in minutes or "
            "metres, as the ways are.", minimum=1.0, maximum=100_000.0,
        ),
        Parameter(
            "decay", "A school further away counts", "choice", "stepped",
            "In three rings it counts 1, 0.68 and 0.22.",
            choices=MappingProxyType(
                {"none": "As much", "stepped": "Less, in three rings", "continuous": "Ever less"}
            ),
        ),
        Parameter(
            "first_age", "First age", "integer", 11, "Of the children who go there.",
            unit="years", minimum=0, maximum=25,
        ),
        Parameter(
            "last_age", "Last age", "integer", 15, "Of the children who go there.",
            unit="years", minimum=0, maximum=25,
        ),
    ),
    compute=_reach,
    source=_SOURCE,
)  # fmt: skip

SCHOOL_ACCESS = Graph(
    id="school_access",
    version="1.0.0",
    title="Places within reach of children",
    summary="Floating catchments over ways by street: places for each child of every area, and "
    "the way to the nearest school.",
    needs=_MODEL.needs,
    gives=_MODEL.gives,
    nodes=(ModelNode("reach", _MODEL),),
    source=_SOURCE,
)
