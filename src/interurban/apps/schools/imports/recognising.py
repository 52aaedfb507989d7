"""Which of the known layouts a file has, told by its own columns and not by its name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from interurban.core.city import City
from interurban.core.errors import UnreadableFile

from . import cps_membership, cps_profile, dfe_census, gias, gias_links, gla_lds, last_distances
from .imported import Imported, joined
from .sheets import SheetFile, read_sheets
from .untaken import what_it_is

__all__ = ["LAYOUTS", "Layout", "read_files"]


@dataclass(frozen=True, slots=True)
class Layout:
    """One kind of file that can be imported.

    Parameters
    ----------
    words: what it is called on screens.
    read: the file, of a city, in the school year that a person named for it.
    countries: that it can be of, as packs call them in small letters, where ids of another country
        could be taken for its own; none of any.
    """

    id: str
    words: str
    recognises: Callable[[SheetFile], bool]
    read: Callable[[SheetFile, City, int | None], Imported]
    countries: tuple[str, ...] = ()


_ENGLAND = ("united kingdom", "england", "great britain", "uk", "gb")

LAYOUTS = (
    Layout(
        gla_lds.LAYOUT,
        "London Schools Atlas workbook or CSV (GLA LDS), either view, primary or secondary",
        gla_lds.recognises,
        lambda file, _, year: gla_lds.read_lds(file, year),
    ),
    Layout(
        gias.LAYOUT,
        "England's register of schools (GIAS), the daily CSV of establishments or a search of it",
        gias.recognises,
        lambda file, city, _: gias.read_register(file, city),
        _ENGLAND,
    ),
    Layout(
        gias_links.LAYOUT,
        "England's register of schools (GIAS), the daily CSV of establishment links",
        gias_links.recognises,
        lambda file, _, __: gias_links.read_links_file(file),
        _ENGLAND,
    ),
    Layout(
        dfe_census.LAYOUT,
        "England's school census (DfE), the CSV of underlying data on school level",
        dfe_census.recognises,
        dfe_census.read_census,
        _ENGLAND,
    ),
    Layout(
        cps_membership.LAYOUT,
        "Chicago Public Schools' 20th-day membership workbook or CSV, any year",
        cps_membership.recognises,
        lambda file, _, year: cps_membership.read_membership(file, year),
    ),
    Layout(
        cps_profile.LAYOUT,
        "Chicago Public Schools' School Profile Information, the CSV of a school year",
        cps_profile.recognises,
        cps_profile.read_profiles,
    ),
    Layout(
        last_distances.LAYOUT,
        "Last distances offered by an authority's schools, one column a year or one row a figure",
        last_distances.recognises,
        last_distances.read_last_distances,
    ),
)
"""What can be imported; the first that recognises a file reads it."""


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
    layout = next((one for one in LAYOUTS if one.recognises(file)), None)
    if layout is not None:
        _check_country(layout, file.name, city)
        imported = layout.read(file, city, year)
        beside = _left_aside(file, layout)
        return replace(imported, found=(*imported.found, *file.notes, *beside))
    if (kind := what_it_is(file)) != "":
        raise UnreadableFile(kind, advice="As a dataset of its own: interurban load FILE.")
    known = "; ".join(one.words for one in LAYOUTS)
    unread = f" Its hidden sheets were not read: {', '.join(file.hidden)}." if file.hidden else ""
    raise UnreadableFile(
        f"{file.name} has none of the layouts that are known here.{unread}",
        advice=f"Known are: {known}. Any other file: interurban load FILE.",
    )


def _check_country(layout: Layout, called: str, city: City) -> None:
    if city.country and layout.countries and city.country.lower() not in layout.countries:
        raise UnreadableFile(
            f"{called} is of another country than {city.name}: {layout.words}.",
            advice="Is this the right city?",
        )


def _left_aside(file: SheetFile, taken: Layout) -> tuple[str, ...]:
    """What else an archive has that could be imported by itself."""
    if not file.encoding or len(file.sheets) == 1:
        return ()
    others = [
        sheet.name
        for sheet in file.sheets
        if not taken.recognises(one := replace(file, sheets=(sheet,)))
        and any(layout.recognises(one) for layout in LAYOUTS)
    ]
    if not others:
        return ()
    return (
        f"Also in {file.name}, and not taken with it: {', '.join(others)}. Import it by itself.",
    )
