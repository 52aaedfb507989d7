"""A home with what access to schools is worked out from in both cities, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from interurban.apps.schools.access.access import leaning_on
from interurban.apps.schools.reading import Kept, open_atlas
from interurban.catalog.node import Node
from tests.conftest import Once

from .conftest import CITIES, OpenAtlas, load

__all__ = ["reached_atlas", "reached_home", "reached_node"]


@pytest.fixture(scope="session")
def reached_home(shared_data: Path, made_once: Once) -> Path:
    """That home: no flows are in it, of which access needs none."""

    def make(folder: Path) -> None:
        with Node(folder) as node:
            for city in CITIES:
                atlas = open_atlas(node, city)
                flows = {flow.dataset for flow in atlas.settings.flows}
                needed = [one for one in leaning_on(atlas) if one not in flows]
                # The finest children are those that are taken.
                coarse = {one.dataset for one in atlas.settings.children[1:]}
                load(node, shared_data, *(one for one in needed if one not in coarse))

    return made_once("schools-access", make)


@pytest.fixture(scope="session")
def reached_node(reached_home: Path) -> Iterator[Node]:
    """That home, opened once for all tests that only read it."""
    with Node(reached_home) as opened:
        yield opened


@pytest.fixture(scope="session")
def reached_atlas(reached_node: Node) -> OpenAtlas:
    """The atlas of a city by its id."""
    kept = Kept()
    return lambda city: open_atlas(reached_node, city, kept)
