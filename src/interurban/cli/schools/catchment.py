"""`schools catchment`: an outline around where a school's pupils live, and what it measures."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from interurban.cli.options import AsJson, Home, open_node
from interurban.cli.output import errors, screen, show_json, show_table
from interurban.cli.saving import save
from interurban.core.errors import BadRequest

from .written import form_of

__all__ = ["catchment"]


def catchment(
    city: Annotated[str, typer.Argument(metavar="CITY", help="As in: chicago, london.")],
    school: Annotated[str, typer.Argument(metavar="SCHOOL", help="A school's id.")],
    method: Annotated[
        str, typer.Option("--method", help="ranked, share, kernel, zone or last; all when absent.")
    ] = "",
    percent: Annotated[
        float | None,
        typer.Option(
            "--percent", "-q", min=1, max=100, help="80, 10 and 60 for the first three when absent."
        ),
    ] = None,
    flows: Annotated[
        str, typer.Option("--flows", help="A set of flows, as `schools overview` names them.")
    ] = "",
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Write it to a .geojson or .parquet file.")
    ] = None,
    as_json: AsJson = False,
    home: Home = None,
) -> None:
    """Catchments of a school by five methods: parts, area, coverage, distances. No promise."""
    from interurban.apps.schools.catchments import DEFAULT_PERCENT, METHODS, WITHOUT_FLOWS
    from interurban.apps.schools.catchments import catchment as catchment_of
    from interurban.apps.schools.reading import open_atlas
    from interurban.apps.schools.words import NO_PROMISE, catchment_words
    from interurban.http.formats import GEOJSON, PARQUET
    from interurban.http.schools.catchments import catchment_feature, catchment_file
    from interurban.http.schools.flows import find_school

    asked = [one for one in METHODS if method in ("", one)]
    if not asked:
        raise BadRequest(
            f"There is no method {method!r}.",
            advice=f"It is one of {', '.join(METHODS)}.",
            part="method",
        )
    if out is not None and not method:
        raise BadRequest("A file holds one catchment.", advice="Name a --method.", part="method")
    with open_node(home) as node:
        atlas = open_atlas(node, city)
        if not flows and not method and not atlas.flow_ids:
            asked = list(WITHOUT_FLOWS)
        needs = not set(asked) <= set(WITHOUT_FLOWS)
        chosen = atlas.flows(flows) if needs else atlas.flows_or_none(flows)
        at = find_school(atlas, school)
        found = [
            catchment_of(atlas, chosen, at, one, percent or DEFAULT_PERCENT[one]) for one in asked
        ]
        if out is not None:
            form = form_of(out, (GEOJSON, PARQUET))
            content = (
                catchment_feature(atlas, chosen, found[0])
                if form is GEOJSON
                else catchment_file(atlas, chosen, found, out.stem)
            )
            save(out, content, "out")
            errors.print(f"Written to {out}.")
    if as_json:
        show_json(
            [
                {
                    "method": one.method,
                    "percent": one.percent,
                    "reached": one.reached,
                    "parts": one.parts,
                    "holes_filled": one.holes_filled,
                    "area_km2": one.square_metres / 1e6,
                    "coverage": _known(one.coverage),
                    "median_m": _known(one.reach.median_m),
                    "p90_m": _known(one.reach.p90_m),
                    "areas": len(one.areas),
                    "words": catchment_words(chosen, one, atlas.city.units),
                }
                for one in found
            ]
        )
        return
    show_table(
        ["method", "%", "areas", "parts", "km2", "of pupils", "median km", "p90 km"],
        [
            [
                one.method,
                "" if one.method in ("zone", "last") else f"{one.percent:g}",
                f"{len(one.areas):,}",
                f"{one.parts:,}",
                f"{one.square_metres / 1e6:,.1f}",
                "" if _known(one.coverage) is None else f"{one.coverage:.0%}",
                _kilometres(one.reach.median_m),
                _kilometres(one.reach.p90_m),
            ]
            for one in found
        ],
        right=("%", "areas", "parts", "km2", "of pupils", "median km", "p90 km"),
    )
    for one in found:
        screen.print(catchment_words(chosen, one, atlas.city.units))
    screen.print(NO_PROMISE)


def _known(value: float) -> float | None:
    return None if value != value else value


def _kilometres(metres: float) -> str:
    return "" if metres != metres else f"{metres / 1000:.1f}"
