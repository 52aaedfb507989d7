"""What a file is, is told by its bytes: packed, renamed, cut off, or in an old encoding."""

from __future__ import annotations

import codecs
import gzip
import zipfile
from pathlib import Path

import openpyxl
import pytest

from interurban.apps.schools.imports.sheets import SheetFile, read_sheets
from interurban.core.errors import InterurbanError, TooMuch, UnreadableFile

from .files import workbook

TABLE = 'URN,Name\r\n1,École Zoë\r\n2,"St Mary\'s, ""Old"" Hall"\r\n'
ROWS = (("URN", "Name"), ("1", "École Zoë"), ("2", 'St Mary\'s, "Old" Hall'))


def written(folder: Path, content: bytes, name: str = "table.csv") -> Path:
    file = folder / name
    file.write_bytes(content)
    return file


def rows(file: Path) -> tuple[tuple[str, ...], ...]:
    return tuple(read_sheets(file).sheets[0].rows)


@pytest.mark.parametrize(
    ("encoding", "told"),
    [
        ("utf-8", "utf-8-sig"),
        ("utf-8-sig", "utf-8-sig"),
        ("cp1252", "cp1252"),
        ("utf-16", "utf-16"),
    ],
)
def test_accents_survive_whatever_the_encoding(tmp_path: Path, encoding: str, told: str) -> None:
    file = written(tmp_path, TABLE.encode(encoding))
    assert rows(file) == ROWS
    assert read_sheets(file).encoding == told


def test_one_broken_letter_does_not_change_how_all_others_are_read(tmp_path: Path) -> None:
    accents = "URN,Name\n" + "1,École Zoë\n" * 3
    found = read_sheets(written(tmp_path, accents.encode() + b"2,caf\xe9\n"))
    assert [row[1] for row in found.sheets[0].rows][1:] == ["École Zoë"] * 3 + ["caf\ufffd"]
    assert found.notes == ("1 letters of table.csv are in no known encoding, and stand as \ufffd.",)


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_delimiters_and_line_ends_are_found(tmp_path: Path, delimiter: str, ends: str) -> None:
    lines = [delimiter.join(row) for row in (("URN", "A"), ("1", "Aldgate"), ("2", '"B\nC"'))]
    found = rows(written(tmp_path, ends.join(lines).encode()))
    assert found == (("URN", "A"), ("1", "Aldgate"), ("2", "B\nC"))


def test_numbers_kept_as_texts_are_texts(tmp_path: Path) -> None:
    assert rows(written(tmp_path, b'sep=;\nURN;A\n="0100";"=""007"""\n')) == (
        ("URN", "A"),
        ("0100", "007"),
    )


def test_packed_texts_are_read_by_their_own_names(tmp_path: Path) -> None:
    packed = written(tmp_path, gzip.compress(TABLE.encode()), "edubasealldata20250524.csv.gz")
    assert rows(packed) == ROWS
    assert read_sheets(packed).name == "edubasealldata20250524.csv"
    with zipfile.ZipFile(tmp_path / "results.zip", "w") as archive:
        archive.writestr("extract/edubasealldata20250524.csv", TABLE.encode("cp1252"))
        archive.writestr("__MACOSX/._edubasealldata20250524.csv", b"\x00\x05")
    found = read_sheets(tmp_path / "results.zip")
    assert found.name == "edubasealldata20250524.csv"
    assert tuple(found.sheets[0].rows) == tuple(found.sheets[0].rows) == ROWS


def test_a_workbook_is_one_whatever_its_ending(tmp_path: Path) -> None:
    file = workbook(tmp_path / "a.xlsx", ("Rolls", [("", "School ID"), ("", 609789)]))
    file.rename(tmp_path / "a.csv")
    found = read_sheets(tmp_path / "a.csv")
    assert found.sheets[0].name == "Rolls"
    assert tuple(found.sheets[0].rows) == (("", "School ID"), ("", "609789"))


def test_rows_keep_their_numbers_and_columns_below_blank_ones(tmp_path: Path) -> None:
    table = [(), (), ("", "", "School ID"), ("", "", 609789)]
    file = workbook(tmp_path / "a.xlsx", ("Rolls", table))
    (sheet,) = read_sheets(file).sheets
    assert sheet.head[2] == ("", "", "School ID")
    assert list(sheet.below(2)) == [(4, ("", "", "609789"))]


def test_hidden_sheets_are_named_and_not_read(tmp_path: Path) -> None:
    file = workbook(tmp_path / "a.xlsx", ("Shown", [("a",)]), ("Last year", [("b",)]))
    book = openpyxl.load_workbook(file)
    book["Last year"].sheet_state = "hidden"
    book.save(file)
    found = read_sheets(file)
    assert [sheet.name for sheet in found.sheets] == ["Shown"]
    assert found.hidden == ("Last year",)


def test_a_cell_at_the_far_corner_takes_no_memory(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active["A1"], book.active["XFD1048576"] = "School ID", "here"
    book.save(tmp_path / "far.xlsx")
    with pytest.raises(TooMuch, match="more than 20,000,000 cells"):
        read_sheets(tmp_path / "far.xlsx")


def _ods(folder: Path) -> bytes:
    with zipfile.ZipFile(folder / "made.ods", "w") as archive:
        archive.writestr("content.xml", "<a/>")
    return (folder / "made.ods").read_bytes()


def _zip(folder: Path, name: str = "notes.docx") -> bytes:
    with zipfile.ZipFile(folder / "made.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, TABLE * 200)
    return (folder / "made.zip").read_bytes()


def test_what_is_no_table_says_what_it_is(tmp_path: Path) -> None:
    cases = {
        b"": "is empty",
        b"%PDF-1.7 ...": "is a PDF",
        b"\xef\xbb\xbf\r\n<!DOCTYPE html><html>": "is a web page",
        b"<table><tr><td>URN": "is a web page",
        b"<?xml version='1.0'?><Workbook/>": "is an XML file",
        b"\x89PNG\r\n\x1a\n\x00\x00\x00": "neither a workbook nor a text",
        _ods(tmp_path): "workbook of a kind that is not read",
        _zip(tmp_path): r"without a CSV: notes\.docx",
        _zip(tmp_path, "a.csv")[:-90]: "ends before its time",
        gzip.compress(TABLE.encode() * 99)[:-20]: "ends before its time",
        codecs.BOM_UTF8 + b'URN,Name\n1,"' + b"a" * 200_000: r"line 2: field larger",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100): "damaged, or no workbook",
    }
    for content, words in cases.items():
        with pytest.raises(InterurbanError, match=words):
            _read_all(read_sheets(written(tmp_path, content, "given")))


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="can't be read: Is a directory"):
        read_sheets(tmp_path)


def _read_all(file: SheetFile) -> None:
    for sheet in file.sheets:
        for _ in sheet.rows:
            pass
