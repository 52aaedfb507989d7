"""What "Adding a city" shows is a city that opens, one part more at each of its steps."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import yaml

from interurban.apps.schools.access.access import access_of
from interurban.apps.schools.card.card import card_of
from interurban.apps.schools.flows import home_areas
from interurban.apps.schools.nearby import nearby_schools, nearby_words
from interurban.apps.schools.parts import Part, parts_of
from interurban.apps.schools.places.settings import place_settings
from interurban.apps.schools.places.supply import read_supply
from interurban.apps.schools.reading import Atlas, open_atlas
from interurban.apps.schools.zones import place_result
from interurban.catalog.loading import Origin
from interurban.catalog.loads import load
from interurban.catalog.node import Node

_STEP = re.compile(r"^### Step (\d)", re.MULTILINE)
_FILE = re.compile(
    r"\*\*(?P<added>added to )?`(?P<name>[\w./-]+)`\*\*\n\n```\w*\n(?P<text>.*?)```", re.DOTALL
)
_LOADED = {
    1: ["springfield.schools"],
    2: ["springfield.wards"],
    3: ["springfield.zones", "springfield.flows"],
    4: ["springfield.children"],
    5: ["springfield.rolls"],
    6: ["springfield.places"],
}


@pytest.fixture(scope="module")
def page(repository: Path) -> str:
    return (repository / "docs" / "adding-a-city.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def folder(page: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pack and the files of the page, as somebody who follows it writes them."""
    folder = tmp_path_factory.mktemp("newcomer")
    for found in _FILE.finditer(page):
        place = (
            folder / ("" if found["name"].startswith("files/") else "springfield") / found["name"]
        )
        place.parent.mkdir(parents=True, exist_ok=True)
        before = place.read_text() if found["added"] else ""
        place.write_text(before + found["text"])
    return folder


@pytest.fixture(scope="module")
def steps(folder: Path) -> Iterator[dict[int, dict[str, Part]]]:
    """The parts of the atlas after each step."""
    with Node(folder / "home", packs=[folder / "springfield"]) as node:
        seen = {}
        for step, datasets in _LOADED.items():
            for dataset in datasets:
                load(node, dataset, Origin(mirror=folder / "files"))
            seen[step] = {part.id: part for part in parts_of(open_atlas(node, "springfield"))}
        yield seen


@pytest.fixture(scope="module")
def atlas(folder: Path, steps: dict[int, dict[str, Part]]) -> Iterator[Atlas]:
    """The atlas after the last step."""
    assert len(steps) == 6
    with Node(folder / "home", packs=[folder / "springfield"]) as node:
        yield open_atlas(node, "springfield")


def test_the_page_has_every_step_in_order(page: str) -> None:
    assert [int(step) for step in _STEP.findall(page)] == [1, 2, 3, 4, 5, 6]


def test_each_step_opens_its_part_and_no_other(steps: dict[int, dict[str, Part]]) -> None:
    opened = {1: "schools", 2: "areas", 3: "flows", 4: "children", 5: "rolls", 6: "capacity"}
    for step, name in opened.items():
        assert steps[step][name].state in ("ready", "partly"), steps[step][name]
        if step > 1:
            assert steps[step - 1][name].state == "lacking", steps[step - 1][name]


def test_what_lacks_says_how_it_is_added(steps: dict[int, dict[str, Part]]) -> None:
    for part in steps[1].values():
        if part.state == "lacking":
            assert part.advice.endswith("."), part
    assert "interurban load springfield.flows" in steps[1]["flows"].advice


def test_ids_keep_their_zeros_and_slashes(atlas: Atlas) -> None:
    assert atlas.schools.ids == ("001", "002", "003", "A/7")


def test_a_zone_of_two_schools_is_that_of_both(atlas: Atlas) -> None:
    here = np.array([[-89.685, 39.705]])
    flows = atlas.flows()
    for school in ("002", "003"):
        assert place_result(atlas, flows.areas, "elementary", here, school=school) == "inside zone"
    assert place_result(atlas, flows.areas, "elementary", here, school="001") == "outside zone"


def test_small_numbers_of_the_example_are_hidden_by_its_policy(atlas: Atlas) -> None:
    assert atlas.flows().hidden_below == 5


def test_children_rolls_and_places_are_used(atlas: Atlas) -> None:
    stage = atlas.settings.stages[0]
    assert access_of(atlas, stage, "2sfca", 2_000).homes.children.sum() > 0
    assert [year for year, _ in card_of(atlas, "001").series] == [2022, 2023, 2024]
    settings = place_settings(atlas.settings, atlas.node.packs)
    assert settings is not None
    supply = read_supply(atlas, settings, stage)
    assert dict(zip(supply.ids, supply.published.tolist(), strict=True))["001"] == 350
    assert supply.year == 2024


def test_a_stage_without_flows_tells_the_schools_that_are_near(atlas: Atlas) -> None:
    flows = atlas.flows_or_none(stage="high")
    assert (flows.id, len(flows.pupils)) == ("", 0)
    found = nearby_schools(atlas, "high", np.array([[-89.685, 39.705]]))
    assert [atlas.schools.ids[at] for at in found.schools] == ["A/7"]
    assert "is not in the data of Springfield" in nearby_words(atlas, "high", found)
    assert home_areas(flows, 0).shown == 0


def test_every_example_is_yaml_without_a_key_twice(page: str) -> None:
    for text in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL):
        assert yaml.safe_load(text)


def test_a_policy_that_the_rows_do_not_fit_is_said_when_they_are_loaded(
    folder: Path, tmp_path: Path
) -> None:
    twice = tmp_path / "files"
    twice.mkdir()
    rows = (folder / "files" / "flows.csv").read_text()
    (twice / "flows.csv").write_text(rows + "W1,001,3\n")
    home = tmp_path / "home"
    (home / "packs").mkdir(parents=True)
    (home / "packs" / "springfield").symlink_to(folder / "springfield")
    done = subprocess.run(
        [sys.executable, "-m", "interurban", "load", "springfield.flows", "--mirror", str(twice)],
        env={**os.environ, "INTERURBAN_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "A pair is listed twice. Add its numbers up first." in done.stderr


def test_a_place_is_answered_on_the_command_line_without_flows(folder: Path, atlas: Atlas) -> None:
    assert not any(flow.stage == "high" for flow in atlas.settings.flows)
    home, packs = folder / "home", folder / "home" / "packs"
    packs.mkdir(exist_ok=True)
    if not (packs / "springfield").exists():
        (packs / "springfield").symlink_to(folder / "springfield")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "interurban", "schools", "local", "springfield", "Ward W1"),
            *("--stage", "high", "--home", str(home)),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Springfield High School" in done.stdout
    assert "Which high schools children go to is not in the data of Springfield." in done.stdout
