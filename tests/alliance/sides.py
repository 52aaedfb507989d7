"""Chicago and London as two data folders that are paired, and messages handed over directly."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from interurban.alliance.agreements import Agreements, By, Datasets
from interurban.alliance.messages import Answer, Message, seal, unseal
from interurban.alliance.peers import Peers
from interurban.alliance.tables import TABLES, outbox
from interurban.catalog.node import Node
from interurban.core.alliance import Agreement, Assessment, Peer, Terms
from interurban.core.errors import PeerDown
from interurban.core.policy import OnlyAggregates, Without
from interurban.policy.audit import NodeKey, node_key, opened
from interurban.store.control import Records, file_in

BEGIN = datetime(2026, 12, 1, tzinfo=UTC)
END = datetime(2027, 12, 1, tzinfo=UTC)
ANN = By("Ann Avery", "Chief Data Officer of Chicago", "ann")
LEE = By("Lee Okafor", "Head of the London Datastore", "lee")
DATASET = "chicago.food_inspections"
COUNTED = OnlyAggregates(("result",), 5)

ASSESSED = Assessment(
    description="Names of inspected kitchens, with what was found.",
    necessity="Counts would not show which kitchens fail again.",
    risks="A sole trader could be recognised.",
    measures="Addresses are left out; only the food safety teams read.",
    residual="low",
    by="Ann Avery",
    at=datetime(2026, 11, 1, tzinfo=UTC),
)


def terms(**changes: Any) -> Terms:
    """What London asks of Chicago, unless a test changes it."""
    asked = Terms(
        title="Food inspections for joint research",
        datasets=(DATASET,),
        actions=("read", "aggregate"),
        purpose="dpv:PublicBenefit",
        why="To learn from each other which kitchens to visit first.",
        legal_basis="dpv:PublicInterest",
        law="Municipal Code of Chicago 2-36",
        starts=BEGIN,
        ends=END,
        obligations=(Without(("address",)),),
        readers=("group:food-safety",),
        contacts=("data@chicago.example", "data@london.example"),
    )
    return replace(asked, **changes)


class Clock:
    """The time of a node, as the test sets it."""

    def __init__(self, at: datetime = BEGIN - timedelta(days=20)) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **span: float) -> None:
        """Let time pass."""
        self.at += timedelta(**span)


@dataclass
class Side:
    """One node: its folder, its tables, its agreements, and its clock."""

    title: str
    home: Path
    clock: Clock
    records: Records
    agreements: Agreements
    key: NodeKey
    partner: Peer = field(init=False)
    other: Side = field(init=False)
    is_down: bool = False

    def ask(self, peer: Peer, kind: str, body: Mapping[str, Any]) -> Message:
        """Put a question to the other side, as calls between nodes do."""
        assert peer.fingerprint == self.other.key.fingerprint
        if self.other.is_down:
            raise PeerDown(f"{self.other.title} did not answer.", peer=peer.id)
        return self.hand_over(kind, body)

    def hand_over(self, kind: str, body: Mapping[str, Any]) -> Message:
        """Let the other side answer a message of this one."""
        asked = seal(self.key, kind, self.other.key.fingerprint, body, now=self.clock())
        message = unseal(
            asked,
            kind=kind,
            own=self.other.key.fingerprint,
            public=self.key.public,
            now=self.other.clock(),
        )
        answer: Answer = self.other.agreements.handle(self.other.partner, message)
        sealed = seal(
            self.other.key, kind, self.key.fingerprint, answer.body, answers=message.id,
            now=self.other.clock(),
        )  # fmt: skip
        return unseal(
            sealed, kind=kind, own=self.key.fingerprint, public=self.other.key.public,
            answers=message.id, now=self.clock(),
        )  # fmt: skip

    def waiting(self) -> list[dict[str, Any]]:
        """Bodies of what waits for the other side."""
        with self.records.reading() as connection:
            chosen = sa.select(outbox.c.body).order_by(outbox.c.made_at)
            return list(connection.scalars(chosen))

    def recorded(self) -> list[dict[str, Any]]:
        """What the audit log says of agreements, oldest first."""
        with opened(self.home) as log:
            found = log.entries(limit=1_000, kind="agreement")
        return [dict(entry.said) for entry in reversed(found)]


@dataclass
class Pair:
    """Chicago, which provides, and London, which asks."""

    chicago: Side
    london: Side
    datasets: Datasets

    def sync(self) -> None:
        """Let both sides tell what waits, until nothing does."""
        while self.london.agreements.send_waiting(self.london) + (
            self.chicago.agreements.send_waiting(self.chicago)
        ):
            pass

    def forward(self, **span: float) -> None:
        """Let time pass on both sides."""
        self.chicago.clock.forward(**span)
        self.london.clock.forward(**span)

    def to(self, state: str, asked: Terms | None = None) -> Agreement:
        """An agreement at London that has come to a state, and everything told."""
        chicago, london = self.chicago.agreements, self.london.agreements
        made = london.request("chicago", asked or terms(), LEE).id
        ways = {
            "OFFERED": lambda: chicago.offer(made, ANN, self.datasets),
            "ACCEPTED": lambda: london.accept(made, LEE),
            "AGREED": lambda: chicago.agree(made, ANN, self.datasets),
            "FINALIZED": lambda: london.verify(made, LEE),
        }
        self.sync()
        for reached, way in ways.items():
            if london.get(made).state == state:
                break
            way()
            self.sync()
            assert london.get(made).state == reached
        return london.get(made)


def side(home: Path, title: str, clock: Clock | None = None) -> Side:
    """A node in a folder of its own."""
    clock = clock or Clock()
    records = Records(file_in(home), TABLES)
    return Side(title, home, clock, records, Agreements(records, home, clock), node_key(home))


def paired(one: Side, two: Side) -> None:
    """Let two nodes be partners."""
    for here, there in ((one, two), (two, one)):
        peers = Peers(here.home, lambda found=here.records: found, lambda: True)  # type: ignore[misc]
        here.other = there
        here.partner = peers.add(
            title=there.title,
            url=f"http://{there.title.lower()}.example",
            public=there.key.public,
            standing="paired",
            wanted=there.title.lower(),
        )


def two_sides(folder: Path, node: Node) -> Pair:
    """Chicago and London, paired."""
    chicago, london = side(folder / "chicago", "Chicago"), side(folder / "london", "London")
    paired(chicago, london)
    return Pair(chicago, london, Datasets(node))


def copied(pair: Pair, folder: Path) -> Pair:
    """The same two nodes, keys included, in folders of their own."""
    sides = []
    for one in (pair.chicago, pair.london):
        home = folder / one.home.name
        shutil.copytree(one.home, home)
        made = side(home, one.title)
        made.partner = one.partner
        sides.append(made)
    chicago, london = sides
    chicago.other, london.other = london, chicago
    return Pair(chicago, london, pair.datasets)
