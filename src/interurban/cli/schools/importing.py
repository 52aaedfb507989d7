"""`schools import`: a workbook or register that somebody holds becomes part of a city's atlas."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from interurban.cli.options import Home, open_node
from interurban.cli.output import counted, errors, screen
from interurban.cli.personal_data import tell_findings

if TYPE_CHECKING:
    from interurban.apps.schools.imports.loading import Plan

__all__ = ["import_"]


def import_(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...",
            help="Files of one layout: several years, or both views.",
            exists=True,
            dir_okay=False,
        ),
    ],
    city: Annotated[str, typer.Option("--city", metavar="ID", help="As in: chicago, london.")],
    name: Annotated[
        str | None, typer.Option("--as", metavar="ID", help="Its dataset, as city.name.")
    ] = None,
    year: Annotated[
        int | None,
        typer.Option(help="Year in which the school year begins, where the file doesn't say it."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Load it without asking.")] = False,
    home: Home = None,
) -> None:
    """Take a file as it was published: its layout is recognised, shown, and loaded.

    Known are London Schools Atlas workbooks (GLA LDS: pupils by home area and school), England's
    register of schools (GIAS: the daily CSV of establishments, whole or in part, and of links) and
    its school census on school level, Chicago's 20th-day membership of any year and School Profile
    Information, and last distances. A file may be a workbook, a CSV, or a CSV packed as .zip or
    .gz, whatever its name. What comes in is part of the city's atlas at once.
    """  # fmt: skip
    from interurban.apps.schools.imports.loading import load_plan, plan
    from interurban.apps.schools.imports.recognising import read_files

    with open_node(home) as node:
        imported = read_files([(file, file.name) for file in files], node.city(city), year)
        planned = plan(node, city, imported, name or "")
        _show(planned)
        if not yes and not _agreed():
            screen.print("Nothing was loaded.")
            raise typer.Exit(1)
        snapshot = load_plan(node, planned)
        screen.print(
            f"{planned.dataset}: {counted(snapshot.rows, 'row')}, {snapshot.left_out:,} left out, "
            f"{counted(snapshot.blanked, 'value')} blanked."
        )
        tell_findings(node.home.root, [planned.dataset])


def _show(planned: Plan) -> None:
    imported = planned.imported
    screen.print(f"{imported.words}, {imported.vintage}: becomes {planned.dataset}", style="bold")
    for found in imported.found:
        screen.print(found, markup=False)
    for warning in planned.warnings:
        errors.print(warning, style="yellow", markup=False)


def _agreed() -> bool:
    """Ask; where nobody can answer, nothing is loaded."""
    if not sys.stdin.isatty():
        errors.print("Load it with --yes.")
        return False
    return typer.confirm("Load it?", default=True)
