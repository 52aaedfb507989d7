"""The tables of the interaction model, on standards."""

from __future__ import annotations

from interurban.core.model import TableContract
from interurban.core.standard import Field

__all__ = ["AREAS", "FLOWS", "MODELLED_FLOWS", "MODEL_MEASURES", "SCHOOLS", "ZONES"]

_SCHOOL = Field("school_id", "string", "School", required=True)
_AREA = Field("area_id", "string", "Home area")
_YEAR = Field(
    "year",
    "integer",
    "School year",
    description="The calendar year in which it begins.",
    required=True,
    minimum=1801,
    maximum=2300,
)
_POINT = (
    Field("longitude", "number", "Longitude", unit="degrees", minimum=-180, maximum=180),
    Field("latitude", "number", "Latitude", unit="degrees", minimum=-90, maximum=90),
)


def _pupils(name: str, title: str) -> Field:
    return Field(name, "number", title, unit="pupils", minimum=0)


_FLOW = (
    _AREA,
    _SCHOOL,
    Field("school_name", "string", "School"),
    _YEAR,
    Field("stage", "string", "Stage"),
    _pupils("pupils", "Pupils"),
    _pupils("at_least", "At least"),
    _pupils("at_most", "At most"),
    Field("status", "string", "Status"),
)

FLOWS = TableContract(
    "flows",
    "Pupil flows",
    (*_FLOW, _pupils("area_total", "Pupils of the area"), _pupils("school_total", "Of the school")),
    key=(),
    standard="pupil_flow@1",
    description="Pupils by home area and school; nothing where a number is hidden.",
)

SCHOOLS = TableContract(
    "schools",
    "Schools",
    (
        _SCHOOL,
        Field("name", "string", "Name"),
        Field("phase", "string", "Phase"),
        Field("school_type", "string", "Kind of school"),
        Field("gender", "string", "Girls, boys or mixed"),
        Field("faith", "string", "Faith"),
        Field("admissions", "string", "Admissions"),
        *_POINT,
    ),
    key=("school_id",),
    standard="school@1",
    description="Where schools stand and what kind they are; those of the year of the flows.",
)

AREAS = TableContract(
    "areas",
    "Home areas",
    (Field("area_id", "string", "Area", required=True), Field("name", "string", "Name"), *_POINT),
    key=(),
    standard="boundary@1",
    description="The areas that the flows are by, where those are boundaries. Each is taken for a "
    "point inside it.",
    required=False,
)

ZONES = TableContract(
    "zones",
    "Attendance zones",
    (Field("zone_id", "string", "Zone", required=True), Field("school_id", "string", "School"),
     *_POINT),
    key=(),
    standard="attendance_zone@1",
    description="The areas that the flows are by, where those are zones of schools; the school of "
    "a zone draws its children.",
    required=False,
)  # fmt: skip

MODELLED_FLOWS = TableContract(
    "modelled_flows",
    "Flows with what is hidden filled in",
    _FLOW,
    key=("area_id", "school_id", "year", "stage"),
    standard="pupil_flow@1",
    description="What is shown as it is, and for the rest what the model expects, given that it "
    "is hidden; such rows say modelled.",
)

MODEL_MEASURES = TableContract(
    "model_measures",
    "How near the model comes",
    (
        Field("area_id", "string", "Area", required=True),
        Field("measure", "string", "Measure", required=True),
        Field("breakdown", "string", "Model", required=True),
        Field("time_period", "date", "First day", required=True),
        Field("value", "number", "Value", required=True),
        Field("unit", "string", "Unit"),
    ),
    key=("area_id", "measure", "breakdown", "time_period"),
    standard="area_statistic@1",
    description="Common part of commuters, squared correlation and mean distance of the fitted "
    "model, beside simple ones.",
)
