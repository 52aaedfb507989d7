"""The tables of the school roll models, on standards."""

from __future__ import annotations

from interurban.core.model import TableContract
from interurban.core.standard import Field

__all__ = [
    "ADMISSION_NUMBERS",
    "CHILDREN",
    "CHILD_YIELDS",
    "NEW_HOMES",
    "PROJECTED_ROLLS",
    "REGIONAL_BANDS",
    "REGIONAL_ERRORS",
    "ROLL_BANDS",
    "ROLL_ERRORS",
    "ROLL_VARIANTS",
    "SCHOOL_ROLLS",
    "TRANSFERS",
]

_SCHOOL = Field("school_id", "string", "School", required=True)
_AREA = Field("area_id", "string", "Planning area", required=True)
_YEAR = Field(
    "year",
    "integer",
    "School year",
    description="The calendar year in which it begins.",
    required=True,
    minimum=1801,
    maximum=2300,
)
_GROUP = Field(
    "year_group",
    "integer",
    "Year group",
    description="0 is Reception or Kindergarten.",
    required=True,
    minimum=-5,
    maximum=16,
)
_PUPILS = Field("pupils", "number", "Pupils", unit="pupils", required=True, minimum=0)


def _rolls(name: str, title: str, description: str) -> TableContract:
    return TableContract(
        name,
        title,
        (
            _SCHOOL,
            Field("school_name", "string", "Name of the school"),
            Field("area_id", "string", "Planning area"),
            _YEAR,
            _GROUP,
            _PUPILS,
        ),
        key=("school_id", "year_group", "year"),
        standard="school_roll@1",
        description=description,
    )


SCHOOL_ROLLS = _rolls(
    "school_rolls",
    "School rolls",
    "Pupils by school, year group and school year. The last year is where a projection starts; a "
    "school without pupils in it is closed. Without planning areas the city is one.",
)

CHILDREN = TableContract(
    "children",
    "Children",
    (
        _AREA,
        Field("year", "integer", "Year", required=True, minimum=1801, maximum=2300),
        Field("children", "number", "Children", unit="children", required=True, minimum=0),
    ),
    key=("area_id", "year"),
    value="children",
    complete=("area_id", "year"),
    description="Births, or children of entry age, by planning area and year; or of the whole city "
    "as one area. Without it, the entry year group follows its own trend.",
    required=False,
)

TRANSFERS = TableContract(
    "transfers",
    "Transfer between planning areas",
    (
        Field("origin_id", "string", "Planning area left", required=True),
        Field("destination_id", "string", "Planning area of the next school", required=True),
        Field("share", "number", "Share", unit="share of the leavers", required=True, minimum=0),
    ),
    key=("origin_id", "destination_id"),
    value="share",
    description="Of the pupils whose school ends, the share that goes on in each planning area; "
    "what is not there is 0. Only where first year groups are filled from planning areas.",
    required=False,
)

ADMISSION_NUMBERS = TableContract(
    "admission_numbers",
    "Admission numbers",
    (
        _SCHOOL,
        _GROUP,
        Field("places", "number", "Places", unit="pupils", required=True, minimum=0),
    ),
    key=("school_id", "year_group"),
    value="places",
    description="Places by school and year group; what is not there has no limit.",
    required=False,
)

_HOME = Field("home_type", "string", "Kind of home", required=True)

NEW_HOMES = TableContract(
    "new_homes",
    "New homes",
    (
        _AREA,
        _HOME,
        _YEAR,
        Field("homes", "number", "Homes", unit="homes", required=True, minimum=0),
    ),
    key=("area_id", "home_type", "year"),
    value="homes",
    description="Homes that come up before the school year begins, beyond those that the children "
    "or the past rolls already hold, so that no child is counted twice.",
    required=False,
)

CHILD_YIELDS = TableContract(
    "child_yields",
    "Child yields",
    (
        _HOME,
        _GROUP,
        Field(
            "pupils_per_home", "number", "Pupils for a home", unit="pupils per home",
            required=True, minimum=0,
        ),
    ),
    key=("home_type", "year_group"),
    value="pupils_per_home",
    description="Pupils of each year group who move in with a home of each kind (type and tenure).",
    required=False,
)  # fmt: skip

PROJECTED_ROLLS = _rolls(
    "projected_rolls", "Projected rolls", "Pupils in the years ahead; fractions are kept."
)


def _statistic(name: str, title: str, description: str) -> TableContract:
    return TableContract(
        name,
        title,
        (
            Field("area_id", "string", "School or planning area", required=True),
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


ROLL_BANDS = _statistic(
    "roll_bands",
    "Bands of the rolls",
    "Pupils of every school, every planning area and all schools: the median and the bands of 80 "
    "and 95 % of the draws. The status says how the bands held in a back-test.",
)
ROLL_ERRORS = _statistic(
    "roll_errors",
    "Back-test of the rolls",
    "Mean absolute error and bias of projections from earlier years, by years ahead, beside those "
    "of simple methods; and how the bands held.",
)
ROLL_VARIANTS = _statistic(
    "roll_variants",
    "Variants of the rolls",
    "Pupils of every school, every planning area and all schools if fewer or more children entered "
    "than projected, by what such projections missed entrants by; and without the new homes.",
)
REGIONAL_BANDS = _statistic(
    "regional_bands",
    "Bands of year groups",
    "Pupils by planning area and year group: the median and the bands of 80 and 95 % of the draws.",
)
REGIONAL_ERRORS = _statistic(
    "regional_errors",
    "Back-test of year groups",
    "Mean absolute error of the damped trend and of the mean of the past, by years ahead, and how "
    "the bands held.",
)
