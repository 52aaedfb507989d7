"""Twenty-one years of 20th-day workbooks, whose layout nobody kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from interurban.apps.schools.imports import cps_membership
from interurban.apps.schools.imports.imported import Imported, joined
from interurban.apps.schools.imports.sheets import read_sheets
from interurban.core.errors import UnreadableFile

from .files import GRADES, Row, old_workbook, workbook

BEFORE_2008 = [
    "Area", "Unit", "School ID", "School", "Head\nStart", "Other\nPK", "State\nPK", "PK\nSPED",
    "Full-Day\nK", "Half-Day\nK", *GRADES[3:], "Total",
]  # fmt: skip


def read(file: Path, year: int | None = None) -> Imported:
    sheets = read_sheets(file)
    assert cps_membership.recognises(sheets)
    return cps_membership.read_membership(sheets, year)


def roll(found: Imported, school: str) -> dict[str, float]:
    rows = found.table.to_pylist()
    return {row["grade"]: row["pupils"] for row in rows if row["school_id"] == school}


def old(folder: Path, *rows: Row, name: str = "GENERAL_2005-2006.xls") -> Path:
    return old_workbook(folder / name, ("enrollment_0608", [BEFORE_2008, *rows]))


def test_headers_of_two_lines_and_kinds_of_kindergarten_become_grades(tmp_path: Path) -> None:
    barry = (1, 2160, "609789", "Barry", 5, 1, 148, 2, 30, 117, *[100] * 12, 1503)
    found = read(old(tmp_path, barry, ("District Totals", "", "", "", *[0] * 18, 1503)))
    assert roll(found, "609789") == {"PK": 156, "K": 147} | {str(g): 100 for g in range(1, 13)}
    assert set(found.table["year"].to_pylist()) == {2005}
    groups = {row["grade"]: row["year_group"] for row in found.table.to_pylist()}
    assert groups == {"PK": -1, "K": 0} | {str(g): g for g in range(1, 13)}


def test_totals_are_no_schools_and_are_compared(tmp_path: Path) -> None:
    rows: list[Row] = [
        (1, 2160, 609789, "Barry", *[0] * 6, *[10] * 12, 120),
        ("Charter & Contract Schools Totlas", "", "", "", *[0] * 6, *[5] * 12, 60),
        ("", "", "", "", *[""] * 19),
        ("Dsitrict Totals", "", "", "", *[0] * 6, *[15] * 12, 180),
    ]
    found = read(old(tmp_path, *rows))
    assert set(found.table["school_id"].to_pylist()) == {"609789"}
    assert found.found[-1] == "2005-06: the file's own total is 180, -33.3% away."


def test_branches_without_an_id_are_left_out_and_told(tmp_path: Path) -> None:
    rows: list[Row] = [
        (1, 2160, 609789, "Barry", *[0] * 6, *[10] * 12, 120),
        (1, 2161, "", "McCutcheon Br", *[0] * 6, *[1] * 12, 12),
    ]
    found = read(old(tmp_path, *rows))
    assert (
        "1 rows without a school's id were left out, with 12 pupils: McCutcheon Br"
        in (found.found[1])
    )


def test_grade_two_with_an_apostrophe_is_grade_two(tmp_path: Path) -> None:
    header = ["Area", "Unit", "School ID", "Schools", *GRADES, "Total"]
    header[header.index("02")] = "02'"
    barry = (1, 2160, 609789, "Barry", *range(15), 105)
    found = read(old_workbook(tmp_path / "GENERAL_2007-2008.xls", ("Sheet1", [header, barry])))
    assert roll(found, "609789")["2"] == 4


@pytest.mark.parametrize("above", [0, 1, 2])
def test_the_header_is_found_on_any_of_the_first_rows(tmp_path: Path, above: int) -> None:
    lines = [["* Data was revised on 10/4/23"], ["School Information", "", "Enrollment by Grade"]]
    header = ["School ID", "School Name", "Network", "Total", "PE", "PK", "K", *range(1, 13)]
    schools: list[Row] = [
        ("", "-- District Total --", "", 300, *[20] * 15),
        (400009, "GLOBAL CITIZENSHIP", "Charter", 300, *[20] * 15),
    ]
    rows = [*lines[2 - above :], header, *schools]
    file = workbook(tmp_path / "GENERAL_2023-2024.xlsx", ("Schools by Grade", rows))
    found = read(file)
    assert roll(found, "400009")["12"] == 20
    assert found.found == ("2023-24: 300 pupils of 1 schools.",)


def test_the_year_may_stand_in_the_totals_alone(tmp_path: Path) -> None:
    rows: list[Row] = [
        ["School ID", "School Name", "Total", *GRADES],
        ("", "District Total 2018-2019", 150, *[10] * 15),
        ("610212", "Albany Park", 150, *[10] * 15),
    ]
    assert read(workbook(tmp_path / "a.xlsx", ("Schools", rows))).vintage == "school year 2018-19"
    rows[1] = ("", "District Total", 150, *[10] * 15)
    file = workbook(tmp_path / "b.xlsx", ("Schools", rows))
    with pytest.raises(UnreadableFile, match="which school year"):
        read(file)
    assert read(file, 2018).table["year"].to_pylist() == [2018] * 15


def test_pupils_of_no_grade_are_told(tmp_path: Path) -> None:
    rows: list[Row] = [
        ["Area", "School ID", "Unit", "Schools", *GRADES, 99, "Totals"],
        (1, 610212, 6290, "Albany Park", *[10] * 15, 17, 167),
        ("District Totals", "", "", "", *[10] * 15, 17, 167),
    ]
    found = read(workbook(tmp_path / "GENERAL_2010-2011.xlsx", ("20th", rows)))
    assert "2010-11: 17 pupils of no grade were left out." in found.found


def test_years_join_into_one_table(tmp_path: Path) -> None:
    barry = (1, 2160, 609789, "Barry", *[0] * 6, *[10] * 12, 120)
    names = ("GENERAL_2005-2006.xls", "GENERAL_2006-2007.xls")
    both = joined([read(old(tmp_path, barry, name=name)) for name in names])
    assert set(both.table["year"].to_pylist()) == {2005, 2006}
    assert both.vintage == "school year 2005-06 to school year 2006-07"
    assert both.name == "school_rolls_20th_day_2005_to_2006"


@pytest.mark.parametrize(
    ("name", "began"),
    [
        ("membership_20th_day_2006.xls", 2005),
        ("membership_20th_day_2010_updated.xls", 2009),
        ("enrollment_20th_day_2014-15.xls", 2014),
        ("enrollment_20th_day_2016_GV_20151023.xls", 2015),
        ("Demographics_20thDay_2019.xls", 2018),
        ("demographics_20thday_2022_v10272021.xls", 2021),
        ("demographics_20thday_sy2026_forweb.xls", 2025),
        ("FY08_Membership.xls", 2007),
    ],
)
def test_a_single_year_in_the_name_is_the_one_the_school_year_ends_in(
    tmp_path: Path, name: str, began: int
) -> None:
    barry = (1, 2160, "609789", "Barry", *[0] * 6, *[10] * 12, 120)
    found = read(old(tmp_path, barry, name=name))
    assert set(found.table["year"].to_pylist()) == {began}
    assert found.name == f"school_rolls_20th_day_{began}"


def test_a_table_saved_as_csv_is_the_same(tmp_path: Path) -> None:
    header = ["School ID", "School Name", "Network", "Total", "PE", "PK", "K", *range(1, 13)]
    rows = [header, ("400009", '"GLOBAL, CITIZENSHIP"', "Charter", '"1,500"', *[100] * 15)]
    lines = [",".join(str(cell) for cell in row) for row in rows]
    (tmp_path / "Demographics_20thDay_2018.csv").write_text("\r\n".join(lines))
    assert roll(read(tmp_path / "Demographics_20thDay_2018.csv"), "400009")["12"] == 100


def test_a_year_that_two_files_tell_counts_once(tmp_path: Path) -> None:
    barry = (1, 2160, "609789", "Barry", *[0] * 6, *[10] * 12, 120)
    albany = (1, 2161, "610212", "Albany", *[0] * 6, *[10] * 12, 120)
    one = read(old(tmp_path, barry, name="GENERAL_2005-2006.xls"))
    two = read(old(tmp_path, barry, albany, name="membership_20th_day_2006.xls"))
    both = joined([one, two])
    assert (sum(roll(both, "609789").values()), sum(roll(both, "610212").values())) == (120, 120)
    assert both.table.num_rows == joined([two, two]).table.num_rows == two.table.num_rows
    assert both.found[-1] == (
        "14 rows tell what another of the files tells too: each is taken once."
    )
