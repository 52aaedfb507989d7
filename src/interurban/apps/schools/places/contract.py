"""The tables of the models of school places and of whole areas' rolls, on standards."""

from __future__ import annotations

from interurban.core.model import TableContract
from interurban.core.standard import Field

__all__ = [
    "AREAS",
    "AREA_ROLL_BANDS",
    "AREA_ROLL_ERRORS",
    "AREA_ROLL_VARIANTS",
    "BIRTHS",
    "OTHER_BIRTHS",
    "PLACE_MEASURES",
    "SCHOOLS",
    "SCHOOL_CAPACITY",
    "SCHOOL_ROLLS",
    "SCORECARD",
]

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

_AREA = Field("area_id", "string", "Area", required=True)
_NUMBER = Field("value", "number", "Value")

SCORECARD = TableContract(
    "scorecard",
    "Scorecard of areas",
    (
        _AREA,
        Field("area_name", "string", "Name of the area"),
        Field("measure", "string", "Measure", required=True),
        Field("time_period", "date", "First day of the school year"),
        _NUMBER,
    ),
    key=(),
    standard="area_statistic@1",
    description="Pupils of whole areas by school year, the forecasts that the areas published, and "
    "how far off earlier ones were. Which measure is which, the parameters say.",
)

AREAS = TableContract(
    "areas",
    "Areas",
    (_AREA, Field("name", "string", "Name")),
    key=("area_id",),
    standard="boundary@1",
    description="The areas to project; others of the scorecard, as a whole country, are left out. "
    "Without it all are.",
    required=False,
)


def _births(name: str, title: str, description: str) -> TableContract:
    return TableContract(
        name,
        title,
        (
            _AREA,
            Field(
                "year", "integer", "Year", required=True, minimum=1801, maximum=2300,
                description="Mid-year to mid-year, named by the year it ends in.",
            ),
            Field("people", "number", "Children born", unit="children"),
        ),
        key=(),
        standard="population_change@1",
        where={"component": "births"},
        description=description,
        required=False,
    )  # fmt: skip


BIRTHS = _births("births", "Births", "Children born to people of each area.")
OTHER_BIRTHS = _births(
    "other_births", "Births of other years", "Of years that the first table does not tell."
)


def _statistic(name: str, title: str, description: str) -> TableContract:
    return TableContract(
        name,
        title,
        (
            _AREA,
            Field("area_name", "string", "Name"),
            Field("measure", "string", "Measure", required=True),
            Field("breakdown", "string", "Part", required=True),
            Field("time_period", "date", "First day", required=True),
            Field("value", "number", "Value", required=True),
            Field("unit", "string", "Unit"),
            Field("status", "string", "Status"),
        ),
        key=("area_id", "measure", "breakdown", "time_period"),
        standard="area_statistic@1",
        description=description,
    )


AREA_ROLL_BANDS = _statistic(
    "area_roll_bands",
    "Bands of areas' rolls",
    "Pupils of every area and of all areas: the median, and the bands of 80 and 95 %.",
)
AREA_ROLL_VARIANTS = _statistic(
    "area_roll_variants",
    "Variants of areas' rolls",
    "Pupils of every area if one thing alone counted: its own growth, the forecast that it "
    "published, births as far as they are known, or nothing but the last year.",
)
AREA_ROLL_ERRORS = _statistic(
    "area_roll_errors",
    "Back-test of areas' rolls",
    "Mean absolute error and bias of forecasts from earlier years, by years ahead, beside those of "
    "simple methods; how the bands held; and the errors of each area.",
)
