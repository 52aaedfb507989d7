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
