"""`replicate`: whether an app runs in a city, and all that is missing, field by field."""

from __future__ import annotations

import sys
from textwrap import wrap
from typing import TYPE_CHECKING, Annotated

import typer

from .models import APPS
from .options import AsJson, Home, open_node
from .output import counted, screen, show_json, show_table

if TYPE_CHECKING:
    from interurban.core.city import City
    from interurban.workspace.replication import GraphInCity, MissingTable, Replication, Served

__all__ = ["NOT_WHOLE", "replicate"]

NOT_WHOLE = 3
"""How the command ends when a model does not run: neither a failure (1) nor a wrong call (2)."""


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
    from interurban.workspace.replication_document import replication_document

    with open_node(home) as node:
        found = held(node, Catalogue.discover(APPS), app, city, model)
        if as_json:
            show_json(replication_document(found, node.city(city)))
        else:
            _show(found, node.city(city), whole=model is not None)
    if not found.runs:
        sys.exit(NOT_WHOLE)


def _show(found: Replication, city: City, *, whole: bool) -> None:
    from interurban.workspace.replication_document import areas_words, headline

    screen.print(headline(found, city), style="bold")
    screen.print()
    show_table(
        ("model", "runs", "fields", "for"),
        [
            (g.coverage.graph, _runs(g), f"{g.percent:.0f} %", areas_words(g, found))
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
            _show_missing(table, city)
    for graph in found.graphs:
        if graph.runs and (whole or graph.choices):
            _show_command(graph)


def _runs(graph: GraphInCity) -> str:
    if not graph.runs:
        return "no"
    return "with a file" if graph.files else "yes"


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


def _show_missing(table: MissingTable, city: City) -> None:
    from interurban.workspace.replication_document import content_words, missing_words

    only = ", ".join(f"{name} {value}" for name, value in table.where.items())
    kind = table.standard + (f", {only}" if only else "")
    screen.print(f"\n{table.title} ({kind})", style="bold")
    _indented(missing_words(table, city))
    _indented(f"For {', '.join(table.graphs)}.")
    wide = max(len(field.name) for field in table.fields)
    for field in table.fields:
        _indented(f"{field.name:<{wide}}  {content_words(field)}", by=4, hanging=wide + 2)


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
