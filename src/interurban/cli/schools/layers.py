"""`schools layers`: what can be laid beneath the schools, one layer, or two together."""

from __future__ import annotations

from typing import Annotated

import typer

from interurban.cli.options import Home, open_node
from interurban.cli.output import screen, show_table

__all__ = ["layers"]


def layers(
    city: Annotated[str, typer.Argument(metavar="CITY", help="As in: chicago, london.")],
    layer: Annotated[
        str, typer.Argument(metavar="LAYER", help="A layer's id; without it, which there are.")
    ] = "",
    other: Annotated[
        str, typer.Option("--with", metavar="LAYER", help="A second one, in three by three.")
    ] = "",
    home: Home = None,
) -> None:
    """Numbers about areas, and whether their codes are of the right vintage."""
    import numpy as np

    from interurban.apps.schools.layers.classes import quantile_breaks
    from interurban.apps.schools.layers.layer import available_layers, layer_of, outlines_of
    from interurban.apps.schools.layers.pair import pair_of
    from interurban.apps.schools.reading import open_atlas

    with open_node(home) as node:
        atlas = open_atlas(node, city)
        if not layer:
            there = available_layers(atlas)
            if not there:
                screen.print(f"No layers of {atlas.city.name} are loaded.")
                screen.print(f"See what it lacks: interurban schools overview {city}.")
                return
            show_table(
                ["layer", "", "dataset"], [[one.id, one.title, one.dataset] for one in there]
            )
            return
        if other:
            pair = pair_of(atlas, layer, other)
            counts = np.zeros((3, 3), dtype=np.int64)
            here = pair.classes[pair.classes.min(axis=1) >= 0]
            np.add.at(counts, (here[:, 0], here[:, 1]), 1)
            names = ("low", "middle", "high")
            show_table(
                [f"{layer} / {other}", *names],
                [[name, *row.tolist()] for name, row in zip(names, counts, strict=True)],
                right=names,
            )
            screen.print(pair.words(), soft_wrap=True)
            return
        found = layer_of(atlas, layer)
        used = (found.outlines.dataset, found.codes.dataset, *found.codes.foreign)
        titles = {dataset: outlines_of(atlas, dataset).title for dataset in used}
        limits = ", ".join(_limit(limit) for limit in quantile_breaks(found.values, 5))
        screen.print(f"{found.source.title} ({found.unit or 'no unit'}), of {found.year}.")
        screen.print(f"Classes end at {limits}. {found.words(titles)}", soft_wrap=True)


def _limit(value: float) -> str:
    """The end of a class: four digits, or whole."""
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.4g}"
