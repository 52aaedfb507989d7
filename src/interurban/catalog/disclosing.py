"""What a safe table of a dataset is made of, as its reader may have it.

Counts and sums come as groups, by the door for statistics. Rules that look at single contributions
need rows, and whoever may have none can't ask for them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from interurban.core.dataset import Snapshot
from interurban.core.errors import BadRequest, InvalidInput, TooMuch, UnknownField
from interurban.core.policy import OnlyAggregates
from interurban.core.query import Query
from interurban.policy.disclosure import Tabulated, tabulate
from interurban.query.parameters import Kind, read_parameters
from interurban.standards.spelling import did_you_mean

from .node import Node

__all__ = ["Made", "Wanted", "make_table"]

_MOST_GROUPS = 100_000
_MOST_ROWS = 2_000_000
# Names that no field has: theirs begin with a letter.
_COUNT, _SUM, _AVERAGE = "_count", "_sum", "_average"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A table of one to three axes.

    Parameters
    ----------
    by: of each axis its levels, the topmost first: fields, ``time:year``, ``area:<boundary>``.
    value: the field to add up; without it, rows are counted.
    contributor: the field that says whose number a row's value is.
    narrowed: conditions, as parameters of the URL dialect.
    contributions: some rule looks at single contributions.
    """

    dataset: str
    by: tuple[tuple[str, ...], ...]
    value: str | None = None
    contributor: str | None = None
    narrowed: tuple[tuple[str, str], ...] = ()
    contributions: bool = False


@dataclass(frozen=True)
class Made:
    """A table that is not protected yet, and what it is of.

    Parameters
    ----------
    left_out: small groups are not in it, by the reader's policy: a cell of nobody may be of a few.
    """

    tabulated: Tabulated
    snapshot: Snapshot
    left_out: bool = False


def make_table(node: Node, wanted: Wanted) -> Made:
    """Count or add up a dataset by some axes, with totals.

    Raises
    ------
    BadRequest: it can't be asked. Refused: not by this reader.
    TooMuch: it has more groups, or is of more rows, than are worked on together.
    """
    if wanted.contributor is not None and wanted.value is None:
        raise BadRequest(
            "A contributor is of a number that is added up.",
            advice="Name the number too, or leave the contributor out.",
            part="contributor",
        )
    levels = [level for axis in wanted.by for level in axis]
    if not levels or len(set(levels)) < len(levels):
        raise BadRequest("A table is by something, and by nothing twice.", part="by")
    snapshot = node.snapshot(wanted.dataset)
    if wanted.value is not None and (wanted.contributions or wanted.contributor is not None):
        return Made(_of_rows(node, wanted, snapshot), snapshot)
    return Made(_of_groups(node, wanted, snapshot), snapshot, _left_out(node, snapshot))


def _left_out(node: Node, snapshot: Snapshot) -> bool:
    """Whether small groups may be missing from statistics; a partner's rules are its own."""
    if snapshot.peer:
        return not node.decide(snapshot.dataset, "read").permitted
    obligations = node.decide(snapshot.dataset, "aggregate").obligations
    return any(isinstance(one, OnlyAggregates) for one in obligations)


def _of_groups(node: Node, wanted: Wanted, snapshot: Snapshot) -> Tabulated:
    value = wanted.value
    measures = "count" if value is None else f"count,sum:{value},avg:{value}"
    said = ("by", ",".join(level for axis in wanted.by for level in axis)), ("measures", measures)
    query = _query(node, wanted, snapshot, said)
    found = node.aggregate(replace(query, limit=_MOST_GROUPS + 1))
    if found.num_rows > _MOST_GROUPS:
        raise TooMuch(
            f"That is more than {_MOST_GROUPS:,} groups.",
            advice="Use coarser categories, or fewer of them.",
            part="by",
        )
    numbers = (_COUNT,) if value is None else (_COUNT, _SUM, _AVERAGE)
    names = found.column_names[: -len(numbers)]
    if len(names) != len(query.groups):
        raise BadRequest("A table can't be by cells of the map.", part="by")
    if not found.num_rows:
        raise _empty()
    axes = list(_axes(wanted, names))
    rows = found.rename_columns([*names, *numbers])
    if value is None:
        return tabulate(rows, axes, count=_COUNT)
    return tabulate(_contributed(_whole(rows, _SUM, value)), axes, count=_COUNT, value=_SUM)


