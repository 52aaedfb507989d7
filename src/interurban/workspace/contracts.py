"""The upload check: a table against the contract of a model, every broken row told.

Columns are found, cells are read, ranges and code lists are looked at, rows that say the same twice
are dropped, rows that contradict each other and combinations that are not there are told. A blank
is never taken for zero.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from interurban.core.cube import Cube
from interurban.core.errors import InvalidInput
from interurban.core.model import TableContract
from interurban.core.standard import Field

from .codes import code_of, is_total
from .headers import ColumnMatch, Matching, match_columns
from .keys import drop_repeats, tell_missing
from .limits import in_figures
from .problems import Problem, Problems
from .tables import cube_of
from .values import ARROW_TYPES, Cells, read_cells

__all__ = ["ROW", "Checked", "check_table", "refuse_if_broken"]

ROW = "_row"
"""Column with the number of the row in its source; without it, rows are counted."""

Rows = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Checked:
    """A table that was held against a contract.

    Parameters
    ----------
    table: the contract's columns in its types; rows that are broken or repeat another are gone.
    matches: which column each field was read from, and how that was found.
    unused: columns of the source that no field takes.
    problems: everything wrong; the table can be taken only when there is nothing.
    warnings: what was put right or left aside, in sentences.
    rows: rows of the source.
    """

    contract: TableContract
    table: pa.Table
    matches: tuple[ColumnMatch, ...]
    unused: tuple[str, ...]
    problems: Problems
    warnings: tuple[str, ...]
    rows: int

    @property
    def ok(self) -> bool:
        """Whether a model can take it."""
        return self.problems.count == 0

    def content(self) -> Cube | pa.Table:
        """As it goes to a model: a cube over the key where there is one value, else the table."""
        if self.contract.value is None:
            return self.table
        return cube_of(self.table, self.contract)


def check_table(table: pa.Table, contract: TableContract) -> Checked:
    """Hold a table against a contract.

    Parameters
    ----------
    table: any types; text is read. ``_row`` numbers the rows of the source, from 1.
    """
    problems, warnings = Problems(), list[str]()
    rows, read_rows = _row_numbers(table), table.num_rows
    names = [name for name in table.column_names if name != ROW and not name.startswith("_")]
    matching = match_columns(contract, names)
    missing = _missing_columns(contract, matching, names, problems)
    if missing:
        return Checked(
            contract, _empty(contract), matching.matches, matching.unused, problems, (), read_rows
        )
    table, rows = _where(contract, table, rows, matching, warnings)
    table, rows = _without_totals(contract, table, rows, matching, warnings)
    if matching.melted:
        table, rows = _melted(table, rows, matching, contract)
        warnings.append(
            f"The {len(matching.melted)} columns {_few(list(matching.melted))} "
            f"were taken as {contract.value} by {matching.melted_field}."
        )
    columns = {m.field: table.column(m.column) for m in matching.matches}
    if matching.melted:
        made = (matching.melted_field, contract.value or "")
        columns |= {name: table.column(name) for name in made}
    source = _Source(rows, tuple(matching.melted.values()))
    read, good, placed = _read_columns(contract, columns, source, problems, warnings)
    # Of rows that are broken anyway, nothing is said about what they repeat or leave out.
    checked = read.filter(pa.array(good))
    if contract.key:
        checked = drop_repeats(contract, checked, rows[good], problems, warnings)
        tell_missing(contract, read.filter(pa.array(placed)), problems)
    return Checked(
        contract, checked, matching.matches, matching.unused, problems, tuple(warnings), read_rows
    )


def refuse_if_broken(checked: Checked, where: str = "") -> None:
    """Refuse a table with problems, in one sentence.

    Raises
    ------
    InvalidInput: says how many there are, of which kinds, and shows the first.
    """
    if checked.ok:
        return
    problems = checked.problems
    kinds = ", ".join(f"{count:,} x {kind}" for kind, count in problems.kinds[:4])
    first = problems.sorted()[0]
    at = f"row {first.row:,}, " if first.row is not None else ""
    raise InvalidInput(
        f"{where or checked.contract.title}: {problems.count:,} "
        f"{'problem' if problems.count == 1 else 'problems'} ({kinds}). "
        f"The first: {at}{first.field} {first.value!r}: {first.problem}.",
        advice=f"{first.hint} See every row with: interurban check".strip(),
        part=checked.contract.name,
    )


# Columns


def _row_numbers(table: pa.Table) -> Rows:
    if ROW in table.column_names:
        return np.asarray(table.column(ROW).to_numpy(), dtype=np.int64)
    return np.arange(1, table.num_rows + 1, dtype=np.int64)


def _empty(contract: TableContract) -> pa.Table:
    return pa.schema([(f.name, ARROW_TYPES[f.type]) for f in contract.fields]).empty_table()


def _missing_columns(
    contract: TableContract, matching: Matching, names: Sequence[str], problems: Problems
) -> bool:
    """Tell of columns that must be there and are not."""
    needed = [
        f
        for f in matching.missing
        if f.required or f.name in contract.key or f.name == contract.value
    ]
    problems.add(
        "column not there",
        len(needed),
        (
            Problem(
                None, f.name, "", "there is no such column",
                f"Add a column {f.name} ({f.title}); there are: {', '.join(names) or 'none'}.",
            )
            for f in needed
        ),
    )  # fmt: skip
    return bool(needed)


def _melted(
    table: pa.Table, rows: Rows, matching: Matching, contract: TableContract
) -> tuple[pa.Table, Rows]:
    """The columns that hold the value at one label each, as rows."""
    assert contract.value is not None
    kept = [m.column for m in matching.matches]
    values = {header: table.column(header) for header in matching.melted}
    if len({column.type for column in values.values()}) > 1:
        # Columns of several types have text in common, which is read as any other.
        values = {header: column.cast(pa.string()) for header, column in values.items()}
    parts = [
        table.select(kept)
        .append_column(matching.melted_field, pa.array([label] * table.num_rows, pa.string()))
        .append_column(contract.value, values[header])
        for header, label in matching.melted.items()
    ]
    return pa.concat_tables(parts, promote_options="permissive"), np.tile(rows, len(parts))


@dataclass(frozen=True, slots=True)
class _Source:
    """Where cells stood: the rows' numbers and, where columns became rows, their labels."""

    rows: Rows
    labels: tuple[str, ...]

    @property
    def written(self) -> int:
        """Rows as they were written, before columns became rows."""
        return len(self.rows) // max(len(self.labels), 1)

    def told(self, flags: Mask, melted: bool) -> Rows:
        """Which cells to tell of; one that stands beside several values is told once."""
        return np.flatnonzero(flags if melted else flags[: self.written])

    def problem(
        self, at: int, field: Field, value: str, what: str, hint: str, melted: bool
    ) -> Problem:
        name = field.name
        if melted and self.labels:
            name += f", {self.labels[at // self.written]}"
        return Problem(int(self.rows[at]), name, value, what, hint)


