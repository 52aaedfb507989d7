"""A node with real data of both cities, loaded once for all tests of this room."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import Once

from interurban.catalog.loading import Origin
from interurban.catalog.loads import load
from interurban.catalog.node import Node

DATASETS = (
    "chicago.community_areas",
    "chicago.crimes_2019_sample",
    "chicago.l_lines",
    "chicago.l_station_entries",
    "chicago.parks",
    "london.boroughs",
    "london.crimes_city_of_london",
    "london.food_hygiene_2015",
)


@pytest.fixture(scope="session")
def real_node(shared_data: Path, made_once: Once) -> Iterator[Node]:
    """Eight real datasets: points with and without a place, lines, polygons, plain tables."""

    def make(folder: Path) -> None:
        with Node(folder) as node:
            for dataset in DATASETS:
                load(node, dataset, Origin(shared_data))

    with Node(made_once("real", make)) as node:
        yield node
