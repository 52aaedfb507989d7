"""What is imported is a dataset like any other, and part of the city's atlas at once."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from interurban.apps.schools.card.links import read_links
from interurban.apps.schools.card.rolls import read_rolls
from interurban.apps.schools.card.settings import card_settings
from interurban.apps.schools.imports.loading import Plan, load_plan, plan
from interurban.apps.schools.imports.recognising import read_files
from interurban.apps.schools.places.settings import PlaceSettings
from interurban.apps.schools.places.supply import read_supply
from interurban.apps.schools.reading import open_atlas
from interurban.catalog.node import Node
from interurban.core.errors import BadRequest, LoadInProgress, UnreadableFile

from . import oldport
from .files import BY_AREA, NOTES, Row, named, old_workbook, register, workbook


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The city's pack, and a home in which its areas are loaded."""
    folder = tmp_path_factory.mktemp("oldport")
    oldport.make(folder)
    return folder


@pytest.fixture(scope="module")
def listed(made: Path) -> Path:
    """That home with a register of 2026 in it."""
    shutil.copytree(made / "home", made / "listed")
    with Node(made / "listed", packs=[made / "oldport"]) as opened:
        file = everyone(made / "edubasealldata20260101.csv", "1", "2", "3")
        load_plan(opened, planned(opened, file))
    return made / "listed"


@pytest.fixture
def node(made: Path, tmp_path: Path) -> Iterator[Node]:
    """A copy of the home for each test."""
    shutil.copytree(made / "home", tmp_path / "home")
    with Node(tmp_path / "home", packs=[made / "oldport"]) as opened:
        yield opened


@pytest.fixture
def listing(made: Path, listed: Path, tmp_path: Path) -> Iterator[Node]:
    """A copy of the one with a register for each test."""
    shutil.copytree(listed, tmp_path / "home")
    with Node(tmp_path / "home", packs=[made / "oldport"]) as opened:
        yield opened


def flows(folder: Path, codes: list[str], pupils: int = 8) -> Path:
    rows: list[Row] = [
        (code, f"Oldport {code}", 30, "LSOAtoPri_Flow1", 100 + at % 2, f"School {at % 2}", pupils)
        for at, code in enumerate(codes)
    ]
    sheet = ("LSOAtoPriSchool_LDS_2016", [named(BY_AREA, "Primary"), *rows])
    return workbook(folder / "flows.xlsx", NOTES, sheet)


PLACE = {"Easting": 530_000, "Northing": 180_000, "NumberOfPupils": 30}
ACADEMY = {
    "TypeOfEstablishment (name)": "Academy converter",
    "EstablishmentTypeGroup (name)": "Academies",
}


def everyone(file: Path, *urns: str, called: str = "School", pupils: int = 30) -> Path:
    """A register with every kind of school: these, and one each of two other kinds."""
    kinds = {
        "901": {"PhaseOfEducation (name)": "Secondary", **ACADEMY},
        "902": {"TypeOfEstablishment (name)": "Other independent school"},
    }
    here = {**PLACE, "NumberOfPupils": pupils}
    schools = [{"URN": urn, "EstablishmentName": f"{called} {urn}", **here} for urn in urns]
    others = [
        {"URN": urn, "EstablishmentName": f"School {urn}", **PLACE, **said}
        for urn, said in kinds.items()
    ]
    return register(file, *schools, *others)


def rolls(folder: Path, began: int, pupils: int = 10) -> Path:
    header = ["School ID", "School Name", "Total", "PE", "PK", "K", *range(1, 13)]
    rows: list[Row] = [header, (610212, "Albany Park", 15 * pupils, *[pupils] * 15)]
    return old_workbook(folder / f"GENERAL_{began}-{began + 1}.xls", ("Schools", rows))


def planned(node: Node, *files: Path, dataset: str = "") -> Plan:
    city = node.city("oldport")
    imported = read_files([(file, file.name) for file in files], city)
    return plan(node, "oldport", imported, dataset)


def test_imported_flows_are_flows_of_the_atlas(node: Node, tmp_path: Path) -> None:
    snapshot = load_plan(node, planned(node, flows(tmp_path, oldport.IN_BOTH)))
    assert (snapshot.rows, snapshot.left_out, snapshot.blanked) == (8, 0, 0)
    atlas = open_atlas(node, "oldport")
    assert atlas.flow_ids == ("oldport.school_flows_primary_2016:2015",)
    found = atlas.flows()
    assert found.stage == "primary"
    assert found.dropped
    assert found.hidden_below == 8
    assert sorted(found.areas.ids[at] for at in found.area) == oldport.IN_BOTH
    assert found.areas.shaped.size


def test_again_replaces_what_was_imported_before(node: Node, tmp_path: Path) -> None:
    load_plan(node, planned(node, flows(tmp_path, oldport.IN_BOTH)))
    load_plan(node, planned(node, flows(tmp_path, oldport.IN_BOTH[:3], pupils=9)))
    atlas = open_atlas(node, "oldport")
    assert len(atlas.settings.flows) == 1
    assert atlas.flows().pupils.tolist() == [9, 9, 9]


