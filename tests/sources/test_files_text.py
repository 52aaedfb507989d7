"""Delimited texts: delimiter, encoding, header and line ends are found, and told in words."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pyarrow as pa
import pytest

from .reading_files import Open, rows_of, write


@pytest.mark.parametrize(
    ("delimiter", "words"),
    [(",", "comma"), ("\t", "tab"), (";", "semicolon"), ("|", "vertical bar")],
)
def test_the_delimiter_is_found_and_told(
    tmp_path: Path, opened: Open, delimiter: str, words: str
) -> None:
    text = "".join(
        delimiter.join(row) + "\n"
        for row in [("id", "cost", "name"), ("1", "2.5", "A"), ("2", "3.5", "B")]
    )
    reading = opened(write(tmp_path, "a.dat", text))
    assert rows_of(reading) == [
        {"id": "1", "cost": "2.5", "name": "A", "_row": 1},
        {"id": "2", "cost": "3.5", "name": "B", "_row": 2},
    ]
    assert reading.facts().reading["delimiter"] == words


def test_semicolons_win_over_decimal_commas(tmp_path: Path, opened: Open) -> None:
    reading = opened(write(tmp_path, "a.csv", "id;x;y\n1;1,5;2,5\n2;3,5;4,5\n"))
    assert [row["x"] for row in rows_of(reading)] == ["1,5", "3,5"]


@pytest.mark.parametrize(
    ("encoding", "words"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8 with byte order mark"),
        ("utf-16", "UTF-16 (little-endian)"),
        ("utf-16-be", "UTF-16 (big-endian)"),
        ("cp1252", "Windows-1252"),
        ("latin-1", "Windows-1252"),
    ],
)
def test_the_encoding_is_found_and_told(
    tmp_path: Path, opened: Open, encoding: str, words: str
) -> None:
    text = "id,café\n1,Señor\n2,naïve\n"
    reading = opened(write(tmp_path, "a.csv", text.encode(encoding)))
    assert [row["café"] for row in rows_of(reading)] == ["Señor", "naïve"]
    assert reading.facts().reading["encoding"] == words


@pytest.mark.parametrize(("end", "words"), [("\n", "LF"), ("\r\n", "CRLF"), ("\r", "CR")])
def test_every_line_end_is_read_and_told(
    tmp_path: Path, opened: Open, end: str, words: str
) -> None:
    reading = opened(write(tmp_path, "a.csv", end.join(["a,b", "1,2", "3,4", ""])))
    assert [(row["a"], row["b"]) for row in rows_of(reading)] == [("1", "2"), ("3", "4")]
    assert reading.facts().reading["line ends"] == words


def test_quoted_values_hold_delimiters_quotes_and_line_ends(tmp_path: Path, opened: Open) -> None:
    reading = opened(write(tmp_path, "a.csv", 'a,b\n"1,2","say ""hi""\nagain"\n3,5" pipe\n'))
    assert [(r["a"], r["b"], r["_row"]) for r in rows_of(reading)] == [
        ("1,2", 'say "hi"\nagain', 1),
        ("3", '5" pipe', 2),
    ]
    assert reading.broken_count == 0


@pytest.mark.parametrize(
    ("encoding", "words", "names"),
    [
        ("cp1250", "Windows-1250 (Central European)", "Żółwik Łąkowa Śródmieście Świętokrzyska"),
        ("cp1250", "Windows-1250 (Central European)", "Příčná Žižkova Ústí Řeznická"),
        ("cp1250", "Windows-1250 (Central European)", "Kőbányai Győr Hűvösvölgyi Fő"),
        ("cp1251", "Windows-1251 (Cyrillic)", "Москва Казань Тверь Самара"),
        ("cp1253", "Windows-1253 (Greek)", "Αθηνάς Ερμού Σχολείο Πάτρα"),
        ("cp1254", "Windows-1254 (Turkish)", "Üsküdar Beyoğlu Şişli Kadıköy"),
        ("shift_jis", "Shift-JIS (Japanese)", "東京都千代田区 中央図書館 大阪市北区 渋谷区"),
        ("euc_kr", "EUC-KR (Korean)", "서울초등학교 종로구 도서관 부산광역시"),
        ("gb18030", "GB 18030 (Chinese)", "北京市朝阳区 图书馆 上海市黄浦区 第一小学"),
    ],
)
def test_a_code_page_is_told_by_its_letters(
    tmp_path: Path, opened: Open, encoding: str, words: str, names: str
) -> None:
    wanted = names.split() * 3
    text = "id,name,page\n" + "".join(
        f"{n},{name},https://example.org/{n}\n" for n, name in enumerate(wanted)
    )
    reading = opened(write(tmp_path, "a.csv", text.encode(encoding)))
    assert [row["name"] for row in rows_of(reading)] == wanted
    assert reading.facts().reading["encoding"] == f"{words}, by its letters"


@pytest.mark.parametrize(
    "names",
    [
        "Señor naïve Chamartín Núñez",
        "Königstraße München Köln Äußere",
        "Nørregade Århus Æblevej Østerbro",
        "São_João Praça Consolação Sé",
        "Þingholtsstræti Hallgrímskirkja Laugavegur Suðurgata",
        "Église Collège Fenêtre Hôtel",
        "£5 “quoted” 25_m² ½",
    ],
)
def test_western_letters_stay_what_they_are(tmp_path: Path, opened: Open, names: str) -> None:
    wanted = names.split() * 3
    text = "id,name\n" + "".join(f"{n},{name}\n" for n, name in enumerate(wanted))
    reading = opened(write(tmp_path, "a.csv", text.encode("cp1252")))
    assert [row["name"] for row in rows_of(reading)] == wanted
    assert reading.facts().reading["encoding"] == "Windows-1252"


def test_a_code_page_that_is_named_is_not_guessed(tmp_path: Path, opened: Open) -> None:
    path = write(tmp_path, "a.csv", "id,город\n1,Москва\n2,Казань\n3,Тверь\n".encode("cp1251"))
    with opened(path, encoding="cp1251") as reading:
        assert reading.facts().reading["encoding"] == "Windows-1251 (Cyrillic)"
        assert "город" in reading.schema.names


def test_an_encoding_that_is_asked_for_wins(tmp_path: Path, opened: Open) -> None:
    path = write(tmp_path, "a.csv", "id,name\n1,Łódź\n".encode("iso8859-2"))
    assert rows_of(opened(path, encoding="latin2"))[0]["name"] == "Łódź"
    path = write(tmp_path, "b.csv", "id,name\n1,é\n".encode("utf-16-be"))
    assert rows_of(opened(path, encoding="UTF-16"))[0]["name"] == "é"


def test_a_header_that_names_more_than_every_row_holds_is_cut(tmp_path: Path, opened: Open) -> None:
    reading = opened(write(tmp_path, "a.csv", "a,b,c\n1,2\n3,4\n5,6\n"))
    assert rows_of(reading)[2] == {"a": "5", "b": "6", "_row": 3}
    assert "names 1 more than the rows have" in reading.facts().reading["header"]
    few = opened(write(tmp_path, "b.csv", "a,b,c\n1,2\n"))
    assert rows_of(few) == []
    assert few.broken_count == 1


def test_rows_that_hold_more_than_the_header_names_keep_their_values(
    tmp_path: Path, opened: Open
) -> None:
    reading = opened(write(tmp_path, "a.csv", "a,b\n1,2,\n3,4,x\n"))
    assert [row["column_3"] for row in rows_of(reading)] == ["", "x"]


def test_lines_above_the_header_are_left_out_and_told(tmp_path: Path, opened: Open) -> None:
    text = "Borough profiles\nSource: GLA\n\ncode,name,people\nE1,Camden,5\nE2,Hackney,6\n"
    reading = opened(write(tmp_path, "a.csv", text))
    assert [row["name"] for row in rows_of(reading)] == ["Camden", "Hackney"]
    assert reading.facts().reading["skipped"] == "2 lines above the header"


def test_a_table_without_a_header_gets_numbered_columns(tmp_path: Path, opened: Open) -> None:
    reading = opened(write(tmp_path, "a.csv", "1,2.5,2018-01-01\n2,3.5,2018-01-02\n"))
    assert len(rows_of(reading)) == 2
    assert reading.schema.names == ["column_1", "column_2", "column_3", "_row"]
    assert reading.facts().reading["header"].startswith("none")


def test_months_as_column_names_are_a_header(tmp_path: Path, opened: Open) -> None:
    reading = opened(write(tmp_path, "a.csv", "area,201904,201905\nCamden,5,6\nHackney,7,8\n"))
    assert reading.schema.names == ["area", "201904", "201905", "_row"]


def test_what_was_found_out_can_be_corrected(tmp_path: Path, opened: Open) -> None:
    path = write(tmp_path, "a.csv", "note\nx;y\n1;2\n")
    reading = opened(path, skip=1, delimiter=";", header=False)
    assert [row["column_1"] for row in rows_of(reading)] == ["x", "1"]


def test_a_column_named_twice_or_not_at_all_gets_a_name_of_its_own(
    tmp_path: Path, opened: Open
) -> None:
    reading = opened(write(tmp_path, "a.csv", "id,Name,name, ,id\n1,a,b,c,d\n"))
    assert reading.schema.names == ["id", "Name", "name_2", "column_4", "id_2", "_row"]
    rows_of(reading)
    assert "1 without a name, numbered" in reading.facts().reading["header"]
    assert "2 doubled, numbered (name, id)" in reading.facts().reading["header"]


def test_rows_are_numbered_across_blocks_and_the_sample_is_given_again(
    tmp_path: Path, opened: Open
) -> None:
    lines = "".join(f"{n},{'x' * 90}\n" for n in range(1, 120_001))
    reading = opened(write(tmp_path, "a.csv", f"n,text\n{lines}"))
    with reading:
        sample = reading.sample(100)
        assert 100 <= sample.num_rows < 120_000
        table = pa.Table.from_batches(reading.batches())
    assert table.column("_row").to_pylist() == list(range(1, 120_001))
    assert table.column("n").to_pylist() == [str(n) for n in range(1, 120_001)]


def test_a_line_for_excel_is_no_header(tmp_path: Path, opened: Open) -> None:
    reading = opened(write(tmp_path, "a.csv", "sep=;\nid;name\n1;a\n2;b\n"))
    assert reading.schema.names == ["id", "name", "_row"]
    reading.close()


TWO_ROWS = (
    [
        ["Ward", "2019", "", "2020", ""],
        ["", "Births", "Deaths", "Births", "Deaths"],
        ["A", 1, 2, 3, 4],
        ["B", 5, 6, 7, 8],
    ],
    [
        ["", "", "2019", "", "2020", ""],
        ["Code", "Ward", "Births", "Deaths", "Births", "Deaths"],
        ["E1", "A", 1, 2, 3, 4],
        ["E2", "B", 5, 6, 7, 8],
        ["E3", "C", 1, 1, 1, 1],
    ],
)


@pytest.mark.parametrize("rows", TWO_ROWS)
@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_a_header_of_two_rows_names_each_column_by_both(
    tmp_path: Path, opened: Open, rows: list[list[object]], ending: str
) -> None:
    path = tmp_path / f"a.{ending}"
    if ending == "csv":
        path.write_text("".join(",".join(map(str, row)) + "\n" for row in rows))
    else:
        book = openpyxl.Workbook()
        book.active.append(["Births and deaths by ward"])
        for row in rows:
            book.active.append(row)
        book.save(path)
    reading = opened(path)
    assert rows_of(reading)[0]["2020 Births"] == "3"
    assert reading.schema.names[-5:-1] == [
        "2019 Births", "2019 Deaths", "2020 Births", "2020 Deaths",
    ]  # fmt: skip
    assert "two rows" in reading.facts().reading["header"]


def test_a_first_row_of_words_is_not_taken_for_groups(tmp_path: Path, opened: Open) -> None:
    text = "name,note,,\nBar,x,open,open\nCafe,y,open,shut\nShop,z,shut,shut\n"
    assert len(rows_of(opened(write(tmp_path, "a.csv", text)))) == 3
