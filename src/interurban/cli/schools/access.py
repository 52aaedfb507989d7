"""`schools access`: the nearest school, and places within reach of each child."""

from __future__ import annotations

import math
from typing import Annotated

import typer

from interurban.cli.options import AsJson, Home, open_node
from interurban.cli.output import screen, show_json, show_table
from interurban.core.errors import BadRequest

__all__ = ["access"]


def access(
    city: Annotated[str, typer.Argument(metavar="CITY", help="As in: chicago, london.")],
    stage: Annotated[
        str, typer.Option("--stage", metavar="ID", help="The city's first without it.")
    ] = "",
    method: Annotated[
        str,
        typer.Option("--method", metavar="NAME", help="nearest, 2sfca, e2sfca or continuous."),
    ] = "nearest",
    reach: Annotated[
        int, typer.Option("--reach", min=0, metavar="METRES", help="Of floating catchments.")
    ] = 0,
    way: Annotated[
        str,
        typer.Option(
            "--way", metavar="NAME", help="streets or straight; the better one without it."
        ),
    ] = "",
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """How near schools are to children, and how evenly places are shared among them.

    As in: interurban schools access london --stage secondary --method e2sfca.
    """
    from interurban.apps.schools.access.access import METHODS, access_of, reach_of
    from interurban.apps.schools.access.words import (
        checks_in_words,
        how_made,
        in_words,
        unit_of,
    )
    from interurban.apps.schools.places.asked import stage_named
    from interurban.apps.schools.reading import open_atlas

    if method not in METHODS:
        raise BadRequest(
            f"There is no method {method[:40]!r}.", advice=f"There are: {', '.join(METHODS)}."
        )
    with open_node(home) as node:
        atlas = open_atlas(node, city)
        chosen = stage_named(atlas, stage)
        found = access_of(atlas, chosen, method, float(reach or reach_of(chosen)), way)
        words, how = in_words(atlas, found), how_made(found, atlas.city.units)
        checked = checks_in_words(found.checks)
    columns = ("group", "class", "children", unit_of(found), "beyond walk")
    digits = 0 if method == "nearest" else 2
    rows = [
        (
            one.group,
            one.label,
            f"{one.children:,.0f}",
            f"{one.mean:,.{digits}f}",
            f"{one.beyond_walk:.1%}",
        )
        for one in found.groups
    ]
    if as_json:
        show_json(
            {
                "stage": chosen.id,
                "method": method,
                "way": found.choice.way.name,
                "unit": unit_of(found),
                "gini": None if math.isnan(found.gini) else round(found.gini, 4),
                "groups": [dict(zip(columns, row, strict=True)) for row in rows],
                "edge_areas": int(found.edge.sum()),
                "words": words,
                "how": how,
                "checked": checked,
            }
        )
        return
    show_table(columns, rows, right=columns[2:])
    screen.print(words)
    for paragraph in (*how, *checked):
        screen.print(paragraph, style="dim")
