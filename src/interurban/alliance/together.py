"""One question to every dataset of a standard, wherever it is: this node's own and partners'.

All are asked at the same time, for so long and no longer. Who does not answer is named, with the
reason, beside the answers of the others: it is missing from the table, never counted as nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from functools import partial

import pyarrow as pa

from interurban.catalog.modelled import is_output
from interurban.catalog.node import Node, Waiter, waited_for
from interurban.core.dataset import Dataset, Snapshot
from interurban.core.errors import BadRequest, InterurbanError, NotFound, TooMuch, UnknownStandard
from interurban.query.parameters import read_parameters
from interurban.standards.catalogue import load_standards
from interurban.standards.spelling import did_you_mean

__all__ = ["DATASET_COLUMNS", "PARAMETERS", "Answered", "Missing", "Together", "together"]

DATASET_COLUMNS = ("dataset", "city")
"""What stands before the groups in every row."""

PARAMETERS = (
    *("measures", "by", "bbox", "bbox-crs", "datetime", "near", "in", "within", "q"),
    *("filter", "filter-lang", "filter-crs"),
)
"""What may be asked, beside fields of the standard: as for an aggregate of one dataset."""

MOST_GROUPS = 10_000
DEADLINE_S = 5.0

_AT_ONCE = 4
_OWN_AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class Answered:
    """A dataset that answered, and the version that it was answered from."""

    dataset: Dataset
    snapshot: Snapshot


@dataclass(frozen=True, slots=True)
class Missing:
    """A dataset that did not.

    Parameters
    ----------
    node: name of the partner that holds it; empty of this node's own.
    why: the reason, in a sentence.
    """

    dataset: str
    node: str
    why: str


@dataclass(frozen=True, slots=True)
class Together:
    """What came.

    Parameters
    ----------
    standard: name of the standard, without its version.
    groups, measures: columns of ``table``; groups begin with ``dataset`` and ``city``.
    table: a row for each dataset and group, in order of datasets.
    """

    standard: str
    groups: tuple[str, ...]
    measures: tuple[str, ...]
    table: pa.Table
    answered: tuple[Answered, ...]
    missing: tuple[Missing, ...]


@dataclass(frozen=True, slots=True)
class _Came:
    snapshot: Snapshot
    measures: tuple[str, ...]
    table: pa.Table


def together(
    node: Node,
    standard: str,
    params: Sequence[tuple[str, str]],
    *,
    deadline_s: float = DEADLINE_S,
) -> Together:
    """An aggregate over every dataset of a standard.

    Parameters
    ----------
    node: as its reader sees it.
    standard: its name (``crime_incident``), for every version of it, or one version (``...@1``).
    params: of an aggregate, as in a URL (``PARAMETERS``); days are read on each city's clocks.

    Raises
    ------
    UnknownStandard: there is none of that name.
    NotFound: no dataset here or at a partner's is on it.
    BadRequest: a parameter that is none here, or that not one of the datasets can answer.
    """
    name = _standard(standard)
    datasets = [each for each in _known(node) if each.standard in name]
    if not datasets:
        raise NotFound(
            f"No dataset that is here or at a partner's is on {standard}.",
            advice="See what there is with: interurban datasets",
            part="standard",
        )
    _expect_alike(params)
    answers = _all(node, datasets, params, deadline_s)
    came = [(each, found) for each, found in answers if isinstance(found, _Came)]
    failed = [(each, found) for each, found in answers if not isinstance(found, _Came)]
    if not came and all(isinstance(error, BadRequest) for _, error in failed):
        raise failed[0][1]
    groups, measures, table = _joined(came)
    return Together(
        standard=standard.partition("@")[0],
        groups=groups,
        measures=measures,
        table=table,
        answered=tuple(Answered(each, found.snapshot) for each, found in came),
        missing=tuple(
            Missing(each.id, _holder(node, each.id), _why(error)) for each, error in failed
        ),
    )


def _standard(wanted: str) -> frozenset[str]:
    """Ids of the standards that are meant."""
    known = load_standards()
    found = frozenset(each for each in known if wanted in (each, each.partition("@")[0]))
    if not found:
        raise UnknownStandard(
            f"There is no standard {wanted[:60]!r}.",
            advice=did_you_mean(wanted, {each.partition("@")[0] for each in known}),
            part="standard",
        )
    return found


def _known(node: Node) -> list[Dataset]:
    """Datasets that are loaded here or that a partner has; no outputs of runs."""
    here = node.own.held()
    return [
        each
        for each in node.datasets()
        if (each.id in here or node.partner(each.id) is not None) and not is_output(each)
    ]


def _expect_alike(params: Sequence[tuple[str, str]]) -> None:
    """Refuse what can't mean the same for every city."""
    for name, value in params:
        if name == "by" and any(each.strip().startswith("area:") for each in value.split(",")):
            raise BadRequest(
                "Datasets of several cities can't be grouped by the areas of one.",
                advice="Group by a field of the standard, by time or by cell.",
                part="by",
            )
        if name in ("sortby", "limit", "as_of", "f"):
            raise BadRequest(f"There is no parameter {name} here.", part=name)


