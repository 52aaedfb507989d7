"""`schools overview`: what a city's atlas holds."""

from __future__ import annotations

from typing import Annotated

import typer

from interurban.cli.options import Home, open_node
from interurban.cli.output import screen, show_table

__all__ = ["overview"]


def overview(
    city: Annotated[str, typer.Argument(metavar="CITY", help="As in: chicago, london.")],
    home: Home = None,
) -> None:
    """Stages, sets of flows and schools of a city's atlas; what it has, and how to add the rest."""
    from interurban.apps.schools.parts import parts_of
    from interurban.apps.schools.reading import open_atlas
    from interurban.apps.schools.stages import teaching

    with open_node(home) as node:
        atlas = open_atlas(node, city)
        stages = [
            [stage.name, f"{int(teaching(atlas, stage.id).sum()):,}"]
            for stage in atlas.settings.stages
        ]
        show_table(["stage", "schools"], stages, right=("schools",))
        for one in atlas.flow_ids:
            flows = atlas.flows(one)
            screen.print(
                f"{one}: {flows.shown_by_area.sum():,.0f} pupils shown between "
                f"{len(set(flows.area.tolist())):,} areas and "
                f"{len(set(flows.school.tolist())):,} schools."
            )
        parts = parts_of(atlas)
    show_table(["part", "", "what there is"], [[p.title, p.state, p.words] for p in parts])
    for part in parts:
        if part.advice:
            screen.print(f"{part.title} ({part.unlocks}): {part.advice}", markup=False)
