"""`schools areas`, `local`, `catchment` and `feeders` on a terminal, on both cities' data."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from tests.apps.schools.conftest import schools_home
from typer.testing import CliRunner, Result

from interurban.cli import app

__all__ = ["schools_home"]


def run(home: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["schools", *words, "--home", str(home)])


def test_areas_of_a_school_stand_beside_what_is_hidden(schools_home: Path) -> None:
    found = run(schools_home, "areas", "chicago", "609719", "--limit", "80")
    assert found.exit_code == 0, found.output
    assert "Lake View High School" in found.output
    assert "1-" in found.output, "a hidden number is told as what it can be"
    told = json.loads(run(schools_home, "areas", "chicago", "609719", "--json").stdout)
    hidden = [row for row in told["areas"] if row["status"] == "hidden"]
    assert hidden
    assert all(row["pupils"] is None for row in hidden)


def test_a_postcode_leads_to_schools_and_says_how_exact_it_is(schools_home: Path) -> None:
    told = json.loads(run(schools_home, "local", "london", "NW3 2BQ", "--json").stdout)
    assert told["schools"][0]["name"] == "Haverstock School"
    assert "exact to about" in told["how"]
    assert told["result"] == "no zone used"


def test_all_catchments_stand_side_by_side(schools_home: Path) -> None:
    told = json.loads(run(schools_home, "catchment", "chicago", "609719", "--json").stdout)
    assert [one["method"] for one in told] == ["ranked", "share", "kernel", "zone", "last"]
    assert told[-1]["words"].startswith("No last distance offered is known")
    plain = run(schools_home, "catchment", "chicago", "609719")
    assert "says nothing of who will get a place" in " ".join(plain.output.split())


@pytest.mark.parametrize("ending", ["csv", "geojson", "parquet"])
def test_rows_are_written_to_a_file(ending: str, schools_home: Path, tmp_path: Path) -> None:
    out = tmp_path / f"areas.{ending}"
    done = run(schools_home, "areas", "london", "100049", "--out", str(out))
    assert done.exit_code == 0, done.output
    if ending == "parquet":
        assert pq.read_table(out).num_rows > 50
    else:
        assert "Camden 012D" in out.read_text()


def test_a_catchment_is_written_to_a_file(schools_home: Path, tmp_path: Path) -> None:
    out = tmp_path / "zone.geojson"
    asked = ("catchment", "chicago", "609719", "--method", "zone", "--out", str(out))
    assert run(schools_home, *asked).exit_code == 0
    feature = json.loads(out.read_text())
    assert feature["geometry"]["type"] in ("Polygon", "MultiPolygon")
    assert feature["sources"]


def test_feeders_begin_with_what_is_not_known(schools_home: Path) -> None:
    found = run(schools_home, "feeders", "london", "--school", "100049")
    assert found.output.startswith("Which schools pupils went to before is not in the data of")
    assert "Camden" in found.output


@pytest.mark.parametrize(
    "words",
    [
        ("areas", "london", "nothing"),
        ("local", "london", "Nowhere in Particular 99"),
        ("catchment", "london", "100049", "--method", "circle"),
        ("catchment", "london", "100049", "--out", "x.geojson"),
        ("areas", "london", "100049", "--out", "x.docx"),
    ],
)
def test_what_can_t_be_done_is_said_in_a_sentence(
    words: tuple[str, ...], schools_home: Path
) -> None:
    found = run(schools_home, *words)
    assert found.exit_code != 0
    assert found.exception is not None
    assert str(found.exception), "the command line prints these very words"
