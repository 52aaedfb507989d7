"""A home with everything that cards, layers and the report read of both cities."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from interurban.apps.schools.reading import Kept, open_atlas
from interurban.apps.schools.validation.report import datasets_of
from interurban.catalog.node import Node
from tests.conftest import Once

from .conftest import CITIES, OpenAtlas, load

__all__ = ["whole_atlas", "whole_home", "whole_node"]


@pytest.fixture(scope="session")
def whole_home(schools_home: Path, shared_data: Path, made_once: Once) -> Path:
    """That home; each worker has its own copy."""

    def make(folder: Path) -> None:
        shutil.copytree(schools_home, folder, dirs_exist_ok=True)
        with Node(folder) as node:
            for city in CITIES:
                atlas = open_atlas(node, city)
                load(node, shared_data, *datasets_of(atlas))
                assert len(atlas.schools), "and what obligations leave of the flows is worked out"

    return made_once("schools-whole", make)


@pytest.fixture(scope="session")
def whole_node(whole_home: Path) -> Iterator[Node]:
    """That home, opened once for all tests that only read it."""
    with Node(whole_home) as opened:
        yield opened


@pytest.fixture(scope="session")
def whole_atlas(whole_node: Node) -> OpenAtlas:
    """The atlas of a city by its id."""
    kept = Kept()
    return lambda city: open_atlas(whole_node, city, kept)
