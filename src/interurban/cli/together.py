"""`together`: one question to every dataset of a standard, here and at partners'."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from .options import Home, TableFormat, open_node
from .output import errors, screen, show_json, show_table
from .questions import Bbox, Filter, In, Narrowing, Near, Text, When, Where

if TYPE_CHECKING:
    from interurban.alliance.together import Together

__all__ = ["together"]


def together(
    standard: Annotated[
        str, typer.Argument(metavar="STANDARD", help="As crime_incident, or crime_incident@1.")
    ],
    by: Annotated[
        str | None,
        typer.Option(metavar="GROUPS", help="Count by field, time:month, cell:12 (comma between)."),
    ] = None,
    measures: Annotated[
        str | None,
        typer.Option(metavar="LIST", help="Instead of the count: avg:cost, p95:cost, sum:cost ..."),
    ] = None,
    filter: Filter = None,  # noqa: A002 - the option's own name
    where: Where = None,
    text: Text = None,
    when: When = None,
    near: Near = None,
    bbox: Bbox = None,
    area: In = None,
    form: Annotated[TableFormat, typer.Option("--format", "-f", help="How to write it.")] = (
        TableFormat.table
    ),
    home: Home = None,
) -> None:
    """Ask every dataset of a standard at once, this node's own and those of its partners.

    As in: interurban together crime_incident --by category. Who does not answer within five
    seconds is named, and missing from the table: it is not counted as nothing.
    """
    from interurban.alliance.together import together as ask

    narrowing = Narrowing(
        filter, where or (), text, when, near, bbox, area or (), None, None, None, measures, by
    )
    with open_node(home) as node:
        found = ask(node, standard, list(narrowing.parameters()))
    _show(found, form)


def _show(found: Together, form: TableFormat) -> None:
    rows = found.table.to_pylist()
    match form:
        case TableFormat.json | TableFormat.geojson:
            missing = [
                {"dataset": one.dataset, "node": one.node, "why": one.why} for one in found.missing
            ]
            answered = [one.dataset.id for one in found.answered]
            show_json({"rows": rows, "answered": answered, "missing": missing})
        case TableFormat.csv:
            import csv
            import sys

            writer = csv.writer(sys.stdout)
            writer.writerow(found.table.column_names)
            writer.writerows(row.values() for row in rows)
        case _:
            names = found.table.column_names
            show_table(names, [list(row.values()) for row in rows], right=found.measures)
            for one in found.answered:
                there = f", at {one.snapshot.peer}" if one.snapshot.peer else ""
                screen.print(f"{one.dataset.id}: {one.dataset.publisher}{there}.", style="dim")
    for other in found.missing:
        there = f" ({other.node})" if other.node else ""
        said = f"Missing: {other.dataset}{there}. {other.why}"
        errors.print(said, style="yellow", soft_wrap=True)
