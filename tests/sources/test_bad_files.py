"""A wrong file gives one clear sentence with what to do, or loads and loses nothing."""

from __future__ import annotations

import gzip
import json
import os
import random
import stat
import struct
import tracemalloc
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from interurban.core.dataset import SourceSpec
from interurban.core.errors import ConfigurationError, SourceChanged, TooMuch, UnreadableFile
from interurban.sources import Fetching, Limits, open_source
from interurban.sources._records import RecordPattern, split_blocks, split_fields

from .reading_files import Open, rows_of, write

# Words that no person should have to read; nor should a message name folders of this machine.
JARGON = ("Traceback", "Error(", "pyarrow", "GDAL", "openpyxl", "zlib", "None")


def refused(opened: Open, path: Path, kind: type[Exception] = UnreadableFile, **more: Any) -> str:
    with pytest.raises(kind) as caught, opened(path, **more) as reading:
        for _ in reading.batches():
            pass
    message = str(caught.value)
    assert message.endswith("."), message
    assert getattr(caught.value, "advice", ""), message
    assert not any(word in message for word in (*JARGON, str(path.parent))), message
    return message


# Files that are something else


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty: it has no bytes"),
        (b" \r\n\t\n", "nothing but blanks"),
        (random.Random(7).randbytes(50_000), "binary file"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "a PNG image"),
        (b"%PDF-1.7\n" + b"x" * 100, "a PDF document"),
        (b"7z\xbc\xaf\x27\x1c" + bytes(50), "a 7-Zip archive"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old Office version"),
        (b"id,name,cost\n", "has a header (id, name, cost) but no rows"),
        (b"id,name,cost", "has a header (id, name, cost) but no rows"),
        (b"[]", "empty list"),
        (b'{"data": []}', "empty list"),
        (b'{"type": "FeatureCollection", "features": []}', "empty list"),
        (b'{"a": {"b": {"c": 1}}}', "no list of records"),
        (b'[{"a": 1}, {"a": 2}', "ends too early"),
        (b"<?xml version='1.0'?><rss><x/></rss>", "XML with the root <rss>"),
    ],
)
def test_a_file_that_is_no_table_says_what_it_is(
    tmp_path: Path, opened: Open, content: bytes, says: str
) -> None:
    assert says in refused(opened, write(tmp_path, "crimes.csv", content))


def test_a_web_page_saved_as_csv_is_told_by_its_title(tmp_path: Path, opened: Open) -> None:
    page = "<!DOCTYPE html>\n<html><head><title>503 Service\n Unavailable</title></head></html>"
    message = refused(opened, write(tmp_path, "crimes.csv", page))
    assert 'crimes.csv is a web page titled "503 Service Unavailable", not data.' in message


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"error": True, "message": "Query timed out"}, "Query timed out"),
        ({"success": False, "error": {"message": "Not found", "__type": "x"}}, "Not found"),
        ({"code": "permission_denied", "message": "Log in"}, "Log in"),
        ({"error": {"code": 400, "message": "Invalid URL", "details": []}}, "Invalid URL"),
    ],
)
def test_an_error_message_saved_as_csv_is_told(
    tmp_path: Path, opened: Open, body: dict[str, Any], says: str
) -> None:
    message = refused(opened, write(tmp_path, "crimes.csv", json.dumps(body)))
    assert f'an error message of a server ("{says}")' in message


def test_an_xml_error_of_an_object_store_is_told(tmp_path: Path, opened: Open) -> None:
    body = "<?xml version='1.0'?><Error><Code>NoSuchKey</Code><Message>Gone</Message></Error>"
    assert '("Gone")' in refused(opened, write(tmp_path, "crimes.csv", body))


