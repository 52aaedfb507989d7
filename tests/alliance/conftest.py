"""Data folders whose tables of the alliance are there already: making them takes half a second."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from interurban.alliance.opened import Alliance
from interurban.store.control import file_in


@pytest.fixture(scope="session")
def _tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("tables")
    with Alliance(home) as alliance:
        assert alliance.records
    return file_in(home)


@pytest.fixture
def prepared(_tables: Path, tmp_path: Path) -> Callable[[str], Path]:
    """Make a data folder of a name, with empty tables."""

    def prepare(name: str) -> Path:
        home = tmp_path / name
        file_in(home).parent.mkdir(parents=True)
        shutil.copy(_tables, file_in(home))
        return home

    return prepare
