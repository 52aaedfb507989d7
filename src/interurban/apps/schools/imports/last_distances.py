"""Last distances offered, as authorities give them out: one column a year, or one row a figure.

No two authorities use one form. A table is taken where a heading names the school (by name or URN),
and distances stand either in a column of their own beside a year, or in a column for each year. The
unit (km, m, miles, yards) stands in the heading, in a line above the table, or in the cells; where
it stands nowhere nothing is guessed. What is no number is a place that was not given by distance.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np
import pyarrow as pa
from pyproj import Transformer

from interurban.core.city import City
from interurban.core.errors import UnreadableFile

from .imported import Imported
from .sheets import Row, Sheet, SheetFile, columns_of

__all__ = ["LAYOUT", "read_last_distances", "recognises"]

LAYOUT = "last-distances"

_IDS = ("urn", "school urn", "school id", "school_id", "unique reference number")
_NAMES = (
    "school",
    "school name",
    "name of school",
    "school_name",
    "establishment name",
    "establishmentname",
    "name",
)
_CODES = ("postcode", "post code", "postal code", "school postcode", "postal_code")
_CRITERIA = (
    "criterion",
    "criteria",
    "category",
    "admission criterion",
    "admissions criterion",
    "oversubscription criterion",
    "offer category",
    "reason",
)
_ENTRIES = ("year group", "year_group", "entry", "intake", "entry year group", "phase of entry")
_UNIT = ("unit", "units", "distance unit", "unit of distance")
_YEAR_COLUMNS = (
    "year",
    "school year",
    "academic year",
    "entry year",
    "year of entry",
    "admission year",
    "admissions year",
    "september",
)
_METRES = {"km": 1_000.0, "m": 1.0, "miles": 1_609.344, "yards": 0.9144}
_UNITS = re.compile(
    r"(?<![a-z])(?:(?P<km>km|kms|kilomet(?:re|er)s?)|(?P<miles>mi|miles?)|(?P<yards>yds?|yards?)"
    r"|(?P<m>m|mtrs?|met(?:re|er)s?))(?![a-z])",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?<!\d)(?P<year>(?:19|20)\d\d)(?:\s*[-/\u2013]\s*(?:\d\d){1,2})?(?!\d)")
_GROUP = re.compile(r"(?:reception|(?<![a-z])year\s+(?P<group>\d{1,2})(?!\d))", re.IGNORECASE)
_NUMBER = re.compile(
    r"(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d*\.?\d+)\s*(?P<unit>[a-z]*)\.?", re.IGNORECASE
)
_FURTHEST_M = 100_000.0
_SLIP = 7.0
"""A figure so many times the middle of the other years', or so small a part of it, may be a slip of
the decimal point, which is tenfold."""

_SCHEMA = pa.schema(
    [
        ("school_id", pa.string()),
        ("school_name", pa.string()),
        ("year", pa.int64()),
        ("year_group", pa.int64()),
        ("criterion", pa.string()),
        ("metres", pa.float64()),
        ("status", pa.string()),
        ("postal_code", pa.string()),
        ("longitude", pa.float64()),
        ("latitude", pa.float64()),
    ]
)


@dataclass(frozen=True, slots=True)
class _Table:
    """Where a table's columns stand.

    Parameters
    ----------
    header: place of its heading among the first rows.
    distances: columns with figures, the year of each (``None``: a column has it) and its unit
        (empty: unsaid).
    """

    sheet: Sheet
    header: int
    names: dict[str, int]
    distances: tuple[tuple[int, int | None, str], ...]
    unit: str
    group: int | None


def recognises(file: SheetFile) -> bool:
    """Whether some sheet has schools and last distances."""
    return _table(file) is not None


def read_last_distances(file: SheetFile, city: City, year: int | None = None) -> Imported:
    """The last distances of a file.

    Parameters
    ----------
    city: eastings and northings are in its working CRS.
    year: in which the school year of the entry begins, where the file doesn't say it.

    Raises
    ------
    UnreadableFile: it has no such table, states no unit, or a distance that can be none.
    """
    table = _table(file)
    if table is None:
        raise UnreadableFile(f"{file.name} has no table of last distances offered.")
    reading = _Reading(file.name, table, year)
    rows = list(reading.rows())
    if not rows:
        raise UnreadableFile(f"{file.name} has the headings of last distances, and no row.")
    doubtful = _mark_doubtful(rows)
    _place(rows, city)
    return _described(file.name, rows, reading, doubtful)


def _table(file: SheetFile) -> _Table | None:
    for sheet in file.sheets:
        for at, row in enumerate(sheet.head):
            names = columns_of(row)
            if not any(one in names for one in (*_IDS, *_NAMES)):
                continue
            above = " ".join(" ".join(one) for one in sheet.head[:at])
            told = f"{file.name} {sheet.name} {above} {' '.join(names)}".lower().replace("_", " ")
            found = _distances(names)
            if found and ("distance" in told or any(unit for _, _, unit in found)):
                group = _GROUP.search(told)
                return _Table(
                    sheet,
                    at,
                    names,
                    found,
                    _unit_in(above) or _unit_in(Path(file.name).stem.replace("_", " ")),
                    None if group is None else int(group["group"] or 0),
                )
    return None


def _distances(names: dict[str, int]) -> tuple[tuple[int, int | None, str], ...]:
    """Columns with distances, each with the year and the unit that its heading states."""
    plain = {name.replace("_", " "): at for name, at in names.items()}
    wide = [
        (at, int(found["year"]), _unit_in(name))
        for name, at in plain.items()
        if (found := _YEAR.search(name)) is not None and _is_figure(name)
    ]
    if wide:
        return tuple(wide)
    units = {names.get(one) for one in _UNIT}
    long = [
        (at, None, _unit_in(name))
        for name, at in plain.items()
        if "distance" in name and _is_figure(name) and at not in units
    ]
    return tuple(long) if len(long) == 1 else ()


def _is_figure(name: str) -> bool:
    """Whether a heading is one of last distances: nothing in it speaks of anything else."""
    words = set(re.sub(r"[^a-z ]", " ", _UNITS.sub(" ", name)).split())
    known = {
        *("last", "distance", "offered", "offer", "entry", "furthest", "year", "september"),
        *("sept", "sep", "in", "of", "for", "cut", "off", "cutoff", "admission", "intake", "the"),
        *("straight", "line", "reception", "march", "april", "national", "day", "on", "final"),
        *("from", "home", "to", "school", "child", "pupil", "applicant", "successful", "allocated"),
        *("maximum", "greatest", "closing", "place", "measured", "at", "which", "was", "by"),
    }
    return words <= known


def _unit_in(text: str) -> str:
    """The unit that a text names; empty where it names none, or several."""
    found = {match.lastgroup or "" for match in _UNITS.finditer(text)}
    return found.pop() if len(found) == 1 else ""


class _Reading:
    """One file's rows, and what was noticed on the way."""

    def __init__(self, called: str, table: _Table, year: int | None) -> None:
        self._called = called
        self._table = table
        self._year = year
        self.words: Counter[str] = Counter()
        self.empty = 0
        self.units: set[str] = set()

    def rows(self) -> Iterator[dict[str, object]]:
        """A row for each figure."""
        table = self._table
        for number, row in table.sheet.below(table.header):
            school_id, name = self._cell(row, _IDS), self._cell(row, _NAMES)
            if not school_id and not name:
                continue
            said = {
                "school_id": school_id or None,
                "school_name": name or school_id,
                "year_group": self._group(row, name),
                "criterion": self._cell(row, _CRITERIA) or "distance",
                "postal_code": self._cell(row, _CODES) or None,
                "x": self._coordinate(row, ("easting", "longitude", "lon")),
                "y": self._coordinate(row, ("northing", "latitude", "lat")),
            }
            for at, year, unit in table.distances:
                text = row[at] if at < len(row) else ""
                if not text and year is not None:
                    self.empty += 1
                    continue
                own = _unit_in(self._cell(row, _UNIT)) or unit or table.unit
                metres = self._metres(text, own, number)
                status = "measured" if metres is not None else "not by distance"
                began = year if year is not None else self._began(row, number)
                yield {**said, "year": began, "metres": metres, "status": status}

    def _metres(self, text: str, unit: str, number: int) -> float | None:
        found = _NUMBER.fullmatch(text.strip())
        if found is None:
            self.words[text] += 1
            return None
        unit = _unit_in(found["unit"]) or unit
        if not unit:
            raise UnreadableFile(
                f"{self._called} doesn't say what its distances are in.",
                advice="Write km, m, miles or yards into the heading of the distance.",
            )
        self.units.add(unit)
        metres = float(found["number"].replace(",", "")) * _METRES[unit]
        if metres > _FURTHEST_M:
            raise UnreadableFile(
                f"{self._called}, row {number}: {text} {unit} is no distance to a school.",
                advice="Is it in another unit than the heading says?",
            )
        return metres

    def _began(self, row: Row, number: int) -> int:
        text = self._cell(row, _YEAR_COLUMNS)
        found = _YEAR.search(text)
        if found is not None:
            return int(found["year"])
        if self._year is not None:
            return self._year
        raise UnreadableFile(
            f"{self._called}, row {number}: {text[:40]!r} is no year."
            if text
            else f"{self._called} doesn't say which years it is of.",
            advice="Name the year of entry with --year 2016.",
        )

    def _group(self, row: Row, name: str) -> int | None:
        """The year group that is entered, as the row, the table or the school's name has it."""
        text = self._cell(row, _ENTRIES)
        found = _GROUP.search(text)
        if found is not None:
            return int(found["group"] or 0)
        if text.isdecimal() and int(text) <= 13:
            return int(text)
        # An English junior school is entered in year 3, whatever the others of its table.
        return 3 if re.search(r"\bjunior\b", name, re.IGNORECASE) else self._table.group

    def _coordinate(self, row: Row, wanted: Sequence[str]) -> float:
        try:
            return float(self._cell(row, wanted))
        except ValueError:
            return float("nan")

    def _cell(self, row: Row, wanted: Sequence[str]) -> str:
        for name in wanted:
            at = self._table.names.get(name)
            if at is not None and at < len(row) and row[at]:
                return row[at]
        return ""


