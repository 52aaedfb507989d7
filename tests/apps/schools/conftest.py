"""One home with both cities' schools, loaded once, and an atlas of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from interurban.apps.schools.offers.settings import offer_settings
from interurban.apps.schools.reading import Atlas, Kept, open_atlas
from interurban.apps.schools.settings import settings_of
from interurban.catalog import loads
from interurban.catalog.loading import Origin
from interurban.catalog.node import Node
from tests.conftest import Once

CITIES = ("chicago", "london")

OpenAtlas = Callable[[str], Atlas]


def needed(node: Node, city: str) -> list[str]:
    """The datasets of a city's atlas that most tests ask: schools, flows, areas, zones, offers."""
    settings = settings_of(node.packs, city)
    assert settings is not None, f"{city} has no atlas"
    named = [*settings.schools]
    for flow in settings.flows:
        named += [flow.dataset, *flow.areas]
    named += [zone.dataset for zone in settings.zones]
    named += offer_settings(settings, node.packs).last_distances
    return list(dict.fromkeys(named))


def load(node: Node, shared_data: Path, *datasets: str) -> None:
    """Load what is not loaded yet. What one test file alone needs it loads itself, by this."""
    for dataset in datasets:
        if dataset not in node.held():
            loads.load(node, dataset, Origin(mirror=shared_data))


@pytest.fixture(scope="session")
def schools_home(shared_data: Path, made_once: Once) -> Path:
    """A home in which both cities' atlases are loaded.

    It is shared: read it, load more into it, but never change or forget what is there. Copy it
    for a test that does.
    """

    def make(folder: Path) -> None:
        with Node(folder) as node:
            for city in CITIES:
                load(node, shared_data, *needed(node, city))
                # What readers may have of them is worked out once, for all workers.
                for one in open_atlas(node, city).flow_ids:
                    open_atlas(node, city).flows(one)

    return made_once("schools", make)


@pytest.fixture(scope="session")
def schools_node(schools_home: Path) -> Iterator[Node]:
    """That home, opened once for all tests that only read it."""
    with Node(schools_home) as opened:
        yield opened


@pytest.fixture(scope="session")
def atlas(schools_node: Node) -> OpenAtlas:
    """The atlas of a city by its id, as anyone may see it: ``atlas("london")``."""
    kept = Kept()
    return lambda city: open_atlas(schools_node, city, kept)
