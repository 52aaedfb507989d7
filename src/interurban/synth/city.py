"""A whole synthetic city, dataset by dataset, from its pack and the standards alone."""

from __future__ import annotations

import re
import shutil
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from interurban.core.city import City
from interurban.core.dataset import Dataset
from interurban.core.errors import BadRequest, StoreError

from .batch import BLOCK_ROWS, Batch
from .events import EVENTS, MOST, SHARES
from .figures import FIGURES, last_mid_year
from .folder import SyntheticFolder, SyntheticTable, write_table
from .ground import Ground, make_ground
from .places import PLACES
from .rhythm import make_calendar

__all__ = ["MAKERS", "MOST_ROWS", "UNTIL", "can_make", "write_city"]

MOST_ROWS = 1_000_000_000
"""Rows of events that a city may be asked for."""

UNTIL = date(2026, 7, 1)
"""The day after the last one on record, unless told otherwise: fixed, so that runs are equal."""

MAKERS = frozenset({*EVENTS, *PLACES, *FIGURES})
"""Names of the standards that a synthetic city has tables of."""

_YEARS = 3
_WORD = re.compile(r"'([^']*)'")
_BYTES_PER_ROW = 60
_THREADS = 2

Progress = Callable[[str, int, int], None]


def _quiet(_dataset: str, _rows: int, _total: int) -> None:
    """Take no notice of progress."""


def can_make(dataset: Dataset) -> bool:
    """Whether there is a maker for the dataset's standard, and no run of a model gave it."""
    given_by_run = dataset.live is not None and dataset.live.type == "model"
    return _standard_name(dataset) in MAKERS and not given_by_run


def write_city(
    city: City,
    datasets: Sequence[Dataset],
    out: Path,
    *,
    rows: int,
    seed: int = 1,
    until: date = UNTIL,
    progress: Progress = _quiet,
) -> SyntheticFolder:
    """Make a city's datasets as files a node can load, and label the folder.

    Parameters
    ----------
    datasets: of that city; those without a standard that has a maker are passed over.
    out: folder to write to; files of other cities in it are kept.
    rows: events in all, shared among the event datasets; streets, areas and other places of the
        city come on top, and do not depend on it.
    until: the day after the last one on record.
    progress: called with the dataset's id, its rows done and its rows in all.

    Returns
    -------
    The folder, with what was made.

    Raises
    ------
    BadRequest: ``rows`` is not in 1..10^9.
    StoreError: the disk has no room for them.
    """
    if not 1 <= rows <= MOST_ROWS:
        raise BadRequest(
            f"A synthetic city cannot have {rows:,} rows.",
            advice=f"Ask for 1 to {MOST_ROWS:,}.",
            part="rows",
        )
    out.mkdir(parents=True, exist_ok=True)
    _check_room(out, rows)
    makeable = [dataset for dataset in datasets if can_make(dataset)]
    ground = make_ground(city, _boundaries(city, makeable), seed)
    sizes = _sizes(makeable, rows)
    tables: dict[str, SyntheticTable] = {}
    for dataset in makeable:
        name, path = dataset.id, f"{city.id}/{dataset.name}.parquet"
        if name in sizes:
            content = _events(ground, dataset, sizes[name], until)
        else:
            content = iter([_table(ground, dataset, until)])
        report = partial(_report, progress, name, sizes.get(name))
        count, columns = write_table(out / path, content, report)
        tables[name] = SyntheticTable(path, str(dataset.standard), columns, count)
    folder = SyntheticFolder(out, seed, until.isoformat(), tables)
    folder.save()
    return folder


def _table(ground: Ground, dataset: Dataset, until: date) -> pa.Table:
    """What is made whole: places, and figures by the year."""
    name = _standard_name(dataset)
    if name in PLACES:
        return PLACES[name](ground, dataset)
    return _spoken_of(dataset, FIGURES[name](ground, last_mid_year(until)))


def _spoken_of(dataset: Dataset, table: pa.Table) -> pa.Table:
    """The rows that a dataset speaks of: its pack may map a field to one word (``'births'``).

    A word that is not there (the code of a real area) is stood for by the first that is.
    """
    specs = [spec for spec in (dataset.mirror, dataset.live) if spec is not None and spec.mapping]
    lines = specs[0].mapping.expressions if specs and specs[0].mapping else {}
    for name, line in lines.items():
        word = _WORD.fullmatch(line.sql.strip())
        if word is not None and name in table.column_names:
            words = table[name].cast(pa.string())
            wanted = word[1] if word[1] in words.unique().to_pylist() else words[0]
            table = table.filter(pc.equal(words, wanted))
    return table


def _report(progress: Progress, dataset: str, total: int | None, rows: int) -> None:
    progress(dataset, rows, rows if total is None else total)


def _standard_name(dataset: Dataset) -> str:
    return (dataset.standard or "").partition("@")[0]


def _boundaries(city: City, datasets: Sequence[Dataset]) -> dict[str, str]:
    """What one area of each boundary dataset is called; the city's own first, made or not.

    The areas of a row must not depend on which datasets are made beside it.
    """
    known = {boundary.dataset: boundary.singular for boundary in city.boundaries}
    others = {
        dataset.id: dataset.title.lower()
        for dataset in datasets
        if _standard_name(dataset) == "boundary"
    }
    return {**known, **{name: word for name, word in others.items() if name not in known}}


def _sizes(datasets: Sequence[Dataset], rows: int) -> dict[str, int]:
    """Share the rows among the event datasets; what a capped one leaves goes to the largest."""
    events = [dataset for dataset in datasets if _standard_name(dataset) in EVENTS]
    if not events:
        return {}
    share = {dataset.id: SHARES[_standard_name(dataset)] for dataset in events}
    sizes = {
        dataset.id: min(
            rows * share[dataset.id] // sum(share.values()),
            MOST.get(_standard_name(dataset), rows),
        )
        for dataset in events
    }
    largest = max(events, key=lambda dataset: share[dataset.id]).id
    sizes[largest] += rows - sum(sizes.values())
    return {name: max(1, size) for name, size in sizes.items()}


def _events(ground: Ground, dataset: Dataset, total: int, until: date) -> Iterator[pa.Table]:
    """Blocks of rows, made ahead by a few threads; never more than a few blocks in memory."""
    make = EVENTS[_standard_name(dataset)]
    zone = ground.city.zone
    calendar = make_calendar(ground.seed, dataset.id, zone, until, _YEARS)

    def block(first: int) -> pa.Table:
        rows = min(BLOCK_ROWS, total - first)
        columns = make(Batch(ground, calendar, dataset.id, first, rows, total))
        return pa.table(dict(columns))

    with ThreadPoolExecutor(_THREADS) as threads:
        ahead: deque[Future[pa.Table]] = deque()
        for first in range(0, total, BLOCK_ROWS):
            ahead.append(threads.submit(block, first))
            if len(ahead) > _THREADS:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()


def _check_room(out: Path, rows: int) -> None:
    need, free = rows * _BYTES_PER_ROW, shutil.disk_usage(out).free
    if need > free:
        raise StoreError(
            f"{rows:,} rows need about {need / 1e9:.1f} GB; the disk has {free / 1e9:.1f} GB free.",
            advice="Ask for fewer rows, or name a folder on a larger disk with --out.",
            part="rows",
        )
