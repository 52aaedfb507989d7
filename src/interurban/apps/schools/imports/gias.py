"""England's register of schools (GIAS): its CSV of establishments, whole or in part.

Three lists are published daily under "Download all data": all establishments
(``edubasealldata``), which states everything; and open state-funded schools or academies alone,
which state neither places nor pupils. A search of the register gives the columns of one of them.

The register writes Windows-1252. Coded fields stand twice, as ``LA (code)`` and ``LA (name)``;
until 2017 most stood by name alone, and no group of types was stated. Places are metres of the
British National Grid, 0 or blank where there is none.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice

import numpy as np
import pyarrow as pa
from pyproj import Transformer

from interurban.core.city import City
from interurban.core.errors import UnreadableFile

from .gias_school import SCHOOLS, ages_eaten, has_closed, school_of
from .imported import Imported, day_in, day_of
from .sheets import Row, SheetFile, find_table

__all__ = ["LAYOUT", "read_register", "recognises"]

LAYOUT = "gias"

_GRID = "EPSG:27700"
_NEEDED = ("urn", "establishmentname", "typeofestablishmentname")
_OF_GROUPS = frozenset({"groupname", "groupuid", "linkeduid"})
"""Columns of lists of trusts, which name the schools of each."""
_FIELDS = (
    *_NEEDED, "establishmenttypegroupname", "establishmentstatusname", "opendate", "closedate",
    "phaseofeducationname", "statutorylowage", "statutoryhighage", "gendername",
    "religiouscharactername", "admissionspolicyname", "schoolcapacity", "numberofpupils",
    "lastchangeddate", "street", "town", "postcode", "schoolwebsite", "easting", "northing",
    "lsoacode", "laname", "gorname", "districtadministrativename",
)  # fmt: skip
_ALSO = {
    "localauthorityname": "laname",
    "typeofestablishment": "typeofestablishmentname",
    "establishmentstatus": "establishmentstatusname",
    "statutorylowestage": "statutorylowage",
    "statutoryhighestage": "statutoryhighage",
    "phaseofeducation": "phaseofeducationname",
    "gender": "gendername",
    "religiouscharacter": "religiouscharactername",
    "admissionspolicy": "admissionspolicyname",
    "openingdate": "opendate",
    "closingdate": "closedate",
    "websiteaddress": "schoolwebsite",
    "region": "gorname",
}
"""Names that the list of "Schools in England" of 2016 and 2017 has for the same columns."""
_AT_ONCE = 20_000
"""Rows whose places are worked out together; what lies elsewhere is forgotten then."""
_NO_SCHOOL = "children's centre"
_INDEPENDENT = "independent school"
_WHOLE_GROUPS = frozenset({"public", "autonomous", "private"})
_WHOLE_PHASES = frozenset({"primary", "secondary"})


def recognises(file: SheetFile) -> bool:
    """Whether some sheet has the register's columns."""
    return find_table(file, _is_header) is not None


def read_register(file: SheetFile, city: City) -> Imported:
    """The schools of the register that lie in the region of a city.

    Schools around the city are kept, and those that have closed: children cross its border, and
    flows name schools that are no more. Where a school states no place, it is kept if it is open
    and its authority, district or region is called as the city. How many stay out is told.

    Raises
    ------
    UnreadableFile: it has no such table, or no school of the city.
    """
    found = find_table(file, _is_header)
    if found is None:
        raise UnreadableFile(f"{file.name} has no register of schools.")
    sheet, at = found
    reading = _Reading(city, _columns(sheet.head[at]), len(sheet.head[at]))
    rows = sheet.below(at)
    while batch := list(islice(rows, _AT_ONCE)):
        reading.take(row for _, row in batch)
    return reading.imported(file.name, day_in(sheet.name) or day_in(file.name))


def _is_header(row: Row) -> bool:
    names = _columns(row).keys()
    return names >= set(_NEEDED) and not names & _OF_GROUPS


def _columns(header: Row) -> dict[str, int]:
    """Place of each column by the letters and digits of its name; the first counts."""
    found: dict[str, int] = {}
    for at, cell in enumerate(header):
        found.setdefault(re.sub(r"[^a-z0-9]", "", cell.lower()), at)
    for other, name in _ALSO.items():
        if other in found:
            found.setdefault(name, found[other])
    return found