def test_a_place_that_is_no_file_is_told(tmp_path: Path, opened: Open) -> None:
    assert "There is no file missing.csv" in refused(opened, tmp_path / "missing.csv")
    (tmp_path / "folder").mkdir()
    write(tmp_path / "folder", "a.csv", "a,b\n1,2\n")
    assert "is a folder. Name one file in it: a.csv" in refused(opened, tmp_path / "folder")
    (tmp_path / "dangling.csv").symlink_to(tmp_path / "gone.csv")
    assert "is a link to a file that is not there" in refused(opened, tmp_path / "dangling.csv")
    os.mkfifo(tmp_path / "pipe")
    assert "is not an ordinary file" in refused(opened, tmp_path / "pipe")


def test_a_link_to_a_file_is_followed_but_not_out_of_the_mirror(tmp_path: Path) -> None:
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    write(mirror, "a.csv", "a,b\n1,2\n")
    write(tmp_path, "secret.csv", "a,b\n1,2\n")
    (mirror / "link.csv").symlink_to(mirror / "a.csv")
    (mirror / "out.csv").symlink_to(tmp_path / "secret.csv")
    fetching = Fetching(work=tmp_path / "work", mirror=mirror)

    def load(path: str) -> int:
        reading = open_source(SourceSpec("files", {"path": path}), fetching)
        assert reading is not None
        return len(rows_of(reading))

    assert load("link.csv") == 1
    for path in ("out.csv", "../secret.csv"):
        with pytest.raises(UnreadableFile, match="leads out of the mirror"):
            load(path)


def test_a_wrong_option_is_named(tmp_path: Path, opened: Open) -> None:
    path = write(tmp_path, "a.csv", "a,b\n1,2\n")
    for options, says in [
        ({"sheets": 1}, 'no option "sheets"'),
        ({"delimiter": "ab"}, "not one plain character"),
        ({"encoding": "klingon"}, 'no text encoding "klingon"'),
        ({"skip": -1}, "skip"),
        ({"header": "yes"}, "header"),
    ]:
        assert says in refused(opened, path, ConfigurationError, **options)


def test_a_file_that_changes_while_it_is_read_is_noticed(tmp_path: Path, opened: Open) -> None:
    path = write(tmp_path, "a.csv", "a,b\n1,2\n")
    with opened(path) as reading:
        list(reading.batches())
        path.write_text("a,b\n1,2\n3,4\n")
        with pytest.raises(SourceChanged, match="changed while it was read"):
            reading.facts()


# Text that is broken in places


def test_rows_of_the_wrong_width_are_set_aside_and_keep_their_numbers(
    tmp_path: Path, opened: Open
) -> None:
    reading = opened(write(tmp_path, "a.csv", "a,b,c\n1,2,3\n4,5\n6,7,8,9\n\n10,11,12\n"))
    assert [(row["a"], row["_row"]) for row in rows_of(reading)] == [("1", 1), ("10", 4)]
    assert [(b.row, b.text, b.reason) for b in reading.broken] == [
        (2, "4,5", "2 values where the table has 3 columns"),
        (3, "6,7,8,9", "4 values where the table has 3 columns"),
    ]


def test_a_quote_that_is_never_closed_costs_one_line(tmp_path: Path, opened: Open) -> None:
    lines = [
        "id,place,ok",
        '1,"Main St,y',
        "2,Oak,y",
        '3,"Elm, 5th",y',
        '4,"a ""b"" c",y',
        '5,"Pine" Rd,y',
        "6,x,y",
    ]
    reading = opened(write(tmp_path, "a.csv", "\n".join(lines)))
    rows = rows_of(reading)
    assert [(row["id"], row["place"], row["_row"]) for row in rows] == [
        ("2", "Oak", 2),
        ("3", "Elm, 5th", 3),
        ("4", 'a "b" c', 4),
        ("6", "x", 6),
    ]
    assert [(b.row, b.reason) for b in reading.broken] == [
        (1, "a quote is opened and never closed"),
        (5, "a quote stands where it neither opens nor closes a value"),
    ]


