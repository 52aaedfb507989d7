"""Snapshots: what is kept of a load, its history, and what an unchanged source does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import shapely

from interurban.catalog import loads
from interurban.catalog.files import look_at
from interurban.catalog.node import Node
from interurban.core import query as q
from interurban.core.dataset import Snapshot
from interurban.core.errors import (
    LoadInProgress,
    SourceError,
    UnknownDataset,
    UnknownSnapshot,
)
from interurban.query.grid import NO_PLACE, box_of_degrees, deinterleave, morton_key
from interurban.store import duck, layout
from interurban.store.home import Home

Load = Callable[[str], Snapshot]
HEAD = "id,kind,seen,longitude,latitude\n"


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with Node(tmp_path / "home") as node:
        yield node


@pytest.fixture
def load(node: Node, tmp_path: Path) -> Load:
    """Loads CSV text as ``chicago.finds``."""

    def load(rows: str) -> Snapshot:
        file = tmp_path / "finds.csv"
        file.write_text(HEAD + rows)
        return loads.load_file(node, look_at(node, file, "chicago.finds"))

    return load


ONE = "1,owl,2018-03-11 01:30:00,-87.63,41.88\n2,fox,2018-03-11 03:30:00,-87.64,41.89\n"
TWO = ONE + "3,owl,2018-07-01 12:00:00,-87.65,41.90\n"


def test_a_snapshot_counts_and_measures_its_rows(load: Load) -> None:
    snapshot = load(TWO + "4,owl,2018-07-02 12:00:00,0,0\n5,fox,2018-07-02 12:00:00,,\n")
    assert (snapshot.rows, snapshot.placed, snapshot.left_out, snapshot.blanked) == (5, 3, 0, 1)
    assert snapshot.bbox == (-87.65, 41.88, -87.63, 41.90)
    assert snapshot.id_field == "id"
    assert snapshot.time_extent is not None
    assert snapshot.time_extent[0] == datetime(2018, 3, 11, 7, 30, tzinfo=UTC)
    assert snapshot.source.kind == "file"
    assert not snapshot.synthetic


def test_the_broken_value_stands_in_the_rejects(load: Load, node: Node) -> None:
    load(TWO + "4,owl,2018-07-02 12:00:00,0,0\n")
    (reject,) = node.rejects("chicago.finds")
    assert (reject.row, reject.field, reject.action) == (4, "geometry", "value")
    assert "0,0" in reject.reason


def test_the_same_content_makes_no_new_version(load: Load, node: Node) -> None:
    first = load(ONE)
    assert load(ONE).version == first.version
    assert load(TWO).version > first.version
    assert len(node.history("chicago.finds")) == 2


def test_the_order_of_rows_does_not_change_the_content(load: Load) -> None:
    lines = TWO.splitlines(keepends=True)
    first = load("".join(lines))
    assert load("".join(reversed(lines))).content_hash == first.content_hash


def test_old_versions_can_be_asked(load: Load, node: Node) -> None:
    first = load(ONE)
    second = load(TWO)
    third = load("9,cat,2019-01-01 00:00:00,-87.6,41.8\n")
    for snapshot, rows in ((first, 2), (second, 3), (third, 1)):
        query = q.Query("chicago.finds", as_of=snapshot.version)
        assert node.count(query).count == rows
        assert sum(b.num_rows for b in node.rows(query).batches) == rows
    assert node.count(q.Query("chicago.finds", as_of=second.committed_at)).count == 3
    with pytest.raises(UnknownSnapshot, match="no snapshot before"):
        node.count(q.Query("chicago.finds", as_of=datetime(2000, 1, 1, tzinfo=UTC)))
    with pytest.raises(UnknownSnapshot, match="version 999999"):
        node.count(q.Query("chicago.finds", as_of=999999))


def test_another_process_sees_a_commit_at_once(load: Load, node: Node) -> None:
    load(ONE)
    with Node(node.home.root) as serving:
        assert serving.count(q.Query("chicago.finds")).count == 2
        load(TWO)
        assert serving.count(q.Query("chicago.finds")).count == 3


def test_a_lost_or_broken_hot_copy_is_made_again(load: Load, node: Node) -> None:
    snapshot = load(ONE)
    copy = node.home.hot / "chicago.finds" / f"{snapshot.version}.duckdb"
    copy.unlink()
    with Node(node.home.root) as again:
        assert again.count(q.Query("chicago.finds", where=q.IsNull(q.Name("kind")))).count == 0
        assert copy.exists()
    copy.write_bytes(b"half a file")
    with Node(node.home.root) as again:
        kinds = q.Query("chicago.finds", where=q.Compare("=", q.Name("kind"), q.Literal("owl")))
        assert again.count(kinds).count == 1


def test_an_id_that_repeats_is_no_id(load: Load) -> None:
    snapshot = load(ONE + "1,hen,2018-03-11 01:30:00,-87.63,41.88\n")
    assert snapshot.rows == 3
    assert snapshot.id_field is None


def test_one_dataset_is_loaded_by_one_process(load: Load, node: Node) -> None:
    with node.home.loading("chicago.finds"), pytest.raises(LoadInProgress, match="another process"):
        load(ONE)


def test_a_load_that_keeps_nothing_is_refused_and_changes_nothing(
    node: Node, load: Load, tmp_path: Path
) -> None:
    load(ONE)
    file = tmp_path / "finds.csv"
    look = look_at(node, file, "chicago.finds")
    file.write_text(HEAD)
    with pytest.raises(SourceError, match=r"no row|None of"):
        loads.load_file(node, look)
    assert node.count(q.Query("chicago.finds")).count == 2


def test_what_is_not_loaded_says_how_to_load_it(node: Node) -> None:
    with pytest.raises(UnknownDataset, match="not loaded yet") as error:
        node.count(q.Query("chicago.crimes"))
    assert "interurban load chicago.crimes" in error.value.advice


def test_a_file_of_nowhere_goes_elsewhere(node: Node, tmp_path: Path) -> None:
    file = tmp_path / "boston trees.csv"
    file.write_text("name,lon,lat\nelm,-71.06,42.36\noak,-71.07,42.35\n")
    look = look_at(node, file)
    assert look.dataset == "elsewhere.boston_trees"
    loads.load_file(node, look)
    near = q.Query(look.dataset, places=(q.Near(-71.06, 42.36, 100),))
    assert node.count(near).count == 1


def test_a_new_city_takes_its_bounds_and_crs_from_the_data(node: Node, tmp_path: Path) -> None:
    file = tmp_path / "trees.csv"
    file.write_text("name,lon,lat\nelm,-71.06,42.36\noak,-71.07,42.35\n")
    loads.load_file(node, look_at(node, file, "boston.trees"))
    city = node.city("boston")
    assert city.crs == "EPSG:32619"
    assert city.bounds[0] < -71.07 < -71.06 < city.bounds[2]


# Layout


def test_the_engine_and_the_grid_compute_the_same_keys(tmp_path: Path) -> None:
    chance = np.random.default_rng(2016)
    lon, lat = chance.uniform(-180, 180, 500), chance.uniform(-86, 86, 500)
    with duck.connect(memory_mb=200, scratch=tmp_path) as connection:
        layout.create_macros(connection)
        for x, y in zip(lon.tolist(), lat.tolist(), strict=True):
            box = box_of_degrees(x, y, x, y)
            query = layout.point_columns("SELECT $x AS _lon, $y AS _lat")
            row = connection.execute(
                f"SELECT _mx, _my, _key FROM ({query})", {"x": x, "y": y}
            ).fetchone()
            assert row == (box.x0, box.y0, morton_key(box.x0, box.y0))


def test_keys_can_be_undone() -> None:
    chance = np.random.default_rng(5)
    xs, ys = chance.integers(0, 2**32, 1000), chance.integers(0, 2**32, 1000)
    keys = np.array(
        [morton_key(int(x), int(y)) for x, y in zip(xs, ys, strict=True)], dtype=np.uint64
    )
    x, y = deinterleave(keys)
    assert (x == xs).all()
    assert (y == ys).all()


def test_rows_without_a_place_have_the_key_behind_all_others(load: Load, node: Node) -> None:
    load("1,owl,2018-03-11,,\n" + TWO.replace("1,owl", "7,owl", 1))
    batch = next(iter(node.rows(q.Query("chicago.finds")).batches))
    keys = batch.column("_key").to_pylist()
    assert keys == sorted(keys)
    assert keys[-1] == NO_PLACE
    first = shapely.from_wkb(batch.column("geometry")[0].as_py())
    assert first.x == pytest.approx(-87.65, abs=0.05)


def test_scratch_of_dead_processes_is_swept(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.create()
    left = home.scratch / "1-dead"
    left.mkdir()
    (left / ".held").touch()
    mine = home.scratch_folder()
    assert not left.exists()
    home.scratch_folder()
    assert mine.exists(), "the folder of a living process was swept"


def test_rows_of_a_wide_table_have_numbers_of_their_own_and_rejects_the_files(
    node: Node, tmp_path: Path
) -> None:
    file = tmp_path / "wide.csv"
    lines = [f"{n},{n},{n},{n}" for n in range(1, 40)]
    lines[4], lines[9] = "5,5,x,y", "10,1"
    file.write_text("\n".join(["area,2011,2012,2013", *lines, lines[0]]) + "\n")
    look = look_at(node, file, "london.wide", expressions={"label": "area || '/' || year"})
    columns = tuple(replace(c, role="key") if c.name == "label" else c for c in look.columns)
    snapshot = loads.load_file(node, replace(look, columns=columns))
    # 38 good rows and 1 repeated, of 3 cells each; 1 broken row; 2 cells that are no numbers.
    assert (snapshot.rows, snapshot.left_out, snapshot.blanked) == (38 * 3, 1 + 3, 2)
    assert snapshot.id_field == "label"
    numbers = [
        number
        for batch in node.rows(q.Query("london.wide")).batches
        for number in batch.column("_row").to_pylist()
    ]
    assert sorted(numbers) == [n for n in range(1, 39 * 3 + 1) if not 28 <= n <= 30]
    rejects = {(r.row, r.field, r.value, r.reason) for r in node.rejects("london.wide")}
    assert rejects == {
        (5, "value", "x", "can't be read as a whole number (column 2012)"),
        (5, "value", "y", "can't be read as a whole number (column 2013)"),
        (10, "", "10,1", "2 values where the table has 4 columns"),
        *(
            (40, "label", f"1/{year}", f"repeats row 1 in every field (column {year})")
            for year in (2011, 2012, 2013)
        ),
    }
