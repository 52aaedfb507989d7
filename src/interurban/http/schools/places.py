"""Places and pupils, surplus and forecasts of schools and areas, for the planner's screens.

A forecast is out of the reader's newest successful run in the city: of the school roll model, or of
that of whole areas where a scorecard tells of them. ``how_to_run`` says how to start one.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from interurban.apps.schools.places.asked import (
    places_said,
    rule_named,
    stage_named,
    stage_with_places,
)
from interurban.apps.schools.places.forecasts import ENDS, ErrorRow, Forecast
from interurban.apps.schools.places.outlook import (
    outlook_of_area,
    outlook_of_city,
    outlook_of_school,
)
from interurban.apps.schools.places.outlook_words import Outlook
from interurban.apps.schools.places.projected import (
    HowToRun,
    Projected,
    how_to_run,
    projected,
)
from interurban.apps.schools.places.rules import OWN, Rule, inputs_of, own_rule
from interurban.apps.schools.places.settings import PlaceSettings
from interurban.apps.schools.places.supply import read_supply, supply_years
from interurban.apps.schools.places.table import (
    PlaceTable,
    area_table,
    school_table,
    totals_of,
)
from interurban.apps.schools.places.words import place_words
from interurban.apps.schools.reading import Atlas
from interurban.core.errors import BadRequest
from interurban.core.model import Run
from interurban.http.formats import JSON_FORMAT
from interurban.http.negotiation import choose_format
from interurban.http.request_values import only, single, whole_number
from interurban.http.service import Service, json_answer, service

from .answers import amount, share, sources
from .asked import atlas_of

__all__ = ["RULE_INPUTS", "routes"]

RULE_INPUTS = (
    "homeroom_share",
    "per_room",
    "set_aside",
    "usable_share",
    "efficient_from",
    "efficient_to",
)
"""Numbers of a reader's own rule, each a parameter."""

_FRESH = {"Cache-Control": "no-store"}


def routes() -> list[Route]:
    """The routes of this module."""
    return [
        Route("/api/schools/{city}/places", places),
        Route("/api/schools/{city}/forecast", one_forecast),
    ]


async def places(request: Request) -> Response:
    """Places, pupils and surplus of a stage's schools, or of areas."""
    choose_format(request, (JSON_FORMAT,))
    only(request, "f", "stage", "by", "rule", "year", *RULE_INPUTS)
    by = single(request, "by", "school")
    if by not in ("school", "area"):
        raise BadRequest(
            f"There is nothing by {by[:40]!r}.", advice="Say by=school or by=area.", part="by"
        )
    year = whole_number(request, "year", 0, 1801, 2300) if "year" in request.query_params else None
    given = {n: _number(n, single(request, n)) for n in RULE_INPUTS if n in request.query_params}
    wanted_rule, wanted_stage = single(request, "rule"), single(request, "stage")
    web = service(request)

    def answer() -> Response:
        atlas = atlas_of(request)
        settings = places_said(atlas)
        stage = stage_with_places(atlas, settings, wanted_stage)
        rule = rule_named(settings, wanted_rule, given)
        make = school_table if by == "school" else area_table
        table = make(atlas, settings, stage, rule, year, _runs(web, atlas, settings))
        return json_answer(_places(atlas, settings, table, rule), _FRESH)

    return await web.workers.run(request, answer)


async def one_forecast(request: Request) -> Response:
    """Pupils so far and to come, with bands, and the back-test beside them."""
    choose_format(request, (JSON_FORMAT,))
    only(request, "f", "school", "area", "all", "stage")
    school, area = single(request, "school"), single(request, "area")
    if sum(name in request.query_params for name in ("school", "area", "all")) > 1:
        raise BadRequest(
            "school, area and all are three questions.", advice="Ask one of them.", part="school"
        )
    wanted = single(request, "stage")
    web = service(request)

    def answer() -> Response:
        atlas = atlas_of(request)
        settings = places_said(atlas)
        runs = _runs(web, atlas, settings)
        stage = stage_named(atlas, wanted) if wanted else None
        if school:
            found = outlook_of_school(atlas, settings, school, runs)
        elif area:
            found = outlook_of_area(atlas, settings, area, stage_named(atlas, wanted), runs)
        else:
            found = outlook_of_city(atlas, settings, stage, runs)
        how = how_to_run(atlas, settings, stage, areas=not school)
        return json_answer(_outlook(atlas, settings, found, how), _FRESH)

    return await web.workers.run(request, answer)


# What is asked


