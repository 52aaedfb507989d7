"""What is asked in the terminal is answered in full, and in every form the same."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from .conftest import LOADED, Run

pytestmark = pytest.mark.usefixtures("at_home")


def test_the_list_says_what_is_loaded_and_from_where(interurban: Run) -> None:
    done = interurban("datasets", "--loaded", "--json")
    listed = {each["id"]: each for each in json.loads(done.out)}
    assert set(listed) == set(LOADED)
    assert listed["chicago.community_areas"]["rows"] == 77
    assert listed["london.boroughs"]["rows"] == 33
    assert all(each["kind"] == "mirror" for each in listed.values())


def test_the_list_can_be_narrowed_to_a_city(interurban: Run) -> None:
    done = interurban("datasets", "--city", "london", "--json")
    assert {each["city"] for each in json.loads(done.out)} == {"london"}


def test_a_dataset_that_is_not_loaded_says_how_to(interurban: Run) -> None:
    assert "interurban load chicago.crimes" in interurban("show", "chicago.crimes").out
    done = interurban("query", "chicago.crimes")
    assert done.code == 1
    assert "interurban load chicago.crimes" in done.err


def test_a_misspelt_dataset_is_one_sentence_and_a_hint(interurban: Run) -> None:
    done = interurban("show", "chicago.librarys")
    assert done.code == 1
    assert "chicago.libraries" in done.err
    assert "Traceback" not in done.err


def test_a_wrong_call_ends_with_two(interurban: Run) -> None:
    assert interurban("query", "chicago.libraries", "--bogus").code == 2
    assert interurban("query").code == 2
    assert interurban("query", "chicago.libraries", "--limit", "0").code == 2


def test_the_exact_total_stands_under_a_short_table(interurban: Run) -> None:
    total = json.loads(interurban("query", "chicago.libraries", "--count", "-f", "json").out)
    done = interurban("query", "chicago.libraries", "--limit", "2")
    assert f"2 of {total['count']} rows." in done.out


def test_a_filter_that_cannot_be_read_names_itself(interurban: Run) -> None:
    done = interurban("query", "chicago.libraries", "--filter", "name ==")
    assert done.code == 1
    assert done.err.startswith("Error: ")
    assert "Traceback" not in done.err


def test_an_unknown_field_offers_the_nearest(interurban: Run) -> None:
    done = interurban("query", "chicago.libraries", "--fields", "nam")
    assert done.code == 1
    assert "name" in done.err


@pytest.mark.parametrize("form", ["csv", "json", "geojson"])
def test_every_form_holds_the_same_rows(interurban: Run, form: str) -> None:
    done = interurban("query", "london.boroughs", "--sort", "name", "--limit", "5", "-f", form)
    assert done.code == 0, done.err
    if form == "csv":
        names = [row["name"] for row in csv.DictReader(io.StringIO(done.out))]
    elif form == "json":
        names = [row["name"] for row in json.loads(done.out)]
    else:
        features = json.loads(done.out)["features"]
        names = [feature["properties"]["name"] for feature in features]
    assert names == sorted(names)
    assert names[0] == "Barking and Dagenham"
    assert len(names) == 5


def test_where_means_equal(interurban: Run) -> None:
    done = interurban("query", "london.boroughs", "--where", "name=Hackney", "-f", "json")
    assert [row["name"] for row in json.loads(done.out)] == ["Hackney"]


def test_libraries_of_an_area_are_those_inside_it(interurban: Run) -> None:
    everywhere = json.loads(
        interurban(
            *("query", "chicago.libraries", "--by", "area:chicago.community_areas"),
            *("--limit", "100", "-f", "json"),
        ).out
    )
    counts = {next(iter(row.values())): row["count"] for row in everywhere}
    area = max((key for key in counts if key), key=lambda key: counts[key])
    done = interurban(
        *("query", "chicago.libraries", "--count", "-f", "json"),
        *("--in", f"chicago.community_areas:{area}"),
    )
    assert json.loads(done.out)["count"] == counts[area]


@pytest.mark.parametrize("ending", ["csv", "geojson", "parquet", "arrows", "fgb"])
def test_an_export_holds_every_row(interurban: Run, tmp_path: Path, ending: str) -> None:
    file = tmp_path / f"areas.{ending}"
    done = interurban("export", "chicago.community_areas", str(file))
    assert done.code == 0, done.err
    assert "77 rows" in done.out
    assert file.stat().st_size > 1_000
    if ending == "parquet":
        assert pq.read_metadata(file).num_rows == 77
    if ending == "geojson":
        document = json.loads(file.read_text())
        assert len(document["features"]) == 77
        assert document["source"]["licence"]["title"]


def test_an_ending_nobody_knows_leaves_no_file(interurban: Run, tmp_path: Path) -> None:
    file = tmp_path / "areas.docx"
    done = interurban("export", "chicago.community_areas", str(file))
    assert done.code == 1
    assert ".parquet" in done.err
    assert list(tmp_path.iterdir()) == []


def test_an_export_of_chosen_fields_has_only_those(interurban: Run, tmp_path: Path) -> None:
    file = tmp_path / "areas.geojson"
    interurban("export", "chicago.community_areas", str(file), "--fields", "name")
    feature = json.loads(file.read_text())["features"][0]
    assert list(feature["properties"]) == ["name"]


def test_the_history_begins_with_the_first_load(interurban: Run) -> None:
    versions = json.loads(interurban("history", "chicago.libraries", "--json").out)
    assert len(versions) == 1
    as_of = str(versions[0]["version"])
    done = interurban("query", "chicago.libraries", "--count", "--as-of", as_of, "-f", "json")
    assert json.loads(done.out)["count"] == versions[0]["rows"]


def test_rejects_are_counted_even_when_there_are_none(interurban: Run) -> None:
    done = interurban("rejects", "chicago.community_areas")
    assert "0 rows left out" in done.out


def test_a_line_in_plain_words_is_read_as_in_the_app(interurban: Run) -> None:
    counted = json.loads(interurban("query", "chicago.libraries", "--count", "-f", "json").out)
    done = interurban("query", "libraries in chicago", "--count", "-f", "json")
    assert done.code == 0, done.err
    assert json.loads(done.out) == counted
    assert "ibraries" in done.err


def test_a_line_and_options_narrow_together(interurban: Run) -> None:
    done = interurban(
        "query", "boroughs", "--city", "london", "--where", "name=Hackney", "-f", "json"
    )
    assert [row["name"] for row in json.loads(done.out)] == ["Hackney"]


def test_a_line_that_means_nothing_says_so(interurban: Run) -> None:
    done = interurban("query", "qwertz uiop")
    assert done.code == 1
    assert "qwertz uiop" in done.err
