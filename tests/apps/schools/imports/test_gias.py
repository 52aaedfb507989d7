"""England's register of schools: Latin-1, fields in pairs, places in metres."""

from __future__ import annotations

from pathlib import Path

import pytest

from interurban.apps.schools.imports import gias
from interurban.apps.schools.imports.imported import Imported, joined
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
    rows: list[dict[str, object]] = read(
        register(folder / "edubasealldata20250524.csv", known)
    ).table.to_pylist()
    return rows[0]


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
            "TypeOfEstablishment (name)": "Academy converter",
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
        "1 schools state no place, and were left out.",
        "It lists only some kinds of schools: what it lacks is not taken as closed.",
    )


def test_the_day_of_the_file_is_its_vintage(tmp_path: Path) -> None:
    known = {"URN": 1, "EstablishmentName": "A", **CAMDEN}
    assert read(register(tmp_path / "edubasealldata20250524.csv", known)).vintage == "24 May 2025"
    assert read(register(tmp_path / "schools.csv", known)).vintage == "not stated"


def test_a_register_of_elsewhere_says_so(tmp_path: Path) -> None:
    leeds = {"URN": 2, "EstablishmentName": "L", "Easting": 430_000, "Northing": 433_000}
    with pytest.raises(UnreadableFile, match=r"No school of a\.csv lies in or around London"):
        read(register(tmp_path / "a.csv", leeds))


IN_PART = (
    "URN", "LA (code)", "LA (name)", "EstablishmentNumber", "EstablishmentName",
    "TypeOfEstablishment (name)", "EstablishmentStatus (name)", "OpenDate",
    "PhaseOfEducation (name)", "StatutoryLowAge", "StatutoryHighAge", "Gender (name)",
    "ReligiousCharacter (name)", "AdmissionsPolicy (name)", "Street", "Town", "Postcode",
    "SchoolWebsite", "GOR (name)",
)  # fmt: skip
"""The columns of the lists of open state-funded schools, and of academies."""
SCHOOLS_IN_ENGLAND = (
    "URN,Local authority (code),Local authority (name),Establishment name,Street,Town,Postcode,"
    "Type of establishment,Statutory highest age,Statutory lowest age,Phase of education,Gender,"
    "Religious character,Admissions policy,Website address,Headteacher,Establishment status,"
    "Opening date,Region\n"
    "100000,201,City of London,Aldgate,St James's Passage,London,EC3A 5DE,Voluntary Aided School,"
    "11,3,Primary,Mixed,Church of England,Not applicable,www.example.org,Ms A,Open,01/09/1990,"
    "London\n"
)
"""The list "Schools in England" of 2016 and 2017, which has names of its own."""


def test_a_list_without_places_keeps_schools_of_the_city_by_its_name(tmp_path: Path) -> None:
    rows = [
        {"URN": 1, "EstablishmentName": "A", "GOR (name)": "London"},
        {"URN": 2, "EstablishmentName": "B", "GOR (name)": "Yorkshire and the Humber"},
    ]
    name = "edubaseallstatefunded20260325.csv"
    found = read(register(tmp_path / name, *rows, columns=IN_PART))
    assert found.table["school_id"].to_pylist() == ["1"]
    assert found.table["longitude"].to_pylist() == [None]
    assert "1 of these state no place; they are kept because" in found.found[1]
    (tmp_path / name).unlink()
    with pytest.raises(UnreadableFile, match="states no places, and no open school"):
        read(register(tmp_path / name, rows[1], columns=IN_PART))


def test_some_kinds_of_schools_alone_are_not_the_whole_list(tmp_path: Path) -> None:
    kinds = ("Academy converter", "Community school", "Other independent school")
    rows = [
        {"URN": at, "EstablishmentName": kind, **CAMDEN, "TypeOfEstablishment (name)": kind,
         "EstablishmentTypeGroup (name)": "",
         "PhaseOfEducation (name)": "Secondary" if at else "Primary"}
        for at, kind in enumerate(kinds)
    ]  # fmt: skip
    whole = read(register(tmp_path / "a20260101.csv", *rows))
    assert (whole.in_part, whole.name) == (False, "schools_register_2026_01")
    special = {**rows[1], "TypeOfEstablishment (name)": "Non-maintained special school", "URN": 7}
    placeless = [{**row, "GOR (name)": "London"} for row in (*rows, special)]
    listed = read(register(tmp_path / "d20260101.csv", *placeless, columns=IN_PART))
    assert (listed.in_part, listed.name) == (True, "schools_register_some_kinds_2026_01")
    academies = read(register(tmp_path / "b20260101.csv", rows[0]))
    assert (academies.in_part, academies.name) == (True, "schools_register_academies_2026_01")
    assert academies.title == "Schools (academies), register of 01 January 2026"
    state = read(register(tmp_path / "c20260101.csv", *rows[:2], special))
    assert state.name == "schools_register_state_funded_2026_01"


