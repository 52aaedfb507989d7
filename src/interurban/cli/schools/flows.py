"""`schools areas`, `schools local` and `schools feeders`: between homes and schools."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from interurban.cli.options import AsJson, Home, open_node
from interurban.cli.output import screen, show_json, show_table

from .written import write_rows

if TYPE_CHECKING:
    from typing import Any

__all__ = ["areas", "feeders", "local"]

_CITY = typer.Argument(metavar="CITY", help="As in: chicago, london.")
_FLOWS = typer.Option("--flows", help="A set of flows, as `schools overview` names them.")
_LIMIT = typer.Option("--limit", "-n", min=1, help="Rows to show.")
_OUT = typer.Option("--out", "-o", help="Write all rows to a .csv, .geojson or .parquet file.")


def areas(
    city: Annotated[str, _CITY],
    school: Annotated[str, typer.Argument(metavar="SCHOOL", help="A school's id.")],
    flows: Annotated[str, _FLOWS] = "",
    limit: Annotated[int, _LIMIT] = 20,
    out: Annotated[Path | None, _OUT] = None,
    as_json: AsJson = False,
    home: Home = None,
) -> None:
    """Where the pupils of a school live; hidden numbers are told as what they can be."""
    from interurban.apps.schools.flows import home_areas
    from interurban.apps.schools.reading import open_atlas
    from interurban.apps.schools.words import areas_words
    from interurban.http.schools.answers import flow_source
    from interurban.http.schools.files import AREA_FIELDS
    from interurban.http.schools.flows import area_rows, find_school

    with open_node(home) as node:
        atlas = open_atlas(node, city)
        chosen = atlas.flows(flows)
        found = home_areas(chosen, find_school(atlas, school))
        rows = area_rows(atlas, chosen, found)
        if out is not None:
            shapes = chosen.areas.shapes[chosen.area[found.rows]]
            write_rows(
                atlas, out, AREA_FIELDS, rows, shapes, flow_source(atlas, chosen), chosen.modelled
            )
        words = areas_words(chosen, found, atlas.city.units)
    if as_json:
        show_json({"words": words, "areas": rows})
        return
    screen.print(words)
    show_table(
        ["area", "district", "pupils", "of school", "of area", "km"],
        [
            [
                row["name"],
                row["district"],
                _pupils(row),
                _percent(row["share_of_school"]),
                _percent(row["share_of_area"]),
                _kilometres(row["distance_m"]),
            ]
            for row in rows[:limit]
        ],
        right=("pupils", "of school", "of area", "km"),
    )
    _more(len(rows), limit)


def local(
    city: Annotated[str, _CITY],
    place: Annotated[
        str, typer.Argument(metavar="PLACE", help="An address, a postcode, or a place by name.")
    ],
    flows: Annotated[str, _FLOWS] = "",
    stage: Annotated[
        str, typer.Option("--stage", help="A stage of the city, where no flows are named.")
    ] = "",
    limit: Annotated[int, _LIMIT] = 20,
    out: Annotated[Path | None, _OUT] = None,
    as_json: AsJson = False,
    home: Home = None,
) -> None:
    """Which schools the pupils of a place go to, and what its official zones say.

    Where no flows are known: the schools of its zones, and those that are near.
    """
    from interurban.apps.schools.chosen import place_chosen
    from interurban.apps.schools.locating import locate
    from interurban.apps.schools.reading import open_atlas
    from interurban.apps.schools.zones import place_result
    from interurban.http.schools.answers import flow_source
    from interurban.http.schools.files import SCHOOL_FIELDS, points_of
    from interurban.http.schools.local import local_words, school_rows, schools_of, stage_asked

    with open_node(home) as node:
        atlas = open_atlas(node, city)
        asked = atlas.flows_or_none(flows, stage_asked(atlas, stage))
        located = locate(atlas, place)
        chosen = place_chosen(atlas, asked, located)
        found = schools_of(atlas, asked, chosen)
        rows = school_rows(atlas, asked, found, chosen)
        result = place_result(
            atlas, asked.areas, asked.stage, chosen.lonlat, within_m=located.within_m
        )
        if out is not None:
            points = points_of(asked, found.schools)
            write_rows(
                atlas, out, SCHOOL_FIELDS, rows, points, flow_source(atlas, asked), asked.modelled
            )
        words = local_words(atlas, asked, found, chosen.where)
    if as_json:
        show_json({"words": words, "how": located.how, "result": result, "schools": rows})
        return
    screen.print(" ".join(part for part in (words, located.how) if part))
    screen.print(f"Official zones: {result}.")
    show_table(
        ["school", "id", "pupils", "of area", "km", "zone"],
        [
            [
                row["name"],
                row["id"],
                _pupils(row),
                _percent(row["share"]),
                _kilometres(row["distance_m"]),
                "yes" if row["zoned"] else "",
            ]
            for row in rows[:limit]
        ],
        right=("pupils", "of area", "km"),
    )
    _more(len(rows), limit)


def feeders(
    city: Annotated[str, _CITY],
    school: Annotated[str, typer.Option("--school", help="Only links to this school.")] = "",
    flows: Annotated[str, _FLOWS] = "",
    limit: Annotated[int, _LIMIT] = 20,
    as_json: AsJson = False,
    home: Home = None,
) -> None:
    """The largest links from where pupils live to their schools."""
    from interurban.apps.schools.districts import district_names
    from interurban.apps.schools.feeders import feeders as feeders_of
    from interurban.apps.schools.reading import open_atlas
    from interurban.apps.schools.words import feeder_words
    from interurban.http.schools.flows import find_school

    with open_node(home) as node:
        atlas = open_atlas(node, city)
        asked = atlas.flows(flows)
        one = find_school(atlas, school) if school else None
        names = district_names(atlas, asked)
        elsewhere = f"Outside {atlas.city.name}"
        found = feeders_of(asked, names, school=one, top=limit, elsewhere=elsewhere)
        homes = "districts" if found.by == "district" else "areas"
        words = feeder_words(asked, found, atlas.city.name, one, homes)
    rows = [
        {
            "from": found.names[found.source[at]],
            "to": asked.schools.names[found.school[at]],
            "pupils": None if found.pupils[at] != found.pupils[at] else found.pupils[at],
            "at_least": found.low[at],
            "at_most": found.high[at],
        }
        for at in range(len(found.source))
    ]
    if as_json:
        show_json({"words": words, "links": rows})
        return
    screen.print(words)
    show_table(
        ["from", "to", "pupils"],
        [[row["from"], row["to"], _pupils(row)] for row in rows],
        right=("pupils",),
    )


def _pupils(row: dict[str, Any]) -> str:
    """A number, or of a hidden one what it can be; nothing where no flows are known."""
    if row["pupils"] is not None:
        return f"{row['pupils']:,.0f}"
    if row["at_least"] is None or row["at_most"] is None:
        return "" if row["at_least"] is None else f"{row['at_least']:,.0f} or more"
    return f"{row['at_least']:,.0f}-{row['at_most']:,.0f}"


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:.1%}"


def _kilometres(metres: float | None) -> str:
    return "" if metres is None else f"{metres / 1000:.1f}"


def _more(count: int, limit: int) -> None:
    if count > limit:
        screen.print(f"{count - limit:,} more; see them with --limit or --out.")