def _read_columns(
    contract: TableContract,
    columns: dict[str, pa.ChunkedArray],
    source: _Source,
    problems: Problems,
    warnings: list[str],
) -> tuple[pa.Table, Mask, Mask]:
    """Every column in the type of its field, which rows are without fault, and which have a key."""
    good = np.ones(len(source.rows), bool)
    placed = good.copy()
    read: dict[str, pa.Array] = {}
    for field in contract.fields:
        column = columns.get(field.name)
        if column is None:
            read[field.name] = pa.nulls(len(good), ARROW_TYPES[field.type])
            continue
        cells = read_cells(field, column)
        read[field.name] = cells.values
        broken = _tell_broken(contract, field, (cells, column), source, problems)
        broken |= _tell_range(contract, field, cells, source, problems)
        if field.name == contract.value and not (field.required or contract.complete):
            _warn_blank(field, cells, source, warnings)
            broken |= cells.blank
        elif field.required or field.name in contract.key or field.name == contract.value:
            broken |= _tell_blank(contract, field, cells, source, problems)
        good &= ~broken
        if field.name in contract.key:
            placed &= ~broken
    return pa.table(read), good, placed


def _warn_blank(field: Field, cells: Cells, source: _Source, warnings: list[str]) -> None:
    where = np.flatnonzero(cells.blank)
    if len(where):
        warnings.append(
            f"{len(where):,} blanks of {field.name} were taken as missing, not as zero; "
            f"the first is in row {int(source.rows[where].min()):,}."
        )


def _tell_blank(
    contract: TableContract, field: Field, cells: Cells, source: _Source, problems: Problems
) -> Mask:
    hint = "A blank is not zero: write the figure, or 0 where it is none."
    if field.type not in ("integer", "number"):
        hint = "Write it, or take the row out."
    melted = field.name == contract.value
    where = source.told(cells.blank, melted)
    problems.add(
        f"{field.name} is blank",
        len(where),
        (source.problem(int(i), field, "", "blank", hint, melted) for i in where),
    )
    return cells.blank


