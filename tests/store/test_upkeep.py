"""Upkeep joins and forgets files, and never changes what a reader of a kept version sees."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from interurban.catalog.files import look_at
from interurban.catalog.loads import load_file
from interurban.catalog.node import Node
from interurban.catalog.upkeep import compact, forget_old
from interurban.core import query as q
from interurban.core.errors import StoreError, UnknownSnapshot
from interurban.store import duck
from interurban.store.lake import attach_lake

DATASET = "chicago.trees"
ROUNDS = 5


def write_trees(file: Path, rows: int) -> None:
    lines = [f"{n},{'oak' if n % 3 else 'elm'},41.{80 + n % 10},-87.6" for n in range(rows)]
    file.write_text("\n".join(["id,species,lat,lon", *lines]) + "\n")


def data_files(home: Path) -> list[Path]:
    return [file for file in (home / "data").rglob("*.parquet") if file.parent.name == "trees"]


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five versions of one dataset: 100, 101 ... rows."""
    folder = tmp_path_factory.mktemp("upkeep")
    file = folder / "trees.csv"
    with Node(folder / "home") as node:
        for extra in range(ROUNDS):
            write_trees(file, 100 + extra)
            load_file(node, look_at(node, file, DATASET))
    return folder / "home"


@pytest.fixture
def home(loaded: Path, tmp_path: Path) -> Path:
    """The same, for one test to change."""
    shutil.copytree(loaded, tmp_path / "home", ignore=shutil.ignore_patterns("scratch"))
    return tmp_path / "home"


def test_the_newest_versions_stay_readable_and_the_rest_are_gone(home: Path) -> None:
    with Node(home) as node:
        versions = [snapshot.version for snapshot in node.history(DATASET)]
        freed = forget_old(node, keep=2)
    assert freed.versions == ROUNDS - 2
    assert freed.files == ROUNDS - 2
    assert freed.size > 0
    assert len(data_files(home)) == 2
    with Node(home) as node:
        assert [snapshot.version for snapshot in node.history(DATASET)] == versions[:2]
        for version, rows in zip(versions[:2], (104, 103), strict=True):
            assert node.count(q.Query(DATASET, as_of=version)).count == rows
        with pytest.raises(UnknownSnapshot):
            node.count(q.Query(DATASET, as_of=versions[-1]))


def test_a_node_that_was_open_all_the_time_says_so_too(home: Path) -> None:
    with Node(home) as serving:
        oldest = serving.history(DATASET)[-1].version
        with Node(home) as keeper:
            forget_old(keeper, keep=1)
        with pytest.raises(UnknownSnapshot, match="no longer kept"):
            serving.count(q.Query(DATASET, as_of=oldest))
        assert serving.count(q.Query(DATASET)).count == 104


def test_forgetting_twice_changes_nothing(home: Path) -> None:
    with Node(home) as node:
        forget_old(node, keep=2)
        again = forget_old(node, keep=2)
    assert (again.versions, again.files, again.size) == (0, 0, 0)


def test_a_load_after_forgetting_goes_on(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "trees.csv"
    write_trees(file, 300)
    with Node(home) as node:
        forget_old(node, keep=1)
        assert load_file(node, look_at(node, file, DATASET)).rows == 300
        assert len(node.history(DATASET)) == 2


def test_small_files_are_joined_and_every_row_stays(home: Path) -> None:
    with Node(home) as node:
        newest = node.snapshot(DATASET)
        before = node.count(q.Query(DATASET)).count
    add_small_files(home, 8)
    with Node(home) as node:
        files_before, files_after = compact(node)
        assert files_before == 9
        assert files_after == 1
        assert node.count(q.Query(DATASET, as_of=newest.version)).count == before
    assert lake_rows(home, newest.version) == before
    assert lake_rows(home) == before + 8


def test_an_empty_folder_has_nothing_to_keep_up(tmp_path: Path) -> None:
    with Node(tmp_path / "empty") as node:
        with pytest.raises(StoreError, match="Nothing is loaded"):
            compact(node)
        with pytest.raises(StoreError, match="Nothing is loaded"):
            forget_old(node, keep=1)
    assert not (tmp_path / "empty" / "catalogue.sqlite").exists()


def add_small_files(home: Path, count: int) -> None:
    """What many small updates leave behind: a file of one row for each."""
    connection = duck.connect(memory_mb=200, scratch=home / "scratch")
    with Node(home) as node:
        attach_lake(connection, node.home, write=True)
    for n in range(count):
        connection.execute(
            "INSERT INTO lake.chicago.trees "
            f"SELECT * REPLACE ({10_000 + n} AS _row) FROM lake.chicago.trees WHERE _row = 1"
        )
    connection.close()


def lake_rows(home: Path, version: int | None = None) -> int:
    connection = duck.connect(memory_mb=200, scratch=home / "scratch")
    with Node(home) as node:
        attach_lake(connection, node.home, write=False)
    at = "" if version is None else f" AT (VERSION => {version})"
    row = connection.execute(f"SELECT count(*) FROM lake.chicago.trees{at}").fetchone()
    connection.close()
    assert row is not None
    return int(row[0])
