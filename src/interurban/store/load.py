"""The load: one reading of a source becomes one committed snapshot.

read and map -> check -> sort -> commit. Nothing is visible before the commit, and a load killed at
any instant leaves the last snapshot served and nothing to repair.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import duckdb

from interurban.core.city import City
from interurban.core.dataset import Dataset, Snapshot, SourceFacts
from interurban.core.errors import SourceChanged, SourceError
from interurban.core.standard import Field, Roles
from interurban.query.grid import NO_PLACE
from interurban.sources import Reading
from interurban.standards.mapping import CompiledMapping

from . import duck
from .described import describe_rows, playable_roles
from .home import Home
from .hot import build_hot_copy, keep_hot_copy
from .lake import attach_lake, commit, dataset_path, read_snapshots
from .layout import create_macros, house_columns
from .manifest import snapshot_to_json
from .mapped import read_rows, typed_columns
from .sorted import sorted_rows
from .stage import (
    clean_rows,
    count_rejects,
    keep_last,
    name_sql,
    number,
    tell_source_rows,
    text_sql,
)

__all__ = ["Loading", "load_snapshot"]

LOAD_MEMORY_MB = 1_000
"""What DuckDB may hold of one load in memory; the rest goes to the scratch folder."""

Compile = Callable[[dict[str, str], SourceFacts], CompiledMapping]
Step = Callable[[str], None]


def no_step(step: str) -> None:
    """Take no notice of the steps of a load."""


@dataclass(frozen=True, slots=True)
class Loading:
    """What a load needs beside the reading.

    Parameters
    ----------
    compile: makes the mapping from the source's columns (name to DuckDB type) and what is known
        of the source once its first batch is out.
    roles: wanted roles; those whose field is not there, or can't play the part, are dropped.
    kind: ``live``, ``mirror``, ``file`` or ``synthetic``: what the rows are.
    mapping_hash: of the description; a change of it means reading everything again.
    geometry: what the standard says a feature is (``point``, ``line``, ``polygon``, ``any``).
    """

    dataset: Dataset
    city: City
    roles: Roles
    geometry: str
    kind: str
    mapping_hash: str
    compile: Compile
    step: Step = no_step


def load_snapshot(home: Home, loading: Loading, reading: Reading) -> Snapshot:
    """Load one reading and commit it.

    Returns
    -------
    The new snapshot; the last one when the content is the same to the row.

    Raises
    ------
    LoadInProgress: another process loads this dataset.
    SourceError: the source broke off, or has no row that can be kept.
    MappingError: the mapping names a column the source does not have.
    """
    home.create()
    dataset = loading.dataset.id
    with home.loading(dataset), _staged(home) as stage:
        return _load(home, loading, reading, stage, _newest(stage, dataset))


@lru_cache(maxsize=1)
def _loader(home: Home) -> tuple[duckdb.DuckDBPyConnection, Path]:
    """The process's DuckDB for loads into one home, and its folder: to start one takes long."""
    folder = home.scratch_folder()
    connection = duck.connect(memory_mb=LOAD_MEMORY_MB, scratch=folder)
    attach_lake(connection, home, write=True)
    return connection, folder


