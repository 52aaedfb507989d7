"""JSON, NDJSON and GeoJSON as Arrow batches of strings, in bounded memory.

Records are taken apart by DuckDB's JSON functions, a block at a time. A first pass collects the
keys, because any record may bring a new one; a document that fits into ``_KEPT`` bytes is read
only once. Values come as text (numbers as JSON writes them, objects and lists as JSON); a
GeoJSON geometry comes as WKB.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from interurban.core.errors import SourceChanged, UnreadableFile

from ._content import Content
from ._crs import crs_name
from ._dates import DateOrders
from ._dialect import has_header
from ._encoding import TextStream
from ._json_scan import Layout, elements, find_layout, lines, one_record
from ._names import expect_columns, feature_names, unique_names
from .reading import GEOMETRY_COLUMN, ROW_COLUMN, BrokenRows, with_rows

__all__ = ["JsonRecords"]

_KEPT = 64 << 20
_FEATURE = re.compile(r'\{.*"type"\s*:\s*"Feature"', re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Shape:
    """How a record becomes a row: a JSON pointer for each column.

    ``start`` is what every record begins with; ``feature`` adds the geometry.
    """

    start: str
    names: tuple[str, ...]
    pointers: tuple[str, ...]
    feature: bool
    header_is_row: bool
    changes: str


class JsonRecords:
    """One reading of a JSON document.

    Parameters
    ----------
    content: the unpacked file.
    records: keys that lead to the list of records, joined by dots, or ``None`` to find it.
    encoding: as a person named it, or ``None``.
    crs: CRS of the geometries as a person named it, or ``None``.
    seen: called with the number of stored bytes as they are read.
    """

    def __init__(
        self,
        content: Content,
        records: str | None,
        encoding: str | None,
        crs: str | None,
        seen: Callable[[int], None],
    ) -> None:
        self._content = content
        self._encoding = encoding
        self._seen = seen
        self._connection = duckdb.connect(config={"threads": 1})
        self._kept: list[pa.Array] | None = []
        self._all_sound = True
        self._dates = DateOrders()
        self.broken = BrokenRows()
        self._stream = self._open()
        self._layout: Layout = find_layout(
            self._stream.head, records, content.name, whole=self._stream.whole
        )
        self._shape = self._learn()
        self.crs = _crs(crs, self._layout.around) if self._shape.feature else ""
        geometry = [pa.field(GEOMETRY_COLUMN, pa.binary())] if self._shape.feature else []
        self.schema = pa.schema(
            [
                *(pa.field(name, pa.string()) for name in self._shape.names),
                *geometry,
                pa.field(ROW_COLUMN, pa.int64(), nullable=False),
            ]
        )

    def close(self) -> None:
        """Let go of the engine."""
        self._connection.close()

    def reading(self) -> dict[str, str]:
        """How the document was understood, in words; complete after the last batch."""
        said = {
            "format": "GeoJSON" if self._shape.feature else "JSON",
            "encoding": self._stream.words(),
            "records": self._layout.words,
            "columns": f"{len(self._shape.names):,}"
            + (f"; {self._shape.changes}" if self._shape.changes else ""),
        }
        if self.crs:
            said["crs"] = self.crs
        if dates := self._dates.words():
            said["dates"] = dates
        return said

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Give the rows; a record that is not one goes to ``broken`` and keeps its number."""
        row = 1
        for whole in self._blocks():
            block = whole.slice(1) if row == 1 and self._shape.header_is_row else whole
            good = self._fitting(block, row)
            rows = np.arange(row, row + len(block), dtype=np.int64)[good]
            row += len(block)
            if not len(rows):
                continue
            batch, placed = self._take_apart(block.filter(pa.array(good)), rows)
            self._dates.watch(batch)
            yield with_rows(batch, rows[placed])

    def _open(self) -> TextStream:
        return TextStream(self._content.chunks(seen=self._seen), self._encoding, self._content.name)

    def _blocks(self) -> Iterator[pa.Array]:
        if self._kept is not None:
            yield from self._kept
            return
        self._stream = self._open()
        yield from self._split(self._stream)

    def _split(self, stream: TextStream) -> Iterator[pa.Array]:
        start = self._layout.start
        name, longest = self._content.name, self._content.limits.max_record_bytes
        chunks = _from(stream, start)
        if self._layout.kind == "single":
            yield one_record(chunks, name, longest)
        elif self._layout.kind == "lines":
            yield from lines(chunks, name, longest)
        else:
            yield from elements(chunks, name, longest)

    def _learn(self) -> _Shape:
        """Read the records once for their keys, and keep them when they are few."""
        first, start = "", ""
        keys: dict[str, None] = {}
        beside: dict[str, None] = {}
        width, size = 0, 0
        for block in self._split(self._stream):
            if not first and len(block):
                first = block[0].as_py().strip()
                start = first[:1] if first[:1] in "{[" else ""
            size += block.nbytes
            if self._kept is not None:
                self._kept.append(block)
                self._kept = self._kept if size <= _KEPT else None
            valid = self._valid(block, start)
            self._all_sound = self._all_sound and bool(valid.all())
            sound = block.filter(pa.array(valid))
            if start == "{":
                inner, outer = self._keys(sound)
                keys |= inner
                beside |= outer
            elif start == "[":
                width = max(width, self._width(sound))
            widest = max(len(keys), len(beside), width)
            expect_columns(widest, self._content.name, self._content.limits)
        if not first:
            raise UnreadableFile(
                f"{self._content.name} is JSON with an empty list: it has no records.",
                advice="Fetch it again; perhaps its filter kept nothing.",
            )
        if _FEATURE.search(first):
            return _feature_shape(list(keys), list(beside))
        if start == "{":
            return _object_shape(list(beside))
        if start == "[":
            return self._array_shape(width)
        return _Shape("", ("value",), ("",), feature=False, header_is_row=False, changes="")

    def _array_shape(self, width: int) -> _Shape:
        own = _column_names(self._layout.around)
        header_is_row = False
        if own is None and not self._layout.path and self._kept and len(self._kept[0]) > 1:
            own = _header_row(self._kept[0].slice(0, 200).to_pylist())
            header_is_row = own is not None
        named = unique_names([*(own or []), *[""] * width][:width])
        return _Shape(
            "[",
            named.names,
            tuple(f"/{position}" for position in range(width)),
            feature=False,
            header_is_row=header_is_row,
            changes=named.changes,
        )

    def _keys(self, block: pa.Array) -> tuple[dict[str, None], dict[str, None]]:
        """Keys of the records' ``properties``, if they have any, and of the records themselves."""
        found = self._ask(
            "SELECT k FROM (SELECT json_keys(j, $paths::VARCHAR[]) AS k,"
            " row_number() OVER () AS r FROM block) GROUP BY k ORDER BY min(r)",
            block,
            {"paths": ["/properties", "$"]},
        )
        inner: dict[str, None] = {}
        outer: dict[str, None] = {}
        for ((in_properties, in_record),) in found.fetchall():
            inner |= dict.fromkeys(in_properties or ())
            outer |= dict.fromkeys(in_record or ())
        return inner, outer

    def _width(self, block: pa.Array) -> int:
        found = self._ask("SELECT max(json_array_length(j)) FROM block", block, {}).fetchone()
        return int(found[0] or 0) if found else 0

    def _fitting(self, block: pa.Array, row: int) -> np.ndarray[Any, np.dtype[np.bool_]]:
        if self._all_sound:
            return np.ones(len(block), np.bool_)
        good = self._valid(block, self._shape.start)
        for at in np.flatnonzero(~good):
            text = block[int(at)].as_py().strip()
            kind = {"{": "an object", "[": "a list"}.get(self._shape.start, "JSON")
            reason = f"not {kind} as the other records are" if _looks_whole(text) else "broken JSON"
            self.broken.add(row + int(at), text, reason)
        return good

    def _valid(self, block: pa.Array, start: str) -> np.ndarray[Any, np.dtype[np.bool_]]:
        found = self._ask(
            "SELECT json_valid(j) AND starts_with(ltrim(j, $blank), $start) AS good FROM block",
            block,
            {"blank": " \t\r\n", "start": start},
        )
        return np.asarray(found.fetchnumpy()["good"], dtype=np.bool_)

    def _take_apart(
        self, block: pa.Array, rows: np.ndarray[Any, np.dtype[np.int64]]
    ) -> tuple[pa.RecordBatch, np.ndarray[Any, np.dtype[np.bool_]]]:
        shape = self._shape
        pointers = [*shape.pointers, *(["/geometry"] if shape.feature else [])]
        try:
            found = self._ask(
                "SELECT json_extract_string(j, $pointers::VARCHAR[]) AS l FROM block",
                block,
                {"pointers": pointers},
            ).to_arrow_table()
        except duckdb.InvalidInputException as error:
            raise SourceChanged(
                f"{self._content.name} changed while it was read.",
                advice="Load it again once it is complete.",
            ) from error
        lists = found.column("l").combine_chunks()
        flat, width = lists.flatten(), len(pointers)
        columns = [flat.take(pa.array(np.arange(at, len(flat), width))) for at in range(width)]
        keep = np.ones(len(block), np.bool_)
        names = list(shape.names)
        if shape.feature:
            columns[-1], keep = self._geometry(columns[-1], block, rows)
            names.append(GEOMETRY_COLUMN)
        batch = pa.RecordBatch.from_arrays(columns, names=names)
        return (batch if keep.all() else batch.filter(pa.array(keep))), keep

    def _geometry(
        self, texts: pa.Array, block: pa.Array, rows: np.ndarray[Any, np.dtype[np.int64]]
    ) -> tuple[pa.Array, np.ndarray[Any, np.dtype[np.bool_]]]:
        shapes = shapely.from_geojson(texts.to_numpy(zero_copy_only=False), on_invalid="ignore")
        missing = np.asarray([shape is None for shape in shapes])
        unread = missing & pc.is_valid(texts).to_numpy(zero_copy_only=False)
        for at in np.flatnonzero(unread):
            self.broken.add(
                int(rows[at]), block[int(at)].as_py().strip(), "its geometry cannot be read"
            )
        return pa.array(shapely.to_wkb(shapes), pa.binary()), ~unread

    def _ask(
        self, sql: str, block: pa.Array, parameters: Mapping[str, object]
    ) -> duckdb.DuckDBPyConnection:
        self._connection.register("block", pa.table({"j": block}))
        return self._connection.execute(sql, parameters)


