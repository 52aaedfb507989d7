"""Workbooks of the London Schools Atlas are read in both views, of both phases."""

from __future__ import annotations

from pathlib import Path

import pytest

from interurban.apps.schools.imports import gla_lds
from interurban.apps.schools.imports.imported import Imported
from interurban.apps.schools.imports.sheets import read_sheets
from interurban.core.errors import UnreadableFile

from .files import BY_AREA, BY_SCHOOL, NOTES, named, workbook

AREA_ROWS = [
    ("E01000001", "City of London 001A", 7, "LSOAtoPri_Flow1", 100458, "Central Foundation", 3),
    ("E01000003", "City of London 001C", 18, "LSOAtoPri_Flow1", 135835, "The City Academy", 5),
    ("E01000003", "City of London 001C", 18, "LSOAtoPri_Flow2", 100458, "Central Foundation", 4),
]
SCHOOL_ROWS = [
    (100458, "Central Foundation", 726, "Sec2LSOA_Flow1", "E01000003", "City of London 001C", 4),
    (100458, "Central Foundation", 726, "Sec2LSOA_Flow2", "E01000001", "City of London 001A", 3),
    (135835, "The City Academy", 893, "Sec2LSOA_Flow1", "E01000003", "City of London 001C", 5),
]


def read(file: Path) -> Imported:
    sheets = read_sheets(file)
    assert gla_lds.recognises(sheets)
    return gla_lds.read_lds(sheets)


def by_area(folder: Path, stage: str = "Secondary", rows: object = AREA_ROWS) -> Path:
    short = stage[:3]
    sheet = (f"LSOAto{short}School_LDS_2016", [named(BY_AREA, stage), *rows])  # type: ignore[misc]
    return workbook(folder / f"area_{stage}.xlsx", NOTES, sheet)


def by_school(folder: Path) -> Path:
    """With the sheet's name as the publisher misspelt it."""
    sheet = ("SecSchootoLSOA_LDS_2016", [named(BY_SCHOOL, "Secondary"), *SCHOOL_ROWS])
    return workbook(folder / "school.xlsx", NOTES, sheet)


def test_the_table_is_found_behind_the_notes(tmp_path: Path) -> None:
    found = read(by_area(tmp_path))
    assert found.standard == "pupil_flow@1"
    assert found.table.to_pylist()[1] == {
        "area_id": "E01000003",
        "area_name": "City of London 001C",
        "school_id": "135835",
        "school_name": "The City Academy",
        "year": 2015,
        "stage": "secondary",
        "pupils": 5.0,
        "status": "shown",
        "area_total": 18.0,
        "school_total": None,
    }


def test_the_misspelt_sheet_is_read_too(tmp_path: Path) -> None:
    found = read(by_school(tmp_path))
    assert found.table["school_total"].to_pylist() == [726, 726, 893]
    assert found.table["area_total"].null_count == 3
    assert set(found.table["year"].to_pylist()) == {2015}


@pytest.mark.parametrize("stage", ["Primary", "Secondary"])
def test_the_stage_is_that_of_the_columns_whatever_flow_labels_say(
    tmp_path: Path, stage: str
) -> None:
    found = read(by_area(tmp_path, stage))
    assert found.stage == stage.lower()
    assert found.name == f"school_flows_{stage.lower()}_2016"


def test_both_views_together_give_both_totals(tmp_path: Path) -> None:
    parts = [read(by_area(tmp_path)), read(by_school(tmp_path))]
    both = gla_lds.two_views(parts)
    assert both is not None
    assert both.table["area_total"].null_count == both.table["school_total"].null_count == 0
    assert "Both views" in both.found[-1]


def test_views_that_differ_are_not_one_matrix(tmp_path: Path) -> None:
    other = [(*AREA_ROWS[0][:-1], 9), *AREA_ROWS[1:]]
    parts = [read(by_area(tmp_path, rows=other)), read(by_school(tmp_path))]
    assert gla_lds.two_views(parts) is None


def test_what_was_left_out_below_the_smallest_number_is_said(tmp_path: Path) -> None:
    found = read(by_area(tmp_path))
    assert found.hidden_below == 3
    assert "smallest number is 3" in found.found[-1]
    ones = [(*AREA_ROWS[0][:-1], 1), *AREA_ROWS[1:]]
    assert read(by_area(tmp_path, rows=ones)).hidden_below == 0


def test_a_number_that_is_none_is_named_with_its_row(tmp_path: Path) -> None:
    broken = [AREA_ROWS[0], (*AREA_ROWS[1][:-1], "many")]
    with pytest.raises(UnreadableFile, match="row 3: many is no number of pupils"):
        read(by_area(tmp_path, rows=broken))


def test_a_renamed_sheet_asks_for_its_year(tmp_path: Path) -> None:
    file = workbook(tmp_path / "a.xlsx", ("Table1", [named(BY_AREA, "Secondary"), *AREA_ROWS]))
    with pytest.raises(UnreadableFile, match="doesn't say which year") as raised:
        read(file)
    assert raised.value.advice == "Name it with --year."
    assert gla_lds.read_lds(read_sheets(file), 2013).vintage == "spring 2014"


def test_a_table_saved_as_csv_has_its_year_in_its_name(tmp_path: Path) -> None:
    rows = [named(BY_SCHOOL, "Secondary"), *SCHOOL_ROWS]
    lines = "\r\n".join(",".join(str(cell) for cell in row) for row in rows)
    file = tmp_path / "Catchments_SecSchootoLSOA_2016_LDS.csv"
    file.write_text(lines, encoding="utf-8-sig")
    assert read(file).table.num_rows == 3
    assert read(file).vintage == "spring 2016"


def test_numbers_that_are_marked_as_hidden_stay_hidden(tmp_path: Path) -> None:
    marked = [(*AREA_ROWS[0][:-1], "<3"), (*AREA_ROWS[1][:-1], "*"), AREA_ROWS[2]]
    found = read(by_area(tmp_path, rows=marked)).table
    assert found["pupils"].to_pylist() == [None, None, 4]
    assert found["status"].to_pylist() == ["hidden", "hidden", "shown"]
