"""On the demonstration city every model runs, and nobody can take it for a real one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import shapely

from interurban import synth
from interurban.apps.schools.access.access import access_of
from interurban.apps.schools.locating import Located
from interurban.apps.schools.offers.chances import CHANCES, chances_document, said_of
from interurban.apps.schools.offers.document import place_document
from interurban.apps.schools.offers.last_distances import offers_said
from interurban.apps.schools.reading import open_atlas
from interurban.catalog.loading import Origin
from interurban.catalog.loads import load
from interurban.catalog.node import Node
from interurban.core.cube import Cube
from interurban.core.errors import ConfigurationError
from interurban.workspace import Catalogue, Workspace, check_file
from interurban.workspace.inputs import serving_datasets
from interurban.workspace.replication import replicate

CATALOGUE = Catalogue.discover("interurban.apps")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the command makes when no city is named."""
    folder = tmp_path_factory.mktemp("made")
    subprocess.run(
        [sys.executable, "-m", "interurban", "synth", "--out", str(folder), "--rows", "1k"],
        env={**os.environ, "INTERURBAN_HOME": str(folder / "home")},
        check=True,
        capture_output=True,
    )
    return folder


@pytest.fixture(scope="module")
def node(folder: Path) -> Iterator[Node]:
    """A home with the datasets of the demonstration city that some model takes."""
    needed = {table.standard for plan in CATALOGUE.plans.values() for table in plan.graph.needs} | {
        "boundary@1"
    }
    with Node(folder / "home") as opened:
        for dataset in opened.datasets():
            if dataset.city == synth.DEMONSTRATION and dataset.standard in needed:
                load(opened, dataset.id, Origin(folder))
        yield opened


def test_every_standard_with_a_maker_is_described_once_but_boundaries(node: Node) -> None:
    described = [
        str(dataset.standard).partition("@")[0]
        for dataset in node.datasets()
        if dataset.city == synth.DEMONSTRATION
    ]
    assert set(described) == synth.MAKERS
    assert len(described) == len(set(described)) + 1
    assert described.count("boundary") == 2


def test_every_model_of_every_app_runs_on_it(node: Node) -> None:
    for name in CATALOGUE.modules:
        answer = replicate(node, CATALOGUE, name.rpartition(".")[2], synth.DEMONSTRATION)
        assert not answer.missing
        for graph in answer.graphs:
            assert graph.runs, graph.coverage.missing
            assert graph.percent == 100.0
            needs = CATALOGUE.plans[graph.coverage.graph].graph.needs
            by_division = {table.name for table in needs if table.standard == "boundary@1"}
            assert set(graph.choices) <= by_division, "the city is divided in two ways"
            assert not graph.by_area or len(graph.areas) == answer.areas_in_city > 0


def test_the_schools_atlas_opens_for_it_and_says_that_it_is_synthetic(
    folder: Path, node: Node
) -> None:
    for name in ("schools", "school_rolls", "school_flows", "quarters", "age_groups"):
        if f"sampleton.{name}" not in node.held():
            load(node, f"sampleton.{name}", Origin(folder))
    atlas = open_atlas(node, synth.DEMONSTRATION)
    flows = atlas.flows()
    assert flows.stage == "primary"
    assert len(flows.areas.shaped) == len(flows.areas) == 12
    rolls = node["sampleton.school_rolls"].filter(
        f"year = {flows.year} AND year_group BETWEEN 0 AND 6"
    )
    expected = dict.fromkeys(flows.schools.ids, 0)
    for row in rolls.to_arrow().to_pylist():
        expected[row["school_id"]] += row["pupils"]
    shown = dict(zip(flows.schools.ids, flows.shown_by_school, strict=True))
    assert shown == expected
    assert not np.isnan(flows.straight_metres).any()
    assert all("SYNTHETIC" in node.dataset(one).title for one in atlas.settings.schools)
    assert "SYNTHETIC" in node.dataset(flows.dataset).title


def test_the_one_table_that_no_standard_has_is_written_as_a_file(folder: Path, node: Node) -> None:
    graph = CATALOGUE.plans["household_type_projection"].graph
    (contract,) = (table for table in graph.needs if table.standard is None)
    (file,) = (folder / "sampleton").glob("SYNTHETIC-*.csv")
    checked = check_file(file, contract)
    assert checked.ok, checked.problems.sorted()[:3]
    shares = checked.content()
    assert isinstance(shares, Cube)
    assert shares.sum("household_type").values == pytest.approx(1, abs=0.001)
    assert set(shares.along("area_id")) == set(
        node["sampleton.quarters"].to_arrow()["area_id"].to_pylist()
    )


