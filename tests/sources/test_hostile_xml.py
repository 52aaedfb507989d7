"""XML of strangers (workbooks, KML, GPX) reads no other file, and does not swell."""

from __future__ import annotations

import time
import zipfile
from pathlib import Path

import openpyxl
import pytest

from interurban.core.dataset import SourceSpec
from interurban.core.errors import InterurbanError
from interurban.sources import Fetching, open_source

SECRET = "what-stands-in-another-file"
LAUGHS = "".join(
    f'<!ENTITY l{n} "{"&l" + str(n - 1) + ";" if n else "ha"}{("&l" + str(n - 1) + ";") * 9}">'
    if n
    else '<!ENTITY l0 "hahahahahaha">'
    for n in range(10)
)


def rows(file: Path, work: Path) -> str:
    """All rows as text; an error in words is an answer too."""
    work.mkdir(exist_ok=True)
    try:
        reading = open_source(SourceSpec("files", {"path": str(file)}), Fetching(work=work))
        assert reading is not None
        with reading:
            return " ".join(str(batch.to_pylist()) for batch in reading.batches())
    except InterurbanError as error:
        return str(error)


def workbook(folder: Path, entities: str, use: str) -> Path:
    """A workbook whose first sheet has a document type of its own."""
    plain, file = folder / "plain.xlsx", folder / "hostile.xlsx"
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (("name", "value"), ("MARK", 1), ("b", 2)):
        sheet.append(row)
    book.save(plain)
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(file, "w") as target:
        for name in source.namelist():
            text = source.read(name).decode()
            if "MARK" in text:
                begin, _, rest = text.partition("<worksheet")
                text = f"{begin}<!DOCTYPE worksheet [{entities}]><worksheet{rest}"
                text = text.replace("MARK", use)
            target.writestr(name, text)
    return file


def kml(folder: Path, entities: str, use: str) -> Path:
    file = folder / "hostile.kml"
    file.write_text(
        f'<?xml version="1.0"?><!DOCTYPE kml [{entities}]>'
        '<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark>'
        f"<name>{use}</name><Point><coordinates>-87.6,41.8</coordinates></Point>"
        "</Placemark></Document></kml>"
    )
    return file


def gpx(folder: Path, entities: str, use: str) -> Path:
    file = folder / "hostile.gpx"
    file.write_text(
        f'<?xml version="1.0"?><!DOCTYPE gpx [{entities}]>'
        '<gpx xmlns="http://www.topografix.com/GPX/1/1" version="1.1" creator="x">'
        f'<wpt lat="41.8" lon="-87.6"><name>{use}</name></wpt></gpx>'
    )
    return file


@pytest.mark.parametrize("make", [workbook, kml, gpx])
def test_no_entity_reads_another_file(make, tmp_path: Path) -> None:
    other = tmp_path / "other.txt"
    other.write_text(SECRET)
    file = make(tmp_path, f'<!ENTITY x SYSTEM "{other.as_uri()}">', "&x;")
    assert SECRET not in rows(file, tmp_path / "work")


@pytest.mark.parametrize("make", [workbook, kml, gpx])
def test_entities_do_not_swell(make, tmp_path: Path) -> None:
    """A billion laughs: a few hundred bytes that would be gigabytes."""
    began = time.monotonic()
    said = rows(make(tmp_path, LAUGHS, "&l9;"), tmp_path / "work")
    assert len(said) < 1_000_000
    assert time.monotonic() - began < 20
