"""Hot copies: one read-only DuckDB file for each snapshot, in natural order.

A copy is a cache. It is built beside its final name and renamed, so a reader never sees half of
one; any of them can be deleted at any time and is built again from the lake when it is needed.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from interurban.core.dataset import Snapshot
from interurban.query.compile_tile import COARSE_ZOOM, simplification_m

from . import duck
from .home import Home
from .lake import attach_lake, dataset_path
from .stage import name_sql, text_sql

__all__ = ["HOT_TABLE", "build_hot_copy", "hot_path"]

HOT_TABLE = ("main", "features")

_ROW_GROUP = 16_384
_SLOW_COMPRESSION = "fsst,dict_fsst,zstd"
"""Left out of a cache: they halve the size of text and double the time to write it."""

_MEMORY_MB = 1_000


def hot_path(home: Home, snapshot: Snapshot) -> Path:
    """Where the copy of a snapshot lies, whether it is there or not."""
    return home.hot / snapshot.dataset / f"{snapshot.version}.duckdb"


def build_hot_copy(
    home: Home,
    snapshot: Snapshot,
    time_zone: str,
    lake: duckdb.DuckDBPyConnection | None = None,
    *,
    ordered: bool = False,
) -> Path:
    """Build the copy of a snapshot if it is not there, and drop those of much older ones.

    Lines and polygons also get ``_mercator``, their geometry in EPSG:3857 with outer rings
    clockwise, and ``_coarse``, the same simplified for low zooms, for tiles; where the
    time role is an instant, ``_local`` is that instant on the city's clocks (``time_zone``).
    ``lake`` is a connection that has the lake attached; without one a new one is opened.
    ``ordered`` says that the snapshot's files lie in natural order, as a full load writes them.
    """
    path = hot_path(home, snapshot)
    with home.building(snapshot.dataset):
        if path.exists():
            return path
        path.parent.mkdir(parents=True, exist_ok=True)
        half = path.with_suffix(".half")
        for stale in path.parent.glob("*.half*"):
            stale.unlink()
        if lake is not None:
            _copy(lake, snapshot, time_zone, half, ordered=ordered)
        else:
            with duck.connect(memory_mb=_MEMORY_MB, scratch=home.scratch) as connection:
                attach_lake(connection, home, write=False)
                _copy(connection, snapshot, time_zone, half, ordered=ordered)
        half.replace(path)
        _forget_old(path)
    return path


def _copy(
    connection: duckdb.DuckDBPyConnection,
    snapshot: Snapshot,
    time_zone: str,
    half: Path,
    *,
    ordered: bool,
) -> None:
    source = ".".join(name_sql(part) for part in dataset_path(snapshot.dataset))
    more = ""
    if snapshot.geometry in ("line", "polygon", "mixed"):
        mercator = "ST_Transform(geometry, 'EPSG:4326', 'EPSG:3857', always_xy := true)"
        whole = mercator if snapshot.geometry == "line" else f"ST_Normalize({mercator})"
        simple = f"ST_Simplify({whole}, {simplification_m(COARSE_ZOOM)})"
        more += (
            f", {whole} AS _mercator, CASE WHEN ST_IsEmpty({simple}) "
            f"THEN ST_Centroid({mercator}) ELSE {simple} END AS _coarse"
        )
    time = snapshot.field(snapshot.roles.time or "")
    if time is not None and time.type == "datetime":
        more += f", timezone({text_sql(time_zone)}, {name_sql(time.name)}) AS _local"
    # A full load already lies in natural order; sorting ten million rows again takes ten seconds.
    order = "" if ordered else " ORDER BY _key, _row"
    hot = name_sql(f"hot {snapshot.dataset}")
    connection.execute(f"SET disabled_compression_methods = '{_SLOW_COMPRESSION}'")
    connection.execute(f"ATTACH {text_sql(str(half))} AS {hot} (ROW_GROUP_SIZE {_ROW_GROUP})")
    try:
        connection.execute(
            f"CREATE TABLE {hot}.{'.'.join(HOT_TABLE)} AS SELECT *{more} "
            f"FROM {source} AT (VERSION => {snapshot.version}){order}"
        )
        connection.execute(f"CHECKPOINT {hot}")
    finally:
        connection.execute(f"DETACH {hot}")


def _forget_old(newest: Path, keep: int = 2) -> None:
    """Keep the newest copies; a reader of an older snapshot goes to the lake."""
    copies = sorted(newest.parent.glob("*.duckdb"), key=lambda p: int(p.stem), reverse=True)
    for copy in copies[keep:]:
        copy.unlink(missing_ok=True)
