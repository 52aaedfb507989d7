"""`schools offers` and `schools chances`: last distances offered, and rounds simulated."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from interurban.cli.options import AsJson, Home, open_node
from interurban.cli.output import screen, show_json, show_table
from interurban.core.errors import BadRequest

from .written import write_rows

if TYPE_CHECKING:
    from interurban.core.standard import Field

__all__ = ["chances", "offers"]


def offers(
    city: Annotated[str, typer.Argument(metavar="CITY", help="As in: chicago, london.")],
    school: Annotated[str, typer.Option("--school", metavar="ID", help="Of one school.")] = "",
    place: Annotated[
        str,
        typer.Option("--at", metavar="PLACE", help="At an address, a postcode or a place by name."),
    ] = "",
    stage: Annotated[
        str, typer.Option("--stage", metavar="ID", help="At a place: the city's first without it.")
    ] = "",
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=200, help="Rows to show.")] = 20,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Write all rows to a .csv, .geojson or .parquet file."),
    ] = None,
    as_json: AsJson = False,
    home: Home = None,
) -> None:
    """How far the last child lived who was offered a place by distance, by year. No promise.

    At a place the nearest schools are held against it, year by year, in fixed words.
    """
    from interurban.apps.schools.locating import locate
    from interurban.apps.schools.offers.document import (
        city_document,
        offer_rows,
        place_document,
        school_document,
    )
    from interurban.apps.schools.offers.last_distances import last_distance_datasets, series_of
    from interurban.apps.schools.places.asked import stage_named
    from interurban.apps.schools.reading import open_atlas
    from interurban.http.schools.flows import find_school
    from interurban.http.schools.offers import AT_FIELDS, OFFER_FIELDS, row_points

    if school and place:
        raise BadRequest("Both a school and a place are named.", advice="Name one.", part="at")
    fields: tuple[Field, ...] = OFFER_FIELDS
    with open_node(home) as node:
        atlas = open_atlas(node, city)
        if place:
            asked = stage_named(atlas, stage)
            document = place_document(atlas, locate(atlas, place), asked, limit)
            rows, fields = document["schools"], AT_FIELDS
        elif school:
            at = find_school(atlas, school)
            document = school_document(atlas, at)
            rows = offer_rows(atlas, series_of(atlas, at)[0])
        else:
            document = city_document(atlas)
            rows = document["rows"]
        if out is not None:
            datasets = last_distance_datasets(atlas)
            write_rows(atlas, out, fields, rows, row_points(atlas, rows), datasets, modelled=False)
    if as_json:
        show_json(document)
        return
    screen.print(document["words"])
    if place:
        _at(rows)
    else:
        _figures(rows[:limit], named=not school)
        for one in document.get("unmatched", ()):
            screen.print(f"No school fits {one['name']} ({one['figures']} figures).")
    screen.print(document["result_words"], style="dim")


def _figures(rows: list[dict[str, Any]], *, named: bool) -> None:
    """A row for each figure; the school only where there are several."""
    name = ["school"] if named else []
    show_table(
        [*name, "entry", "criterion", "year", "last km", "status"],
        [
            [
                *([row["name"]] if named else []),
                "" if row["year_group"] is None else row["year_group"],
                row["criterion"],
                str(row["year"]),
                _kilometres(row["last_distance_m"], 3),
                row["status"],
            ]
            for row in rows
        ],
        right=("year", "last km"),
    )


def _at(rows: list[dict[str, Any]]) -> None:
    show_table(
        ["school", "id", "away km", "last km", "of", "result", "years"],
        [
            [
                row["name"],
                row["id"],
                _kilometres(row["distance_m"], 2),
                _kilometres(row["latest_m"], 2),
                str(row["latest_year"] or ""),
                row["result"],
                f"{row['within']} of {row['of']}" if row["of"] else "",
            ]
            for row in rows
        ],
        right=("away km", "last km", "of", "years"),
    )


def _kilometres(metres: float | None, digits: int) -> str:
    return "" if metres is None else f"{metres / 1000:.{digits}f}"


def chances(
    city: Annotated[str, typer.Argument(metavar="CITY", help="As in: london.")],
    place: Annotated[
        str, typer.Argument(metavar="PLACE", help="An address, a postcode, or a place by name.")
    ],
    stage: Annotated[
        str, typer.Option("--stage", metavar="ID", help="The city's first without it.")
    ] = "",
    choices: Annotated[
        int, typer.Option(min=0, max=12, help="Schools a family lists; 0 is as in the city.")
    ] = 0,
    siblings: Annotated[
        float | None,
        typer.Option(min=0, max=0.9, help="Share with a priority; the city's own without it."),
    ] = None,
    demand: Annotated[
        float, typer.Option(min=0.5, max=2, help="Children, as a share of a year group now.")
    ] = 1.0,
    draws: Annotated[int, typer.Option(min=1, max=1000, help="Rounds.")] = 200,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same rounds.")] = 1,
    as_json: AsJson = False,
    home: Home = None,
) -> None:
    """Simulate rounds of admissions around a place: a band for each school, and its error.

    Deferred acceptance on what is assumed of families and known of places; no promise of a place.
    """
    from interurban.apps.schools.locating import locate
    from interurban.apps.schools.offers.chances import chances_document, said_of
    from interurban.apps.schools.offers.last_distances import offers_said
    from interurban.apps.schools.places.asked import stage_named
    from interurban.apps.schools.reading import open_atlas

    with open_node(home) as node:
        atlas = open_atlas(node, city)
        asked = stage_named(atlas, stage)
        rule = offers_said(atlas).of_stage(asked.id)
        assumed = said_of(
            rule, choices=choices, siblings=siblings, demand=demand, draws=draws, seed=seed
        )
        document = chances_document(atlas, locate(atlas, place), asked, assumed)
    if as_json:
        show_json(document)
        return
    screen.print(document["words"])
    show_table(
        ["school", "id", "away km", "5 %", "median", "95 %", "draws", "in words"],
        [
            [
                row["name"],
                row["id"],
                _kilometres(row["distance_m"], 2),
                *(_band(row["last_m"], part) for part in ("p5", "p50", "p95")),
                "" if row["share"] is None else f"{row['share']:.0%}",
                row["chance"],
            ]
            for row in document["schools"]
        ],
        right=("away km", "5 %", "median", "95 %", "draws"),
    )
    for line in document["assumptions"]:
        screen.print(f"- {line}", style="dim")
    screen.print(document["result_words"], style="dim")


def _band(last: dict[str, int | None] | None, part: str) -> str:
    """Kilometres; ``all`` where nobody is turned away, nothing where distance does not decide."""
    if last is None:
        return ""
    return "all" if last[part] is None else _kilometres(last[part], 2)
