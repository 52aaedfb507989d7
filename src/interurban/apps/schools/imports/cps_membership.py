"""Workbooks of Chicago Public Schools' 20th-day membership: pupils by school and grade.

The layout has changed with the years: the header is the first, second or third row; until 2007-08
its words are broken over two lines, and kindergarten and pre-kindergarten are split into kinds;
grade 2 is once called ``02'``; grades are texts or numbers. Totals of networks and of the district
stand among the schools, and some branches have no id of their own.
"""

from __future__ import annotations

import re

import pyarrow as pa

from interurban.core.errors import UnreadableFile

from .imported import Imported, whole_number
from .sheets import Row, Sheet, SheetFile, columns_of, find_table

__all__ = ["LAYOUT", "read_membership", "recognises"]

LAYOUT = "cps-20th-day"

_YEARS = re.compile(r"(?<!\d)(20\d\d)\s*[-_/]\s*(20\d\d|\d\d)(?!\d)")
_ENDS = re.compile(r"(?:20th_?\s?day|(?<![a-z])[sf]y)[\s_-]*(20\d\d|\d\d)(?!\d)", re.IGNORECASE)
"""A single year in the name of a file is the one in which the school year ends: since
``membership_20th_day_2006.xls`` of 2005-06 all that CPS names so are."""
_TOTAL = re.compile(r"\btot(?:al|la)s?\b|\bdsitrict\b", re.IGNORECASE)
_GRADES = {
    "pe": (-2, "PE"),
    "pk": (-1, "PK"),
    "head start": (-1, "PK"),
    "other pk": (-1, "PK"),
    "state pk": (-1, "PK"),
    "pk sped": (-1, "PK"),
    "k": (0, "K"),
    "full-day k": (0, "K"),
    "half-day k": (0, "K"),
}
"""Year group and grade of what headers call them; Head Start and the kinds of pre-kindergarten
are not told apart later and are one."""
_UNGRADED = "99"
_FEWEST = 12
"""So many grades are a roll."""
_TOLD_SHARE = 0.001
_NAMES = ("school name", "schools", "school")
_SCHEMA = pa.schema(
    [
        ("school_id", pa.string()),
        ("school_name", pa.string()),
        ("year", pa.int64()),
        ("year_group", pa.int64()),
        ("grade", pa.string()),
        ("pupils", pa.float64()),
    ]
)


def recognises(file: SheetFile) -> bool:
    """Whether some sheet has schools with their ids, and grades as columns."""
    return find_table(file, _is_header) is not None


def read_membership(file: SheetFile, year: int | None = None) -> Imported:
    """The rolls of a workbook.

    Parameters
    ----------
    year: in which the school year begins; without it, what the file's name, its totals or its
        sheet say (2018-2019).

    Raises
    ------
    UnreadableFile: it has no such table, no year, or a number that is none.
    """
    found = find_table(file, _is_header)
    if found is None:
        raise UnreadableFile(f"{file.name} has no table of 20th-day membership.")
    sheet, at = found
    began = year if year is not None else _year(file, sheet)
    names = columns_of(sheet.head[at])
    grades = {place: grade for name, place in names.items() if (grade := _grade(name))}
    totals = next((names[n] for n in ("total", "totals") if n in names), None)
    reading = _Reading(file.name, began, grades, names, totals, names.get(_UNGRADED))
    for number, row in sheet.below(at):
        reading.take(row, number)
    return reading.imported()