def _mark_doubtful(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    """Mark figures that are unlike the other years of the same school, entry and criterion."""
    series: dict[tuple[object, ...], list[dict[str, object]]] = {}
    for row in rows:
        if row["metres"] is not None:
            key = tuple(row[k] for k in ("school_id", "school_name", "year_group", "criterion"))
            series.setdefault(key, []).append(row)
    found = []
    for own in series.values():
        for row in own:
            others = [float(str(one["metres"])) for one in own if one is not row]
            usual, here = median(others) if len(others) > 1 else 0.0, float(str(row["metres"]))
            if usual > 0 and not usual / _SLIP < here < usual * _SLIP:
                found.append(row)
    for row in found:
        row["status"] = "doubtful"
    return found


def _place(rows: list[dict[str, object]], city: City) -> None:
    """Longitude and latitude of each row: as stated, or from the city's own grid."""
    x, y = (np.array([row.pop(key) for row in rows], dtype=np.float64) for key in ("x", "y"))
    degrees = (np.abs(x) <= 180) & (np.abs(y) <= 90)
    lon, lat = Transformer.from_crs(city.crs, "EPSG:4326", always_xy=True).transform(x, y)
    lon, lat = np.where(degrees, x, lon), np.where(degrees, y, lat)
    west, south, east, north = city.region
    inside = (west <= lon) & (lon <= east) & (south <= lat) & (lat <= north)
    for at, row in enumerate(rows):
        row["longitude"] = float(lon[at]) if inside[at] else None
        row["latitude"] = float(lat[at]) if inside[at] else None


def _described(
    called: str,
    rows: list[dict[str, object]],
    reading: _Reading,
    doubtful: Sequence[dict[str, object]],
) -> Imported:
    years = sorted({int(str(row["year"])) for row in rows})
    span = str(years[0]) if len(years) == 1 else f"{years[0]} to {years[-1]}"
    schools = len({(row["school_id"], row["school_name"]) for row in rows})
    measured = sum(row["metres"] is not None for row in rows)
    units = " and ".join(sorted(reading.units)) or "no unit"
    found = [
        (
            f"{len(rows):,} figures of {schools:,} schools, entry in {span}; {measured:,} "
            f"distances, published in {units}."
        )
    ]
    for words, count in reading.words.most_common():
        said = f'"{words[:40]}"' if words else "An empty cell"
        found.append(f"{said} stands {count:,} times for a distance: taken as not by distance.")
    if reading.empty:
        found.append(f"{reading.empty:,} cells are empty: nothing is said of those years.")
    found += [
        f"{row['school_name']}, {row['year']}: {float(str(row['metres'])):,.0f} m is so unlike its "
        "other years that it is marked as doubtful."
        for row in doubtful
    ]
    if not any(row["school_id"] for row in rows):
        found.append("No numbers of schools (URN) are stated: they are found by name and place.")
    stem = re.sub(r"[^a-z0-9]+", "_", Path(called).stem.lower()).strip("_")
    words = re.sub(r"[_\W]+", " ", Path(called).stem).strip()
    return Imported(
        layout=LAYOUT,
        words="a table of last distances offered",
        standard="last_distance@1",
        name=f"last_distances_{stem}"[:60].rstrip("_"),
        title=f"Last distances offered, {span} ({words})",
        publisher="Not stated in the file",
        licence="",
        attribution="Not stated in the file",
        vintage=f"entry in {span}",
        table=pa.Table.from_pylist(rows, _SCHEMA),
        found=tuple(found),
    )
