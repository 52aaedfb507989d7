"""England's register of schools: Latin-1, fields in pairs, places in metres."""

from __future__ import annotations

from pathlib import Path

import pytest

from interurban.apps.schools.imports import gias
from interurban.apps.schools.imports.imported import Imported
from interurban.apps.schools.imports.sheets import read_sheets
from interurban.catalog.packs import load_packs
from interurban.core.errors import UnreadableFile

from .files import REGISTER, register

LONDON = load_packs().cities["london"]
CAMDEN = {"Easting": 528_500, "Northing": 184_500}


def read(file: Path) -> Imported:
    sheets = read_sheets(file)
    assert gias.recognises(sheets)
    return gias.read_register(sheets, LONDON)


def school(folder: Path, **said: object) -> dict[str, object]:
    known = {"URN": 100049, "EstablishmentName": "Haverstock School", **CAMDEN, **said}
    (found,) = read(register(folder / "edubasealldata20250524.csv", known)).table.to_pylist()
    return found


def test_latin_1_and_grid_metres_are_understood(tmp_path: Path) -> None:
    found = school(tmp_path, EstablishmentName="Lycée Français")
    assert found["name"] == "Lycée Français"
    assert found["longitude"] == pytest.approx(-0.147, abs=0.01)
    assert found["latitude"] == pytest.approx(51.545, abs=0.01)


def test_pairs_of_fields_may_lack_their_blank(tmp_path: Path) -> None:
    columns = [name.replace(" (", "(") for name in REGISTER]
    file = register(tmp_path / "a.csv", {"URN": 1, "EstablishmentName": "A", **CAMDEN},
                    columns=columns)  # fmt: skip
    assert read(file).table["area_name"].to_pylist() == ["Camden"]


def test_words_of_the_register_become_words_of_the_standard(tmp_path: Path) -> None:
    found = school(
        tmp_path,
        **{
            "PhaseOfEducation (name)": "Secondary",
            "EstablishmentTypeGroup (name)": "Academies",
            "Gender (name)": "Girls",
            "ReligiousCharacter (name)": "Roman Catholic",
            "AdmissionsPolicy (name)": "Selective",
            "EstablishmentStatus (name)": "Open, but proposed to close",
            "OpenDate": "01-09-2012",
        },
    )
    words = ("phase", "governance", "gender", "faith", "admissions", "status")
    assert [found[word] for word in words] == [
        "secondary", "autonomous", "girls", "Roman Catholic", "selective", "open",
    ]  # fmt: skip
    assert str(found["opened"]) == "2012-09-01"


def test_no_faith_and_no_capacity_are_not_values(tmp_path: Path) -> None:
    found = school(tmp_path, SchoolCapacity=0, NumberOfPupils=0)
    assert (found["faith"], found["capacity"], found["pupils"]) == (None, None, 0)


def test_ages_that_a_spreadsheet_made_dates_are_no_ages(tmp_path: Path) -> None:
    found = school(tmp_path, StatutoryLowAge="18-Nov", StatutoryHighAge=18)
    assert (found["lowest_age"], found["highest_age"]) == (None, 18)


def test_only_schools_in_and_around_the_city_are_kept(tmp_path: Path) -> None:
    rows = [
        {"URN": 1, "EstablishmentName": "In London", **CAMDEN},
        {"URN": 2, "EstablishmentName": "In Leeds", "Easting": 430_000, "Northing": 433_000},
        {"URN": 3, "EstablishmentName": "Nowhere", "Easting": 0, "Northing": 0},
        {"URN": 4, "EstablishmentName": "Gone", **CAMDEN, "EstablishmentStatus (name)": "Closed"},
    ]
    found = read(register(tmp_path / "a.csv", *rows))
    assert found.table["school_id"].to_pylist() == ["1", "4"]
    assert found.found == (
        "2 of 4 schools lie in or around London; 1 of them have closed.",
        "1 schools of the file state no place, and were left out.",
    )


def test_the_day_of_the_file_is_its_vintage(tmp_path: Path) -> None:
    known = {"URN": 1, "EstablishmentName": "A", **CAMDEN}
    assert read(register(tmp_path / "edubasealldata20250524.csv", known)).vintage == "24 May 2025"
    assert read(register(tmp_path / "schools.csv", known)).vintage == "not stated"


def test_a_register_of_elsewhere_says_so(tmp_path: Path) -> None:
    leeds = {"URN": 2, "EstablishmentName": "L", "Easting": 430_000, "Northing": 433_000}
    with pytest.raises(UnreadableFile, match=r"No school of a\.csv lies in or around London"):
        read(register(tmp_path / "a.csv", leeds))
