"""`schools validate`: what is wrong with the data of an atlas, row by row."""

from __future__ import annotations

from typing import Annotated

import typer

from interurban.cli.options import Home, open_node
from interurban.cli.output import screen, show_table

__all__ = ["validate"]


def validate(
    city: Annotated[str, typer.Argument(metavar="CITY", help="As in: chicago, london.")],
    limit: Annotated[int, typer.Option(min=0, help="Faults to show of each check.")] = 3,
    strict: Annotated[
        bool, typer.Option("--strict", help="End with status 1 when there are faults.")
    ] = False,
    home: Home = None,
) -> None:
    """Check zones, flows, schools, codes of areas and ids, and how old everything is."""
    from interurban.apps.schools.reading import open_atlas
    from interurban.apps.schools.validation.report import validate as check

    with open_node(home) as node:
        report = check(open_atlas(node, city))
    show_table(
        ["check", "result", "faults"],
        [[one.title, one.result, f"{len(one.faults):,}"] for one in report.checks],
        right=("faults",),
    )
    for one in report.checks:
        if one.faults and limit:
            screen.print(f"\n{one.title}. {one.note}", style="bold", soft_wrap=True)
        for fault in one.faults[:limit]:
            screen.print(f"{fault.text} {fault.link}", soft_wrap=True)
    for old in report.as_of:
        if old.why:
            screen.print(f"{old.title} ({old.vintage}): {old.why}", style="yellow")
    screen.print(report.words(), soft_wrap=True)
    if strict and report.failed:
        raise typer.Exit(1)
