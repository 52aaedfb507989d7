"""Last distances as authorities give them out: wide and long, in any unit, by name or number."""

from __future__ import annotations

from pathlib import Path

import pytest

from interurban.apps.schools.imports.imported import Imported
from interurban.apps.schools.imports.loading import load_plan, plan
from interurban.apps.schools.imports.recognising import read_files
from interurban.apps.schools.offers.document import city_document
from interurban.apps.schools.offers.last_distances import last_distances
from interurban.apps.schools.reading import open_atlas
from interurban.catalog.loading import Origin
from interurban.catalog.loads import load
from interurban.catalog.node import Node
from interurban.catalog.packs import load_packs
from interurban.core.errors import UnreadableFile
from tests.apps.schools.springfield import write

LONDON = load_packs().cities["london"]
WIDE = """\
Last distance offered (km),,,
School name,2014,2015,September 2016
Hill Primary School,0.95,1.284,0.885
Dale Junior School,All offered,,1.5 miles
"""
LONG = """\
URN,School,Academic year,Criterion,Furthest distance offered (miles),Year group
100001,Hill Primary School,2015/16,Siblings,0.5,Reception
100001,Hill Primary School,2015/16,Distance,0.25,Reception
100001,Hill Primary School,2014/15,Distance,n/a,Reception
"""


def read(
    tmp_path: Path, text: str, name: str = "hilltown.csv", year: int | None = None
) -> Imported:
    file = tmp_path / name
    file.write_text(text)
    return read_files([(file, name)], LONDON, year)


def rows(imported: Imported) -> list[dict[str, object]]:
    found: list[dict[str, object]] = imported.table.to_pylist()
    return found


def test_a_column_for_each_year(tmp_path: Path) -> None:
    imported = read(tmp_path, WIDE)
    assert (imported.layout, imported.standard) == ("last-distances", "last_distance@1")
    assert [(r["school_name"], r["year"], r["metres"], r["status"]) for r in rows(imported)] == [
        ("Hill Primary School", 2014, 950, "measured"),
        ("Hill Primary School", 2015, 1_284, "measured"),
        ("Hill Primary School", 2016, 885, "measured"),
        ("Dale Junior School", 2014, None, "not by distance"),
        ("Dale Junior School", 2016, pytest.approx(2_414.016), "measured"),
    ]
    told = " ".join(imported.found)
    assert '"All offered" stands 1 times' in told
    assert "1 cells are empty" in told
    assert [r["year_group"] for r in rows(imported)] == [None, None, None, 3, 3]


def test_a_row_for_each_figure_with_criteria_and_numbers(tmp_path: Path) -> None:
    imported = read(tmp_path, LONG)
    found = rows(imported)
    assert [r["criterion"] for r in found] == ["Siblings", "Distance", "Distance"]
    assert [r["metres"] for r in found] == [pytest.approx(804.672), pytest.approx(402.336), None]
    assert {(r["school_id"], r["year_group"]) for r in found} == {("100001", 0)}
    assert [r["year"] for r in found] == [2015, 2015, 2014]


@pytest.mark.parametrize(
    ("heading", "value", "metres"),
    [
        ("last_distance_km", "0.537", 537),
        ("Last distance (m)", "1,012", 1_012),
        ("Distance (metres)", "537", 537),
        ("Furthest distance in miles", "1.000", 1_609.344),
        ("Cut off distance", "587 yards", 536.7528),
        ("Distance", "0.537km", 537),
    ],
)
def test_the_unit_stands_in_the_heading_or_in_the_cell(
    heading: str, value: str, metres: float, tmp_path: Path
) -> None:
    text = f'School,Year,{heading}\nHill Primary School,2016,"{value}"\n'
    assert rows(read(tmp_path, text))[0]["metres"] == pytest.approx(metres)


def test_without_a_unit_nothing_is_guessed(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="doesn't say what its distances are in"):
        read(tmp_path, "School,Year,Last distance\nHill Primary School,2016,0.5\n")


def test_a_report_of_one_year_takes_the_year_that_is_named(tmp_path: Path) -> None:
    text = "School,Last distance (m)\nHill Primary School,500\n"
    with pytest.raises(UnreadableFile, match="which years it is of"):
        read(tmp_path, text)
    assert rows(read(tmp_path, text, year=2016))[0]["year"] == 2016


def test_an_imported_file_is_part_of_the_atlas_and_says_whom_it_could_not_match(
    tmp_path: Path,
) -> None:
    file = tmp_path / "last distances.csv"
    file.write_text(
        "School,Year,Last distance (m)\nAlpha School,2020,400\nAlpha School,2021,300\n"
        "Omega School,2021,500\n"
    )
    pack, files = write(tmp_path, faulty=False)
    with Node(tmp_path / "home", packs=[pack]) as node:
        load(node, "springfield.schools", Origin(mirror=files))
        imported = read_files([(file, file.name)], node.city("springfield"))
        planned = plan(node, "springfield", imported)
        load_plan(node, planned)
        found = last_distances(open_atlas(node, "springfield"))
        said = city_document(open_atlas(node, "springfield"))
    (only,) = found.series
    assert [(one.year, one.metres) for one in only.offers] == [(2020, 400), (2021, 300)]
    assert [one.name for one in found.unmatched] == ["Omega School"]
    assert "1 could not be matched to a school: Omega School" in said["words"]


def test_the_published_file_gives_the_rows_of_the_pack(shared_data: Path, tmp_path: Path) -> None:
    name = "last_distance_offered_kingston_2013_2016.csv"
    imported = read_files([(shared_data / "schools/london" / name, name)], LONDON)
    found = rows(imported)
    assert len(found) == 109
    assert sum(r["status"] == "not by distance" for r in found) == 33
    (slip,) = [r for r in found if r["status"] == "doubtful"]
    assert (slip["school_name"], slip["metres"]) == (
        "Christ Church C of E Primary School",
        113,
    )
    athelstan = [r["metres"] for r in found if r["school_name"] == "King Athelstan Primary School"]
    assert athelstan == pytest.approx([1_012, 746, 571, 537])
    assert found[0]["longitude"] == pytest.approx(-0.30, abs=0.01)
    assert {r["year_group"] for r in found} == {None, 3}


@pytest.mark.parametrize(
    "text",
    [
        "School,2014,2015\nHill Primary School,210,205\n",
        "Year,Distance (km)\n2014,0.5\n",
        "School,Pupils,Travel distance band\nHill,3,near\n",
    ],
)
def test_other_tables_are_not_taken_for_last_distances(text: str, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile):
        read(tmp_path, text)
