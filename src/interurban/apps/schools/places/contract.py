"""The tables of the model of school places, on standards."""

from __future__ import annotations

from interurban.core.model import TableContract
from interurban.core.standard import Field

__all__ = ["PLACE_MEASURES", "SCHOOLS", "SCHOOL_CAPACITY", "SCHOOL_ROLLS"]

_SCHOOL = Field("school_id", "string", "School", required=True)
_NAME = Field("school_name", "string", "Name of the school")
_YEAR = Field(
    "year",
    "integer",
    "School year",
    description="The calendar year in which it begins.",
    required=True,
    minimum=1801,
    maximum=2300,
)


def _count(name: str, title: str, unit: str) -> Field:
    return Field(name, "number", title, unit=unit, minimum=0)


SCHOOL_CAPACITY = TableContract(
    "school_capacity",
    "School capacity",
    (
        _SCHOOL,
        _NAME,
        Field("stage", "string", "Stage"),
        _YEAR,
        _count("capacity", "Places as published", "places"),
        _count("classrooms", "Classrooms", "classrooms"),
        _count("homerooms", "Homerooms", "classrooms"),
        _count("ancillary", "Ancillary rooms", "classrooms"),
        _count("pupils", "Pupils", "pupils"),
    ),
    key=("school_id", "stage", "year"),
    standard="school_capacity@1",
    description="Places, rooms and pupils of each school. A place or room that stands as 0 is not "
    "known.",
)

SCHOOL_ROLLS = TableContract(
    "school_rolls",
    "School rolls",
    (
        _SCHOOL,
        _YEAR,
        Field(
            "year_group", "integer", "Year group", description="0 is Reception or Kindergarten.",
            required=True, minimum=-5, maximum=16,
        ),
        Field("pupils", "number", "Pupils", unit="pupils", required=True, minimum=0),
    ),
    key=("school_id", "year_group", "year"),
    standard="school_roll@1",
    description="Pupils of the newest school year take the place of those that stand beside the "
    "places.",
    required=False,
)  # fmt: skip

SCHOOLS = TableContract(
    "schools",
    "Register of schools",
    (_SCHOOL, _count("pupils", "Pupils", "pupils")),
    key=("school_id",),
    standard="school@1",
    description="Pupils by the register, for schools that neither rolls nor places tell any of.",
    required=False,
)

PLACE_MEASURES = TableContract(
    "place_measures",
    "Places, pupils and surplus",
    (
        _SCHOOL,
        _NAME,
        Field("measure", "string", "Measure", required=True),
        Field("breakdown", "string", "Stage", required=True),
        _YEAR,
        Field("value", "number", "Value"),
        Field("words", "string", "Band"),
        Field("unit", "string", "Unit"),
        Field("status", "string", "Status"),
    ),
    key=("school_id", "measure", "breakdown", "year"),
    standard="school_measure@1",
    description="By school and stage: places by the rule, pupils, surplus, utilisation with its "
    "band, and forms of entry missing. The year is that of the pupils; of pupils out of the "
    "register, which tells none, that of the places.",
)
