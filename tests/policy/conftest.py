"""A dataset of people who do not exist, in Chicago, and a node on which any policy can be set."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from interurban.catalog.files import look_at
from interurban.catalog.loads import load, load_file
from interurban.catalog.node import Node
from interurban.core.policy import ACTIONS, Action, Obligation, Policy, Rule
from interurban.policy.door import Door

PEOPLE = "chicago.people"
ROWS = 3_000

_BEGIN = datetime(2024, 1, 1)  # noqa: DTZ001 - on the clocks of the city, as files have it


@dataclass(frozen=True)
class Person:
    """A row of the file: ``shown`` is what policies of these tests choose rows by."""

    id: str
    name: str
    kind: str
    shown: str
    seen_at: datetime
    cost: float
    age: int
    ward: str
    lon: float
    lat: float


def people() -> list[Person]:
    """The same each time; a tenth of them hidden, each with a name of its own."""
    rng = np.random.default_rng(11)
    found = []
    for number in range(ROWS):
        hidden = number % 10 == 0
        ward = int(rng.integers(1, 12)) if number % 97 else 99
        found.append(
            Person(
                id=f"P{number:05}",
                name=f"{'Zquix' if hidden else 'Anon'}-{number:05}",
                kind=str(rng.choice(["call", "visit", "letter"], p=[0.7, 0.28, 0.02])),
                shown="kept" if hidden else "public",
                seen_at=_BEGIN + timedelta(minutes=int(rng.integers(0, 500_000))),
                cost=round(float(rng.gamma(2, 100)) + (100_000 if hidden else 0), 2),
                age=int(rng.integers(0, 105)),
                ward=f"W{ward}",
                lon=round(-87.7 + 0.01 * (ward % 12) + float(rng.normal(0, 0.01)), 6),
                lat=round(41.8 + 0.01 * (ward % 12) + float(rng.normal(0, 0.01)), 6),
            )
        )
    return found


@pytest.fixture(scope="session")
def everyone() -> list[Person]:
    return people()


@pytest.fixture(scope="session")
def people_home(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> Path:
    """A data folder with them, and with the community areas of Chicago."""
    return load_people(tmp_path_factory.mktemp("people"), shared_data)


def load_people(folder: Path, shared_data: Path) -> Path:
    """Load them, and the community areas of Chicago, into a data folder inside a folder."""
    from interurban.catalog.loading import Origin

    file = folder / "people.csv"
    with file.open("w", newline="") as lines:
        writer = csv.writer(lines)
        writer.writerow(Person.__dataclass_fields__)
        for one in people():
            writer.writerow([getattr(one, name) for name in Person.__dataclass_fields__])
    with Node(folder / "home") as node:
        load_file(node, look_at(node, file, PEOPLE))
        load(node, "chicago.community_areas", Origin(mirror=shared_data))
    return folder / "home"


Set = Callable[..., Node]


@pytest.fixture(scope="session")
def people_node(people_home: Path) -> Iterator[Node]:
    with Node(people_home) as node:
        yield node


@pytest.fixture
def under(people_node: Node) -> Iterator[Set]:
    """The node under a policy for everybody: ``under(CoarsePlace(200.0), actions=("read",))``."""
    before = people_node._door

    def set_policy(*obligations: Obligation, actions: tuple[Action, ...] = ACTIONS) -> Node:
        policy = Policy((Rule("test", "permit", actions, obligations=obligations),))
        people_node._door = Door(
            lambda dataset: policy if dataset == PEOPLE else before.policy_of(dataset)
        )
        return people_node

    yield set_policy
    people_node._door = before
