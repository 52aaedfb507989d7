"""Which of the known layouts a file has, told by its own columns and not by its name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from interurban.core.city import City
from interurban.core.errors import UnreadableFile

from . import cps_membership, gias, gla_lds
from .imported import Imported, joined
from .sheets import SheetFile, read_sheets

__all__ = ["LAYOUTS", "read_files"]

LAYOUTS = {
    gla_lds.LAYOUT: "London Schools Atlas workbook (GLA LDS), either view, primary or secondary",
    gias.LAYOUT: "England's register of schools (GIAS), the daily CSV",
    cps_membership.LAYOUT: "Chicago Public Schools' 20th-day membership workbook (GENERAL)",
}
"""What can be imported, by id."""


def read_files(files: Sequence[tuple[Path, str]], city: City, year: int | None = None) -> Imported:
    """Files of one layout as one table.

    Parameters
    ----------
    files: each with the name it is known by.
    city: whose schools they are of.
    year: in which the school year of one file begins, where the file doesn't say it.

    Raises
    ------
    UnreadableFile: a file has none of the layouts, or they don't belong together.
    """
    if year is not None and len(files) > 1:
        raise UnreadableFile("A year can be named for one file only.", advice="Import one by one.")
    parts = [_read(read_sheets(path, name), city, year) for path, name in files]
    if all(part.layout == gla_lds.LAYOUT for part in parts):
        both = gla_lds.two_views(parts)
        if both is not None:
            return both
    return joined(parts)


def _read(file: SheetFile, city: City, year: int | None) -> Imported:
    if gla_lds.recognises(file):
        return gla_lds.read_lds(file, year)
    if cps_membership.recognises(file):
        return cps_membership.read_membership(file, year)
    if gias.recognises(file):
        return gias.read_register(file, city)
    known = "; ".join(LAYOUTS.values())
    raise UnreadableFile(
        f"{file.name} has none of the layouts that are known here.",
        advice=f"Known are: {known}. Any other file: interurban load FILE.",
    )
