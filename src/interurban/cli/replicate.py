"""`replicate`: whether an app runs in a city, and all that is missing, field by field."""

from __future__ import annotations

import sys
from textwrap import wrap
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .models import APPS
from .options import AsJson, Home, open_node
from .output import counted, screen, show_json, show_table

if TYPE_CHECKING:
    from interurban.core.city import City
    from interurban.core.standard import Field
    from interurban.workspace.replication import GraphInCity, MissingTable, Replication, Served

__all__ = ["NOT_WHOLE", "replicate"]

NOT_WHOLE = 3
"""How the command ends when a model does not run: neither a failure (1) nor a wrong call (2)."""

_NAMED = 3
_CODES = 6
_TYPES = {"string": "text", "integer": "whole number", "number": "number"}


def replicate(
    app: Annotated[str, typer.Argument(metavar="APP", help="What to replicate: projections ...")],
    city: Annotated[
        str, typer.Option("--to", metavar="CITY", help="Where to: chicago, london ...")
    ],
    model: Annotated[
        str | None,
        typer.Option("--model", metavar="ID", help="Only this one of its models, table by table."),
    ] = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Say whether an app runs in a city, or list the tables and fields that are missing.

    What counts is what is loaded. Ends with code 0 when everything runs, and with code 3 when
    something is missing.
    """
    from interurban.workspace import Catalogue
    from interurban.workspace.replication import replicate as held

    with open_node(home) as node:
        found = held(node, Catalogue.discover(APPS), app, city, model)
        if as_json:
            show_json(_document(found))
        else:
            _show(found, node.city(city), whole=model is not None)
    if not found.runs:
        sys.exit(NOT_WHOLE)


def _show(found: Replication, city: City, *, whole: bool) -> None:
    running = sum(graph.runs for graph in found.graphs)
    title = found.app.replace("_", " ").capitalize()
    said = "runs: 100 %" if found.runs else f"{running} of {len(found.graphs)} models run"
    few = [g for g in found.graphs if g.areas and len(g.areas) < found.areas_in_city]
    said += ", not for every area" if few and running else ""
    screen.print(f"{title} in {city.name}: {said}.", style="bold")
    screen.print()
    show_table(
        ("model", "runs", "fields", "for"),
        [
            (g.coverage.graph, _runs(g), f"{g.percent:.0f} %", _areas(g, found))
            for g in found.graphs
        ],
        right=("fields",),
    )
    if whole:
        for graph in found.graphs:
            _show_tables(graph)
    for required, words in ((True, "is missing"), (False, "would be welcome")):
        tables = [table for table in found.missing if table.required is required]
        if tables:
            plural = words.replace("is ", "are ")
            counts = counted(len(tables), f"table {words}", f"tables {plural}")
            screen.print(f"\n{counts}:", style="bold")
        for table in tables:
            _show_missing(table, city.name)
    for graph in found.graphs:
        if graph.runs and (whole or graph.choices):
            _show_command(graph)


def _runs(graph: GraphInCity) -> str:
    if not graph.runs:
        return "no"
    return "with a file" if graph.files else "yes"


def _areas(graph: GraphInCity, found: Replication) -> str:
    """How many of the city's areas a graph runs for, and which where they are few."""
    if not graph.areas:
        served = all(table.covered for table in graph.required)
        return "no area has every table" if graph.by_area and served else ""
    kind = found.boundary
    inside = [area for area in graph.areas if area in found.names]
    if kind is None or not inside:
        said = counted(len(graph.areas), "area")
    else:
        said = f"{len(inside):,} of {counted(found.areas_in_city, kind.singular, kind.name)}"
        beyond = len(graph.areas) - len(inside)
        said += f" and {beyond:,} elsewhere" if beyond else ""
    if len(graph.areas) > _NAMED:
        return said
    return f"{said}: {', '.join(found.names.get(area, area) for area in graph.areas)}"


def _show_tables(graph: GraphInCity) -> None:
    """Table by table: what it is read from, and the fields that are there and are not."""
    for table in graph.coverage.tables:
        must = "" if table.required else " (it runs without)"
        screen.print(f"\n{table.table}{must}: {table.title}", style="bold")
        if table.standard is None:
            _indented("On no standard: give a file with each run.")
            continue
        for held in graph.served.get(table.table, ()):
            best = " (taken)" if held.dataset == graph.inputs[table.table] else ""
            _indented(f"{held.dataset}{best}: {_content(held)}")
        there = [f.name for f in table.fields if f.there and table.serving]
        lacking = [f.name for f in table.fields if f.name not in there and f.required]
        if there:
            _indented(f"has {', '.join(there)}")
        if lacking:
            _indented(f"lacks {', '.join(lacking)}")


def _content(held: Served) -> str:
    areas = [counted(len(held.areas), "area")] if held.areas else []
    years = [" - ".join(str(year) for year in dict.fromkeys(held.years))] if held.years else []
    return ", ".join(areas + years) or "there"


def _show_missing(table: MissingTable, city: str) -> None:
    only = ", ".join(f"{name} {value}" for name, value in table.where.items())
    kind = table.standard + (f", {only}" if only else "")
    screen.print(f"\n{table.title} ({kind})", style="bold")
    if table.incomplete:
        _indented(f"{table.incomplete} lacks these fields.")
    elif table.not_loaded:
        _indented(f"Not loaded. Load it: interurban load {' '.join(table.not_loaded)}")
    else:
        _indented(f"{city} has no dataset of it.")
    _indented(f"For {', '.join(table.graphs)}.")
    wide = max(len(field.name) for field in table.fields)
    for field in table.fields:
        _indented(f"{field.name:<{wide}}  {_content_of(field)}", by=4, hanging=wide + 2)


def _content_of(field: Field) -> str:
    """What may stand in a field, in words."""
    if field.enum:
        codes = field.enum
        if len(codes) > _CODES:
            return f"one of {len(codes)} codes: {', '.join(codes[:2])} ... {codes[-1]}"
        return " or ".join(codes) if len(codes) == 2 else ", ".join(codes)
    words = _TYPES.get(field.type, field.type)
    low, high = field.minimum, field.maximum
    if low is not None and high is not None:
        words += f" from {low:g} to {high:g}"
    elif low is not None:
        words += f", {low:g} or more"
    return words + (f", {field.unit}" if field.unit else "")


def _show_command(graph: GraphInCity) -> None:
    """The command that runs a model; tables that several datasets can serve are named in it."""
    parts = [f"interurban run {graph.coverage.graph} --city {graph.coverage.city}"]
    parts += [f"--input {name}={graph.inputs[name]}" for name in graph.choices]
    parts += [f"--input {name}=FILE" for name in graph.files]
    screen.print(f"\nTo run {graph.coverage.graph}:", style="bold")
    for position, part in enumerate(parts):
        end = " \\" if position < len(parts) - 1 else ""
        screen.print(f"{'    ' if position else '  '}{part}{end}", soft_wrap=True)


def _indented(text: str, by: int = 2, hanging: int = 0) -> None:
    """A paragraph, set in from the left; ``hanging``: its further lines that much more."""
    width = max(screen.width, by + hanging + 20)
    lines = wrap(
        text, width, initial_indent=" " * by, subsequent_indent=" " * (by + hanging),
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip
    screen.print("\n".join(lines), soft_wrap=True)


def _document(found: Replication) -> dict[str, Any]:
    from dataclasses import asdict

    return {
        "app": found.app,
        "city": found.city,
        "runs": found.runs,
        "boundary": found.boundary.dataset if found.boundary else None,
        "areas_in_city": found.areas_in_city,
        "models": [
            {
                "model": g.coverage.graph,
                "title": g.title,
                "runs": g.runs,
                "percent": g.percent,
                "areas": [{"area_id": a, "area_name": found.names.get(a)} for a in g.areas],
                "inputs": dict(g.inputs),
                "choices": list(g.choices),
                "files": list(g.files),
                "tables": [
                    {
                        "table": t.table,
                        "title": t.title,
                        "standard": t.standard,
                        "required": t.required,
                        "covered": t.covered,
                        "served_by": [asdict(held) for held in g.served.get(t.table, ())],
                        "fields": [
                            {
                                "name": f.name,
                                "required": f.required,
                                "there": f.there and bool(t.serving),
                            }
                            for f in t.fields
                        ],
                    }
                    for t in g.coverage.tables
                ],
            }
            for g in found.graphs
        ],
        "missing": [
            {
                "title": table.title,
                "standard": table.standard,
                "where": dict(table.where),
                "required": table.required,
                "models": list(table.graphs),
                "not_loaded": list(table.not_loaded),
                "incomplete": table.incomplete or None,
                "fields": [asdict(field) for field in table.fields],
            }
            for table in found.missing
        ],
    }
