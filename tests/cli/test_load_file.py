"""A file of one's own is looked at first, corrected if need be, and only then loaded."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .conftest import Run

TREES = """\
id,species,planted,height_m,lat,lon
1,Oak,2015-04-01,12.5,41.88,-87.63
2,Elm,2016-05-12,9,41.89,-87.64
3,Oak,2017-06-30,high,41.90,-87.65
"""


@pytest.fixture
def trees(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small file, and a data folder of its own."""
    monkeypatch.setenv("INTERURBAN_HOME", str(tmp_path / "home"))
    file = tmp_path / "trees.csv"
    file.write_text(TREES)
    return file


def test_the_guess_is_shown_and_nothing_is_loaded_unasked(interurban: Run, trees: Path) -> None:
    done = interurban("load", str(trees))
    assert done.code == 1
    assert "trees.csv becomes chicago.trees" in done.out
    for said in ("species", "planted", "geometry", "encoding", "delimiter"):
        assert said in done.out
    assert "--yes" in done.err
    assert json.loads(interurban("datasets", "--loaded", "--json").out) == []


def test_an_agreed_guess_is_loaded_with_times_and_places(interurban: Run, trees: Path) -> None:
    done = interurban("load", str(trees), "--yes")
    assert done.code == 0, done.err
    listed = json.loads(interurban("datasets", "--loaded", "--json").out)
    assert [each["id"] for each in listed] == ["chicago.trees"]
    assert listed[0]["rows"] == 3
    assert listed[0]["placed"] == 3
    assert listed[0]["kind"] == "file"


def test_a_correction_is_taken(interurban: Run, trees: Path) -> None:
    done = interurban(
        *("load", str(trees), "--yes", "--as", "london.woods"),
        *("--type", "id=string", "--map", "shout=upper(species)", "--map", "height_m="),
    )
    assert done.code == 0, done.err
    shown = json.loads(interurban("show", "london.woods", "--json").out)
    types = {field["name"]: field["type"] for field in shown["fields"]}
    assert types["id"] == "string"
    assert "height_m" not in types
    rows = json.loads(interurban("query", "london.woods", "-f", "json").out)
    assert {row["shout"] for row in rows} == {"OAK", "ELM"}


def test_what_breaks_a_corrected_type_is_in_the_rejects(interurban: Run, trees: Path) -> None:
    done = interurban("load", str(trees), "--yes", "--type", "height_m=number")
    assert "1 value blanked" in done.out
    rejects = json.loads(interurban("rejects", "chicago.trees", "--json").out)
    assert [(each["row"], each["field"], each["value"]) for each in rejects] == [
        (3, "height_m", "high")
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--type", "height_m"), "--type name=value"),
        (("--type", "colour=string"), "colour"),
        (("--type", "id=colour"), "colour"),
        (("--map", "shout=system('rm')"), "system"),
        (("--as", "no such id"), "id"),
    ],
)
def test_a_wrong_correction_is_one_sentence(
    interurban: Run, trees: Path, arguments: tuple[str, ...], said: str
) -> None:
    done = interurban("load", str(trees), "--yes", *arguments)
    assert done.code == 1
    assert said in done.err
    assert "Traceback" not in done.err


@pytest.fixture
def homes(trees: Path) -> Path:
    """A table as wide as its years, with a blank, a word and a row that is cut short."""
    file = trees.with_name("homes.csv")
    file.write_text(
        "area,2019,2020,2021\nNorth,1,,3\nSouth,5,6,many\nEast,1\nWest,7,8,9\nOld,0,0,2\n"
        + "".join(f"More {n},{n},1,2\n" for n in range(20))
    )
    return file


def test_columns_of_years_become_rows_and_the_guess_says_so(interurban: Run, homes: Path) -> None:
    done = interurban("load", str(homes), "--yes", "--as", "london.homes")
    assert done.code == 0, done.err
    assert "3: 2019 ... 2021" in done.out
    assert "--unpivot '(?P<year>" in done.out
    assert "72 rows, 1 left out, 1 value blanked" in done.out
    rows = json.loads(interurban("query", "london.homes", "-f", "json", "--limit", "3").out)
    assert rows == [
        {"area": "North", "year": "2019-01-01", "value": 1},
        {"area": "North", "year": "2020-01-01", "value": None},
        {"area": "North", "year": "2021-01-01", "value": 3},
    ]
    again = interurban("load", "london.homes", "--full")
    assert "72 rows" in again.out, again.err


def test_a_reject_of_a_wide_table_gives_its_row_and_column(interurban: Run, homes: Path) -> None:
    interurban("load", str(homes), "--yes", "--as", "london.homes")
    rejects = json.loads(interurban("rejects", "london.homes", "--json").out)
    assert [(each["row"], each["field"], each["value"], each["reason"]) for each in rejects] == [
        (2, "value", "many", "can't be read as a whole number (column 2021)"),
        (3, "", "East,1", "2 values where the table has 4 columns"),
    ]