def test_the_names_of_columns_of_2017_are_known(tmp_path: Path) -> None:
    (tmp_path / "schools.csv").write_text(SCHOOLS_IN_ENGLAND)
    (found,) = read(tmp_path / "schools.csv").table.to_pylist()
    wanted = ("phase", "governance", "faith", "lowest_age", "area_name", "opened", "website")
    assert [str(found[field]) for field in wanted] == [
        "primary", "public", "Church of England", "3", "City of London", "1990-09-01",
        "www.example.org",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "group", "who"),
    [
        ("City technology college", "Independent schools", "autonomous"),
        ("Foundation special school", "Special schools", "public"),
        ("Academy special converter", "Academies", "autonomous"),
        ("Other independent special school", "Special schools", "private"),
        ("Voluntary Aided School", "", "public"),
        ("Free Schools - 16-19", "", "autonomous"),
        ("Service children's education", "Other types", "other"),
    ],
)
def test_who_runs_a_school_is_told_by_its_type_first(
    tmp_path: Path, kind: str, group: str, who: str
) -> None:
    said = {"TypeOfEstablishment (name)": kind, "EstablishmentTypeGroup (name)": group}
    assert school(tmp_path, **said)["governance"] == who


def test_what_is_no_school_and_what_is_twice_is_told(tmp_path: Path) -> None:
    centre = {"TypeOfEstablishment (name)": "Children's centre", **CAMDEN}
    rows = [
        {"URN": "100049.0", "EstablishmentName": "First", **CAMDEN, "StatutoryLowAge": "16-Nov"},
        {"URN": 100049, "EstablishmentName": "Again", **CAMDEN, "LSOA (code)": "999999999"},
        {"URN": 20007, "EstablishmentName": "Centre", **centre},
        {"URN": "", "EstablishmentName": "Nobody", **CAMDEN},
    ]
    found = read(register(tmp_path / "a.csv", *rows))
    assert found.table["name"].to_pylist() == ["First"]
    told = " ".join(found.found)
    for words in (
        "1 children's centres were left out",
        "1 rows repeat a URN",
        "1 schools have an age that a spreadsheet made a date",
        "1 rows have no URN, and were left out.",
    ):
        assert words in told
    with pytest.raises(UnreadableFile, match=r"b\.csv lists children's centres"):
        read(register(tmp_path / "b.csv", rows[2]))


def test_a_file_that_is_cut_off_is_told(tmp_path: Path) -> None:
    file = register(tmp_path / "a.csv", {"URN": 1, "EstablishmentName": "A", **CAMDEN},
                    {"URN": 2, "EstablishmentName": "B", **CAMDEN})  # fmt: skip
    file.write_bytes(file.read_bytes()[:-9])
    assert "The last row ends early: was the file downloaded whole?" in read(file).found
    file.write_text(file.read_text().splitlines()[0])
    with pytest.raises(UnreadableFile, match="columns of the register, and no school"):
        read(file)


def test_of_two_registers_together_the_newer_tells_of_a_school(tmp_path: Path) -> None:
    known = {"URN": 1, "EstablishmentName": "Old", **CAMDEN}
    other = {"URN": 2, "EstablishmentName": "Other", **CAMDEN}
    parts = [
        read(register(tmp_path / "edubasealldata20240101.csv", known, other)),
        read(
            register(tmp_path / "edubasealldata20250101.csv", {**known, "EstablishmentName": "New"})
        ),
    ]
    assert joined(parts).table["name"].to_pylist() == ["New", "Other"]


def test_texts_stand_on_one_line(tmp_path: Path) -> None:
    assert school(tmp_path, Street="1 High St\r\nBasement")["address"] == "1 High St Basement"


def test_without_a_day_in_its_name_the_last_change_tells(tmp_path: Path) -> None:
    columns = (*REGISTER, "LastChangedDate")
    said = {"URN": 1, "EstablishmentName": "A", **CAMDEN, "LastChangedDate": "24-05-2025"}
    assert read(register(tmp_path / "schools.csv", said, columns=columns)).vintage == "24 May 2025"