@contextmanager
def _staged(home: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection whose temporary tables are gone when the load is over."""
    connection, _ = _loader(home)
    with connection.cursor() as stage:
        create_macros(stage)
        yield stage


def _load(
    home: Home,
    loading: Loading,
    reading: Reading,
    stage: duckdb.DuckDBPyConnection,
    last: Snapshot | None,
) -> Snapshot:
    loading.step("reading")
    reading.sample(1)
    mapping = loading.compile(typed_columns(stage, reading.schema), reading.facts())
    read = read_rows(stage, reading, mapping)
    facts = replace(reading.facts(), kind=loading.kind)
    if not read and not reading.incremental:
        raise SourceError(
            f"{facts.origin} has no rows.", advice="Check that it is the file you meant."
        )
    loading.step("checking")
    fields = tuple(f.field for f in mapping.fields)
    roles = playable_roles(loading.roles, fields)
    points = mapping.only_points
    unique_key = clean_rows(stage, fields, roles.key, reading.from_columns, points=points)
    geometry = _settle_geometry(stage, fields, loading.geometry, points=points)
    _lay_out(stage, geometry, points=points)
    if reading.incremental and last is not None:
        return _upsert(home, loading, reading, stage, last, facts)
    left_out, blanked = count_rejects(stage)
    tell_source_rows(stage, reading.from_columns)
    _refuse_nothing(stage, facts, read)
    snapshot = describe_rows(
        stage, "laid", dataset=loading.dataset.id, standard=loading.dataset.standard,
        fields=fields, roles=roles,
        geometry=geometry, facts=facts, mapping_hash=loading.mapping_hash,
        left_out=left_out, blanked=blanked,
        unique_key=unique_key,
    )  # fmt: skip
    if last is not None and _same(last, snapshot):
        return last
    return _replace(home, loading, stage, snapshot)


def _replace(
    home: Home, loading: Loading, stage: duckdb.DuckDBPyConnection, snapshot: Snapshot
) -> Snapshot:
    """Commit the rows as the whole of the dataset; the sorted rows become its hot copy."""
    loading.step("sorting")
    _, folder = _loader(home)
    file = folder / f"{snapshot.dataset}.duckdb"
    try:
        with sorted_rows(stage, "laid", snapshot, loading.city.time_zone, file) as rows:
            loading.step("committing")
            catalog, schema, name = dataset_path(snapshot.dataset)
            with commit(stage, home):
                stage.execute(f"CREATE SCHEMA IF NOT EXISTS {catalog}.{name_sql(schema)}")
                stage.execute(
                    f"CREATE OR REPLACE TABLE {catalog}.{name_sql(schema)}.{name_sql(name)} "
                    f"AS {rows}"
                )
                _record(stage, snapshot)
        committed = _newest(stage, snapshot.dataset) or snapshot
        keep_hot_copy(home, committed, file)
    finally:
        file.unlink(missing_ok=True)
    return committed


def _upsert(
    home: Home,
    loading: Loading,
    reading: Reading,
    stage: duckdb.DuckDBPyConnection,
    last: Snapshot,
    facts: SourceFacts,
) -> Snapshot:
    """Replace the rows whose key arrives, remove those removed at the source, add the rest."""
    key = last.id_field
    if key is None:
        raise SourceChanged(
            f"{last.dataset} has no unique id, so it can't be brought up to date in part.",
            advice="Load it whole with: interurban load --full " + last.dataset,
        )
    loading.step("committing")
    target = ".".join(name_sql(part) for part in dataset_path(last.dataset))
    stage.execute("CREATE TEMP TABLE removed (k VARCHAR)")
    if reading.removed:
        stage.executemany("INSERT INTO removed VALUES (?)", [[k] for k in reading.removed])
    keep_last(stage, key)
    if not number(stage, "SELECT count(*) FROM clean") and not reading.removed:
        return last
    columns = [
        column for column, *_ in stage.execute(f"DESCRIBE {target}").fetchall() if column != "_row"
    ]
    listed = ", ".join(name_sql(column) for column in columns)
    with commit(stage, home):
        top = number(stage, f"SELECT coalesce(max(_row), 0) FROM {target}")
        stage.execute(
            f"DELETE FROM {target} WHERE {name_sql(key)} IN (SELECT {name_sql(key)} FROM laid) "
            f"OR {name_sql(key)}::VARCHAR IN (SELECT k FROM removed)"
        )
        stage.execute(
            f"INSERT INTO {target} (_row, {listed}) "
            f"SELECT {top} + _row, {listed} FROM laid ORDER BY _key, _row"
        )
        left_out, blanked = count_rejects(stage)
        snapshot = describe_rows(
            stage, target, dataset=loading.dataset.id, standard=loading.dataset.standard,
            fields=last.fields, roles=last.roles,
            geometry=last.geometry, facts=facts, mapping_hash=last.mapping_hash,
            left_out=last.left_out + left_out, blanked=last.blanked + blanked,
            unique_key=True,
        )  # fmt: skip
        stage.execute(f'UPDATE rejects SET "row" = "row" + {top}')
        _record(stage, snapshot, keep_rejects=True)
    committed = _newest(stage, last.dataset) or snapshot
    loading.step("sorting")
    build_hot_copy(home, committed, loading.city.time_zone, stage)
    return committed


def _newest(stage: duckdb.DuckDBPyConnection, dataset: str) -> Snapshot | None:
    mine = [s for s in read_snapshots(stage) if s.dataset == dataset]
    return mine[-1] if mine else None


def _refuse_nothing(stage: duckdb.DuckDBPyConnection, facts: SourceFacts, read: int) -> None:
    """A load that would keep no row is a mistake, not a snapshot."""
    if number(stage, "SELECT count(*) FROM clean"):
        return
    first = stage.execute('SELECT "row", field, value, reason FROM rejects LIMIT 1').fetchone()
    why = f" Row {first[0]}, {first[1]}: {first[2]!r} {first[3]}." if first else ""
    raise SourceError(
        f"None of the {read:,} rows of {facts.origin} can be kept.{why}",
        advice="Check the mapping, the CRS and the date order against the file.",
    )


def _settle_geometry(
    stage: duckdb.DuckDBPyConnection, fields: Sequence[Field], wanted: str, *, points: bool
) -> str:
    """Repair and classify the geometries of ``clean``; gives the snapshot's geometry.

    A point standard takes the middle of what is no point. Polygons that cross themselves are made
    valid, keeping the dimension. An empty geometry is no place.
    """
    if not any(f.type == "geometry" for f in fields):
        return "none"
    if points:
        return "point" if number(stage, "SELECT count(_lon) FROM clean") else "none"
    kinds = {
        str(kind)
        for (kind,) in stage.execute(
            "SELECT DISTINCT ST_GeometryType(geometry)::VARCHAR FROM clean "
            "WHERE geometry IS NOT NULL"
        ).fetchall()
    }
    if not kinds:
        return "none"
    if wanted == "point" and kinds != {"POINT"}:
        stage.execute(
            "UPDATE clean SET geometry = ST_Centroid(geometry) "
            "WHERE ST_GeometryType(geometry)::VARCHAR <> 'POINT'"
        )
        kinds = {"POINT"}
    if any("POLYGON" in kind for kind in kinds):
        stage.execute(
            "UPDATE clean SET geometry = ST_CollectionExtract(ST_MakeValid(geometry), 3) "
            "WHERE ST_GeometryType(geometry)::VARCHAR IN ('POLYGON', 'MULTIPOLYGON') "
            "AND NOT ST_IsValid(geometry)"
        )
    _leave_out_empty(stage, next(f for f in fields if f.type == "geometry"))
    families = {kind.removeprefix("MULTI") for kind in kinds}
    if kinds == {"POINT"}:
        return "point"
    return {frozenset({"LINESTRING"}): "line", frozenset({"POLYGON"}): "polygon"}.get(
        frozenset(families), "mixed"
    )


def _leave_out_empty(stage: duckdb.DuckDBPyConnection, field: Field) -> None:
    """A shape with nothing in it is no place; where the standard needs one, the row goes."""
    action = "row" if field.required else "value"
    stage.execute(
        f"INSERT INTO rejects SELECT _row, {text_sql(field.name)}, '', "
        f"'the shape is empty: its outline encloses no area', {text_sql(action)} "
        "FROM clean WHERE ST_IsEmpty(geometry)"
    )
    if field.required:
        stage.execute("DELETE FROM clean WHERE ST_IsEmpty(geometry)")
    else:
        stage.execute("UPDATE clean SET geometry = NULL WHERE ST_IsEmpty(geometry)")


def _lay_out(stage: duckdb.DuckDBPyConnection, geometry: str, *, points: bool) -> None:
    """``laid``: ``clean`` with the house columns, as a view.

    Points have them, and ``_lon`` and ``_lat`` that only this node sees.
    """
    has = [name for name, *_ in stage.execute("DESCRIBE clean").fetchall()]
    if geometry == "none":
        gone = [c for c in ("geometry", "_lon", "_lat", "_mx", "_my", "_key") if c in has]
        kept = f"* EXCLUDE ({', '.join(gone)})" if gone else "*"
        query = f"SELECT {kept}, {NO_PLACE}::UBIGINT AS _key FROM clean"
    else:
        query = "SELECT * FROM clean" if points else house_columns("clean")
    stage.execute(f"CREATE TEMP VIEW laid AS {query}")


def _record(
    stage: duckdb.DuckDBPyConnection, snapshot: Snapshot, *, keep_rejects: bool = False
) -> None:
    """Write the manifest and the rejects, inside the data's own transaction."""
    if not keep_rejects:
        stage.execute("DELETE FROM lake.interurban.rejects WHERE dataset = ?", [snapshot.dataset])
    stage.execute(
        "INSERT INTO lake.interurban.rejects SELECT ?, * FROM rejects", [snapshot.dataset]
    )
    stage.execute(
        "INSERT INTO lake.interurban.manifests VALUES (?, ?)",
        [snapshot.dataset, snapshot_to_json(snapshot)],
    )


def _same(last: Snapshot, new: Snapshot) -> bool:
    """Whether a reader could not tell the two apart."""
    return (
        last.content_hash == new.content_hash
        and last.fields == new.fields
        and last.roles == new.roles
        and last.source.kind == new.source.kind
    )
