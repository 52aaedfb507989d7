"""A home with what places and forecasts need of both cities, and runs of both roll models in it.

Chicago's schools are run; of London's boroughs the secondary stage alone, so that the primary one
stands as it does before a run.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from interurban.apps.schools.places.settings import PlaceSettings, place_settings
from interurban.apps.schools.reading import Atlas, Kept, open_atlas
from interurban.catalog.node import Node
from interurban.cli import main
from interurban.workspace import Catalogue, Workspace
from tests.apps.schools.conftest import load
from tests.conftest import Once

DATASETS = (
    "chicago.school_profiles",
    "chicago.schools",
    "chicago.school_rolls",
    "chicago.school_capacity",
    "chicago.community_areas",
    "london.schools",
    "london.school_capacity",
    "london.place_scorecard",
    "london.births",
    "london.births_by_borough",
    "london.boroughs",
)

OpenAtlas = Callable[[str], Atlas]


@pytest.fixture(scope="session")
def places_home(shared_data: Path, made_once: Once) -> Path:
    """That home; read it, and never change it."""

    def make(folder: Path) -> None:
        with Node(folder) as node:
            load(node, shared_data, *DATASETS)
            with Workspace(node, Catalogue.discover("interurban.apps")) as workspace:
                run = workspace.start("school_rolls", "chicago", parameters={"draws": 200})
                assert workspace.wait(run.id, timeout_s=240).state == "successful"
        asked = ("forecast", "london", "--stage", "secondary", "--run", "--home", str(folder))
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(sys, "argv", ["interurban", "schools", *asked])
            with pytest.raises(SystemExit) as ended:
                main()
        assert not ended.value.code

    return made_once("school-places", make)


@pytest.fixture(scope="session")
def places_node(places_home: Path) -> Iterator[Node]:
    with Node(places_home) as opened:
        yield opened


@pytest.fixture(scope="session")
def atlas_of(places_node: Node) -> OpenAtlas:
    """The atlas of a city by its id."""
    kept = Kept()
    return lambda city: open_atlas(places_node, city, kept)


def said(atlas: Atlas) -> PlaceSettings:
    """What the city says of its places."""
    found = place_settings(atlas.settings, atlas.node.packs)
    assert found is not None
    return found
