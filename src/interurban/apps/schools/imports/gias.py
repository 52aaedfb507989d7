"""England's register of schools (GIAS): the daily CSV of all establishments.

The file is in Latin-1. Coded fields stand twice, as ``LA (code)`` and ``LA (name)``; in some
extracts without the blank. Places are metres of the British National Grid.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime

import numpy as np
import pyarrow as pa
from pyproj import Transformer

from interurban.core.city import City
from interurban.core.errors import UnreadableFile

from .imported import Imported, whole_number
from .sheets import Row, Sheet, SheetFile, columns_of

__all__ = ["LAYOUT", "read_register", "recognises"]

LAYOUT = "gias"

_GRID = "EPSG:27700"
_NEEDED = ("urn", "establishmentname", "typeofestablishment(name)", "establishmentstatus(name)")
_DAY = re.compile(r"(20\d{2})-?(\d{2})-?(\d{2})")
_PHASES = {
    "Nursery": "nursery",
    "Primary": "primary",
    "Middle deemed primary": "middle",
    "Middle deemed secondary": "middle",
    "Secondary": "secondary",
    "All-through": "all-through",
    "16 plus": "16 plus",
}
_GROUPS = {
    "Local authority maintained schools": "public",
    "Academies": "autonomous",
    "Free Schools": "autonomous",
    "Colleges": "autonomous",
    "Independent schools": "private",
}
_STATUSES = {
    "Open": "open",
    "Open, but proposed to close": "open",
    "Closed": "closed",
    "Proposed to open": "proposed",
}
_GENDERS = {"Girls": "girls", "Boys": "boys", "Mixed": "mixed"}
_ADMISSIONS = {"Selective": "selective", "Non-selective": "open"}
_NO_FAITH = ("", "None", "Does not apply", "Not applicable", "Not recorded")
_SCHEMA = pa.schema(
    [
        ("school_id", pa.string()),
        ("name", pa.string()),
        ("phase", pa.string()),
        ("school_type", pa.string()),
        ("governance", pa.string()),
        ("gender", pa.string()),
        ("faith", pa.string()),
        ("admissions", pa.string()),
        ("lowest_age", pa.int64()),
        ("highest_age", pa.int64()),
        ("pupils", pa.int64()),
        ("capacity", pa.int64()),
        ("status", pa.string()),
        ("opened", pa.date32()),
        ("closed", pa.date32()),
        ("website", pa.string()),
        ("address", pa.string()),
        ("postal_code", pa.string()),
        ("area_id", pa.string()),
        ("area_name", pa.string()),
        ("longitude", pa.float64()),
        ("latitude", pa.float64()),
    ]
)


def recognises(file: SheetFile) -> bool:
    """Whether some sheet has the register's columns."""
    return _table(file) is not None


def read_register(file: SheetFile, city: City) -> Imported:
    """The schools of the register that lie in the region of a city.

    Schools around the city are kept, and those that have closed: children cross its border, and
    flows name schools that are no more. How many stay out is told.

    Raises
    ------
    UnreadableFile: it has no such table, or no school of the city.
    """
    found = _table(file)
    if found is None:
        raise UnreadableFile(f"{file.name} has no register of schools.")
    sheet, at = found
    names = {name.replace(" (", "("): place for name, place in columns_of(sheet.rows[at]).items()}
    rows = [row for row in sheet.rows[at + 1 :] if _said(row, names, "urn").isdigit()]
    lonlat = _places(rows, names)
    west, south, east, north = city.region
    inside = (
        (lonlat[:, 0] >= west) & (lonlat[:, 0] <= east)
        & (lonlat[:, 1] >= south) & (lonlat[:, 1] <= north)
    )  # fmt: skip
    schools = [_school(rows[at], names, lonlat[at]) for at in np.flatnonzero(inside)]
    if not schools:
        raise UnreadableFile(
            f"No school of {file.name} lies in or around {city.name}.",
            advice="The register is of England; is this the right city?",
        )
    placeless = int(np.isnan(lonlat[:, 0]).sum())
    day = _day(file.name)
    closed = sum(school["status"] == "closed" for school in schools)
    of_all = f"{len(schools):,} of {len(rows):,} schools lie in or around {city.name}"
    return Imported(
        layout=LAYOUT,
        words="England's register of schools (GIAS)",
        standard="school@1",
        name="schools_register" + (f"_{day:%Y_%m}" if day else ""),
        title="Schools" + (f", register of {day:%d %B %Y}" if day else ", register"),
        publisher="Department for Education (Get Information about Schools)",
        licence="ogl-3",
        attribution="Department for Education, Get Information about Schools. Contains public "
        "sector information licensed under the Open Government Licence v3.0",
        vintage=f"{day:%d %B %Y}" if day else "not stated",
        table=pa.Table.from_pylist(schools, _SCHEMA),
        found=(
            f"{of_all}; {closed:,} of them have closed.",
            f"{placeless:,} schools of the file state no place, and were left out.",
        ),
    )


