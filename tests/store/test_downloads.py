"""Everything as a stream: in order, complete, in memory of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from interurban.catalog.loading import Origin
from interurban.catalog.loads import load
from interurban.catalog.node import Node, Waiter, waited_for
from interurban.core.errors import Abandoned
from interurban.core.query import Order, Query

CRIMES = "chicago.crimes_2019_sample"
ROWS = 50_000


@pytest.fixture(scope="module")
def node(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    with Node(tmp_path_factory.mktemp("downloads") / "home") as opened:
        load(opened, CRIMES, Origin(mirror=shared_data))
        yield opened


def places(rows: Iterator[pa.RecordBatch]) -> list[tuple[int, int]]:
    table = pa.Table.from_batches(list(rows))
    return list(zip(table["_key"].to_pylist(), table["_row"].to_pylist(), strict=True))


def test_a_whole_download_lies_in_natural_order(node: Node) -> None:
    found = places(node.rows(Query(CRIMES)).batches)
    assert len(found) == ROWS
    assert found == sorted(found)


def test_an_older_version_lies_in_natural_order_too(node: Node) -> None:
    version = node.snapshot(CRIMES).version
    found = places(node.rows(Query(CRIMES, as_of=version)).batches)
    assert found == sorted(found)


def test_an_order_of_ones_own_and_a_limit_are_kept(node: Node) -> None:
    query = Query(CRIMES, fields=("occurred_at",), order=(Order("occurred_at", descending=True),))
    times = pa.Table.from_batches(list(node.rows(query).batches))["occurred_at"].to_pylist()
    assert times == sorted(times, reverse=True)
    first = places(node.rows(Query(CRIMES, limit=100)).batches)
    assert first == places(node.rows(Query(CRIMES)).batches)[:100]


def test_many_downloads_at_once_do_not_disturb_each_other(node: Node) -> None:
    streams = [node.rows(Query(CRIMES)).batches for _ in range(4)]
    counts = [0] * len(streams)
    for step in zip(*streams, strict=True):
        for number, batch in enumerate(step):
            counts[number] += batch.num_rows
    assert counts == [ROWS] * 4


def test_what_nobody_waits_for_is_not_begun_and_not_gone_on_with(node: Node) -> None:
    waiter = Waiter()
    with waited_for(waiter):
        rows = node.rows(Query(CRIMES)).batches
        next(rows)
        assert node.activity.running == 1
        waiter.leave()
        with pytest.raises(Abandoned):
            list(rows)
        with pytest.raises(Abandoned):
            next(node.rows(Query(CRIMES)).batches)
    assert node.activity.running == 0
    assert len(places(node.rows(Query(CRIMES)).batches)) == ROWS