# Asking


def _all(
    node: Node, datasets: Sequence[Dataset], params: Sequence[tuple[str, str]], deadline_s: float
) -> list[tuple[Dataset, _Came | InterurbanError]]:
    """What each answered in time; each node is asked on threads of its own."""
    waiter = Waiter()
    pools: dict[str, ThreadPoolExecutor] = {}
    futures: list[Future[_Came]] = []
    for dataset in datasets:
        holder = _holder(node, dataset.id)
        if holder not in pools:
            pools[holder] = ThreadPoolExecutor(_AT_ONCE if holder else _OWN_AT_ONCE)
        work = partial(_one, node, dataset, params)
        futures.append(pools[holder].submit(_for, waiter, work))
    wait(futures, deadline_s)
    waiter.leave()
    for pool in pools.values():
        pool.shutdown(wait=False, cancel_futures=True)
    return [
        (each, _result(future, deadline_s)) for each, future in zip(datasets, futures, strict=True)
    ]


def _for(waiter: Waiter, work: Callable[[], _Came]) -> _Came:
    with waited_for(waiter):
        return work()


def _one(node: Node, dataset: Dataset, params: Sequence[tuple[str, str]]) -> _Came:
    snapshot = node.snapshot(dataset.id)
    query = read_parameters(params, snapshot, node.city(dataset.city), "aggregate")
    pinned = replace(query, as_of=snapshot.version, limit=MOST_GROUPS + 1)
    table = node.aggregate(pinned)
    if table.num_rows > MOST_GROUPS:
        raise TooMuch(f"It has more than {MOST_GROUPS:,} groups.", advice="Ask for fewer.")
    return _Came(snapshot, tuple(measure.name for measure in query.measures), table)


def _result(future: Future[_Came], deadline_s: float) -> _Came | InterurbanError:
    if not future.done() or future.cancelled():
        return TooMuch(f"It did not answer within {deadline_s:g} s.")
    error = future.exception()
    if error is None:
        return future.result()
    if isinstance(error, InterurbanError):
        return error
    raise error


def _holder(node: Node, dataset: str) -> str:
    partner = node.partner(dataset)
    return "" if partner is None else partner.title


def _why(error: InterurbanError) -> str:
    return str(error)


# Joining


def _joined(
    came: Sequence[tuple[Dataset, _Came]],
) -> tuple[tuple[str, ...], tuple[str, ...], pa.Table]:
    """The tables below each other; columns are named as in the first."""
    if not came:
        return DATASET_COLUMNS, (), pa.table({name: [] for name in DATASET_COLUMNS})
    first = came[0][1]
    names = first.table.column_names
    parts = []
    for dataset, found in came:
        alike = found.table.rename_columns(names)
        for position, value in enumerate((dataset.id, dataset.city)):
            column = pa.array([value] * alike.num_rows, pa.string())
            alike = alike.add_column(position, DATASET_COLUMNS[position], column)
        parts.append(alike)
    groups = (*DATASET_COLUMNS, *names[: len(names) - len(first.measures)])
    table = pa.concat_tables(parts, promote_options="permissive")
    return groups, first.measures, table