def _from(stream: TextStream, start: int) -> Iterator[bytes]:
    skip = start
    for chunk in stream:
        if skip < len(chunk):
            yield chunk[skip:] if skip else chunk
        skip = max(0, skip - len(chunk))


def _looks_whole(text: str) -> bool:
    return text[-1:] in "}]" or not text.startswith(("{", "["))


def _pointer(key: str) -> str:
    return "/" + key.replace("~", "~0").replace("/", "~1")


def _object_shape(keys: Sequence[str]) -> _Shape:
    named = unique_names(keys)
    return _Shape(
        "{",
        named.names,
        tuple(_pointer(key) for key in keys),
        feature=False,
        header_is_row=False,
        changes=named.changes,
    )


def _feature_shape(keys: Sequence[str], outer: Sequence[str]) -> _Shape:
    """Attributes first; then what stands beside them, such as the feature's own id."""
    beside = [key for key in outer if key not in ("type", "geometry", "properties", "bbox")]
    named = feature_names([*keys, *beside])
    pointers = [f"/properties{_pointer(key)}" for key in keys] + [_pointer(key) for key in beside]
    return _Shape(
        "{", named.names, tuple(pointers), feature=True, header_is_row=False, changes=named.changes
    )


def _column_names(around: Mapping[str, Any]) -> list[str] | None:
    """Find the names of columns beside a list of lists, as portals write them."""
    view = around.get("meta", {}).get("view", {}) if isinstance(around.get("meta"), dict) else {}
    places = [around, *(v for v in around.values() if isinstance(v, dict)), view]
    for place in places:
        for key in ("cols", "columns", "fields", "headers", "header"):
            names = _as_names(place.get(key)) if isinstance(place, dict) else None
            if names:
                return names
    return None


