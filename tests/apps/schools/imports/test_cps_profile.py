"""Profiles of Chicago's schools: columns come and go, what is taken stays."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from interurban.apps.schools.imports import cps_profile
from interurban.apps.schools.imports.imported import Imported
from interurban.apps.schools.imports.sheets import read_sheets
from interurban.catalog.packs import load_packs
from interurban.core.errors import UnreadableFile

CITIES = load_packs().cities
COLUMNS = (
    "School_ID", "Legacy_Unit_ID", "Short_Name", "Long_Name", "Primary_Category", "Is_High_School",
    "Is_Middle_School", "Is_Elementary_School", "Administrator", "Address", "Zip", "Website",
    "Attendance_Boundaries", "Grades_Offered_All", "Student_Count_Total", "School_Latitude",
    "School_Longitude", "School_Year", "Network",
)  # fmt: skip


def read(folder: Path, *schools: dict[str, object], city: str = "chicago") -> Imported:
    file = folder / "Chicago_Public_Schools_-_School_Profile_Information_SY1819.csv"
    usual = {
        "School_ID": 400172, "Long_Name": "Aspire High", "Primary_Category": "HS",
        "Is_High_School": "true", "Address": "2989 N MILWAUKEE AVE", "Network": "Network 4",
        "Attendance_Boundaries": "true", "Grades_Offered_All": "9,10", "Student_Count_Total": "633",
        "School_Latitude": 41.93, "School_Longitude": -87.71,
        "School_Year": "School Year 2018-2019",
    }  # fmt: skip
    with file.open("w", newline="") as opened:
        writer = csv.DictWriter(opened, COLUMNS)
        writer.writeheader()
        writer.writerows({**usual, **school} for school in schools)
    sheets = read_sheets(file)
    assert cps_profile.recognises(sheets)
    return cps_profile.read_profiles(sheets, CITIES[city])


def test_a_profile_is_a_school_of_its_year(tmp_path: Path) -> None:
    found = read(tmp_path, {})
    (school,) = found.table.to_pylist()
    assert {key: school[key] for key in ("phase", "governance", "admissions", "pupils")} == {
        "phase": "secondary", "governance": "public", "admissions": "zone", "pupils": 633,
    }  # fmt: skip
    assert school["address"] == "2989 N Milwaukee Ave"
    assert (found.vintage, found.name) == ("school year 2018-19", "school_profiles_2018")


@pytest.mark.parametrize(
    ("said", "phase", "who"),
    [
        ({"Primary_Category": "ES", "Is_High_School": "false"}, "primary", "public"),
        ({"Is_Elementary_School": "true"}, "all-through", "public"),
        ({"Grades_Offered_All": "PK", "Network": "Charter"}, "nursery", "autonomous"),
        ({"Primary_Category": "MS", "Network": "Options"}, "middle", None),
    ],
)
def test_phases_and_networks(
    tmp_path: Path, said: dict[str, object], phase: str, who: str | None
) -> None:
    (school,) = read(tmp_path, said).table.to_pylist()
    assert (school["phase"], school["governance"]) == (phase, who)


def test_the_year_may_stand_in_the_name_alone(tmp_path: Path) -> None:
    assert read(tmp_path, {"School_Year": ""}).day is not None


def test_profiles_are_not_of_another_city(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="lies in or around London"):
        read(tmp_path, {}, city="london")
