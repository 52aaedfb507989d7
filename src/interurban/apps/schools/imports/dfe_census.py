"""England's school census, pupils by school and year group.

The Department for Education publishes it with "Schools, pupils and their characteristics" as
underlying data on school level (``spc_school_level_underlying_data``): one row a school, and a
column for each of full and part time, girls and boys, and year group. Pupils of a year group are
the sum of its four columns, which is how the publisher's own headcount comes about.
"""

from __future__ import annotations

import re
from collections import Counter

import pyarrow as pa

from interurban.core.city import City
from interurban.core.errors import UnreadableFile

from .imported import Imported, whole_number
from .sheets import Row, SheetFile, columns_of, find_table

__all__ = ["LAYOUT", "read_census", "recognises"]

LAYOUT = "dfe-school-census"

_COLUMN = re.compile(
    r"\(?(?:part|full)[- ]time (?:girls|boys) "
    r"(?:(?P<reception>reception)|year group (?P<group>\d{1,2})|(?P<early>nursery|early) \d)\)?"
)
_NURSERY = {"nursery": (-1, "Nursery"), "early": (-2, "Early years")}
_FEWEST_GROUPS = 10
_PERIOD = re.compile(r"(20\d\d)(\d\d)")
_PLACES = ("region_name", "la_name", "district_administrative_name")
_SAID = ("urn", "school_name", "time_period", *_PLACES)
_SCHEMA = pa.schema(
    [
        ("school_id", pa.string()),
        ("school_name", pa.string()),
        ("area_name", pa.string()),
        ("year", pa.int64()),
        ("year_group", pa.int64()),
        ("grade", pa.string()),
        ("pupils", pa.float64()),
    ]
)

Group = tuple[int, str]


def recognises(file: SheetFile) -> bool:
    """Whether some sheet has schools by URN, and year groups as columns."""
    return find_table(file, _is_header) is not None


def read_census(file: SheetFile, city: City, year: int | None = None) -> Imported:
    """The rolls of the schools whose region, authority or district is called as the city.

    Of each school the year groups from its first with pupils to its last are taken.

    Parameters
    ----------
    year: in which the school year begins, where the rows don't say it.

    Raises
    ------
    UnreadableFile: it has no such table, no year, or no school of the city.
    """
    found = find_table(file, _is_header)
    if found is None:
        raise UnreadableFile(f"{file.name} has no pupils by school and year group.")
    sheet, at = found
    names = columns_of(sheet.head[at])
    groups = _groups(names)
    rolls: list[dict[str, object]] = []
    counts: Counter[str] = Counter()
    years: set[int] = set()
    for number, row in sheet.below(at):
        said = {n: row[p] if (p := names.get(n, -1)) >= 0 and p < len(row) else "" for n in _SAID}
        urn = said["urn"].removesuffix(".0")
        if not urn.isdigit():
            continue
        counts["all"] += 1
        if city.name.lower() not in (said[place].lower() for place in _PLACES):
            continue
        began = year if year is not None else _began(said["time_period"], file.name)
        years.add(began)
        roll, untold = _roll(row, groups, file.name, number)
        counts["untold"] += untold
        taught = [group for group, pupils in roll.items() if pupils]
        rolls.extend(
            {
                "school_id": urn,
                "school_name": said["school_name"] or None,
                "area_name": said["la_name"] or None,
                "year": began,
                "year_group": group[0],
                "grade": group[1],
                "pupils": float(roll[group]),
            }
            for group in sorted(roll)
            if taught and min(taught) <= group <= max(taught)
        )
    if not counts["all"]:
        raise UnreadableFile(
            f"{file.name} has the columns of the census, and no school.",
            advice="Download it again.",
        )
    if not rolls:
        raise UnreadableFile(
            f"No school of {file.name} is in a region, authority or district called {city.name}.",
            advice="The census is of England; is this the right city?",
        )
    spans = [f"{one}/{(one + 1) % 100:02d}" for one in sorted(years)]
    span = spans[0] if len(spans) == 1 else f"{spans[0]} to {spans[-1]}"
    pupils = sum(float(str(one["pupils"])) for one in rolls)
    schools = len({one["school_id"] for one in rolls})
    of_all = f"{schools:,} schools, of {counts['all']:,} rows in the file"
    told = [f"{span}: {pupils:,.0f} pupils of {of_all}."]
    if counts["untold"]:
        told.append(f"{counts['untold']:,} cells tell no number, and were taken as no pupils.")
    return Imported(
        layout=LAYOUT,
        words="England's school census, pupils by school and year group",
        standard="school_roll@1",
        name=f"school_rolls_census_{min(years)}" + (f"_to_{max(years)}" if len(years) > 1 else ""),
        title=f"School rolls, spring census {max(years) + 1}",
        publisher="Department for Education",
        licence="ogl-3",
        attribution="Department for Education, Schools, pupils and their characteristics. Contains "
        "public sector information licensed under the Open Government Licence v3.0",
        vintage=f"school year {span}",
        table=pa.Table.from_pylist(rolls, _SCHEMA),
        found=tuple(told),
    )


def _is_header(row: Row) -> bool:
    names = columns_of(row)
    return "urn" in names and len(set(_groups(names).values())) >= _FEWEST_GROUPS


def _groups(names: dict[str, int]) -> dict[int, Group]:
    """Year group of each column that counts pupils of one."""
    found: dict[int, Group] = {}
    for name, place in names.items():
        if (told := _COLUMN.fullmatch(name)) is None:
            continue
        if told["reception"]:
            found[place] = (0, "Reception")
        elif told["early"]:
            found[place] = _NURSERY[told["early"]]
        else:
            found[place] = (int(told["group"]), told["group"])
    return found


def _roll(
    row: Row, groups: dict[int, Group], called: str, number: int
) -> tuple[Counter[Group], int]:
    """Pupils by year group, and how many cells tell none by a letter."""
    roll: Counter[Group] = Counter(dict.fromkeys(groups.values(), 0))
    untold = 0
    for place, group in groups.items():
        cell = row[place] if place < len(row) else ""
        if len(cell) == 1 and cell.isalpha():
            untold += 1
            continue
        try:
            roll[group] += whole_number(cell) or 0
        except ValueError as error:
            raise UnreadableFile(
                f"{called}, row {number}: {error} is no number of pupils.",
                advice="Put the file back as it was published.",
            ) from error
    return roll, untold


def _began(period: str, called: str) -> int:
    told = _PERIOD.fullmatch(period) or _PERIOD.search(called)
    if told is None or (int(told[1]) + 1) % 100 != int(told[2]):
        raise UnreadableFile(
            f"{called} doesn't say which school year it is of.",
            advice="Name it with --year 2023 for 2023/24.",
        )
    return int(told[1])
