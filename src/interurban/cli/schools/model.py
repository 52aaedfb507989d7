"""`schools model`: the interaction model of a city's flows."""

from __future__ import annotations

from typing import Annotated

import typer

from interurban.cli.options import Home, open_node
from interurban.cli.output import screen, show_json, show_table

__all__ = ["model"]


def model(
    city: Annotated[str, typer.Argument(metavar="CITY", help="As in: chicago, london.")],
    flows: Annotated[
        str, typer.Option(metavar="DATASET:YEAR", help="A set of flows; the newest by default.")
    ] = "",
    folds: Annotated[
        int,
        typer.Option(
            min=0, max=20, help="Leave out areas, then schools, in so many parts; 0 for none."
        ),
    ] = 0,
    json: Annotated[bool, typer.Option("--json", help="As one JSON document.")] = False,
    home: Home = None,
) -> None:
    """Fit the model of who goes where, and hold it against simple ones."""
    from interurban.apps.schools.interaction.calibration import calibration_of
    from interurban.apps.schools.interaction.document import model_document
    from interurban.apps.schools.interaction.held_out import held_out
    from interurban.apps.schools.reading import open_atlas

    with open_node(home) as node:
        found = calibration_of(open_atlas(node, city), flows)
        document = model_document(found)
        if folds:
            document["held_out"] = held_out(found.fit, folds)
    if json:
        show_json(document)
        return
    screen.print(document["words"])
    fit = document["fit"]
    rows = [["Fitted", fit["cpc"], fit["r2"], fit["mean_m"]]]
    rows += [[one["name"], one["cpc"], one["r2"], one["mean_m"]] for one in document["baselines"]]
    rows += [
        [one["name"], one["cpc"], one["r2"], one["mean_m"]] for one in document.get("held_out", ())
    ]
    show_table(["model", "CPC", "R2", "mean m"], rows, right=("CPC", "R2", "mean m"))
    show_table(
        ["type", "schools", "decay / km", "mean m"],
        [
            [one["name"], one["schools"], one["decay_per_km"], one["mean_m"]]
            for one in document["terms"]
        ],
        right=("schools", "decay / km", "mean m"),
    )
    screen.print(f"Fitted in {document['seconds']} s.", style="dim")