def _of_rows(node: Node, wanted: Wanted, snapshot: Snapshot) -> Tabulated:
    value = str(wanted.value)
    levels = [level for axis in wanted.by for level in axis]
    for part, name in (*(("by", each) for each in levels), ("value", value)):
        _check_field(snapshot, name, part)
    names = [*levels, value]
    if wanted.contributor is not None:
        _check_field(snapshot, wanted.contributor, "contributor")
        names.append(wanted.contributor)
    fields = tuple(dict.fromkeys(names))
    query = _query(node, wanted, snapshot, [("properties", ",".join(fields))], limit=_MOST_ROWS + 1)
    batches = list(node.rows(query).batches)
    rows = pa.Table.from_batches(batches) if batches else None
    if rows is None or not rows.num_rows:
        raise _empty()
    if rows.num_rows > _MOST_ROWS:
        raise TooMuch(
            f"That is more than {_MOST_ROWS:,} rows to look at one by one.",
            advice="Choose fewer by a condition, or use the threshold alone.",
        )
    rows = rows.select(list(fields))
    kept = rows.filter(pc.is_valid(rows[value]))
    return tabulate(
        _whole(kept, value, value), wanted.by, value=value, contributor=wanted.contributor
    )


def _query(
    node: Node,
    wanted: Wanted,
    snapshot: Snapshot,
    more: Sequence[tuple[str, str]],
    limit: int | None = None,
) -> Query:
    for name, _ in wanted.narrowed:
        if name in ("by", "measures", "properties", "limit", "sortby", "cursor", "as_of"):
            raise BadRequest(f"{name} is no condition on rows.", advice="Leave it out.", part=name)
    city = node.city(node.dataset(wanted.dataset).city)
    kind: Kind = "items" if limit is not None else "aggregate"
    asked = read_parameters([*wanted.narrowed, *more], snapshot, city, kind)
    if limit is None and len(asked.groups) != sum(map(len, wanted.by)):
        raise BadRequest("What a table is by is named one by one, without commas.", part="by")
    return replace(asked, limit=limit)


def _axes(wanted: Wanted, names: list[str]) -> Iterator[list[str]]:
    """The names that the groups of each axis have in the answer."""
    left = iter(names)
    for axis in wanted.by:
        yield [next(left) for _ in axis]


def _whole(rows: pa.Table, column: str, field: str) -> pa.Table:
    """The rows with numbers to add up; which of them is below 0 is nobody's business."""
    numbers = pc.fill_null(pc.cast(rows[column], pa.float64(), safe=False), 0.0)
    if not pc.all(pc.greater_equal(numbers, 0.0), min_count=0).as_py():
        raise InvalidInput(
            f"{field} is below 0 somewhere, and what is added up has to be 0 or more.",
            advice="Choose rows by a condition, or count them.",
            part="value",
        )
    return rows.set_column(rows.column_names.index(column), column, numbers)


def _contributed(rows: pa.Table) -> pa.Table:
    """The rows with how many have a value: a sum over its average. Rows without one hide nobody."""
    missing = np.asarray(pc.is_null(rows[_AVERAGE]))
    average = np.asarray(pc.fill_null(rows[_AVERAGE], 0.0), dtype=np.float64)
    sums = np.asarray(rows[_SUM], dtype=np.float64)
    some = average > 0
    values = np.divide(sums, average, out=np.zeros(len(average)), where=some)
    counts = np.where(some, np.rint(values), np.where(missing, 0, np.asarray(rows[_COUNT])))
    index = rows.column_names.index(_COUNT)
    return rows.set_column(index, _COUNT, pa.array(counts.astype(np.int64)))


def _check_field(snapshot: Snapshot, name: str, part: str) -> None:
    found = snapshot.field(name)
    if found is None or found.type == "geometry":
        known = [field.name for field in snapshot.fields]
        raise UnknownField(
            f"{snapshot.dataset} has no field {name[:60]!r} to look at by rows.",
            advice=did_you_mean(name, known),
            part=part,
        )


def _empty() -> BadRequest:
    return BadRequest("No row of the dataset meets the conditions.", part="filter")
