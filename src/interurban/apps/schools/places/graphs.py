"""Places by a rule as the workspace runs them: what comes out is a dataset like any other."""

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
    Tables,
    Values,
    Watch,
)

from .contract import PLACE_MEASURES, SCHOOL_CAPACITY, SCHOOL_ROLLS, SCHOOLS
from .rules import Rule, band_of, forms_of_entry, inputs_of, places_of, utilisation_of

__all__ = ["SCHOOL_PLACES"]

_SOURCE = "CPS space utilization standards (2011, 2018); GLA demand for school places"
_USUAL = Rule("2011", "2011", (0.8, 1.2), per_room=30.0, homeroom_share=0.769)
_HELP = {
    "homeroom_share": "The share of all classrooms that are homerooms, rounded down to whole ones.",
    "per_room": "How many pupils a homeroom is for.",
    "set_aside": "Classrooms of each school that are left out first.",
    "efficient_from": "A school that is less used than this is under-used.",
    "efficient_to": "A school that is more used than this is over-full.",
}


def _parameters() -> tuple[Parameter, ...]:
    numbers = tuple(
        Parameter(
            one.id, one.label, "number", one.value, _HELP[one.id],
            unit=one.unit, minimum=one.minimum, maximum=one.maximum,
        )
        for one in inputs_of(_USUAL)
    )  # fmt: skip
    return (
        Parameter(
            "count",
            "Places are",
            "choice",
            "classrooms",
            "A school whose classrooms are not known has its published places either way.",
            choices=MappingProxyType(
                {"classrooms": "Counted from classrooms", "published": "Those published"}
            ),
        ),
        *numbers,
        Parameter(
            "pupils",
            "Pupils are",
            "choice",
            "newest",
            "With rolls, those of their newest year; without, those that stand beside the places; "
            "and where neither tells any, those of the register.",
            choices=MappingProxyType(
                {"newest": "Those of the newest roll", "then": "Those of the places' own year"}
            ),
        ),
        Parameter(
            "class_size", "Pupils in a form", "integer", 30,
            "A form of entry is as many pupils in each year group.",
            unit="pupils", minimum=1, maximum=60,
        ),
        Parameter(
            "year_groups", "Year groups", "integer", 9,
            "Year groups of the stage: 9 from Kindergarten to grade 8, 7 from Reception to Year 6.",
            unit="year groups", minimum=1, maximum=16,
        ),
    )  # fmt: skip


def _places(tables: Tables, values: Values, watch: Watch) -> Result:
    """Places, pupils, surplus, utilisation and forms of entry of every school."""
    table = tables["school_capacity"]
    assert isinstance(table, pa.Table), "capacity comes as records"
    rule = _rule(values)
    order = [("school_id", "ascending"), ("stage", "ascending"), ("year", "ascending")]
    table = table.sort_by(order)
    # Of several years of a school's stage the newest counts.
    ids, stages = (table[name].to_pylist() for name in ("school_id", "stage"))
    keys = list(zip(ids, stages, strict=True))
    newest = [at + 1 == len(keys) or keys[at + 1] != key for at, key in enumerate(keys)]
    table = table.filter(pa.array(newest))
    rooms = np.where(
        np.isfinite(_column(table, "classrooms")),
        _column(table, "classrooms"),
        _column(table, "homerooms") + np.nan_to_num(_column(table, "ancillary")),
    )
    pupils, year = _pupils(table, tables.get("school_rolls"), values)
    register = tables.get("schools")
    if isinstance(register, pa.Table):
        pupils = np.where(np.isfinite(pupils), pupils, _registered(table, register))
    places = places_of(rule, _column(table, "capacity"), rooms)
    used = utilisation_of(pupils, places)
    size, groups = (int(float(str(values[name]))) for name in ("class_size", "year_groups"))
    watch(1, 1)
    unknown = int(np.isnan(used).sum())
    said = (f"Of {unknown:,} of {len(used):,} schools, places or pupils are not known.",)
    measures = (
        ("Places", places, "places", None),
        ("Pupils", pupils, "pupils", None),
        ("Surplus", places - pupils, "places", None),
        ("Utilisation", used, "share", band_of(rule, used)),
        ("Forms of entry missing", forms_of_entry(pupils, places, size, groups), "forms", None),
    )
    parts = [_part(table, year, *measure) for measure in measures]
    return Result({"place_measures": pa.concat_tables(parts)}, said if unknown else ())


