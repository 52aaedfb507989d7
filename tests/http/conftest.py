"""Nodes that are served for the whole session: real data of both cities, and a city to project."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog
from tests.conftest import Once
from tests.serving import served

from interurban.catalog.loading import Origin
from interurban.catalog.loads import load
from interurban.catalog.node import Node
from interurban.http import Settings

DATASETS = (
    "chicago.crimes_2019_sample",  # points with times
    "chicago.libraries",  # few points, no key of their own
    "chicago.l_lines",  # lines
    "chicago.wards_2015",  # areas
    "london.boroughs",  # areas of the other city
    "london.schools",  # points with ids; some have no place, some values were blanked
    "london.population",  # no places at all
)

Serving = Callable[..., Any]


structlog.configure(
    processors=[structlog.processors.format_exc_info, structlog.processors.KeyValueRenderer()]
)


@pytest.fixture(scope="session")
def serve() -> Serving:
    """Start further servers with settings of their own."""
    return served


@pytest.fixture(scope="session")
def node(shared_data: Path, made_once: Once) -> Iterator[Node]:
    """A node that has loaded ``DATASETS`` from the mirror."""

    def make(folder: Path) -> None:
        with Node(folder) as opened:
            for dataset in DATASETS:
                load(opened, dataset, Origin(mirror=shared_data))

    with Node(made_once("http", make)) as opened:
        yield opened


@pytest.fixture(scope="session")
def server(node: Node, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of that node's server; the app is not built there."""
    empty = tmp_path_factory.mktemp("no-app")
    with served(node, Settings(web_root=empty)) as address:
        yield address


@pytest.fixture(scope="session")
def client(server: str) -> Iterator[httpx.Client]:
    """A client of that server."""
    with httpx.Client(base_url=server, timeout=60) as opened:
        yield opened


@pytest.fixture(scope="session")
def bristol(repository: Path, shared_data: Path, made_once: Once) -> Iterator[Node]:
    """A node with everything a projection of Bristol needs."""

    def make(folder: Path) -> None:
        shutil.copytree(repository / "tests/packs/bristol", folder / "packs/bristol")
        with Node(folder) as opened:
            for dataset in opened.datasets():
                if dataset.city == "bristol":
                    load(opened, dataset.id, Origin(mirror=shared_data))

    with Node(made_once("bristol", make)) as opened:
        yield opened


@pytest.fixture(scope="session")
def modelling(bristol: Node, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A client of that node's server."""
    settings = Settings(web_root=tmp_path_factory.mktemp("no-app"), timeout_s=120)
    with (
        served(bristol, settings) as address,
        httpx.Client(base_url=address, timeout=180) as opened,
    ):
        yield opened


def over(client: httpx.Client, run: str) -> dict[str, Any]:
    """A run, when it has come to its end."""
    end = time.monotonic() + 180
    while True:
        found: dict[str, Any] = client.get(f"/api/runs/{run}").json()
        if found["state"] in ("successful", "failed", "dismissed"):
            return found
        assert time.monotonic() < end, found
        time.sleep(0.1)


@pytest.fixture(scope="session")
def plan(modelling: httpx.Client) -> dict[str, Any]:
    """A projection of Bristol to 2017 that is done."""
    asked = {
        "model": "cohort_component",
        "city": "bristol",
        "title": "The plan",
        "parameters": {"last_year": 2017},
    }
    started = modelling.post("/api/runs", json=asked)
    assert started.status_code == 201, started.text
    return over(modelling, started.json()["id"])


@pytest.fixture(scope="session")
def other(modelling: httpx.Client, plan: dict[str, Any]) -> dict[str, Any]:
    """The same with another fertility, and with fewer people coming."""
    asked = {
        "model": "cohort_component",
        "city": "bristol",
        "title": "The plan",
        "parameters": {
            "last_year": 2017,
            "fertility_scenario": "high-2012",
            "domestic_in_multiplier": 0.9,
        },
    }
    started = modelling.post("/api/runs", json=asked)
    assert started.status_code == 201, started.text
    return over(modelling, started.json()["id"])
