"""The tables of the models of special educational needs, on standards."""

from __future__ import annotations

from interurban.core.model import TableContract
from interurban.core.standard import Field

from .send.states import ACADEMIC_YEARS, NONSEND
from .send.summary import STATISTICS

__all__ = [
    "COSTS",
    "GOAL",
    "LOST",
    "PARAMETERS",
    "POPULATION",
    "RESULTS",
    "STATES",
    "TRAJECTORY",
    "TRANSITIONS",
    "VALIDATION",
]

_CALENDAR_YEAR = Field("calendar_year", "integer", "Calendar year", required=True)
_NEED = Field("need", "string", "Need", required=True)
_SETTING = Field("setting", "string", "Setting", required=True)


def _academic_year(name: str, title: str, required: bool = True) -> Field:
    return Field(
        name,
        "integer",
        title,
        description="National curriculum year; 0 is Reception.",
        required=required,
        minimum=ACADEMIC_YEARS[0],
        maximum=ACADEMIC_YEARS[-1],
    )


_ACADEMIC_YEAR = _academic_year("academic_year", "Academic year")

TRANSITIONS = TableContract(
    "send_transitions",
    "Moves of children",
    (
        _CALENDAR_YEAR,
        Field("setting_1", "string", "Setting before", required=True),
        Field("need_1", "string", "Need before", required=True),
        _academic_year("academic_year_1", "Academic year before"),
        Field("setting_2", "string", "Setting after", required=True),
        Field("need_2", "string", "Need after", required=True),
        _academic_year("academic_year_2", "Academic year after"),
    ),
    key=(),
    standard="send_transition@1",
    description=f"One row for each child's move in a calendar year; {NONSEND} is outside.",
    also=("transitions",),
)

POPULATION = TableContract(
    "send_population",
    "Children of the area",
    (
        _CALENDAR_YEAR,
        _ACADEMIC_YEAR,
        Field("population", "number", "Children", unit="children", required=True, minimum=0),
    ),
    key=("calendar_year", "academic_year"),
    value="population",
    standard="send_population@1",
    description="All children, with needs or without, for the years of the moves and those to be "
    "projected.",
    also=("population",),
)

STATES = TableContract(
    "send_states",
    "Valid states",
    (
        _SETTING,
        Field("setting_group", "string", "Group of settings"),
        _academic_year("min_academic_year", "First academic year"),
        _academic_year("max_academic_year", "Last academic year"),
        Field("needs", "string", "Needs", description="Codes, comma between.", required=True),
        Field(
            "setting_to_setting",
            "string",
            "May move to",
            description="Codes of settings, comma between; a setting is among its own.",
            required=True,
            source="setting->setting",
        ),
    ),
    key=(),
    standard="send_state@1",
    description="Which needs and academic years a setting takes, and where children may move.",
    also=("valid-states",),
)

COSTS = TableContract(
    "send_costs",
    "Costs",
    (
        _NEED,
        _SETTING,
        Field("cost", "number", "Cost", unit="pounds a child-year", required=True, minimum=0),
    ),
    key=("need", "setting"),
    value="cost",
    standard="send_cost@1",
    required=False,
    also=("costs",),
)

PARAMETERS = TableContract(
    "send_parameters",
    "What past moves say",
    (
        Field("alternative", "string", "Alternative", enum=("baseline", "scenario")),
        Field(
            "kind",
            "string",
            "Kind",
            enum=("joiners", "leavers", "movers", "joiner_targets", "mover_targets"),
        ),
        _ACADEMIC_YEAR,
        Field("need", "string", "Need"),
        Field("setting", "string", "Setting"),
        Field("need_2", "string", "Need after"),
        Field("setting_2", "string", "Setting after"),
        Field("alpha", "number", "Alpha"),
        Field("beta", "number", "Beta"),
    ),
    key=(),
    description="Beta parameters of rates, Dirichlet parameters of placements. They tell of single "
    "children, so they pass from model to model and are never given out.",
)

_DRAW = Field("draw", "integer", "Draw")

TRAJECTORY = TableContract(
    "send_trajectory",
    "Drawn futures",
    (
        _CALENDAR_YEAR,
        _ACADEMIC_YEAR,
        _NEED,
        _SETTING,
        _DRAW,
        Field("children", "number", "Children", unit="children"),
    ),
    key=("calendar_year", "academic_year", "need", "setting", "draw"),
    value="children",
    description="Children by state in every future; passes from model to model only.",
)

LOST = TableContract(
    "send_lost",
    "Children lost on the way",
    (
        _CALENDAR_YEAR,
        Field("fate", "string", "How", enum=("vanished", "outgrown")),
        _DRAW,
        Field("children", "number", "Children", unit="children"),
    ),
    key=("calendar_year", "fate", "draw"),
    value="children",
    description="In no valid state any more, or past the last academic year.",
)

_RESULT_FIELDS = (
    _CALENDAR_YEAR,
    Field("measure", "string", "Measure", required=True, enum=("count", "cost")),
    Field(
        "breakdown",
        "string",
        "By",
        required=True,
        enum=("total", "need", "setting", "academic_year", "academic_year_group", "state"),
    ),
    Field("group", "string", "Part", required=True),
    *(Field(name, "number", name.replace("_", " ")) for name in STATISTICS),
    Field(
        "hidden",
        "string",
        "Hidden",
        description="Why numbers of the row are hidden; empty when all are shown.",
    ),
)
_RESULT_KEY = ("calendar_year", "measure", "breakdown", "group")

RESULTS = TableContract(
    "send_results",
    "Children and costs",
    _RESULT_FIELDS,
    key=_RESULT_KEY,
    standard="send_result@1",
    description="Mean and spread over the futures. Numbers of children under 5 are hidden.",
)

VALIDATION = TableContract(
    "send_validation",
    "Projected beside what happened",
    (
        *_RESULT_FIELDS,
        Field("truth", "number", "Children there were", unit="children"),
        Field("inside_need", "number", "Share of needs inside 95 % of draws"),
        Field("inside_setting", "number", "Share of settings inside 95 % of draws"),
    ),
    key=_RESULT_KEY,
    standard="send_result@1",
)

GOAL = TableContract(
    "send_goal",
    "Factors tried",
    _RESULT_FIELDS,
    key=_RESULT_KEY,
    standard="send_result@1",
    description="The mean number of children for every factor tried; the last meets the goal.",
)
