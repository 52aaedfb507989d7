"""Chicago Public Schools' School Profile Information: every school of a year, one row each.

The Chicago Data Portal publishes one CSV a school year ("School Profile Information SY1819"), with
90 to 95 columns that have come and gone; those that are taken have stood in all of them since
SY1617. Numbers of pupils are of the 20th day of that year.
"""

from __future__ import annotations

import re
from datetime import date

import pyarrow as pa

from interurban.core.city import City
from interurban.core.errors import UnreadableFile

from .imported import Imported, whole_number
from .sheets import Row, SheetFile, columns_of, find_table

__all__ = ["LAYOUT", "read_profiles", "recognises"]

LAYOUT = "cps-profile"

_NEEDED = ("school_id", "long_name", "primary_category", "school_latitude", "school_longitude")
_YEARS = re.compile(r"(?:SY\s*|(?<!\d)20)(\d\d)\s*[-_/]?\s*(?:20)?(\d\d)(?!\d)", re.IGNORECASE)
_PHASES = {"ES": "primary", "MS": "middle", "HS": "secondary"}
_RUN_BY_OTHERS = ("charter", "contract")
_RUN_BY_SOME = "options"
_SEPTEMBER = 9
_SCHEMA = pa.schema(
    [
        ("school_id", pa.string()),
        ("name", pa.string()),
        ("phase", pa.string()),
        ("grades", pa.string()),
        ("school_type", pa.string()),
        ("governance", pa.string()),
        ("admissions", pa.string()),
        ("pupils", pa.int64()),
        ("status", pa.string()),
        ("website", pa.string()),
        ("address", pa.string()),
        ("postal_code", pa.string()),
        ("longitude", pa.float64()),
        ("latitude", pa.float64()),
    ]
)


def recognises(file: SheetFile) -> bool:
    """Whether some sheet has the columns of school profiles."""
    return find_table(file, _is_header) is not None


def read_profiles(file: SheetFile, city: City, year: int | None = None) -> Imported:
    """The schools of a year.

    Parameters
    ----------
    year: in which the school year begins; without it, what the rows or the file's name say.

    Raises
    ------
    UnreadableFile: it has no such table, no year, or no school of the city.
    """
    found = find_table(file, _is_header)
    if found is None:
        raise UnreadableFile(f"{file.name} has no school profiles.")
    sheet, at = found
    names = columns_of(sheet.head[at])
    schools: dict[str, dict[str, object]] = {}
    rows = elsewhere = 0
    stated = ""
    for _, row in sheet.below(at):
        said = {name: row[place] if place < len(row) else "" for name, place in names.items()}
        if not said["school_id"]:
            continue
        rows += 1
        school = _school(said)
        west, south, east, north = city.region
        east_of, north_of = school["longitude"], school["latitude"]
        if isinstance(east_of, float) and isinstance(north_of, float):
            inside = west <= east_of <= east and south <= north_of <= north
            elsewhere += not inside
            if not inside:
                continue
        schools.setdefault(said["school_id"], school)
        stated = stated or said.get("school_year", "")
    if not rows:
        raise UnreadableFile(
            f"{file.name} has the columns of school profiles, and no school.",
            advice="Download it again.",
        )
    if not schools:
        raise UnreadableFile(
            f"No school of {file.name} lies in or around {city.name}.",
            advice="The profiles are of Chicago; is this the right city?",
        )
    began = year if year is not None else _began(stated, file.name)
    years = f"{began}-{(began + 1) % 100:02d}"
    told = [f"{len(schools):,} of {rows:,} schools, {years}."]
    if elsewhere:
        told.append(f"{elsewhere:,} lie elsewhere, and were left out.")
    return Imported(
        layout=LAYOUT,
        words="profiles of Chicago's public schools",
        standard="school@1",
        name=f"school_profiles_{began}",
        title=f"School profiles {years}",
        publisher="Chicago Public Schools",
        licence="city-of-chicago",
        attribution="City of Chicago, Chicago Public Schools",
        vintage=f"school year {years}",
        table=pa.Table.from_pylist(list(schools.values()), _SCHEMA),
        found=tuple(told),
        day=date(began, _SEPTEMBER, 1),
    )


def _is_header(row: Row) -> bool:
    return columns_of(row).keys() >= set(_NEEDED)


def _school(said: dict[str, str]) -> dict[str, object]:
    grades, network = said.get("grades_offered_all", ""), said.get("network", "")
    run_by_others = network.lower() in _RUN_BY_OTHERS
    unclear = network.lower() == _RUN_BY_SOME or not network
    try:
        pupils = whole_number(said.get("student_count_total", ""))
    except ValueError:
        pupils = None
    return {
        "school_id": said["school_id"].removesuffix(".0"),
        "name": said["long_name"] or said.get("short_name") or None,
        "phase": _phase(said, grades),
        "grades": grades.replace(",", ", ") or None,
        "school_type": network or None,
        "governance": "autonomous" if run_by_others else None if unclear else "public",
        "admissions": "zone" if _yes(said.get("attendance_boundaries", "")) else None,
        "pupils": pupils,
        "status": "open",
        "website": said.get("cps_school_profile") or said.get("website") or None,
        "address": said.get("address", "").title() or None,
        "postal_code": said.get("zip") or None,
        "longitude": _number(said["school_longitude"]),
        "latitude": _number(said["school_latitude"]),
    }


def _phase(said: dict[str, str], grades: str) -> str:
    if grades == "PK":
        return "nursery"
    if _yes(said.get("is_high_school", "")) and _yes(said.get("is_elementary_school", "")):
        return "all-through"
    return _PHASES.get(said["primary_category"].upper(), "other")


def _yes(text: str) -> bool:
    return text.lower() in ("true", "yes", "y", "1")


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _began(*texts: str) -> int:
    """The year that a text such as School Year 2018-2019 or SY1819 begins with."""
    for text in texts:
        for found in _YEARS.finditer(text):
            first, last = int(found[1]), int(found[2])
            if (first + 1) % 100 == last:
                return 2000 + first
    raise UnreadableFile(
        f"{texts[-1]} doesn't say which school year it is of.",
        advice="Name it with --year 2018 for 2018-19, or keep the file's own name.",
    )
