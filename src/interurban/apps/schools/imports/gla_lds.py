"""Workbooks of the London Schools Atlas (GLA "LDS"): pupils between home areas and schools.

A workbook begins with a sheet of notes. The table stands in one of two views: by area
(``LSOAtoSecSchool_LDS_2016``, with the total of each area) or by school
(``SecSchootoLSOA_LDS_2016``, misspelt in the file itself, with the total of each school). There are
both for primary schools too. What a table is of stands in its columns; its flow labels say
"LSOAtoPri" in the secondary file as well, and are not believed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

import pyarrow as pa

from interurban.core.errors import UnreadableFile

from .imported import Imported, whole_number
from .sheets import Row, SheetFile, columns_of, find_table

__all__ = ["LAYOUT", "read_lds", "recognises", "two_views"]

LAYOUT = "gla-lds"

_NAMED = re.compile(r"(?P<year>20\d{2})_lds|_lds_(?P<last>20\d{2})", re.IGNORECASE)
_STAGE = re.compile(r"(?P<stage>primary|secondary)_school_urn")
_AREA_TOTAL = re.compile(r"total_\w*lsoa_pupils")
_SCHOOL_TOTAL = re.compile(r"total_(?:pri|sec)\w*_pupils")
_PUPILS = "pupil_count"
_HIDDEN = re.compile(r"<\s*\d+|[*xc]", re.IGNORECASE)
"""What stands for a number that is too small to be told, in files that do not leave it out."""
_SCHEMA = pa.schema(
    [
        ("area_id", pa.string()),
        ("area_name", pa.string()),
        ("school_id", pa.string()),
        ("school_name", pa.string()),
        ("year", pa.int64()),
        ("stage", pa.string()),
        ("pupils", pa.float64()),
        ("status", pa.string()),
        ("area_total", pa.float64()),
        ("school_total", pa.float64()),
    ]
)


def recognises(file: SheetFile) -> bool:
    """Whether some sheet has the columns of a table of flows."""
    return find_table(file, _is_header) is not None


def read_lds(file: SheetFile, year: int | None = None) -> Imported:
    """The flows of a workbook.

    Parameters
    ----------
    year: in which the school year begins; without it, the one before the year in the sheet's name,
        because the census is taken in spring.

    Raises
    ------
    UnreadableFile: it has no such table, no year, or a number that is none.
    """
    found = find_table(file, _is_header)
    if found is None:
        raise UnreadableFile(f"{file.name} has no table of the London Schools Atlas.")
    sheet, at = found
    names = columns_of(sheet.head[at])
    stage = next(m["stage"] for name in names if (m := _STAGE.fullmatch(name)))
    named = _NAMED.search(sheet.name) or _NAMED.search(file.name)
    if year is None and named is None:
        raise UnreadableFile(
            f"{file.name} doesn't say which year it is of.", advice="Name it with --year."
        )
    stated = int(named["year"] or named["last"]) - 1 if named is not None else 0
    began = year if year is not None else stated
    rows = _rows(file.name, sheet.below(at), names, stage)
    table = pa.Table.from_pylist([{**row, "year": began, "stage": stage} for row in rows], _SCHEMA)
    return _described(table, stage, began)


def two_views(parts: Sequence[Imported]) -> Imported | None:
    """One matrix given by area and by school, with both totals; ``None`` where it is not one."""
    if len(parts) != 2 or len({(one.stage, one.vintage) for one in parts}) != 1:
        return None
    by_pair = [{(r["area_id"], r["school_id"]): r for r in one.table.to_pylist()} for one in parts]
    if by_pair[0].keys() != by_pair[1].keys():
        return None
    rows = [
        {name: mine[name] if mine[name] is not None else other[name] for name in mine}
        for pair, mine in by_pair[0].items()
        if (other := by_pair[1][pair])["pupils"] == mine["pupils"]
    ]
    if len(rows) != len(by_pair[0]):
        return None
    whole = _described(pa.Table.from_pylist(rows, _SCHEMA), parts[0].stage, rows[0]["year"])
    note = "Both views of the same matrix were given: totals of areas and of schools are known."
    return replace(whole, found=(*whole.found, note))


def _is_header(row: Row) -> bool:
    names = columns_of(row)
    stages = any(_STAGE.fullmatch(name) for name in names)
    return stages and _PUPILS in names and "lsoa_code" in names


def _rows(
    called: str, rows: Iterable[tuple[int, Row]], names: dict[str, int], stage: str
) -> list[dict[str, object]]:
    place = {
        "area_id": names["lsoa_code"],
        "area_name": names.get("lsoa_name"),
        "school_id": names[f"{stage}_school_urn"],
        "school_name": names.get(f"{stage}_school_name"),
    }
    numbers = {
        "pupils": names[_PUPILS],
        "area_total": next((p for n, p in names.items() if _AREA_TOTAL.fullmatch(n)), None),
        "school_total": next((p for n, p in names.items() if _SCHOOL_TOTAL.fullmatch(n)), None),
    }
    found: list[dict[str, object]] = []
    for number, row in rows:
        said = {name: row[p] if p is not None and p < len(row) else "" for name, p in place.items()}
        if not said["school_id"] and not said["area_id"]:
            continue
        texts: dict[str, object] = {name: text or None for name, text in said.items()}
        cells = {n: row[p] if p is not None and p < len(row) else "" for n, p in numbers.items()}
        hidden = _HIDDEN.fullmatch(cells["pupils"]) is not None
        texts["status"] = "hidden" if hidden else "shown"
        cells["pupils"] = "" if hidden else cells["pupils"]
        try:
            counts = {name: whole_number(cell) for name, cell in cells.items()}
        except ValueError as error:
            raise UnreadableFile(
                f"{called}, row {number}: {error} is no number of pupils.",
                advice="Put the file back as it was published.",
            ) from error
        found.append({**texts, **counts})
    if not found:
        raise UnreadableFile(f"{called} has the columns of the Atlas, and no row.")
    return found


def _described(table: pa.Table, stage: str, began: int) -> Imported:
    pupils = [n for n in table["pupils"].to_pylist() if n is not None]
    smallest = int(min(pupils)) if pupils else 0
    areas, schools = (len(set(table[name].to_pylist())) for name in ("area_id", "school_id"))
    between = f"between {areas:,} areas and {schools:,} schools"
    found = [f"{table.num_rows:,} flows of {sum(pupils):,.0f} pupils {between}."]
    if smallest > 1:
        found.append(f"The smallest number is {smallest}: those below it were left out.")
    return Imported(
        layout=LAYOUT,
        words="a workbook of the London Schools Atlas",
        standard="pupil_flow@1",
        name=f"school_flows_{stage}_{began + 1}",
        title=f"Where {stage} pupils live, {began + 1} (London Schools Atlas)",
        publisher="Greater London Authority",
        licence="ogl-3",
        attribution="Greater London Authority and Department for Education, London Schools Atlas, "
        f"National Pupil Database, spring census {began + 1}. Contains public sector information "
        "licensed under the Open Government Licence v3.0",
        vintage=f"spring {began + 1}",
        table=table,
        found=tuple(found),
        stage=stage,
        hidden_below=smallest if smallest > 1 else 0,
    )