class _Reading:
    """What has been read of one table, row by row."""

    def __init__(
        self,
        called: str,
        year: int,
        grades: dict[int, tuple[int, str]],
        names: dict[str, int],
        total: int | None,
        ungraded: int | None,
    ) -> None:
        self._called = called
        self._year = year
        self._grades = grades
        self._id = names["school id"]
        self._name = next(names[n] for n in _NAMES if n in names)
        self._total = total
        self._ungraded = ungraded
        self._rolls: dict[str, dict[tuple[int, str], int]] = {}
        self._names: dict[str, str] = {}
        self._whole: int | None = None
        self._branches: list[str] = []
        self._branch_pupils = 0
        self._ungraded_pupils = 0

    def take(self, row: Row, number: int) -> None:
        """One row: a school, a total, a branch without an id, or nothing."""
        said = self._cell(row, self._id)
        name = self._cell(row, self._name)
        counts = dict.fromkeys(self._grades.values(), 0)
        for place, grade in self._grades.items():
            counts[grade] += self._number(row, place, number)
        pupils = sum(counts.values())
        words = " ".join(cell for cell in row[: min(self._grades)] if cell)
        if not re.fullmatch(r"\d{6}", said):
            whole = self._number(row, self._total, number) if self._total is not None else pupils
            if _TOTAL.search(words):
                self._whole = max(self._whole or 0, whole)
            elif name and pupils:
                self._branches.append(name)
                self._branch_pupils += pupils
            return
        if self._ungraded is not None:
            self._ungraded_pupils += self._number(row, self._ungraded, number)
        known = self._rolls.setdefault(said, dict.fromkeys(counts, 0))
        for grade, count in counts.items():
            known[grade] += count
        self._names.setdefault(said, name)

    def imported(self) -> Imported:
        """All of it, with what was left out and how it fits the file's own total."""
        if not self._rolls:
            raise UnreadableFile(f"{self._called} has the columns of a roll, and no school.")
        rows = [
            {
                "school_id": school,
                "school_name": self._names[school],
                "year": self._year,
                "year_group": group,
                "grade": grade,
                "pupils": float(pupils),
            }
            for school, roll in self._rolls.items()
            for (group, grade), pupils in sorted(roll.items())
        ]
        years = f"{self._year}-{(self._year + 1) % 100:02d}"
        return Imported(
            layout=LAYOUT,
            words="a workbook of 20th-day membership",
            standard="school_roll@1",
            name=f"school_rolls_20th_day_{self._year}",
            title="School rolls on the 20th day",
            publisher="Chicago Public Schools",
            licence="city-of-chicago",
            attribution="City of Chicago, Chicago Public Schools",
            vintage=f"school year {years}",
            table=pa.Table.from_pylist(rows, _SCHEMA),
            found=tuple(self._found(years)),
        )

    def _found(self, years: str) -> list[str]:
        pupils = sum(sum(roll.values()) for roll in self._rolls.values())
        found = [f"{years}: {pupils:,} pupils of {len(self._rolls):,} schools."]
        if self._branches:
            found.append(
                f"{years}: {len(self._branches)} rows without a school's id were left out, with "
                f"{self._branch_pupils:,} pupils: {', '.join(self._branches[:3])} ..."
            )
        if self._ungraded_pupils:
            found.append(f"{years}: {self._ungraded_pupils:,} pupils of no grade were left out.")
        if self._whole is not None and self._whole != pupils:
            away = (pupils - self._whole) / self._whole
            apart = f"{away:+.1%}" if abs(away) >= _TOLD_SHARE else "less than 0.1%"
            found.append(f"{years}: the file's own total is {self._whole:,}, {apart} away.")
        return found

    def _cell(self, row: Row, place: int) -> str:
        return row[place] if place < len(row) else ""

    def _number(self, row: Row, place: int, number: int) -> int:
        try:
            return whole_number(self._cell(row, place)) or 0
        except ValueError as error:
            if not re.fullmatch(r"\d{6}", self._cell(row, self._id)):
                return 0
            raise UnreadableFile(
                f"{self._called}, row {number}: {error} is no number of pupils.",
                advice="Put the file back as it was published.",
            ) from error


def _is_header(row: Row) -> bool:
    names = columns_of(row)
    grades = {grade for name in names if (grade := _grade(name))}
    return "school id" in names and any(n in names for n in _NAMES) and len(grades) >= _FEWEST


def _grade(name: str) -> tuple[int, str] | None:
    if name in _GRADES:
        return _GRADES[name]
    plain = name.strip("'’ ").lstrip("0")
    if plain.isdigit() and 1 <= int(plain) <= 12:
        return int(plain), plain
    return None


def _year(file: SheetFile, sheet: Sheet) -> int:
    first = (" ".join(row) for row in sheet.head[:5])
    for text in (file.name, *first, sheet.name):
        if (found := _YEARS.search(text)) is not None and _follows(found[1], found[2]):
            return int(found[1])
    if (named := _ENDS.search(file.name)) is not None:
        return int(named[1]) % 100 + 1999
    raise UnreadableFile(
        f"{file.name} doesn't say which school year it is of.",
        advice="Name it with --year 2018 for 2018-19, or keep the file's own name.",
    )


def _follows(first: str, second: str) -> bool:
    return (int(first) + 1) % 100 == int(second) % 100