def _header_row(records: Sequence[str]) -> list[str] | None:
    """The first of many lists, when it is all words and names what the others hold."""
    try:
        rows = [json.loads(record) for record in records]
    except ValueError:
        return None
    first = rows[0]
    if not all(isinstance(row, list) for row in rows):
        return None
    if not all(isinstance(cell, str) and cell for cell in first):
        return None
    if any(not isinstance(cell, str) for row in rows[1:] for cell in row):
        return list(first)
    texts = [[str(cell or "") for cell in row] for row in rows]
    return list(first) if has_header(texts) and len(set(first)) == len(first) else None


def _as_names(value: object) -> list[str] | None:
    if not isinstance(value, list) or not value:
        return None
    if all(isinstance(item, str) for item in value):
        return list(value)
    names = [
        next((str(item[key]) for key in ("name", "id", "field", "label") if item.get(key)), "")
        for item in value
        if isinstance(item, dict)
    ]
    return names if len(names) == len(value) else None


def _crs(asked: str | None, around: Mapping[str, Any]) -> str:
    if asked is not None:
        return crs_name(asked)
    member = around.get("crs")
    if isinstance(member, dict) and isinstance(member.get("properties"), dict):
        named = member["properties"].get("name")
        if isinstance(named, str):
            return crs_name(named)
    return "EPSG:4326"
