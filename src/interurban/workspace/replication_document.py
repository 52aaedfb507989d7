"""An app in a city as everyone is told it: the same words and the same document on every way in."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pyarrow as pa

from interurban.core.city import City
from interurban.core.standard import Field

from .limits import in_figures
from .replication import GraphInCity, MissingTable, Replication

__all__ = [
    "app_title",
    "areas_words",
    "content_words",
    "headline",
    "missing_table",
    "missing_words",
    "replication_document",
]

_NAMED = 3
_CODES = 6
_TYPES = {"string": "text", "integer": "whole number", "number": "number"}

_MISSING = pa.schema(
    [
        ("table", pa.string()),
        ("standard", pa.string()),
        ("rows", pa.string()),
        ("field", pa.string()),
        ("title", pa.string()),
        ("type", pa.string()),
        ("unit", pa.string()),
        ("codes", pa.string()),
        ("minimum", pa.string()),
        ("maximum", pa.string()),
        ("needed", pa.string()),
        ("models", pa.string()),
        ("situation", pa.string()),
    ]
)


def app_title(app: str) -> str:
    """An app's name as people read it."""
    return app.replace("_", " ").capitalize()


def headline(found: Replication, city: City) -> str:
    """The answer in a line, as ``Projections in Chicago: 2 of 15 models run``, with a full stop."""
    running = sum(graph.runs for graph in found.graphs)
    if found.runs:
        said = "runs: 100 %"
    elif len(found.graphs) == 1:
        said = f"{found.graphs[0].title} does not run"
    else:
        said = f"{running} of {len(found.graphs)} models run"
    few = [g for g in found.graphs if g.areas and len(g.areas) < found.areas_in_city]
    said += ", not for every area" if few and running else ""
    return f"{app_title(found.app)} in {city.name}: {said}."


def areas_words(graph: GraphInCity, found: Replication) -> str:
    """How many of the city's areas a graph runs for, and which where they are few."""
    if not graph.areas:
        served = all(table.covered for table in graph.required)
        return "no area has every table" if graph.by_area and served else ""
    kind = found.boundary
    inside = found.within.intersection(graph.areas)
    if kind is None or not inside:
        said = f"{len(graph.areas):,} area{'s' if len(graph.areas) != 1 else ''}"
    else:
        noun = kind.singular if found.areas_in_city == 1 else kind.name
        said = f"{len(inside):,} of {found.areas_in_city:,} {noun}"
        beyond = len(graph.areas) - len(inside)
        said += f" and {beyond:,} elsewhere" if beyond else ""
    if len(graph.areas) > _NAMED:
        return said
    return f"{said}: {', '.join(found.names.get(area, area) for area in graph.areas)}"


def missing_words(table: MissingTable, city: City) -> str:
    """Why a table is missing, and what to do about it."""
    if table.incomplete:
        return f"{table.incomplete} lacks these fields."
    if table.not_loaded:
        return f"Not loaded. Load it: interurban load {' '.join(table.not_loaded)}"
    return f"{city.name} has no dataset of it."


def content_words(field: Field) -> str:
    """What may stand in a field, in words."""
    if field.enum:
        codes = field.enum
        if len(codes) > _CODES:
            return f"one of {len(codes)} codes: {', '.join(codes[:2])} ... {codes[-1]}"
        return " or ".join(codes) if len(codes) == 2 else ", ".join(codes)
    words = _TYPES.get(field.type, field.type)
    low, high = field.minimum, field.maximum
    if low is not None and high is not None:
        words += f" from {in_figures(low)} to {in_figures(high)}"
    elif low is not None:
        words += f", {in_figures(low)} or more"
    return words + (f", {field.unit}" if field.unit else "")


def missing_table(found: Replication, city: City) -> pa.Table:
    """Every missing field as a row, for whoever is to publish it.

    Returns
    -------
    Columns ``table, standard, rows, field, title, type, unit, codes, minimum, maximum, needed,
    models, situation``, all text; codes and models are parted by a space.
    """
    rows = [
        {
            "table": table.title,
            "standard": table.standard,
            "rows": " ".join(f"{name}={value}" for name, value in table.where.items()),
            "field": field.name,
            "title": field.title or field.name,
            "type": field.type,
            "unit": field.unit,
            "codes": " ".join(field.enum),
            "minimum": _bound(field.minimum),
            "maximum": _bound(field.maximum),
            "needed": "needed" if table.required else "would be welcome",
            "models": " ".join(table.graphs),
            "situation": missing_words(table, city),
        }
        for table in found.missing
        for field in table.fields
    ]
    return pa.Table.from_pylist(rows, schema=_MISSING)


def _bound(value: float | str | None) -> str:
    return "" if value is None else value if isinstance(value, str) else f"{value:.15g}"


def replication_document(found: Replication, city: City) -> dict[str, Any]:
    """An app in a city as JSON has it; every model, and what is missing in one list."""
    return {
        "app": found.app,
        "title": app_title(found.app),
        "city": found.city,
        "headline": headline(found, city),
        "runs": found.runs,
        "boundary": found.boundary.dataset if found.boundary else None,
        "areas_in_city": found.areas_in_city,
        "models": [_model(graph, found) for graph in found.graphs],
        "missing": [_missing(table, city) for table in found.missing],
    }


def _model(graph: GraphInCity, found: Replication) -> dict[str, Any]:
    return {
        "model": graph.coverage.graph,
        "title": graph.title,
        "runs": graph.runs,
        "percent": graph.percent,
        "for": areas_words(graph, found),
        "areas": [{"area_id": a, "area_name": found.names.get(a)} for a in graph.areas],
        "inputs": dict(graph.inputs),
        "choices": list(graph.choices),
        "files": list(graph.files),
        "tables": [
            {
                "table": t.table,
                "title": t.title,
                "standard": t.standard,
                "required": t.required,
                "covered": t.covered,
                "served_by": [asdict(held) for held in graph.served.get(t.table, ())],
                "fields": [
                    {"name": f.name, "required": f.required, "there": f.there and bool(t.serving)}
                    for f in t.fields
                ],
            }
            for t in graph.coverage.tables
        ],
    }


def _missing(table: MissingTable, city: City) -> dict[str, Any]:
    return {
        "title": table.title,
        "standard": table.standard,
        "where": dict(table.where),
        "required": table.required,
        "models": list(table.graphs),
        "not_loaded": list(table.not_loaded),
        "incomplete": table.incomplete or None,
        "situation": missing_words(table, city),
        "fields": [asdict(f) | {"content": content_words(f)} for f in table.fields],
    }