def _rule(values: Values) -> Rule:
    number = {one.id: float(str(values[one.id])) for one in inputs_of(_USUAL)}
    band = (number["efficient_from"], number["efficient_to"])
    if band[0] > band[1]:
        raise InvalidInput(
            "A school would be efficient from more than it is efficient to.",
            advice="Let efficient_from be below efficient_to.",
            part="efficient_from",
        )
    if values["count"] == "published":
        return Rule("own", "Published", band)
    return Rule(
        "own", "From classrooms", band, number["per_room"], number["homeroom_share"],
        number["set_aside"],
    )  # fmt: skip


def _column(table: pa.Table, name: str) -> Floats:
    if name not in table.column_names:
        return np.full(table.num_rows, np.nan)
    return np.asarray(pc.fill_null(table[name], np.nan).to_numpy(), dtype=np.float64)


def _pupils(table: pa.Table, rolls: object, values: Values) -> tuple[Floats, pa.Array]:
    """Pupils of each school, and the school year that they are of."""
    then = table["year"].combine_chunks()
    if values["pupils"] == "then" or not isinstance(rolls, pa.Table):
        return _column(table, "pupils"), then
    last = pc.max(rolls["year"])
    sums = rolls.filter(pc.equal(rolls["year"], last)).group_by("school_id")
    totals = sums.aggregate([("pupils", "sum")])
    at = pc.index_in(table["school_id"], value_set=totals["school_id"].combine_chunks())
    counted = np.asarray(totals["pupils_sum"].to_numpy(), dtype=np.float64)
    place = pc.fill_null(at, -1).to_numpy()
    found = np.where(place >= 0, np.append(counted, np.nan)[place], np.nan)
    # A school without a pupil has closed: it has no pupils to fill its places with.
    found = np.where(found > 0, found, np.nan)
    return found, pa.array([last.as_py()] * table.num_rows, pa.int64())


def _registered(table: pa.Table, register: pa.Table) -> Floats:
    at = pc.fill_null(pc.index_in(table["school_id"], value_set=register["school_id"]), -1)
    return np.asarray(np.append(_column(register, "pupils"), np.nan)[at.to_numpy()])


def _part(
    table: pa.Table, year: pa.Array, measure: str, numbers: Floats, unit: str,
    words: tuple[str, ...] | None,
) -> pa.Table:  # fmt: skip
    count = table.num_rows
    known = np.isfinite(numbers)
    return pa.table(
        {
            "school_id": table["school_id"],
            "school_name": table["school_name"].cast(pa.string()),
            "measure": pa.array([measure] * count, pa.string()),
            "breakdown": pc.fill_null(table["stage"].cast(pa.string()), "all"),
            "year": year.cast(pa.int64()),
            "value": pa.array(numbers, pa.float64(), mask=~known),
            "words": pa.array(list(words) if words else [None] * count, pa.string()),
            "unit": pa.array([unit] * count, pa.string()),
            "status": pa.array(["shown" if one else "not available" for one in known]),
        }
    )


_MODEL = Model(
    id="school_places_by_rule",
    version="1.0.0",
    title="School places",
    summary="Places by a rule of utilisation, pupils, surplus and forms of entry of every school.",
    needs=(SCHOOL_CAPACITY, SCHOOL_ROLLS, SCHOOLS),
    gives=(PLACE_MEASURES,),
    parameters=_parameters(),
    compute=_places,
    source=_SOURCE,
)

SCHOOL_PLACES = Graph(
    id="school_places",
    version="1.0.0",
    title="School places",
    summary="Places by a rule of your own, pupils, surplus and forms of entry of every school, as "
    "a dataset.",
    needs=_MODEL.needs,
    gives=_MODEL.gives,
    nodes=(ModelNode("places", _MODEL),),
    source=_SOURCE,
)
