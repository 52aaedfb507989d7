"""Releases: what readers under obligations may have of a snapshot, written down once.

A release is a hot copy like any other, made from the lake through the obligations of a policy, with
a manifest of its own in the same file. Whoever has to keep them asks this file and nothing else, so
no filter, order, facet, tile, count or error can tell what is not in it. It is a cache: built
beside its final name, renamed, and made again from the lake when it is gone.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, replace
from functools import partial
from pathlib import Path

import duckdb

from interurban.core.dataset import Snapshot
from interurban.core.errors import ConfigurationError
from interurban.core.pairs import HidePairs
from interurban.core.policy import (
    CoarsePlace,
    Crowds,
    Obligation,
    OnlyRows,
    SmallCounts,
    in_words,
)
from interurban.core.standard import Field
from interurban.query.cql2_writing import to_text
from interurban.query.grid import NO_PLACE

from . import duck
from .described import describe_rows, playable_roles
from .home import Home
from .hot import hot_path
from .lake import attach_lake, dataset_path
from .layout import create_macros, house_columns, point_columns
from .manifest import snapshot_from_json, snapshot_to_json
from .obliged import AREAS, LAID, lay_out_obliged
from .sorted import sorted_rows
from .stage import name_sql, number, text_sql
from .untold import untold_before

__all__ = ["is_being_released", "release_id", "released"]

_MEMORY_MB = 1_000
_KEPT = 16
"""Releases of a dataset that are kept; the least recently asked go first."""


def release_id(obligations: Sequence[Obligation], leaning_on: Sequence[Snapshot] = ()) -> str:
    """A name for what obligations make of a snapshot; empty without any.

    Parameters
    ----------
    leaning_on: the snapshots of the boundaries that places are moved into.
    """
    if not obligations:
        return ""
    said = [
        f"OnlyRows {to_text(o.where)}"
        if isinstance(o, OnlyRows)
        else f"{type(o).__name__} {astuple(o)!r}"
        for o in obligations
    ]
    said += [f"{one.dataset} {one.version}" for one in leaning_on]
    return hashlib.sha256("\n".join(said).encode()).hexdigest()[:16]


def released(
    home: Home,
    snapshot: Snapshot,
    obligations: Sequence[Obligation],
    time_zone: str,
    areas: Mapping[str, Snapshot],
    hide: HidePairs,
    tell: Callable[[Snapshot], None] | None = None,
) -> Snapshot:
    """The release of a snapshot under obligations, built now if it is not there.

    Parameters
    ----------
    areas: the snapshot of each boundary dataset that places are moved into.
    hide: chooses which counts of a table are hidden beside small ones.
    tell: called with a release that was built, before anybody can ask it.

    Returns
    -------
    The release as a snapshot of its own: rows, fields, extents and hash are those of the release.

    Raises
    ------
    ConfigurationError: the obligations can't be carried out on this snapshot.
    """
    release = release_id(obligations, tuple(areas.values()))
    path = hot_path(home, replace(snapshot, release=release))
    known = _known(path, snapshot.version)
    if known is not None:
        return known
    with home.building(_lock(snapshot.dataset)):
        known = _known(path, snapshot.version)
        if known is None:
            path.parent.mkdir(parents=True, exist_ok=True)
            half = path.with_suffix(".half")
            half.unlink(missing_ok=True)
            pinned = replace(snapshot, release=release)
            made = _build(home, pinned, obligations, time_zone, areas, hide, half)
            if tell is not None:
                tell(made)
            half.replace(path)
            _forget(path)
            return made
    return known


def is_being_released(home: Home, snapshot: Snapshot, release: str) -> bool:
    """Whether a release is not there yet and somebody is building one of its dataset now."""
    path = hot_path(home, replace(snapshot, release=release))
    return not path.with_suffix(".json").exists() and home.is_building(_lock(snapshot.dataset))


def _lock(dataset: str) -> str:
    return f"{dataset}-release"


def _known(path: Path, version: int) -> Snapshot | None:
    """The release in a file, if it is there and whole."""
    manifest = path.with_suffix(".json")
    try:
        text = manifest.read_text(encoding="utf-8")
        os.utime(path)
    except FileNotFoundError:
        return None
    return snapshot_from_json(text, version)


def _build(
    home: Home,
    snapshot: Snapshot,
    obligations: Sequence[Obligation],
    time_zone: str,
    areas: Mapping[str, Snapshot],
    hide: HidePairs,
    half: Path,
) -> Snapshot:
    with duck.connect(memory_mb=_MEMORY_MB, scratch=home.scratch_folder()) as connection:
        attach_lake(connection, home, write=False)
        create_macros(connection)
        for move in obligations:
            if isinstance(move, CoarsePlace) and move.area is not None:
                _know_areas(connection, areas[move.area])
        secret = home.secret("releases")
        before = partial(untold_before, home, snapshot, obligations)
        fields = lay_out_obliged(
            connection, _rows(snapshot), snapshot, obligations, time_zone, hide, before, secret
        )
        geometry = _geometry(connection, snapshot, fields, obligations)
        _lay_out(connection, fields, geometry, secret)
        described = describe_rows(
            connection, "laid", dataset=snapshot.dataset, standard=snapshot.standard,
            fields=fields, roles=playable_roles(snapshot.roles, fields), geometry=geometry,
            facts=replace(snapshot.source, sha256="", etag="", cursor=""),
            mapping_hash=snapshot.mapping_hash, left_out=0, blanked=0,
            unique_key=snapshot.unique_key and any(f.name == snapshot.roles.key for f in fields),
        )  # fmt: skip
        made = replace(
            described,
            version=snapshot.version,
            committed_at=snapshot.committed_at,
            release=snapshot.release,
            conditions=tuple(map(in_words, obligations)),
            hidden_below=_hidden_below(obligations),
        )
        with sorted_rows(connection, "laid", made, time_zone, half):
            pass
    manifest = half.with_suffix(".json")
    manifest.with_suffix(".half-json").write_text(snapshot_to_json(made), encoding="utf-8")
    manifest.with_suffix(".half-json").replace(manifest)
    return made


def _hidden_below(obligations: Sequence[Obligation]) -> int:
    return max((one.below for one in obligations if isinstance(one, SmallCounts)), default=0)


def _rows(snapshot: Snapshot) -> str:
    table = ".".join(name_sql(part) for part in dataset_path(snapshot.dataset))
    return f"FROM {table} AT (VERSION => {snapshot.version})"


def _know_areas(connection: duckdb.DuckDBPyConnection, boundary: Snapshot) -> None:
    """The areas that places are moved into, as a table."""
    if boundary.roles.key is None or boundary.geometry not in ("polygon", "mixed"):
        raise ConfigurationError(
            f"Places can't be moved into {boundary.dataset}: it has no areas with ids.",
            advice="Name a boundary dataset in coarse_place.",
        )
    connection.execute(
        f"CREATE TEMP TABLE {AREAS} AS SELECT {name_sql(boundary.roles.key)} AS id, geometry "
        f"{_rows(boundary)} WHERE geometry IS NOT NULL"
    )


def _geometry(
    connection: duckdb.DuckDBPyConnection,
    snapshot: Snapshot,
    fields: tuple[Field, ...],
    obligations: Sequence[Obligation],
) -> str:
    """What kind of geometry is left."""
    if not any(f.type == "geometry" for f in fields):
        return "none"
    if not number(connection, f"SELECT count(geometry) FROM {LAID}"):
        return "none"
    moved = any(isinstance(o, CoarsePlace | Crowds) for o in obligations)
    return "point" if moved else snapshot.geometry


def _lay_out(
    connection: duckdb.DuckDBPyConnection, fields: Sequence[Field], geometry: str, secret: str
) -> None:
    """``laid``: the rows with house columns, numbered anew in an order that tells nothing.

    A row's number in its source would tell when it was written, or which row it is elsewhere.
    """
    names = [f.name for f in fields if f.type != "geometry" or geometry != "none"]
    listed = "".join(f", {name_sql(name)}" for name in names)
    connection.execute(
        f"CREATE TEMP VIEW numbered AS SELECT row_number() OVER "
        f"(ORDER BY sha256({text_sql(secret)} || _row::VARCHAR)) AS _row{listed} FROM {LAID}"
    )
    match geometry:
        case "none":
            query = f"SELECT *, {NO_PLACE}::UBIGINT AS _key FROM numbered"
        case "point":
            place = "ST_X(geometry) AS _lon, ST_Y(geometry) AS _lat"
            query = point_columns(f"SELECT *, {place} FROM numbered")
        case _:
            query = house_columns("numbered")
    connection.execute(f"CREATE TEMP TABLE laid AS {query}")


def _forget(newest: Path) -> None:
    """Keep the releases that were asked last."""
    copies = sorted(newest.parent.glob("*.duckdb"), key=lambda p: p.stat().st_mtime, reverse=True)
    for copy in copies[_KEPT:]:
        copy.unlink(missing_ok=True)
        copy.with_suffix(".json").unlink(missing_ok=True)