def test_a_quote_open_to_the_end_of_a_large_file_costs_one_line(
    tmp_path: Path, opened: Open
) -> None:
    lines = "".join(f"{n},plain text of row {n}\n" for n in range(1, 200_001))
    reading = opened(write(tmp_path, "a.csv", f'id,text\n0,"open\n{lines}'))
    with reading:
        count = sum(batch.num_rows for batch in reading.batches())
    assert count == 200_000
    assert [(b.row, b.text) for b in reading.broken] == [(1, '0,"open')]


def test_bytes_of_another_encoding_are_read_and_counted(tmp_path: Path, opened: Open) -> None:
    good = "1,Café – naïve\n".encode() * 3
    old = "2,Señor “quoted”\n".encode("cp1252")
    reading = opened(write(tmp_path, "a.csv", b"id,name\n" + good + old + good))
    names = [row["name"] for row in rows_of(reading)]
    assert names == ["Café – naïve"] * 3 + ["Señor “quoted”"] + ["Café – naïve"] * 3
    said = reading.facts().reading["encoding"]
    assert said == "UTF-8, with 3 characters of Windows-1252 among them"


def test_nul_bytes_are_left_out_and_counted(tmp_path: Path, opened: Open) -> None:
    reading = opened(write(tmp_path, "a.csv", b"id,name\n1,a\0b\n2,\0\0\n" + b"3,c\n" * 20))
    assert [row["name"] for row in rows_of(reading)][:2] == ["ab", ""]
    assert reading.facts().reading["encoding"].endswith("3 NUL bytes left out")


def test_an_absurdly_long_value_is_set_aside(tmp_path: Path, opened: Open) -> None:
    text = f"id,note\n1,a\n2,{'x' * 5_000_000}\n3,c\n"
    reading = opened(write(tmp_path, "a.csv", text))
    assert [row["_row"] for row in rows_of(reading)] == [1, 3]
    assert reading.broken[0].row == 2
    assert "longer than 1,048,576 bytes" in reading.broken[0].reason
    assert len(reading.broken[0].text) <= 2_000


def test_a_line_longer_than_any_record_is_set_aside_in_bounded_memory(
    tmp_path: Path, opened: Open
) -> None:
    path = tmp_path / "a.csv"
    with path.open("wb") as file:
        file.write(b"id,note\n1,a\n2," + b"x" * (40 << 20) + b"\n3,c\n")
    reading = opened(path, limits=Limits(max_record_bytes=8 << 20))
    assert [row["_row"] for row in rows_of(reading)] == [1, 3]
    assert [(b.row, b.reason) for b in reading.broken] == [(2, "the line is too long")]


def test_broken_json_records_are_set_aside(tmp_path: Path, opened: Open) -> None:
    text = '{"a": 1}\n{"a": \n[1, 2]\n"text"\n\n{"a": 5}\n'
    reading = opened(write(tmp_path, "a.ndjson", text))
    assert [(row["a"], row["_row"]) for row in rows_of(reading)] == [("1", 1), ("5", 5)]
    assert [b.row for b in reading.broken] == [2, 3, 4]
    assert reading.broken[0].reason == "broken JSON"
    assert reading.broken[1].reason == "not an object as the other records are"


def test_a_header_of_ten_million_columns_is_refused_in_little_memory(
    tmp_path: Path, opened: Open
) -> None:
    path = tmp_path / "wide.csv"
    with path.open("wb") as file:
        for start in range(0, 10_000_000, 100_000):
            file.write(b",".join(b"c%d" % n for n in range(start, start + 100_000)) + b",")
        file.write(b"end\n1,2\n")
    tracemalloc.start()
    message = refused(opened, path, TooMuch)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "4,096 are allowed" in message
    assert peak < 64 << 20