def _tell_broken(
    contract: TableContract,
    field: Field,
    column: tuple[Cells, pa.ChunkedArray],
    source: _Source,
    problems: Problems,
) -> Mask:
    cells, written = column
    melted = field.name == contract.value
    where = source.told(cells.broken, melted)

    def found() -> Iterator[Problem]:
        for i in where:
            text = str(written[int(i)].as_py())
            what, hint = cells.why(text)
            yield source.problem(int(i), field, text, what, hint, melted)

    problems.add(f"{field.name} can't be read", len(where), found())
    return cells.broken.copy()


def _tell_range(
    contract: TableContract, field: Field, cells: Cells, source: _Source, problems: Problems
) -> Mask:
    outside = np.zeros(len(source.rows), bool)
    if field.type not in ("integer", "number"):
        return outside
    values = np.asarray(cells.values.cast(pa.float64()).fill_null(0.0))
    there = ~np.asarray(pc.is_null(cells.values))
    melted = field.name == contract.value
    hint = f"Write a figure {_between(field)}{f' ({field.unit})' if field.unit else ''}."
    if field.type == "number" and field.maximum == 1:
        hint += " It is a share: 0.4, not 40."
    for limit, words, beyond in (
        (field.minimum, "less than", np.less),
        (field.maximum, "more than", np.greater),
    ):
        if not isinstance(limit, int | float):
            continue
        broken = beyond(values, limit) & there
        where = source.told(broken, melted)
        what = f"{words} {in_figures(limit)}"
        problems.add(
            f"{field.name} {what}",
            len(where),
            (source.problem(int(i), field, f"{values[i]:.12g}", what, hint, melted) for i in where),
        )
        outside |= broken
    return outside


def _between(field: Field) -> str:
    low, high = (
        "" if limit is None else in_figures(limit) for limit in (field.minimum, field.maximum)
    )
    if low and high:
        return f"between {low} and {high}"
    return f"of {low} or more" if low else f"of {high} or less"


def _where(
    contract: TableContract, table: pa.Table, rows: Rows, matching: Matching, warnings: list[str]
) -> tuple[pa.Table, Rows]:
    """Only the rows of a larger table that the contract speaks of."""
    wanted = np.ones(len(rows), bool)
    for name, column in matching.fixed.items():
        words = pc.utf8_trim_whitespace(table.column(column).cast(pa.string()))
        mine = [w for w in pc.unique(words).to_pylist() if code_of(w or "", [contract.where[name]])]
        wanted &= np.asarray(pc.is_in(words, value_set=pa.array(mine, pa.string())))
    aside = int((~wanted).sum())
    if not aside:
        return table, rows
    said = ", ".join(f"{name} {value}" for name, value in contract.where.items())
    warnings.append(f"{aside:,} rows that are not of {said} were left aside.")
    return table.filter(pa.array(wanted)), rows[wanted]


def _without_totals(
    contract: TableContract, table: pa.Table, rows: Rows, matching: Matching, warnings: list[str]
) -> tuple[pa.Table, Rows]:
    """Without the rows that are the sum of others (``TOT``, ``Persons``), unless all are."""
    total, said = np.zeros(len(rows), bool), list[str]()
    for match in matching.matches:
        field = contract.field(match.field)
        if field is None or not field.enum or field.name not in contract.key:
            continue
        words = pc.utf8_trim_whitespace(table.column(match.column).cast(pa.string()))
        sums = [w for w in pc.unique(words).to_pylist() if w and is_total(w, field.enum)]
        if sums:
            total |= np.asarray(pc.is_in(words, value_set=pa.array(sums, pa.string())))
            said.append(f"{field.name} {', '.join(sums)}")
    if not total.any() or total.all():
        return table, rows
    count = int(total.sum())
    counted, were = ("1 row", "was") if count == 1 else (f"{count:,} rows", "were")
    warnings.append(f"{counted} of totals ({'; '.join(said)}) {were} left aside.")
    return table.filter(pa.array(~total)), rows[~total]


def _few(names: Sequence[str]) -> str:
    return ", ".join(names) if len(names) <= 4 else f"{names[0]} ... {names[-1]}"
