"""A home with a small city, and a workspace on it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from interurban.catalog.loads import load
from interurban.catalog.node import Node
from interurban.workspace.catalogue import Catalogue
from interurban.workspace.runs import Workspace

from .growth import population_csv

CITY = """\
id: bristol
name: Bristol
country: England
time_zone: Europe/London
crs: EPSG:27700
bounds: [-2.72, 51.40, -2.51, 51.54]
region: [-3.2, 51.1, -2.0, 51.8]
locale: en-GB
units: metric
suppression_threshold: 5
licences:
  - {id: ogl, title: Open Government Licence v3.0, url: "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/", attribution: Contains public sector information}
"""  # noqa: E501
DATASET = """\
id: bristol.population
title: People
summary: People by age.
theme: people
publisher: ONS
licence: ogl
attribution: Office for National Statistics
frequency: yearly
standard: population_by_single_year@1
mirror: {type: files, path: population.csv}
mapping:
  area_id: '"GSS.Code"'
  sex: '"Sex"'
  age: whole("Age")
  year: whole("Year")
  population: number("Popn")
"""
MODULE = "tests.workspace.growth"


def make_home(folder: Path) -> Path:
    """A home with the pack of one city, and a mirror beside it with one table."""
    home = folder / "home"
    (home / "packs" / "bristol" / "datasets").mkdir(parents=True)
    (home / "packs" / "bristol" / "city.yaml").write_text(CITY)
    (home / "packs" / "bristol" / "datasets" / "population.yaml").write_text(DATASET)
    (folder / "mirror").mkdir()
    (folder / "mirror" / "population.csv").write_text(population_csv())
    return home


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return make_home(tmp_path)


@pytest.fixture(scope="session")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Such a home, with its table loaded."""
    from interurban.catalog.loading import Origin

    folder = tmp_path_factory.mktemp("bristol")
    home = make_home(folder)
    with Node(home) as opened:
        load(opened, "bristol.population", Origin(folder / "mirror"))
    return home


@pytest.fixture
def node(home: Path, loaded: Path) -> Iterator[Node]:
    """The same, for one test to change: a copy is quicker than a load."""
    kept = shutil.ignore_patterns("scratch")
    shutil.copytree(loaded, home, dirs_exist_ok=True, ignore=kept)
    with Node(home) as opened:
        yield opened


@pytest.fixture
def workspace(node: Node) -> Iterator[Workspace]:
    with Workspace(node, Catalogue((MODULE,))) as opened:
        yield opened
