"""A client that hangs up stops its query, and nobody else's."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import httpx
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pytest
from prometheus_client.parser import text_string_to_metric_families

from interurban.catalog.files import look_at
from interurban.catalog.loads import load_file
from interurban.catalog.node import Node
from interurban.http import Settings

from .conftest import Serving

ROWS = 1_000_000
MANY = "/collections/chicago.many"
SLOW = "(name LIKE '%_a%b' OR name LIKE '%_a%c')"
"""A condition that takes a core some 7 microseconds a row, and is never met.

Many rows and not many microseconds: the engine looks for an interrupt between two row groups.
"""

PROMPT_S = 1.0
PATIENCE_S = 10.0


@pytest.fixture(scope="module")
def busy_node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """A node with enough rows to keep it busy."""
    folder = tmp_path_factory.mktemp("busy")
    number = np.arange(ROWS)
    rows = pa.table(
        {
            "name": pc.binary_join_element_wise("a" * 40, pa.array(number).cast(pa.string()), ""),
            "longitude": -87.7 + (number % 1000) / 5000,
            "latitude": 41.8 + (number // 1000) / 5000,
        }
    )
    pacsv.write_csv(rows, folder / "many.csv")
    with Node(folder / "home") as opened:
        load_file(opened, look_at(opened, folder / "many.csv", "chicago.many"))
        assert opened.vocabulary  # nothing of ours runs beside the tests
        yield opened


@pytest.fixture(scope="module")
def address(
    busy_node: Node, tmp_path_factory: pytest.TempPathFactory, serve: Serving
) -> Iterator[str]:
    """Its server; a question may work for longer than any test waits."""
    settings = Settings(web_root=tmp_path_factory.mktemp("no-app"), timeout_s=60, threads=3)
    with serve(busy_node, settings) as started:
        yield started


def metric(address: str, name: str, **labels: str) -> float:
    text = httpx.get(f"{address}/metrics", timeout=30).text
    return sum(
        sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    )


def running(address: str) -> float:
    return metric(address, "interurban_queries_running")


def abandoned(address: str) -> float:
    return metric(address, "interurban_queries_stopped_total", reason="abandoned")


def seconds_until(true: Callable[[], bool]) -> float:
    began = time.monotonic()
    while not true():
        assert time.monotonic() < began + PATIENCE_S
        time.sleep(0.01)
    return time.monotonic() - began


def asked(address: str, path: str, **params: str) -> socket.socket:
    """A request on a connection of its own, with small buffers, whose answer nobody reads."""
    parts = urlsplit(address)
    line = f"{path}?{urlencode(params)}"
    connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
    connection.connect((parts.hostname, parts.port))
    connection.sendall(f"GET {line} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode())
    return connection


def hang_up(connection: socket.socket, *, rudely: bool = False) -> None:
    """Close a connection: with a reset instead of a farewell if ``rudely``."""
    if rudely:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


@pytest.mark.parametrize("rudely", [False, True], ids=["politely", "with a reset"])
@pytest.mark.parametrize(
    ("path", "params"),
    [
        (f"{MANY}/count", {}),
        (f"{MANY}/items", {}),
        (f"{MANY}/items", {"f": "csv"}),
        (f"{MANY}/items", {"f": "parquet"}),
        (f"{MANY}/aggregate", {"by": "name"}),
        (f"{MANY}/cells", {"zoom": "9"}),
        (f"{MANY}/explain", {}),
        (f"{MANY}/tiles/WebMercatorQuad/0/0/0", {}),
    ],
    ids=["count", "page", "csv", "parquet", "aggregate", "cells", "explain", "tile"],
)
def test_hanging_up_before_the_answer_stops_the_query(
    address: str, path: str, params: dict[str, str], rudely: bool
) -> None:
    before = abandoned(address)
    connection = asked(address, path, filter=SLOW, **params)
    seconds_until(lambda: running(address) > 0)
    time.sleep(0.1)  # the query is at work, not only begun
    hang_up(connection, rudely=rudely)
    assert seconds_until(lambda: running(address) == 0) < PROMPT_S
    assert abandoned(address) > before


@pytest.mark.parametrize("form", ["csv", "geojson", "arrow"])
def test_hanging_up_in_the_middle_of_a_download_stops_it(address: str, form: str) -> None:
    before = abandoned(address)
    connection = asked(address, f"{MANY}/items", f=form, download="true")
    assert connection.recv(65_536).startswith(b"HTTP/1.1 200")
    assert running(address) == 1
    hang_up(connection)
    assert seconds_until(lambda: running(address) == 0) < PROMPT_S
    assert abandoned(address) == before + 1


def test_a_request_is_counted_as_closed_by_its_client(address: str) -> None:
    labels = {"route": "/collections/{dataset}/count", "status": "499"}
    before = metric(address, "interurban_http_requests_total", **labels)
    connection = asked(address, f"{MANY}/count", filter=SLOW)
    seconds_until(lambda: running(address) > 0)
    hang_up(connection)
    seconds_until(lambda: metric(address, "interurban_http_requests_total", **labels) == before + 1)


def test_a_question_that_waits_for_its_turn_is_never_begun(address: str) -> None:
    first = [asked(address, f"{MANY}/count", filter=SLOW) for _ in range(3)]
    seconds_until(lambda: running(address) == 3)
    queued = asked(address, f"{MANY}/count", filter=SLOW)
    time.sleep(0.1)
    hang_up(queued)
    for connection in first:
        hang_up(connection)
    seconds_until(lambda: running(address) == 0)
    time.sleep(0.1)
    assert running(address) == 0


def test_other_readers_are_not_touched_and_cursors_are_used_again(
    address: str, busy_node: Node
) -> None:
    wrong: list[object] = []
    done = threading.Event()
    asked_by_others = 0

    def read() -> None:
        nonlocal asked_by_others
        with httpx.Client(base_url=address, timeout=60) as client:
            number = 0
            while not done.is_set():
                number += 1
                answer = client.get(
                    f"{MANY}/count", params={"bbox": f"-87.7,41.8,-87.6,{41.8 + number / 1e5}"}
                )
                if answer.status_code != 200 or not answer.json()["count"]:
                    wrong.append(answer.text)
                asked_by_others += 1

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for number in range(25):
            connection = asked(address, f"{MANY}/count", filter=SLOW)
            time.sleep(0.02 * (number % 5))
            hang_up(connection, rudely=number % 2 == 0)
    finally:
        done.set()
        reader.join()
    assert wrong == []
    assert asked_by_others > 0
    seconds_until(lambda: running(address) == 0)
    assert httpx.get(f"{address}{MANY}/count").json()["count"] == ROWS


def test_what_takes_too_long_is_stopped_as_well(
    busy_node: Node, tmp_path: Path, serve: Serving
) -> None:
    with serve(busy_node, Settings(web_root=tmp_path, timeout_s=0.3)) as started:
        answer = httpx.get(f"{started}{MANY}/count", params={"filter": SLOW}, timeout=30)
        assert answer.status_code == 503
        assert seconds_until(lambda: running(started) == 0) < PROMPT_S
