"""England's school census: year groups are spread over girls and boys, full and part time."""

from __future__ import annotations

from pathlib import Path

import pytest

from interurban.apps.schools.imports import dfe_census
from interurban.apps.schools.imports.imported import Imported
from interurban.apps.schools.imports.sheets import read_sheets
from interurban.catalog.packs import load_packs
from interurban.core.errors import UnreadableFile

LONDON = load_packs().cities["london"]
GROUPS = ("Nursery 1", "Nursery 2", "Reception", *(f"Year group {at}" for at in range(1, 14)))
COLUMNS = [f"{time} time {sex} {group}" for time in ("Part", "Full") for sex in ("girls", "boys")
           for group in GROUPS]  # fmt: skip
SAID = ("time_period", "region_name", "la_name", "URN", "school_name")


def read(folder: Path, *rows: dict[str, object], year: int | None = None) -> Imported:
    file = folder / "spc_school_level_underlying_data.csv"
    usual = dict.fromkeys(COLUMNS, 0)
    with file.open("w") as opened:
        opened.write(",".join((*SAID, *COLUMNS, "headcount of pupils")) + "\n")
        for row in rows:
            said = {**usual, **row}
            opened.write(",".join(str(said.get(name, "")) for name in (*SAID, *COLUMNS)) + ",0\n")
    sheets = read_sheets(file)
    assert dfe_census.recognises(sheets)
    return dfe_census.read_census(sheets, LONDON, year)


def school(urn: int, **said: object) -> dict[str, object]:
    return {
        "time_period": 202324, "region_name": "London", "la_name": "Camden", "URN": urn,
        "school_name": f"School {urn}", **said,
    }  # fmt: skip


def test_girls_and_boys_full_and_part_time_are_one_roll(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        school(
            1,
            **{
                "Part time girls Nursery 1": 4,
                "Full time girls Nursery 2": 3,
                "Full time girls Reception": 14,
                "Full time boys Reception": 16,
                "Full time boys Year group 2": 30,
            },
        ),
    )
    rows = found.table.to_pylist()
    assert [(r["year_group"], r["grade"], r["pupils"]) for r in rows] == [
        (-1, "Nursery", 7), (0, "Reception", 30), (1, "1", 0), (2, "2", 30),
    ]  # fmt: skip
    assert {row["year"] for row in rows} == {2023}
    assert found.found == ("2023/24: 67 pupils of 1 schools, of 1 rows in the file.",)
    assert found.name == "school_rolls_census_2023"


def test_schools_of_other_regions_and_letters_for_numbers_are_told(tmp_path: Path) -> None:
    leeds = school(2, region_name="Yorkshire", la_name="Leeds")
    found = read(
        tmp_path,
        school(1, **{"Full time boys Year group 7": 9, "Full time girls Year group 8": "z"}),
        leeds,
    )
    assert set(found.table["school_id"].to_pylist()) == {"1"}
    assert found.found[1] == "1 cells tell no number, and were taken as no pupils."
    with pytest.raises(UnreadableFile, match="region, authority or district called London"):
        read(tmp_path, leeds)


def test_a_year_that_is_nowhere_is_asked_for(tmp_path: Path) -> None:
    some = {"Full time boys Year group 7": 9, "time_period": ""}
    with pytest.raises(UnreadableFile, match="which school year"):
        read(tmp_path, school(1, **some))
    assert read(tmp_path, school(1, **some), year=2019).vintage == "school year 2019/20"
