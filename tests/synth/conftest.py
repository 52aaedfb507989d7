"""A small city pack: all that a synthetic city is made from."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from interurban.core.city import BoundarySet, City
from interurban.core.dataset import Dataset
from interurban.synth import MAKERS


@dataclass(frozen=True)
class Pack:
    city: City
    datasets: list[Dataset]


def dataset(name: str, standard: str) -> Dataset:
    return Dataset(
        id=f"testville.{name}",
        city="testville",
        title=name,
        summary="",
        theme="services",
        publisher="Testville",
        licence="open",
        attribution="Testville",
        frequency="daily",
        standard=f"{standard}@1",
    )


@pytest.fixture(scope="session")
def pack() -> Pack:
    """One dataset of every standard that has a maker, and two boundary sets."""
    boundaries = (
        BoundarySet("wards", "testville.wards", "ward"),
        BoundarySet("tracts", "testville.tracts", "census tract"),
    )
    city = City(
        id="testville",
        name="Testville",
        country="Nowhere",
        time_zone="America/Chicago",
        crs="EPSG:26971",
        bounds=(-87.94, 41.64, -87.52, 42.03),
        region=(-88.2, 41.5, -87.2, 42.2),
        locale="en-US",
        units="imperial",
        suppression_threshold=5,
        boundaries=boundaries,
    )
    others = sorted(MAKERS - {"boundary"})
    datasets = [dataset(name, name) for name in others]
    datasets += [dataset("wards", "boundary"), dataset("tracts", "boundary")]
    return Pack(city, datasets)
