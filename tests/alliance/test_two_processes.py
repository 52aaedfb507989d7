"""Chicago and London as two processes: in step by themselves, killed, back, and frozen."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from interurban.alliance import tables
from interurban.alliance.messages import seal
from interurban.alliance.opened import Alliance
from interurban.alliance.pairing import accept, ask_to_pair, fetch_card, own_card
from interurban.alliance.syncing import sync
from interurban.catalog.loading import Origin
from interurban.catalog.loads import load
from interurban.catalog.node import Node
from interurban.policy.audit import node_key

pytestmark = pytest.mark.slow

ZONE, LIBRARIES = "london.congestion_charge_zone", "chicago.libraries"
ZONE_FILE = Path("core/london/zone_congestion_charge.geojson")
PATIENCE_S = 60
IN_STEP_S = 5.0
"""How long a change may take until the partner knows it."""


@dataclass
class Served:
    """A node in a process of its own."""

    title: str
    home: Path
    port: int = 0
    process: subprocess.Popen[bytes] | None = None
    client: httpx.Client = field(default_factory=lambda: httpx.Client(trust_env=False))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.home / "serve.log"

    def begin(self) -> None:
        own = {"INTERURBAN_HOME": str(self.home), "INTERURBAN_TITLE": self.title}
        with self.log.open("wb") as target:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "interurban", "serve", "--quiet", "--port", str(self.port)],
                env={**os.environ, **own, "COLUMNS": "200"},
                stdin=subprocess.DEVNULL,
                stdout=target,
                stderr=subprocess.STDOUT,
            )

    def wait(self) -> None:
        found = self.until(lambda: re.search(r"http://localhost:(\d+)", self.log.read_text()))
        self.port = int(found[1])
        self.until(lambda: self.answers("/healthz"))

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        assert self.process is not None
        self.process.send_signal(how)
        self.process.wait(30)

    def answers(self, path: str) -> bool:
        try:
            return self.client.get(self.url + path).status_code == 200
        except httpx.HTTPError:
            return False

    def get(self, path: str) -> Any:
        answer = self.client.get(self.url + path, timeout=30)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def peer(self) -> dict[str, Any]:
        """Its one partner."""
        (found,) = self.get("/api/alliance")["peers"]
        return dict(found)

    def dataset(self, name: str) -> dict[str, Any]:
        found = {each["id"]: each for each in self.get("/api/datasets")["datasets"]}
        return found.get(name, {"version": None, "rows": None})

    def until(self, true: Callable[[], Any]) -> Any:
        """What becomes true, when it does."""
        end = time.monotonic() + PATIENCE_S
        while not (found := true()):
            assert self.process is not None
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < end, "it never came true"
            time.sleep(0.05)
        return found


@dataclass(frozen=True)
class Two:
    chicago: Served
    london: Served
    mirror: Path


@pytest.fixture(scope="module")
def two(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Two]:
    """Both nodes, served, with a dataset each, and paired by their commands."""
    folder = tmp_path_factory.mktemp("alliance")
    mirror = folder / "mirror"
    (mirror / ZONE_FILE).parent.mkdir(parents=True)
    shutil.copy(shared_data / ZONE_FILE, mirror / ZONE_FILE)
    chicago = Served("Chicago", folder / "chicago")
    london = Served("London Datastore", folder / "london")
    for served, dataset, source in ((chicago, LIBRARIES, shared_data), (london, ZONE, mirror)):
        with Node(served.home) as node:
            load(node, dataset, Origin(mirror=source))
        served.begin()
    chicago.wait()
    london.wait()
    with Alliance(chicago.home) as here, Alliance(london.home) as there, Node(chicago.home) as node:
        card = fetch_card(here, london.url, there.key.fingerprint)
        ask_to_pair(here, card, own_card(here, node, title="Chicago", url=chicago.url))
        assert accept(there, there.peers.get("chicago")).is_paired
    try:
        yield Two(chicago, london, mirror)
    finally:
        for served in (chicago, london):
            if served.process is not None and served.process.poll() is None:
                served.stop()


def test_each_finds_what_the_other_has(two: Two) -> None:
    found = two.chicago.until(lambda: two.chicago.dataset(ZONE)["rows"])
    assert found == two.london.dataset(ZONE)["rows"]
    two.london.until(lambda: two.london.dataset(LIBRARIES)["rows"])
    assert two.chicago.peer()["cities"] == ["london"]
    assert two.chicago.peer()["answers"]


def test_each_countersigns_the_log_of_the_other_and_then_both_rest(two: Two) -> None:
    def signed() -> Any:
        ours, theirs = two.chicago.peer(), two.london.peer()
        both = ours["witnessed"] and ours["countersigned"]
        # What one has signed is what the other keeps the signature under.
        return both and ours["witnessed"] == theirs["countersigned"] and ours

    two.chicago.until(signed)
    size = two.chicago.get("/api/audit/head")["size"]
    assert two.chicago.get(f"/api/audit/head?size={size}")["node"]
    before = [two.chicago.peer()["witnessed"], two.london.peer()["witnessed"]]
    for served in (two.chicago, two.london):
        with Alliance(served.home) as alliance:
            sync(alliance, alliance.peers.all()[0])
    assert [two.chicago.peer()["witnessed"], two.london.peer()["witnessed"]] == before


def test_a_new_version_there_is_known_here_in_seconds(two: Two) -> None:
    file = two.mirror / ZONE_FILE
    features = json.loads(file.read_text())
    features["features"] = features["features"][:-1]
    file.write_text(json.dumps(features))
    with Node(two.london.home) as node:
        loaded = load(node, ZONE, Origin(mirror=two.mirror))
    two.chicago.until(lambda: two.chicago.dataset(ZONE)["version"] == loaded.version)
    took_s = (datetime.now(UTC) - loaded.committed_at).total_seconds()
    print(f"in step after {took_s:.1f} s")
    assert two.chicago.dataset(ZONE)["rows"] == loaded.rows
    assert took_s < IN_STEP_S


def test_a_message_that_is_too_long_is_refused_before_it_is_read(two: Two) -> None:
    answer = two.london.client.post(
        f"{two.london.url}/alliance/hello",
        content=b'{"statement": "' + b"x" * (1 << 20) + b'"}',
        headers={"Content-Type": "application/json"},
    )
    assert answer.status_code == 413


def test_a_stranger_is_refused_in_words_and_recorded(two: Two, tmp_path: Path) -> None:
    key = node_key(tmp_path)
    own = two.london.get("/api/alliance")["node"]["fingerprint"]
    answer = two.london.client.post(
        f"{two.london.url}/alliance/feed", json=seal(key, "feed", own, {"since": 0}).document()
    )
    assert answer.status_code == 403
    assert answer.headers["content-type"] == "application/problem+json"
    assert "is no partner" in answer.json()["detail"]
    entries = two.london.get("/api/audit/entries?kind=peer")["entries"]
    assert "refused a message" in {entry["what"] for entry in entries}


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"statement": 1}', b"\xff"])
def test_what_is_no_message_is_refused(two: Two, body: bytes) -> None:
    answer = two.london.client.post(
        f"{two.london.url}/alliance/hello",
        content=body,
        headers={"Content-Type": "application/json"},
    )
    assert answer.status_code == 400


def test_only_administrators_change_anything(two: Two) -> None:
    post = two.chicago.client.post
    for path, body in (
        ("/api/alliance/peers", {"url": two.london.url}),
        ("/api/alliance/peers/london-datastore", {"do": "remove"}),
    ):
        assert post(two.chicago.url + path, json=body).status_code == 401
    found = two.chicago.client.get(f"{two.chicago.url}/api/alliance/card?url={two.london.url}")
    assert found.status_code == 401


def test_a_partner_that_was_killed_holds_nobody_up_and_comes_back(two: Two) -> None:
    two.london.stop(signal.SIGKILL)
    two.chicago.until(lambda: two.chicago.peer()["failure"])
    assert not two.chicago.peer()["answers"]
    began = time.monotonic()
    assert two.chicago.dataset(LIBRARIES)["rows"]
    assert two.chicago.dataset(ZONE)["rows"]
    assert time.monotonic() - began < 2
    two.london.begin()
    two.london.wait()
    two.chicago.until(lambda: two.chicago.peer()["answers"])


def test_a_feed_of_another_history_freezes_the_partner_until_somebody_has_looked(two: Two) -> None:
    # As when London's records were brought back from an older copy, and it went on from there.
    with Alliance(two.london.home) as london, london.records.writing() as connection:
        connection.execute(sa.delete(tables.feed))
    two.chicago.until(lambda: two.chicago.peer()["standing"] == "frozen")
    assert "and this node has taken" in two.chicago.peer()["reason"]
    with Alliance(two.chicago.home) as chicago:
        chicago.peers.resume("london-datastore")
    two.chicago.until(lambda: two.chicago.peer()["answers"])
    assert two.chicago.until(lambda: two.chicago.dataset(ZONE)["rows"])
