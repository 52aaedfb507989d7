"""`interurban disclose`: small cells are hidden in the terminal and in the file, and stay so."""

from __future__ import annotations

import csv
from pathlib import Path

import pyarrow.csv as pacsv
import pytest

from .conftest import Run


@pytest.fixture
def hygiene(shared_data: Path, tmp_path: Path) -> Path:
    """London's food premises with a rating, as a file."""
    import pyarrow as pa
    import pyarrow.compute as pc

    source = shared_data / "alliance" / "london_food_hygiene_2020-07.csv.gz"
    rows = pacsv.read_csv(
        source, convert_options=pacsv.ConvertOptions(column_types={"rating_value": pa.string()})
    ).select(["la_name", "rating_value"])
    file = tmp_path / "hygiene.csv"
    rated = pc.is_in(rows["rating_value"], pa.array(list("012345")))
    pacsv.write_csv(rows.filter(rated), file)
    return file


AXES = ("--rows", "la_name", "--columns", "rating_value")


def test_hidden_cells_are_a_hatch_with_what_they_may_be(interurban: Run, hygiene: Path) -> None:
    done = interurban("disclose", str(hygiene), *AXES)
    assert done.code == 0, done.err
    row = next(line for line in done.out.splitlines() if line.startswith("Richmond"))
    assert "▨ 1-6" in row
    assert "16 cells hidden by the rules, and 16 beside them" in done.out
    assert "16 could be told exactly; now none can" in done.out


def test_the_file_holds_no_hidden_number_and_no_blank(
    interurban: Run, hygiene: Path, tmp_path: Path
) -> None:
    file = tmp_path / "table.csv"
    assert interurban("disclose", str(hygiene), *AXES, "-o", str(file)).code == 0
    with file.open(encoding="utf-8") as text:
        rows = list(csv.DictReader(text))
    assert len(rows) == 34 * 7
    hidden = [row for row in rows if row["hidden"] == "true"]
    assert len(hidden) == 32
    assert {row["shown"] for row in hidden} == {"[c]"}
    assert all(row["shown"] not in ("", "[c]") for row in rows if row["hidden"] == "false")


def test_a_published_table_is_attacked(interurban: Run, hygiene: Path, tmp_path: Path) -> None:
    file = tmp_path / "table.csv"
    interurban("disclose", str(hygiene), *AXES, "-o", str(file))
    safe = interurban("disclose", str(file), *AXES, "--count", "shown", "--published")
    assert "32 hidden numbers: 0 can be told exactly, 0 to within less than 5." in safe.out
    # Somebody who hides the small cells alone, and shows what stood beside them.
    truth = interurban("disclose", str(hygiene), *AXES, "--at-least", "2", "-o", str(file))
    assert truth.code == 0
    lines = file.read_text(encoding="utf-8").replace('"[c]"', '"*"')
    file.write_text(lines, encoding="utf-8")
    told = interurban("disclose", str(file), *AXES, "--count", "shown", "--published")
    assert "to within less than 5" in told.out


@pytest.mark.usefixtures("at_home")
def test_a_dataset_is_tabulated_with_its_citys_threshold(interurban: Run) -> None:
    done = interurban(
        "disclose", "chicago.libraries", "--rows", "postal_code", "--columns", "status"
    )
    assert done.code == 0, done.err
    total = next(line for line in done.out.splitlines() if line.startswith("Total"))
    assert total.split()[-1] == "81"
    assert "hidden by the rules" in done.out


def test_mistakes_are_one_sentence_and_a_hint(
    interurban: Run, hygiene: Path, tmp_path: Path
) -> None:
    for arguments, said in (
        ((str(tmp_path / "none.csv"), "--rows", "a"), "There is no file"),
        ((str(hygiene), "--rows", "borough"), "There is no column 'borough'"),
        ((str(hygiene), *AXES, "--dominance", "2,85"), "table of counts"),
        ((str(hygiene), *AXES, "--dominance", "two"), "not two numbers"),
        ((str(hygiene), *AXES, "--filter", "a = 1"), "Only a dataset"),
        ((str(hygiene), *AXES, "--published"), "Name it with --count"),
    ):
        done = interurban("disclose", *arguments)
        assert done.code == 1, arguments
        assert said in done.err
        assert "Traceback" not in done.err
