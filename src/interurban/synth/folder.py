"""A folder of synthetic tables: how it is written, labelled, and understood again.

Every such folder holds ``SYNTHETIC.json``, which says that nothing in it was observed, how it was
made, and what each file is. A node that loads from the folder reads the label, so that no road
leads from these files to a screen or an export that does not say SYNTHETIC.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from interurban.core.dataset import Dataset, Expression, SourceSpec
from interurban.core.dataset import Mapping as FieldMapping
from interurban.core.errors import ConfigurationError

__all__ = ["LABEL", "SyntheticFolder", "SyntheticTable", "label", "read_folder", "write_table"]

LABEL = "SYNTHETIC.json"
"""Name of the file that marks a folder as synthetic."""

_GEOMETRY = "geometry"
_POINT = 'point("longitude", "latitude")'
_GEOPARQUET = {
    "version": "1.1.0",
    "primary_column": _GEOMETRY,
    "columns": {_GEOMETRY: {"encoding": "WKB", "geometry_types": []}},
}


@dataclass(frozen=True, slots=True)
class SyntheticTable:
    """One dataset's file: its path in the folder, its standard, columns and rows."""

    path: str
    standard: str
    columns: tuple[str, ...]
    rows: int


@dataclass(frozen=True, slots=True)
class SyntheticFolder:
    """What a folder of synthetic tables holds, by dataset id."""

    path: Path
    seed: int
    until: str
    tables: Mapping[str, SyntheticTable]

    def source(self, dataset: str) -> SourceSpec | None:
        """How to load a dataset from this folder; ``None`` when it is not in it.

        The columns are the standard's own fields, so the mapping only names them; a point's
        coordinates become its geometry.
        """
        table = self.tables.get(dataset)
        if table is None:
            return None
        expressions = {
            name: Expression(f'"{name}"')
            for name in table.columns
            if name not in ("longitude", "latitude")
        }
        if "longitude" in table.columns:
            expressions[_GEOMETRY] = Expression(_POINT)
        return SourceSpec("files", {"path": table.path}, FieldMapping(expressions, LABEL))

    def save(self) -> None:
        """Write the label; what another run left in the folder is kept in it."""
        before = read_folder(self.path)
        tables = {**(before.tables if before else {}), **self.tables}
        content = {
            "synthetic": True,
            "notice": "Made by a program. Nothing here was observed anywhere.",
            "seed": self.seed,
            "until": self.until,
            "tables": {name: asdict(table) for name, table in sorted(tables.items())},
        }
        scratch = self.path / f"{LABEL}.new"
        scratch.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
        scratch.replace(self.path / LABEL)


def read_folder(path: Path) -> SyntheticFolder | None:
    """Read the label of a folder; ``None`` when it has none.

    Raises
    ------
    ConfigurationError: the label cannot be read.
    """
    file = path / LABEL
    if not file.is_file():
        return None
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        tables = {name: _table(entry) for name, entry in content["tables"].items()}
        return SyntheticFolder(path, int(content["seed"]), str(content["until"]), tables)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigurationError(
            "The label of a folder of synthetic data cannot be read.",
            advice="Make the folder again with `interurban synth`.",
            file=LABEL,
        ) from error


def _table(entry: Mapping[str, Any]) -> SyntheticTable:
    return SyntheticTable(
        path=str(entry["path"]),
        standard=str(entry["standard"]),
        columns=tuple(map(str, entry["columns"])),
        rows=int(entry["rows"]),
    )


def label(dataset: Dataset) -> Dataset:
    """The dataset as it must be shown while its rows are synthetic: nobody published them."""
    return replace(
        dataset,
        title=f"{dataset.title} (SYNTHETIC)",
        publisher="nobody: made by `interurban synth`",
        attribution="SYNTHETIC data made by a program; nothing was observed",
        vintage="synthetic",
        notes="These rows were made by a program to try the platform. Nothing was observed.",
    )


def write_table(
    path: Path, tables: Iterable[pa.Table], written: Callable[[int], None]
) -> tuple[int, tuple[str, ...]]:
    """Write tables of one schema to one Parquet file, each a row group.

    A file appears under its name only when it is complete. Files with a ``geometry`` column are
    GeoParquet 1.1 (WGS84, longitude first).

    Parameters
    ----------
    written: called with the rows so far, after each table.

    Returns
    -------
    The rows and the names of the columns.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(path.name + ".new")
    todo = iter(tables)
    first = next(todo)
    schema = first.schema
    rows = 0
    # Without the Arrow schema in the file, dictionaries are read back as the plain text they mean.
    with pq.ParquetWriter(
        scratch, schema, compression="zstd", compression_level=1, store_schema=False
    ) as writer:
        for table in chain([first], todo):
            writer.write_table(table.cast(schema), row_group_size=max(1, len(table)))
            rows += len(table)
            written(rows)
        if _GEOMETRY in schema.names:
            writer.add_key_value_metadata({"geo": json.dumps(_GEOPARQUET)})
    scratch.replace(path)
    return rows, tuple(schema.names)
