"""Files laid out as their publishers lay them out, small, and made anew for each test."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import openpyxl
import xlwt

Row = Sequence[object]

BY_AREA = (
    "LSOA_CODE",
    "LSOA_NAME",
    "Total_No_of_LSOA_Pupils",
    "LSOA2{stage}_Flow_No.",
    "{stage}_School_URN",
    "{stage}_School_Name",
    "Pupil_count",
)
BY_SCHOOL = (
    "{stage}_School_URN",
    "{stage}_School_Name",
    "Total_{short}School_Pupils",
    "{stage}2LSOA_Flow_No.",
    "LSOA_CODE",
    "LSOA_NAME",
    "Pupil_count",
)
NOTES = ("Notes", [(), (), ("", "London Schools Atlas - Underlying Data"), ("", "Introduction:")])
REGISTER = (
    "URN", "LA (code)", "LA (name)", "EstablishmentNumber", "EstablishmentName",
    "TypeOfEstablishment (code)", "TypeOfEstablishment (name)", "EstablishmentTypeGroup (code)",
    "EstablishmentTypeGroup (name)", "EstablishmentStatus (code)", "EstablishmentStatus (name)",
    "OpenDate", "CloseDate", "PhaseOfEducation (code)", "PhaseOfEducation (name)",
    "StatutoryLowAge", "StatutoryHighAge", "Gender (code)", "Gender (name)",
    "ReligiousCharacter (code)", "ReligiousCharacter (name)", "AdmissionsPolicy (code)",
    "AdmissionsPolicy (name)", "SchoolCapacity", "NumberOfPupils", "Street", "Town", "Postcode",
    "SchoolWebsite", "Easting", "Northing", "LSOA (code)",
)  # fmt: skip
GRADES = ("PE", "PK", "K", *(f"{grade:02}" for grade in range(1, 13)))


def workbook(file: Path, *sheets: tuple[str, Iterable[Row]]) -> Path:
    """An .xlsx with these sheets."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets:
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    book.save(file)
    return file


def old_workbook(file: Path, *sheets: tuple[str, Iterable[Row]]) -> Path:
    """An .xls of Excel 97 with these sheets."""
    book = xlwt.Workbook()
    for name, rows in sheets:
        sheet = book.add_sheet(name)
        for at, row in enumerate(rows):
            for column, cell in enumerate(row):
                sheet.write(at, column, cell)
    book.save(str(file))
    return file


def named(columns: Sequence[str], stage: str) -> list[str]:
    """The columns of a view of the Atlas, of a stage."""
    short = {"Primary": "Pri", "Secondary": "Sec"}[stage]
    return [column.format(stage=stage, short=short) for column in columns]


def register(file: Path, *schools: Mapping[str, object], columns: Sequence[str] = REGISTER) -> Path:
    """England's register, in Latin-1; a school is what differs from an open primary school."""
    usual: dict[str, object] = {
        "LA (name)": "Camden",
        "TypeOfEstablishment (name)": "Community school",
        "EstablishmentTypeGroup (name)": "Local authority maintained schools",
        "EstablishmentStatus (name)": "Open",
        "PhaseOfEducation (name)": "Primary",
        "Gender (name)": "Mixed",
        "AdmissionsPolicy (name)": "Not applicable",
        "ReligiousCharacter (name)": "Does not apply",
    }
    with file.open("w", encoding="latin-1", newline="") as opened:
        writer = csv.writer(opened)
        writer.writerow(columns)
        for school in schools:
            said = {**usual, **school}
            plain = {key.replace(" (", "("): value for key, value in said.items()}
            writer.writerow([plain.get(column.replace(" (", "("), "") for column in columns])
    return file
