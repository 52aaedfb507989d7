"""A node with real data of both cities, loaded once for all tests of this room."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from interurban.catalog.loading import Origin
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
def real_node(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """Eight real datasets: points with and without a place, lines, polygons, plain tables."""
    with Node(tmp_path_factory.mktemp("real-home")) as node:
        for dataset in DATASETS:
            node.load(dataset, Origin(shared_data))
        yield node