@dataclass(eq=False)
class _Reading:
    """What has been read of the register, batch by batch.

    Parameters
    ----------
    columns: place of each column. width: how many there are.
    cut_off: whether the last row had fewer.
    counts: rows by what became of them.
    """

    city: City
    columns: dict[str, int]
    width: int
    cut_off: bool = False
    schools: dict[str, dict[str, object]] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    last_change: date | None = None

    def take(self, rows: Iterable[Row]) -> None:
        """Keep the city's schools of some rows."""
        said = [one for row in rows if (one := self._said(row)) is not None]
        lonlat = _places(said)
        for one, place in zip(said, lonlat, strict=True):
            self.counts["all"] += 1
            changed = day_of(one["lastchangeddate"])
            if changed is not None and (self.last_change is None or changed > self.last_change):
                self.last_change = changed
            if not self._belongs(one, place):
                continue
            urn = one["urn"]
            if urn in self.schools:
                self.counts["again"] += 1
                continue
            self.schools[urn] = school_of(one, place)
            self.counts["ages"] += ages_eaten(one)

    def imported(self, called: str, day: date | None) -> Imported:
        """All of it, with what was left out.

        Raises
        ------
        UnreadableFile: there is no school of the city.
        """
        schools, name = list(self.schools.values()), self.city.name
        if not schools:
            self._refuse(called)
        day = day or self.last_change
        part = self._part()
        in_part = bool(part)
        kind = f"{part}_" if in_part else ""
        title = "Schools" + (f" ({part.replace('_', ' ')})" if in_part else "")
        return Imported(
            layout=LAYOUT,
            words="England's register of schools (GIAS)" + (", in part" if in_part else ""),
            standard="school@1",
            name=f"schools_register_{kind}" + (f"{day:%Y_%m}" if day else "undated"),
            title=title + (f", register of {day:%d %B %Y}" if day else ", register"),
            publisher="Department for Education (Get Information about Schools)",
            licence="ogl-3",
            attribution="Department for Education, Get Information about Schools. Contains public "
            "sector information licensed under the Open Government Licence v3.0",
            vintage=f"{day:%d %B %Y}" if day else "not stated",
            table=pa.Table.from_pylist(schools, SCHOOLS),
            found=tuple(self._found(name, in_part)),
            day=day,
            in_part=in_part,
        )

    def _said(self, row: Row) -> dict[str, str] | None:
        """The fields of a row; ``None`` of one without a number, and of what is no school."""
        said = {
            name: row[at] if (at := self.columns.get(name, -1)) >= 0 and at < len(row) else ""
            for name in _FIELDS
        }
        urn = said["urn"].removesuffix(".0")
        if not urn.isascii() or not urn.isdigit():
            self.counts["numberless"] += any(row)
            return None
        if said["typeofestablishmentname"].lower().replace("’", "'").startswith(_NO_SCHOOL):
            self.counts["centres"] += 1
            return None
        self.cut_off = len(row) < self.width
        said["urn"] = str(int(urn))
        return said

    def _belongs(self, said: dict[str, str], place: np.ndarray) -> bool:
        west, south, east, north = self.city.region
        if not np.isnan(place[0]):
            return bool(west <= place[0] <= east and south <= place[1] <= north)
        named = (said["laname"], said["gorname"], said["districtadministrativename"])
        ours = self.city.name.lower() in (one.lower() for one in named)
        gone = has_closed(said)
        self.counts["placeless"] += not ours or gone
        return ours and not gone

    def _part(self) -> str:
        """What kind of list it is, where it lacks some kinds of schools; empty of a whole one.

        Only the list of all establishments states places, and has independent schools.
        """
        schools = self.schools.values()
        groups = {school["governance"] for school in schools}
        phases = {school["phase"] for school in schools}
        independent = any(_INDEPENDENT in str(one["school_type"]).lower() for one in schools)
        if groups == {"autonomous"}:
            return "academies"
        if not independent:
            return "state_funded"
        whole = "easting" in self.columns and groups >= _WHOLE_GROUPS and phases >= _WHOLE_PHASES
        return "" if whole else "some_kinds"

    def _refuse(self, called: str) -> None:
        if not self.counts["all"] and self.counts["centres"]:
            raise UnreadableFile(
                f"{called} lists children's centres, which teach no pupils.",
                advice="Download all establishment data, or the open state-funded schools.",
            )
        if not self.counts["all"]:
            raise UnreadableFile(
                f"{called} has the columns of the register, and no school.",
                advice="Download it again.",
            )
        if self.counts["placeless"] == self.counts["all"]:
            raise UnreadableFile(
                f"{called} states no places, and no open school's authority, district or region "
                f"is called {self.city.name}.",
                advice='Download "All establishment data", which has places.',
            )
        raise UnreadableFile(
            f"No school of {called} lies in or around {self.city.name}.",
            advice="The register is of England; is this the right city?",
        )

    def _found(self, city: str, in_part: bool) -> Iterator[str]:
        closed = sum(school["status"] == "closed" for school in self.schools.values())
        of_all = f"{len(self.schools):,} of {self.counts['all']:,} schools lie in or around {city}"
        yield f"{of_all}; {closed:,} of them have closed."
        placeless = sum(school["longitude"] is None for school in self.schools.values())
        if placeless:
            yield (
                f"{placeless:,} of these state no place; they are kept because "
                f"their authority, district or region is called {city}, and stand on the map "
                "where an older list has their place."
            )
        if self.counts["placeless"]:
            yield f"{self.counts['placeless']:,} schools state no place, and were left out."
        if in_part:
            yield "It lists only some kinds of schools: what it lacks is not taken as closed."
        if self.counts["centres"]:
            yield f"{self.counts['centres']:,} children's centres were left out: no schools."
        if self.counts["again"]:
            yield f"{self.counts['again']:,} rows repeat a URN; the first row of each stands."
        if self.counts["ages"]:
            yield (
                f"{self.counts['ages']:,} schools have an age that a spreadsheet made a date; it "
                "is left out."
            )
        if self.counts["numberless"]:
            yield f"{self.counts['numberless']:,} rows have no URN, and were left out."
        if self.cut_off:
            yield "The last row ends early: was the file downloaded whole?"


def _places(said: Sequence[dict[str, str]]) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Longitude and latitude (n, 2), WGS84; NaN without a place, which the register writes as 0."""
    metres = np.array([[_number(one["easting"]), _number(one["northing"])] for one in said])
    metres = metres.reshape(-1, 2)
    metres[(metres <= 0).any(axis=1)] = np.nan
    there = Transformer.from_crs(_GRID, "EPSG:4326", always_xy=True)
    lonlat = np.column_stack(there.transform(metres[:, 0], metres[:, 1])).reshape(-1, 2)
    lonlat[~np.isfinite(lonlat).all(axis=1)] = np.nan
    return np.asarray(lonlat, dtype=np.float64)


def _number(text: str) -> float:
    try:
        return float(text.replace(",", ""))
    except ValueError:
        return float("nan")
