"""Wide tables become long: columns of months, years or ages become rows, as batches stream.

It is done to the reading, so it works for every format and every portal alike. A batch of n rows
and k such columns becomes n x k rows, in pieces that stay small whatever n, k and the width of the
other columns are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from interurban.core.dataset import SourceFacts, Unpivot
from interurban.core.errors import ConfigurationError, InterurbanError, MappingError

from .reading import GEOMETRY_COLUMN, ROW_COLUMN, Reading, with_rows

__all__ = ["BLANKS", "check_unpivot", "header_columns", "unpivoted"]

BLANKS = ("keep", "drop")
"""What may become of a blank cell: a row without a value, or no row."""

_ROWS = 65_536
_BYTES = 32 << 20
_SHOWN = 12


def check_unpivot(unpivot: Unpivot) -> None:
    """Refuse what can be wrong before any table is seen.

    Raises
    ------
    ConfigurationError: ``part`` is the key at fault.
    """
    if bool(unpivot.columns) == bool(unpivot.pattern):
        raise ConfigurationError(
            "which columns become rows is said by columns or by pattern, by one of the two.",
            advice="List their headers under columns, or write a regular expression as pattern.",
            part="columns" if unpivot.columns else "pattern",
        )
    twice = next((name for name in unpivot.columns if unpivot.columns.count(name) > 1), None)
    if twice is not None:
        raise ConfigurationError(f'the column "{twice}" stands twice.', part="columns")
    parts = _parts(unpivot)
    if not unpivot.name and not parts:
        raise ConfigurationError(
            "the headers would be lost.",
            advice="Give the column for them a name, or name parts of the pattern, as in "
            r"(?P<year>\d{4}).",
            part="name",
        )
    if unpivot.blanks not in BLANKS:
        raise ConfigurationError(
            f'"{unpivot.blanks}" is not one of {", ".join(BLANKS)}.', part="blanks"
        )
    made = (*parts, *filter(None, (unpivot.name,)), unpivot.value)
    for key, name in (("name", unpivot.name), ("value", unpivot.value), *_keyed(parts)):
        if made.count(name) > 1 or name in (ROW_COLUMN, GEOMETRY_COLUMN):
            raise ConfigurationError(
                f'a new column cannot be called "{name}": the name is taken.', part=key
            )


def header_columns(unpivot: Unpivot | None) -> tuple[str, ...]:
    """The new columns that hold what stood in a header."""
    if unpivot is None:
        return ()
    return (*_parts(unpivot), *filter(None, (unpivot.name,)))


def unpivoted(reading: Reading, unpivot: Unpivot) -> Reading:
    """The same reading with columns made rows; it closes the one it was given.

    Parameters
    ----------
    unpivot: one that ``check_unpivot`` lets pass.

    Returns
    -------
    A reading whose rows have the columns that stay, the parts of the header, the header and the
    cell, and numbers that lead back to row and column of the source (``Reading.from_columns``).

    Raises
    ------
    MappingError: none of the columns is there, or not all that are listed; a new column would
        have the name of one that stays. The reading is closed.
    """
    try:
        shape = _shape(reading.schema, unpivot)
    except InterurbanError:
        reading.close()
        raise
    dropped = _Count()

    def facts() -> SourceFacts:
        known = reading.facts()
        said = {"columns made rows": shape.said(), "blank cells left out": dropped.said()}
        made = {key: value for key, value in said.items() if value}
        return replace(known, reading={**known.reading, **made})

    return reading.told_as(
        facts,
        reading.close,
        _long_batches(reading.batches(), shape, dropped),
        schema=shape.schema,
        from_columns=shape.wide,
    )


@dataclass(frozen=True, slots=True)
class _Shape:
    """How the columns of a wide table become those of a long one.

    Parameters
    ----------
    kept: names of the columns that stay.
    wide: headers of those that become rows.
    headers: what the new columns say of each of ``wide``, in its order.
    kind: the one type that every cell is given in.
    drop: whether blank cells are no rows.
    """

    schema: pa.Schema
    kept: tuple[str, ...]
    wide: tuple[str, ...]
    headers: tuple[pa.Array, ...]
    kind: pa.DataType
    drop: bool

    def said(self) -> str:
        first, last, count = self.wide[0], self.wide[-1], len(self.wide)
        return f"{count}: {first} ... {last}" if count > 1 else f"1: {first}"


class _Count:
    """Blank cells that were left out so far."""

    def __init__(self) -> None:
        self.cells = 0

    def said(self) -> str:
        return f"{self.cells:,}" if self.cells else ""


def _shape(schema: pa.Schema, unpivot: Unpivot) -> _Shape:
    names = [name for name in schema.names if name not in (ROW_COLUMN, GEOMETRY_COLUMN)]
    if unpivot.pattern:
        pattern = re.compile(unpivot.pattern)
        found = {name: match for name in names if (match := pattern.fullmatch(name))}
        wide = tuple(found)
        if not wide:
            raise _wrong(unpivot, "pattern", "no column's header matches it.", _listed(names))
        parts = {part: [match[part] for match in found.values()] for part in pattern.groupindex}
    else:
        missing = next((name for name in unpivot.columns if name not in names), None)
        if missing is not None:
            raise _wrong(
                unpivot, "columns", f'the source has no column "{missing}".', _listed(names)
            )
        wide, parts = unpivot.columns, {}
    if unpivot.name:
        parts[unpivot.name] = list(wide)
    kept = tuple(n for n in schema.names if n != ROW_COLUMN and n not in frozenset(wide))
    for key, name in (*_keyed(tuple(parts)), ("value", unpivot.value)):
        if name in kept:
            raise _wrong(
                unpivot,
                "name" if name == unpivot.name else key,
                f'the source already has a column "{name}".',
                "Call the new one otherwise.",
            )
    kind = _common_type(schema, wide, unpivot)
    fields = [
        *(schema.field(name) for name in kept),
        *(pa.field(name, pa.string()) for name in parts),
        pa.field(unpivot.value, kind),
        pa.field(ROW_COLUMN, pa.int64(), nullable=False),
    ]
    headers = tuple(pa.array(texts, pa.string()) for texts in parts.values())
    drop = unpivot.blanks == "drop"
    return _Shape(pa.schema(fields), kept, wide, headers, kind, drop)


def _common_type(schema: pa.Schema, wide: Sequence[str], unpivot: Unpivot) -> pa.DataType:
    """One type for all cells: their own if it is one, a number if all are, else text."""
    kinds = {schema.field(name).type for name in wide} - {pa.null()}
    for name in wide:
        kind = schema.field(name).type
        if pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
            raise _wrong(
                unpivot,
                "pattern" if unpivot.pattern else "columns",
                f'the column "{name}" holds {kind}, which cannot be a cell.',
                "Leave it out.",
            )
    if len(kinds) == 1:
        (kind,) = kinds
        return kind
    if kinds and all(pa.types.is_signed_integer(kind) for kind in kinds):
        return pa.int64()
    if kinds and all(_is_exact_in_double(kind) for kind in kinds):
        return pa.float64()
    return pa.string()


def _is_exact_in_double(kind: pa.DataType) -> bool:
    whole = pa.types.is_integer(kind) and kind.bit_width <= 32
    return whole or bool(pa.types.is_floating(kind))


def _long_batches(
    batches: Iterator[pa.RecordBatch], shape: _Shape, dropped: _Count
) -> Iterator[pa.RecordBatch]:
    width = len(shape.wide)
    for batch in batches:
        if not batch.num_rows:
            continue
        # Every byte of what stays is repeated for each cell of its row.
        kept = sum(batch.column(name).nbytes for name in shape.kept)
        most = min(_ROWS, _BYTES * batch.num_rows // max(1, kept))
        step = max(1, most // width)
        for start in range(0, batch.num_rows, step):
            yield _long(batch.slice(start, step), shape, dropped)


def _long(batch: pa.RecordBatch, shape: _Shape, dropped: _Count) -> pa.RecordBatch:
    """All cells of some rows, row by row."""
    rows, width = batch.num_rows, len(shape.wide)
    repeated = pa.array(np.repeat(np.arange(rows), width))
    in_turn = pa.array(np.tile(np.arange(width), rows))
    across = (np.arange(width)[None, :] * rows + np.arange(rows)[:, None]).ravel()
    cells = pa.concat_arrays([batch.column(name).cast(shape.kind) for name in shape.wide])
    source_rows = batch.column(ROW_COLUMN).to_numpy(zero_copy_only=False)
    numbers = ((source_rows[:, None] - 1) * width + np.arange(1, width + 1)).ravel()
    long = with_rows(
        pa.RecordBatch.from_arrays(
            [
                *(batch.column(name).take(repeated) for name in shape.kept),
                *(header.take(in_turn) for header in shape.headers),
                cells.take(pa.array(across)),
            ],
            schema=pa.schema(list(shape.schema)[:-1]),
        ),
        numbers,
    )
    if not shape.drop:
        return long
    filled = long.filter(pc.invert(_is_blank(long.column(long.num_columns - 2))))
    dropped.cells += long.num_rows - filled.num_rows
    return filled


def _is_blank(cells: pa.Array) -> pa.Array:
    blank = cells.is_null()
    if pa.types.is_string(cells.type) or pa.types.is_large_string(cells.type):
        empty = pc.equal(pc.utf8_trim_whitespace(cells), "")
        blank = pc.or_(blank, pc.fill_null(empty, fill_value=False))
    return blank


def _parts(unpivot: Unpivot) -> tuple[str, ...]:
    """Names of the pattern's named parts."""
    try:
        return tuple(re.compile(unpivot.pattern).groupindex)
    except re.error as error:
        raise ConfigurationError(
            f"this is not a regular expression: {error}.",
            advice=r"It is written like (?P<year>\d{4})(?P<month>\d{2}).",
            part="pattern",
        ) from error


def _keyed(parts: Sequence[str]) -> list[tuple[str, str]]:
    return [("pattern", part) for part in parts]


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
    return f"It has: {', '.join(names[:_SHOWN])}{more}."


def _wrong(unpivot: Unpivot, key: str, what: str, advice: str) -> MappingError:
    return MappingError(
        what,
        advice=advice,
        part=f"{unpivot.key}.{key}",
        file=unpivot.file,
        line=unpivot.lines.get(key),
    )