def test_an_id_of_a_pack_is_not_taken_over(node: Node, tmp_path: Path) -> None:
    file = flows(tmp_path, oldport.IN_BOTH)
    with pytest.raises(BadRequest, match=r"oldport\.areas_2011 is already"):
        planned(node, file, dataset="oldport.areas_2011")
    with pytest.raises(BadRequest, match="can't be a dataset of oldport"):
        planned(node, file, dataset="london.flows")


def test_small_numbers_of_an_import_stay_hidden(node: Node, tmp_path: Path) -> None:
    rows: list[Row] = [
        (code, code, 30, "x", 100 + at, f"School {at}", 1 + at)
        for at, code in enumerate(oldport.IN_BOTH)
    ]
    sheet = ("LSOAtoPriSchool_LDS_2016", [named(BY_AREA, "Primary"), *rows])
    found = planned(node, workbook(tmp_path / "all.xlsx", NOTES, sheet))
    assert found.imported.hidden_below == 0
    load_plan(node, found)
    kept = pa.Table.from_batches(
        list(node["oldport.school_flows_primary_2016"].to_arrow().to_batches())
    )
    shown = [count for count in kept["pupils"].to_pylist() if count is not None]
    assert shown
    assert min(shown) >= node.city("oldport").suppression_threshold


def test_two_vintages_of_areas_in_one_file_are_told(node: Node, tmp_path: Path) -> None:
    both = planned(node, flows(tmp_path, [*oldport.IN_BOTH, *oldport.ONLY_2011, "E01032100"]))
    assert both.matches[0].dataset == "oldport.areas_2011"
    assert any("Two vintages of areas are mixed" in said for said in both.warnings)
    assert "1 only in oldport.areas_2021 (E01032100 ...)" in " ".join(both.warnings)
    one = planned(node, flows(tmp_path, [*oldport.IN_BOTH, *oldport.ONLY_2021]))
    assert one.matches[0].dataset == "oldport.areas_2021"
    assert one.warnings == ()


def test_areas_outside_the_city_are_told(node: Node, tmp_path: Path) -> None:
    found = planned(node, flows(tmp_path, [*oldport.IN_BOTH, *oldport.ONLY_2011, "E01099999"]))
    (warning,) = found.warnings
    assert warning.startswith("1 of 11 home areas are not in oldport.areas_2011: outside the city")


def test_a_newer_register_is_what_the_atlas_asks_first(listing: Node, tmp_path: Path) -> None:
    newer = planned(
        listing, everyone(tmp_path / "edubasealldata20260201.csv", "1", called="New", pupils=40)
    )
    load_plan(listing, newer)
    assert newer.dataset == "oldport.schools_register_2026_02"
    atlas = open_atlas(listing, "oldport")
    assert atlas.settings.schools == (newer.dataset, "oldport.schools_register_2026_01")
    schools = atlas.schools
    told = [
        (schools.names[at], schools.statuses[at])
        for at in (schools.index[one] for one in ("1", "2"))
    ]
    assert told == [("New 1", "open"), ("School 2", "closed")]
    counted = PlaceSettings(
        "", "", False, "", "oldport.schools_register_2026_01", 2025, "", (), None
    )
    supply = read_supply(atlas, counted, atlas.settings.stages[0])
    assert (supply.ids, supply.pupils.tolist()) == (("1", "902"), [30, 30])


def test_an_older_register_does_not_take_the_place_of_a_newer_one(
    listing: Node, tmp_path: Path
) -> None:
    older = everyone(tmp_path / "edubasealldata20160101.csv", "1", "9", called="Old")
    load_plan(listing, planned(listing, older))
    atlas = open_atlas(listing, "oldport")
    assert atlas.settings.current == ("oldport.schools_register_2026_01",)
    schools = atlas.schools
    told = [
        (schools.names[at], schools.statuses[at])
        for at in (schools.index[one] for one in ("1", "9"))
    ]
    assert told == [("School 1", "open"), ("Old 9", "closed")]


def test_a_list_of_academies_closes_no_other_school(listing: Node, tmp_path: Path) -> None:
    academies = register(
        tmp_path / "edubaseallacademiesandfree20260301.csv",
        {"URN": 2, "EstablishmentName": "B Academy", **PLACE, **ACADEMY},
        {"URN": 4, "EstablishmentName": "D Academy", **PLACE, **ACADEMY},
    )
    load_plan(listing, planned(listing, academies))
    atlas = open_atlas(listing, "oldport")
    schools = atlas.schools
    assert set(schools.statuses) == {"open"}
    assert schools.names[schools.index["2"]] == "B Academy"
    assert atlas.settings.current == (
        "oldport.schools_register_academies_2026_03", "oldport.schools_register_2026_01"
    )  # fmt: skip