def _table(file: SheetFile) -> tuple[Sheet, int] | None:
    for sheet in file.sheets:
        for at, row in enumerate(sheet.rows[:3]):
            names = {name.replace(" (", "(") for name in columns_of(row)}
            if names.issuperset(_NEEDED):
                return sheet, at
    return None


def _said(row: Row, names: Mapping[str, int], name: str) -> str:
    place = names.get(name)
    return row[place] if place is not None and place < len(row) else ""


def _places(rows: list[Row], names: Mapping[str, int]) -> np.ndarray[tuple[int, int], np.dtype]:
    """Longitude and latitude (n, 2), WGS84; NaN without a place, which the register writes as 0."""
    metres = np.array(
        [[_number(_said(row, names, axis)) for axis in ("easting", "northing")] for row in rows]
    ).reshape(-1, 2)
    metres[(metres <= 0).any(axis=1)] = np.nan
    there = Transformer.from_crs(_GRID, "EPSG:4326", always_xy=True)
    lonlat = np.column_stack(there.transform(metres[:, 0], metres[:, 1]))
    lonlat[~np.isfinite(lonlat).all(axis=1)] = np.nan
    return lonlat


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def _school(row: Row, names: Mapping[str, int], place: np.ndarray) -> dict[str, object]:
    def said(name: str) -> str:
        return _said(row, names, name)

    kind, faith = said("typeofestablishment(name)"), said("religiouscharacter(name)")
    special = "special" in kind.lower()
    return {
        "school_id": said("urn"),
        "name": said("establishmentname") or None,
        "phase": "special" if special else _PHASES.get(said("phaseofeducation(name)"), "other"),
        "school_type": kind or None,
        "governance": _governance(kind, said("establishmenttypegroup(name)")),
        "gender": _GENDERS.get(said("gender(name)")),
        "faith": faith if faith not in _NO_FAITH else None,
        "admissions": _ADMISSIONS.get(said("admissionspolicy(name)")),
        "lowest_age": _whole(said("statutorylowage")),
        "highest_age": _whole(said("statutoryhighage")),
        "pupils": _whole(said("numberofpupils")),
        "capacity": _whole(said("schoolcapacity")) or None,
        "status": _STATUSES.get(said("establishmentstatus(name)")),
        "opened": _date(said("opendate")),
        "closed": _date(said("closedate")),
        "website": said("schoolwebsite") or None,
        "address": ", ".join(t for t in (said("street"), said("town")) if t) or None,
        "postal_code": said("postcode") or None,
        "area_id": said("lsoa(code)") or None,
        "area_name": said("la(name)") or None,
        "longitude": float(place[0]),
        "latitude": float(place[1]),
    }


def _governance(kind: str, group: str) -> str:
    if "independent" in kind.lower() or kind == "Non-maintained special school":
        return "private"
    if group == "Special schools":
        return "autonomous" if kind.startswith(("Academy", "Free")) else "public"
    return _GROUPS.get(group, "other")


def _whole(text: str) -> int | None:
    """A whole number; ``None`` of anything else, such as an age that a spreadsheet made a date."""
    try:
        return whole_number(text)
    except ValueError:
        return None


def _date(text: str) -> date | None:
    for form in ("%d-%m-%Y", "%d/%m/%Y", "%Y-%m-%d"):
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC).date()
        except ValueError:
            continue
    return None


def _day(name: str) -> date | None:
    """The day in the name of the file, as ``edubasealldata20250524.csv`` has it."""
    if (found := _DAY.search(name)) is None:
        return None
    try:
        return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return None