def test_which_columns_become_rows_can_be_corrected(interurban: Run, homes: Path) -> None:
    agreed = ("load", str(homes), "--yes", "--as", "london.homes")
    wide = interurban(*agreed, "--unpivot", "no")
    assert "24 rows" in wide.out, wide.err
    listed = interurban(
        *(*agreed, "--unpivot", "2019", "--unpivot", "2020"),
        *("--unpivot-into", "when,homes", "--drop-blanks"),
    )
    assert "47 rows" in listed.out, listed.err
    rows = json.loads(interurban("query", "london.homes", "-f", "json", "--limit", "1").out)
    assert rows == [{"area": "North", "c2021": "3", "when": "2019-01-01", "homes": 1}]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--unpivot", "(20"), "not a regular expression"),
        (("--unpivot", "2019", "--unpivot", "2031"), 'no column "2031"'),
        (("--unpivot", "(?P<year>18..)"), "no column's header matches"),
        (("--unpivot-into", "homes"), "--unpivot-into needs --unpivot"),
        (("--drop-blanks",), "--drop-blanks needs --unpivot"),
        (("--unpivot", "20..", "--unpivot-into", "area,x"), 'already has a column "area"'),
    ],
)
def test_columns_that_cannot_become_rows_are_one_sentence(
    interurban: Run, homes: Path, arguments: tuple[str, ...], said: str
) -> None:
    done = interurban("load", str(homes), "--yes", *arguments)
    assert done.code == 1
    assert said in done.err
    assert "Traceback" not in done.err


def test_a_file_that_is_no_table_is_said(interurban: Run, trees: Path) -> None:
    binary = trees.with_name("noise.csv")
    binary.write_bytes(bytes(range(256)) * 40)
    done = interurban("load", str(binary), "--yes")
    assert done.code == 1
    assert "noise.csv" in done.err
    assert "Traceback" not in done.err


def test_two_files_cannot_become_one_dataset(interurban: Run, trees: Path) -> None:
    other = trees.with_name("bushes.csv")
    other.write_text(TREES)
    done = interurban("load", str(trees), str(other), "--as", "chicago.plants", "--yes")
    assert done.code == 1
    assert "--as" in done.err


def test_words_of_a_question_among_the_headers_do_no_harm(
    interurban: Run, trees: Path, tmp_path: Path
) -> None:
    file = tmp_path / "levels.csv"
    file.write_text("id,level,limit,in,lat,lon\n1,2,3,4,41.88,-87.63\n2,2,3,4,41.88,-87.64\n")
    assert interurban("load", str(file), "--yes").code == 0
    shown = json.loads(interurban("show", "chicago.levels", "--json").out)
    assert {"level_2", "limit_2", "in_2"} <= {field["name"] for field in shown["fields"]}
    refused = interurban("load", str(trees), "--yes", "--map", "limit=id")
    assert refused.code != 0
    assert "can't be called" in refused.err
    assert interurban("load", str(trees), "--yes").code == 0, "the home still opens"


def test_how_a_file_is_read_can_be_corrected(interurban: Run, trees: Path, tmp_path: Path) -> None:
    file = tmp_path / "города.csv"
    file.write_bytes("id\tгород\n1\tМосква\n2\tКазань\n".encode("cp1251"))
    told = ("--option", "encoding=cp1251", "--option", "delimiter=tab")
    done = interurban("load", str(file), "--yes", "--as", "elsewhere.towns", *told)
    assert done.code == 0, done.err
    rows = json.loads(interurban("query", "elsewhere.towns", "-f", "json").out)
    assert {row["column_2"] for row in rows} == {"Москва", "Казань"}
    assert interurban("load", "elsewhere.towns", "--full").code == 0, "its pack says it too"


def test_what_must_be_said_is_said_as_on_the_command_line(
    interurban: Run, trees: Path, tmp_path: Path
) -> None:
    feature = {"type": "Feature", "properties": {"a": 1}}
    feature["geometry"] = {"type": "Point", "coordinates": [530_000, 180_000]}
    ring = [[530_000, 180_000], [530_010, 180_010], [530_010, 180_000], [530_000, 180_010]]
    crossed = {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
    file = tmp_path / "grid.geojson"
    features = [feature, {**feature, "geometry": crossed}]
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    shown = interurban("load", str(file))
    assert "--option crs=EPSG:27700" in shown.err
    done = interurban("load", str(file), "--yes", "--option", "crs=EPSG:27700")
    assert "london.grid: 2 rows" in done.out
    wrong = interurban("load", str(file), "--yes", "--option", "colour=red")
    assert wrong.code != 0
    assert "encoding" in wrong.err