def test_five_thousand_columns_are_too_many_in_any_format(tmp_path: Path, opened: Open) -> None:
    names = [f"c{n}" for n in range(5_000)]
    row = dict.fromkeys(names, 1)
    pq.write_table(pa.table({name: [1] for name in names}), tmp_path / "a.parquet")
    write(tmp_path, "a.csv", ",".join(names) + "\n" + ",".join("1" * 5_000) + "\n")
    write(tmp_path, "a.json", json.dumps([row]))
    for name in ("a.parquet", "a.csv", "a.json"):
        assert "5,000 columns" in refused(opened, tmp_path / name, TooMuch)


def test_text_without_a_line_end_is_no_table(tmp_path: Path, opened: Open) -> None:
    message = refused(opened, write(tmp_path, "a.csv", b"lorem ipsum " * 500_000))
    assert "no line end" in message


# Packed files


def zipped(folder: Path, **members: bytes) -> Path:
    with zipfile.ZipFile(folder / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "."), content)
    return folder / "a.zip"


def test_truncated_gzip_gives_its_rows_and_then_says_so(tmp_path: Path, opened: Open) -> None:
    packed = gzip.compress(b"id,x\n" + b"".join(b"%d,%d\n" % (n, n * n) for n in range(900_000)))
    path = write(tmp_path, "a.csv.gz", packed[: len(packed) // 2])
    got: list[int] = []
    with (
        opened(path) as reading,
        pytest.raises(UnreadableFile, match=r"cut short\. Fetch it again"),
    ):
        got.extend(batch.num_rows for batch in reading.batches())
    assert sum(got) > 100_000
    assert isinstance(reading.failure, UnreadableFile)


def test_damaged_gzip_is_told(tmp_path: Path, opened: Open) -> None:
    packed = bytearray(gzip.compress(b"id,x\n" + b"1,2\n" * 1_000))
    packed[-8] ^= 1  # the first byte of its checksum
    assert "damaged" in refused(opened, write(tmp_path, "a.csv.gz", bytes(packed)))


def test_a_gzip_bomb_is_stopped_in_bounded_memory(tmp_path: Path, opened: Open) -> None:
    path = tmp_path / "bomb.csv.gz"
    with gzip.open(path, "wb", compresslevel=9) as file:
        file.write(b"a,b\n")
        for _ in range(60):
            file.write(b"1,2\n" * (1 << 19))
    tracemalloc.start()
    message = refused(opened, path, TooMuch)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "300 times its size" in message
    assert peak < 64 << 20


def test_a_zip_bomb_is_stopped_whatever_it_declares_of_itself(tmp_path: Path, opened: Open) -> None:
    path = zipped(tmp_path, a__csv=b"a,b\n" + b"1,2\n" * (20 << 20))
    assert "as zip bombs do" in refused(opened, path, TooMuch)
    small = Limits(max_expanded_bytes=1 << 20)
    assert "unpacks to more than 1 MB" in refused(opened, path, TooMuch, limits=small)


def test_archives_in_archives_end_at_a_depth(tmp_path: Path, opened: Open) -> None:
    content = b"a,b\n1,2\n"
    assert len(rows_of(opened(write(tmp_path, "a", gzip.compress(gzip.compress(content)))))) == 1
    for _ in range(5):
        content = gzip.compress(content)
    assert "packed more than 3 times over" in refused(opened, write(tmp_path, "b", content))
    inner = zipped(tmp_path, a__csv=b"a,b\n1,2\n").read_bytes()
    assert len(rows_of(opened(zipped(tmp_path, inner__zip=inner)))) == 1
    for _ in range(5):
        inner = zipped(tmp_path, inner__zip=inner).read_bytes()
    assert "packed more than" in refused(opened, tmp_path / "a.zip")


@pytest.mark.parametrize(
    "name", ["../../etc/cron.csv", "/etc/cron.csv", "C:\\x\\cron.csv", "..\\a"]
)
def test_an_entry_that_points_out_of_its_archive_is_not_trusted(
    tmp_path: Path, opened: Open, name: str
) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(name, "a,b\n1,2\n")
    assert "points outside of the archive" in refused(opened, tmp_path / "a.zip")


def test_links_inside_an_archive_are_not_followed(tmp_path: Path, opened: Open) -> None:
    link = zipfile.ZipInfo("link.csv")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
        archive.writestr("a.csv", "a,b\n1,2\n")
    assert rows_of(opened(tmp_path / "a.zip")) == [{"a": "1", "b": "2", "_row": 1}]


def test_an_archive_of_several_tables_asks_which_one(tmp_path: Path, opened: Open) -> None:
    path = zipped(tmp_path, a__csv=b"a,b\n1,2\n", b__csv=b"a,b\n3,4\n", readme__md=b"About")
    message = refused(opened, path)
    assert (
        "holds 2 tables: a.csv, b.csv. Say which one is meant, for example member: a.csv" in message
    )
    assert rows_of(opened(path, member="b.csv"))[0]["a"] == "3"
    assert 'no single entry "c.csv"' in refused(opened, path, member="c.csv")


def test_damaged_and_locked_archives_are_told(tmp_path: Path, opened: Open) -> None:
    path = zipped(tmp_path, a__csv=b"a,b\n" + random.Random(7).randbytes(5_000).hex().encode())
    whole = path.read_bytes()
    assert "damaged zip archive" in refused(opened, write(tmp_path, "b.zip", whole[:2_000]))
    spoiled = bytearray(whole)
    spoiled[200:260] = bytes(60)
    assert "damaged" in refused(opened, write(tmp_path, "c.zip", bytes(spoiled)))
    locked = bytearray(whole)
    locked[6] |= 1
    locked[whole.rindex(b"PK\x01\x02") + 8] |= 1
    assert "locked with a password" in refused(opened, write(tmp_path, "d.zip", bytes(locked)))


# Formats of their own


def test_truncated_parquet_is_told(tmp_path: Path, opened: Open) -> None:
    pq.write_table(pa.table({"a": list(range(100_000))}), tmp_path / "a.parquet")
    whole = (tmp_path / "a.parquet").read_bytes()
    path = write(tmp_path, "b.parquet", whole[: len(whole) // 2])
    assert "cut short: its Parquet footer" in refused(opened, path)


def test_a_workbook_locked_with_a_password_is_told(tmp_path: Path, opened: Open) -> None:
    sector = bytes(512)
    name = "EncryptedPackage".encode("utf-16-le")
    locked = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + sector + name + sector
    assert "workbook locked with a password" in refused(opened, write(tmp_path, "a.xlsx", locked))


def test_a_damaged_workbook_is_told(tmp_path: Path, opened: Open) -> None:
    book = openpyxl.Workbook()
    book.active.append(["a", "b"])
    book.active.append([1, 2])
    book.save(tmp_path / "a.xlsx")
    with zipfile.ZipFile(tmp_path / "a.xlsx") as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["xl/worksheets/sheet1.xml"] = parts["xl/worksheets/sheet1.xml"][:80]
    with zipfile.ZipFile(tmp_path / "b.xlsx", "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    assert "cannot be read as an Excel workbook" in refused(opened, tmp_path / "b.xlsx")


def test_projected_numbers_without_a_prj_ask_for_the_crs_they_look_like(
    tmp_path: Path, opened: Open
) -> None:
    points = shapely.points([[1_176_000, 1_900_000], [1_150_000, 1_850_000]])
    table = pa.table({"name": ["a", "b"], "wkb": shapely.to_wkb(points)})
    pyogrio.write_arrow(
        table, tmp_path / "a.shp", geometry_name="wkb", geometry_type="Point", crs="EPSG:3435"
    )
    (tmp_path / "a.prj").unlink()
    assert "Illinois East, US survey feet: if so, say crs: EPSG:3435" in refused(
        opened, tmp_path / "a.shp"
    )
    with opened(tmp_path / "a.shp", crs="EPSG:3435") as reading:
        assert reading.facts().reading["crs"] == "EPSG:3435"


@pytest.mark.parametrize("suffix", [".gpkg", ".fgb", ".shp"])
def test_a_damaged_layer_is_told(tmp_path: Path, opened: Open, suffix: str) -> None:
    made = tmp_path / f"a{suffix}"
    points = shapely.points([[float(n), 1.0] for n in range(80)])
    table = pa.table({"wkb": shapely.to_wkb(points)})
    pyogrio.write_arrow(table, made, geometry_name="wkb", geometry_type="Point", crs="EPSG:4326")
    whole = made.read_bytes()
    assert "damaged" in refused(opened, write(tmp_path, f"b{suffix}", whole[:70]))


# The records of delimited text, whatever stands in them

FIELDS = st.text(st.sampled_from('ab,"\n\r é'), max_size=8)


def quoted(fields: list[str]) -> str:
    return ",".join('"' + field.replace('"', '""') + '"' for field in fields)


@settings(max_examples=200, deadline=None)
@given(
    table=st.lists(st.lists(FIELDS, min_size=2, max_size=2), min_size=1, max_size=12),
    size=st.integers(1, 40),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_well_formed_records_are_told_apart_wherever_blocks_are_cut(
    table: list[list[str]], size: int, end: str
) -> None:
    data = "".join(quoted(fields) + end for fields in table).encode()
    pattern = RecordPattern(b",")
    chunks: Iterator[bytes] = (data[at : at + size] for at in range(0, len(data), size))
    read: list[list[str]] = []
    for block in split_blocks(chunks, pattern, longest=1 << 20):
        assert not block.bad
        at = 0
        while at < len(block.data):
            record = pattern.last.match(block.data, at)
            assert record is not None
            read.append(split_fields(record.group(), pattern))
            at = record.end()
    assert read == table


@settings(max_examples=200, deadline=None)
@given(lines=st.lists(st.text(st.sampled_from('ab,"é'), max_size=12), max_size=12), data=st.data())
def test_no_line_is_lost_whatever_stands_in_it(lines: list[str], data: st.DataObject) -> None:
    text = "\n".join(lines).encode()
    size = data.draw(st.integers(1, 40))
    chunks = (text[at : at + size] for at in range(0, len(text), size))
    blocks = list(split_blocks(chunks, RecordPattern(b","), longest=1 << 20))
    kept = b"".join(block.data for block in blocks)
    aside = b"".join(bad.text for block in blocks for bad in block.bad)
    told = sorted((kept + aside).replace(b"\n", b""))
    assert told == sorted(text.replace(b"\n", b""))


@settings(max_examples=150, deadline=None)
@given(content=st.binary(max_size=400), packed=st.booleans())
def test_no_bytes_at_all_make_a_reading_fail_without_words(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, packed: bool
) -> None:
    folder = tmp_path_factory.mktemp("any")
    path = write(folder, "any", zlib.compress(content, wbits=31) if packed else content)
    spec = SourceSpec("files", {"path": str(path)})
    try:
        reading = open_source(spec, Fetching(work=folder / "work"))
        assert reading is not None
        rows_of(reading)
    except (UnreadableFile, TooMuch) as error:
        said = error.advice
    else:
        said = "it was read"
    assert said


MAGIC = [
    b"PAR1",
    b"PK\x03\x04",
    b"SQLite format 3\x00",
    b"fgb\x03fgb\x00",
    b"\x1f\x8b\x08\x00",
    b"{",
    b"[",
]


@pytest.mark.parametrize("magic", MAGIC)
def test_a_file_that_only_begins_well_is_told(tmp_path: Path, opened: Open, magic: bytes) -> None:
    refused(opened, write(tmp_path, "a", magic + struct.pack("<64I", *range(64))))