def test_links_of_the_register_lead_to_the_heirs_of_a_school(listing: Node, tmp_path: Path) -> None:
    file = tmp_path / "links_edubasealldata20260101.csv"
    lines = ["URN,LinkURN,LinkName,LinkType,LinkEstablishedDate", "90,1,New,Successor,",
             "80,90,Old,Successor,01-09-2012", "7,8,Far,Successor,"]  # fmt: skip
    file.write_text("\n".join(lines))
    assert load_plan(listing, planned(listing, file)).rows == 2
    links = read_links(open_atlas(listing, "oldport"))
    assert links.heirs("80", lambda one: one == "1") == ("1",)


def test_rolls_of_another_city_are_not_taken(listing: Node, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="None of the 1 schools of the file is known") as told:
        planned(listing, rolls(tmp_path, 2018))
    assert "is this the right city?" in told.value.advice


def test_rolls_of_several_years_stand_on_the_cards_of_their_schools(
    node: Node, tmp_path: Path
) -> None:
    both = planned(node, *(rolls(tmp_path, began) for began in (2018, 2019)))
    assert load_plan(node, both).rows == 30
    assert node.dataset("oldport.school_rolls_20th_day_2018_to_2019").standard == "school_roll@1"
    load_plan(node, planned(node, rolls(tmp_path, 2019, pupils=12)))
    atlas = open_atlas(node, "oldport")
    found = read_rolls(atlas, card_settings(atlas.settings, node.packs))
    assert found.series("610212") == [(2018, 150), (2019, 180)]


def test_a_load_that_fails_leaves_what_was_there(node: Node, tmp_path: Path) -> None:
    load_plan(node, planned(node, flows(tmp_path, oldport.IN_BOTH)))
    before = {file: file.read_bytes() for file in node.home.packs.rglob("*") if file.is_file()}
    again = planned(node, flows(tmp_path, oldport.IN_BOTH[:3], pupils=9))
    with node.home.loading(again.dataset), pytest.raises(LoadInProgress):
        load_plan(node, again)
    after = {file: file.read_bytes() for file in node.home.packs.rglob("*") if file.is_file()}
    assert after == before


def test_an_archive_tells_what_else_is_in_it(node: Node, tmp_path: Path) -> None:
    whole = everyone(tmp_path / "edubasealldata20260101.csv", "1")
    with zipfile.ZipFile(tmp_path / "extract.zip", "w") as archive:
        archive.write(whole, whole.name)
        archive.writestr(
            "links_edubasealldata20260101.csv", "URN,LinkURN,LinkType\n1,2,Successor\n"
        )
        archive.writestr("readme.txt", "Extracted from GIAS")
    found = planned(node, tmp_path / "extract.zip")
    assert found.dataset == "oldport.schools_register_2026_01"
    assert found.imported.found[-1] == (
        "Also in extract.zip, and not taken with it: links_edubasealldata20260101.csv. Import it "
        "by itself."
    )


@pytest.mark.parametrize(
    ("header", "what"),
    [
        ("URN,Linked UID,Group Name", "lists groups of the register"),
        ("GID,URN,UID,Role,Surname", "lists governors, who are people"),
        ("School ID,School Name,African American,Hispanic", "by race and ethnicity"),
        ("School ID,School Name,Bilingual,SpED", "English learners, special education"),
    ],
)
def test_known_files_that_are_not_taken_are_named(
    node: Node, tmp_path: Path, header: str, what: str
) -> None:
    (tmp_path / "a.csv").write_text(f"{header}\n1,2,3,4\n")
    with pytest.raises(UnreadableFile, match=what):
        planned(node, tmp_path / "a.csv")


def test_a_load_that_fails_leaves_nothing_behind(node: Node, tmp_path: Path) -> None:
    found = planned(node, flows(tmp_path, oldport.IN_BOTH))
    with node.home.loading(found.dataset), pytest.raises(LoadInProgress):
        load_plan(node, found)
    assert found.dataset not in node.packs.datasets
    assert list((node.home.packs).rglob("*.parquet")) == []


def test_other_files_are_named_with_what_is_known(node: Node, tmp_path: Path) -> None:
    file = workbook(tmp_path / "budget.xlsx", ("Sheet1", [("a", "b"), (1, 2)]))
    with pytest.raises(UnreadableFile, match="none of the layouts") as raised:
        planned(node, file)
    assert "interurban load FILE" in raised.value.advice
    (tmp_path / "noise.xls").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100))
    with pytest.raises(UnreadableFile, match="damaged, or no workbook"):
        planned(node, tmp_path / "noise.xls")


def test_files_of_two_layouts_are_not_joined(node: Node, tmp_path: Path) -> None:
    school = {"URN": 100, "EstablishmentName": "A", "Easting": 530_000, "Northing": 180_000}
    files = flows(tmp_path, oldport.IN_BOTH), register(tmp_path / "a.csv", school)
    with pytest.raises(UnreadableFile, match="of different kinds"):
        planned(node, *files)