def _number(name: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise BadRequest(f"{name}={text[:40]!r} is no number.", part=name)
    return value


def _runs(web: Service, atlas: Atlas, settings: PlaceSettings) -> Projected:
    """What the reader's newest runs project; nothing of a model that is not here."""

    def of(model: str) -> Iterable[Run]:
        if model not in web.desk.workspace.catalogue.plans:
            return ()
        runs = web.desk.runs(model=model, city=atlas.city.id, states=("successful",))
        return (web.desk.run(run.id) for run in runs)

    return projected(atlas, settings, of)


# What is answered


def _places(atlas: Atlas, settings: PlaceSettings, table: PlaceTable, rule: Rule) -> dict[str, Any]:
    totals = totals_of(table)
    whole = totals.capacity if math.isfinite(totals.capacity) else 0.0
    own = own_rule(settings.rules[0], {}) if rule.id != OWN else rule
    return {
        "stage": table.stage.id,
        "stages": _with_places(atlas, settings),
        "by": table.by,
        "year": table.year,
        "years": list(supply_years(atlas, settings, table.stage)) if table.by == "school" else [],
        "rules": [_rule_document(one) for one in (*settings.rules, own)],
        "rule": rule.id,
        "rows": [_row(table, at) for at in range(len(table.ids))],
        "totals": {
            "capacity": amount(totals.capacity),
            "pupils": amount(totals.pupils),
            "surplus": amount(totals.surplus),
            "surplus_share": share(totals.surplus / whole) if whole else None,
            "unfilled_share": share(totals.unfilled),
            "utilisation": share(totals.pupils / whole) if whole else None,
            **totals.bands,
        },
        "modelled": any(table.forecasts),
        "lacking": _lacking(atlas, settings),
        "notes": list(table.notes),
        "words": place_words(table, totals, atlas.settings.calendar_years),
        "sources": sources(atlas, table.datasets),
    }


def _lacking(atlas: Atlas, settings: PlaceSettings) -> list[str]:
    """Datasets that are not loaded, or not for the reader."""
    return [one for one in settings.datasets if atlas.snapshot(one) is None]


def _with_places(atlas: Atlas, settings: PlaceSettings) -> list[dict[str, Any]]:
    """The stages of the city, and at how many of their schools places are known."""
    found = []
    for stage in atlas.settings.stages:
        supply = read_supply(atlas, settings, stage)
        known = int(np.isfinite(supply.published).sum())
        found.append({"id": stage.id, "schools": len(supply), "with_places": known})
    return found


def _rule_document(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "title": rule.title,
        "formula": rule.formula,
        "source": rule.source,
        "inputs": [
            {
                "id": one.id,
                "label": one.label,
                "value": one.value,
                "unit": one.unit,
                "minimum": one.minimum,
                "maximum": one.maximum,
            }
            for one in inputs_of(rule)
        ],
    }


def _row(table: PlaceTable, at: int) -> dict[str, Any]:
    lon, lat = table.lonlat[at].tolist()
    capacity, surplus = float(table.capacity[at]), float(table.surplus[at])
    there = math.isfinite(surplus) and capacity > 0
    found = table.forecasts[at]
    row: dict[str, Any] = {
        "id": table.ids[at],
        "name": table.names[at],
        "lon": round(lon, 5) if math.isfinite(lon) else None,
        "lat": round(lat, 5) if math.isfinite(lat) else None,
        "capacity": amount(capacity),
        "capacity_year": int(table.capacity_years[at]) or None,
        "pupils": amount(float(table.pupils[at])),
        "surplus": amount(surplus),
        "surplus_share": share(surplus / capacity) if there else None,
        "unfilled_share": share(float(table.unfilled[at])),
        "utilisation": share(float(table.utilisation[at])),
        "band": table.bands[at],
        "forms_of_entry_gap": amount(float(table.forms[at])),
        "forecast": None if found is None else _points(found),
    }
    if table.by == "area":
        row |= {
            "schools": int(table.schools[at]) or None,
            "unknown": int(table.unknown[at]),
            "planned_places": amount(float(table.planned[at])),
            "needed_places": amount(float(table.needed[at])),
        }
    return row


def _points(found: Forecast) -> list[dict[str, Any]]:
    return [
        {"year": year, **{end: amount(float(found.ends[k, at])) for k, end in enumerate(ENDS)}}
        for at, year in enumerate(found.years)
    ]


def _outlook(
    atlas: Atlas, settings: PlaceSettings, found: Outlook, how: HowToRun | None
) -> dict[str, Any]:
    return {
        "subject": found.subject,
        "run": found.run or None,
        "how_to_run": None if how is None else _how_to_run(how),
        "observed": [{"year": year, "pupils": amount(pupils)} for year, pupils in found.observed],
        "forecast": [] if found.forecast is None else _points(found.forecast),
        "variants": [] if found.forecast is None else _variants(found.forecast),
        "errors": _errors(found.errors),
        "entry_errors": _errors(found.entry_errors),
        "modelled": found.forecast is not None,
        "lacking": _lacking(atlas, settings),
        "words": " ".join(found.words),
        "sources": sources(atlas, found.datasets),
    }


def _variants(found: Forecast) -> list[dict[str, Any]]:
    """Pupils in each variant, in the years that it tells anything of."""
    return [
        {
            "title": title,
            "pupils": [
                {"year": year, "pupils": amount(float(one))}
                for year, one in zip(found.years, numbers, strict=True)
                if math.isfinite(one)
            ],
        }
        for title, numbers in found.variants.items()
    ]


def _how_to_run(how: HowToRun) -> dict[str, Any]:
    """What to send to ``/api/runs``."""
    return {
        "model": how.model,
        "city": how.city,
        "title": how.title,
        "inputs": dict(how.inputs),
        "parameters": dict(how.parameters),
        "missing": list(how.missing),
    }


def _errors(rows: Sequence[ErrorRow]) -> list[dict[str, Any]]:
    return [
        {
            "subject": row.subject,
            "years_ahead": row.years_ahead,
            "method": row.method,
            "error": share(row.error),
            "bias": share(row.bias),
            "coverage80": share(row.coverage_80),
            "coverage95": share(row.coverage_95),
            "comparisons": row.cases,
            "baseline": row.baseline,
            "own_error": share(row.own_error),
            "note": row.note,
        }
        for row in sorted(rows, key=lambda row: (row.baseline, row.method, row.years_ahead))
    ]