def test_ways_to_its_schools_are_as_long_as_they_say(folder: Path, node: Node) -> None:
    for name in ("schools", "school_ways", "quarters", "age_groups"):
        if f"sampleton.{name}" not in node.held():
            load(node, f"sampleton.{name}", Origin(folder))
    atlas = open_atlas(node, synth.DEMONSTRATION)
    stage = atlas.settings.stage("secondary")
    assert stage is not None
    (by_length,) = (
        check
        for check in access_of(atlas, stage, "nearest", 3000.0).checks
        if check.what == "metres"
    )
    assert by_length.rows > 100
    assert by_length.median_error < 0.05


def test_what_a_run_gave_from_synthetic_rows_feeds_no_other_run_by_itself(node: Node) -> None:
    graph = CATALOGUE.plans["school_rolls"].graph
    with Workspace(node, CATALOGUE) as workspace:
        run = workspace.start(graph.id, synth.DEMONSTRATION, parameters={"draws": 50})
        run = workspace.wait(run.id, timeout_s=120)
    assert run.state == "successful", run.error
    given = node.snapshot(run.outputs["projected_rolls"].dataset)
    assert given.synthetic
    assert serving_datasets(node, graph.needs[0], synth.DEMONSTRATION) == ["sampleton.school_rolls"]


def test_all_of_it_says_synthetic_and_lies_where_nobody_lives(node: Node) -> None:
    city = node.city(synth.DEMONSTRATION)
    here = shapely.box(*city.region)
    assert city.country == "nowhere"
    assert [
        each.id for each in node.cities.values() if here.intersects(shapely.box(*each.region))
    ] == [synth.DEMONSTRATION]
    for name, snapshot in node.snapshots().items():
        assert snapshot.synthetic, name
        assert "SYNTHETIC" in node.dataset(name).title or "run" in name
        assert snapshot.left_out == snapshot.blanked == 0, name


def test_no_portal_and_no_mirror_has_it(node: Node, tmp_path: Path) -> None:
    for origin in (Origin(), Origin(tmp_path)):
        with pytest.raises(ConfigurationError, match="synthetic city") as raised:
            load(node, "sampleton.crimes", origin)
        assert "interurban synth --city sampleton" in str(raised.value.advice)


def test_its_pack_is_put_in_place_again_and_what_was_added_to_it_stays(tmp_path: Path) -> None:
    packs = tmp_path / "packs"
    for n in range(2):
        scratch = tmp_path / f"scratch-{n}"
        scratch.mkdir()
        synth.keep_pack(packs, scratch)
        if n == 0:
            (packs / "sampleton" / "datasets" / "mine.yaml").write_text("id: sampleton.mine\n")
            (packs / "sampleton" / "city.yaml").write_text("changed")
    assert (packs / "sampleton" / "datasets" / "mine.yaml").exists()
    assert (packs / "sampleton" / "city.yaml").read_text() != "changed"


def test_the_other_cities_are_as_they_were_without_it(tmp_path: Path) -> None:
    with Node(tmp_path / "home") as other:
        assert synth.DEMONSTRATION not in other.cities


def test_rounds_of_admissions_are_simulated_and_say_that_all_is_synthetic(
    node: Node, folder: Path
) -> None:
    for dataset in ("school_flows", "school_zones", "school_places", "last_distances"):
        if f"sampleton.{dataset}" not in node.held():
            load(node, f"sampleton.{dataset}", Origin(folder))
    atlas = open_atlas(node, "sampleton")
    stage = atlas.settings.stages[0]
    lon, lat = atlas.schools.lonlat[np.flatnonzero(atlas.schools.of_phases(stage.phases))[0]]
    place = Located("a door", float(lon), float(lat), 0.0)
    known = place_document(atlas, place, stage, 5)
    assert known["schools"][0]["years"], "every primary school has last distances"
    assumed = said_of(offers_said(atlas).of_stage(stage.id), draws=20)
    found = chances_document(atlas, place, stage, assumed)
    assert found["check"]["figures"] > 0
    assert "Made by a program" in " ".join(found["assumptions"])
    assert {row["chance"] for row in found["schools"]} <= set(CHANCES)
    assert chances_document(atlas, place, stage, assumed) == found
