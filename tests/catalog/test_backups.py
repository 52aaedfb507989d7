"""The drill: a node is backed up while it is loaded into, destroyed, and is there again."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.workspace.conftest import MODULE, make_home
from tests.workspace.growth import population_csv

from interurban.accounts import Accounts
from interurban.catalog.backups import back_up, check, restore
from interurban.catalog.files import look_at
from interurban.catalog.loading import Origin
from interurban.catalog.loads import load, load_file
from interurban.catalog.node import Node
from interurban.catalog.policies import set_policy
from interurban.core.errors import BadRequest, NotFound, Refused, StoreError
from interurban.core.policy import Reader
from interurban.core.query import Query
from interurban.policy.audit import opened, verify
from interurban.policy.personal_data import findings
from interurban.policy.privacy import HEAD, MIGRATIONS, VERSION_TABLE, Ledger
from interurban.store.control import Records, Tables, file_in
from interurban.workspace import Catalogue, Workspace, export_run

ROOT = Path(__file__).parents[2]
GOOD = "correct-gondola-lattice-7-plum"
PEOPLE, ROUNDS, HOMES = "bristol.population", "bristol.rounds", "bristol.homes"
POLICY = """\
policy:
  rules:
    - permit: [aggregate]
      to: [anyone]
      because: Rows are for nobody.
"""
PATIENCE_S = 120


@dataclass(frozen=True)
class Drill:
    """What was there before the original was destroyed, and the backup.

    Parameters
    ----------
    rows: hash of the rows of every snapshot the original had in the end.
    before: the newest version of ``ROUNDS`` when the backup was begun.
    told: what the command said, as JSON.
    """

    archive: Path
    home: Path
    rows: dict[tuple[str, int], str]
    rejects: int
    run: str
    downloaded: bytes
    fingerprint: str
    before: int
    told: dict[str, Any]


def interurban(*arguments: str | Path, code: int = 0) -> subprocess.CompletedProcess[str]:
    """A command, as an operator gives it."""
    done = subprocess.run(
        [sys.executable, "-m", "interurban", *map(str, arguments)],
        capture_output=True, text=True, timeout=PATIENCE_S,
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    return done


def rows_of(node: Node, query: Query) -> bytes:
    """Rows in an order of their own."""
    batches = node.rows(query).batches
    return "\n".join(sorted(str(row) for b in batches for row in b.to_pylist())).encode()


def hashes(home: Path) -> dict[tuple[str, int], str]:
    """Dataset and version to the hash of its rows, of every snapshot."""
    found = {}
    with Node(home) as opened_node:
        node = opened_node.seen_by(Reader("drill"))
        for dataset in sorted(node.snapshots()):
            for snapshot in node.history(dataset):
                try:
                    said = rows_of(node, Query(dataset, as_of=snapshot.version))
                except Refused:
                    said = str(node.count(Query(dataset, as_of=snapshot.version))).encode()
                found[dataset, snapshot.version] = sha256(said).hexdigest()
    return found


@contextmanager
def loading(home: Path, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process loads all the time."""
    command = [sys.executable, "-m", "tests.catalog.loading_process", str(home), str(folder)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        yield process
        (folder / "stop").touch()
        assert process.wait(PATIENCE_S) == 0
    finally:
        process.kill()
        process.wait()


@contextmanager
def served(home: Path) -> Iterator[httpx.Client]:
    """The restored node, as an operator starts it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "interurban", "serve", "--port", "0", "--home", str(home)],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        env={**os.environ, "COLUMNS": "200"},
    )  # fmt: skip
    try:
        assert process.stdout is not None
        found = None
        while found is None:
            line = process.stdout.readline()
            assert line, "the server did not start"
            found = re.search(r"http://localhost:\d+", line)
        with httpx.Client(base_url=found[0], timeout=30) as client:
            end = time.monotonic() + PATIENCE_S
            while True:
                try:
                    client.get("/healthz")
                    break
                except httpx.TransportError:
                    assert time.monotonic() < end
                    time.sleep(0.05)
            yield client
    finally:
        process.terminate()
        process.wait(30)


@contextmanager
def ledger(home: Path) -> Iterator[Ledger]:
    """The budgets of differential privacy."""
    tables = Tables("The privacy ledger", MIGRATIONS, HEAD, VERSION_TABLE)
    with closing(Records(file_in(home), tables)) as records:
        yield Ledger(records)


def populate(home: Path) -> tuple[str, bytes]:
    """Data, rejects, a run, people, a policy, a sign-off and a budget; the run and its table."""
    homes = home.parent / "homes.csv"
    rows = (f"{n},ada.x{n}@gmail.com,-2.6,51.45" for n in range(60))
    homes.write_text("id,email,longitude,latitude\n" + "\n".join(rows) + "\n")
    with Node(home) as node:
        csv = home.parent / "mirror" / "population.csv"
        csv.write_text(csv.read_text() + "A,F,old,2014,1\n")  # a row that is rejected
        load(node, PEOPLE, Origin(home.parent / "mirror"))
        load_file(node, look_at(node, homes, HOMES))
        findings.sign_off(home, HOMES, "Made up for a drill.", "ann")
        set_policy(node, HOMES, POLICY, "policy.yaml")
        with Workspace(node, Catalogue((MODULE,))) as workspace:
            file = home.parent / "own population.csv"
            file.write_text(population_csv())
            run = workspace.start(
                "growth", "bristol", parameters={"last_year": 2015}, inputs={"population": file}
            )
            assert workspace.wait(run.id, PATIENCE_S).state == "successful"
            made = export_run(workspace, run.id, "csv", ["total"])
    with Accounts(home) as people:
        people.register.add(
            "ada", name="Ada", e_mail="ada@city.example", password=GOOD, administrator=True
        )
    with ledger(home) as kept:
        kept.grant(PEOPLE, "row", "ann", 1)
    return run.id, made


@pytest.fixture(scope="module")
def drill(tmp_path_factory: pytest.TempPathFactory) -> Drill:
    """A node is backed up in the middle of loads, and then deleted altogether."""
    folder = tmp_path_factory.mktemp("drill")
    home = make_home(folder)
    run, downloaded = populate(home)
    archive = folder / "elsewhere" / "node.tar"
    archive.parent.mkdir()
    with loading(home, folder) as loader:
        assert loader.stdout is not None
        before = int(loader.stdout.readline())
        said = interurban("backup", archive, "--home", home, "--json").stdout
        loader.stdout.readline()
        loader.stdout.readline()  # this one was begun after the backup
    rows = hashes(home)
    with Node(home) as node:
        rejects = len(node.rejects(PEOPLE))
    told = json.loads(said)
    shutil.rmtree(home)
    shutil.rmtree(folder / "mirror")
    return Drill(archive, home, rows, rejects, run, downloaded, told["node"], before, told)


@pytest.fixture(scope="module")
def back(drill: Drill) -> dict[str, Any]:
    """What restoring it into the old place said."""
    said = interurban("restore", drill.archive, "--home", drill.home, "--json").stdout
    return dict(json.loads(said))


@pytest.mark.usefixtures("back")
def test_every_snapshot_of_that_instant_has_its_rows(drill: Drill) -> None:
    restored = hashes(drill.home)
    assert restored.items() <= drill.rows.items()
    gone = {key for key in drill.rows if key not in restored}
    assert {dataset for dataset, _ in gone} <= {ROUNDS}, "more than later loads is missing"
    newest = max(version for dataset, version in restored if dataset == ROUNDS)
    assert newest >= drill.before
    assert all(version > newest for _, version in gone)
    assert gone, "nothing was loaded after the backup: the drill proves nothing"
    with Node(drill.home) as node:
        assert len(node.rejects(PEOPLE)) == drill.rejects == 1


def test_what_was_restored_was_verified_and_says_so(drill: Drill, back: dict[str, Any]) -> None:
    assert back["fingerprint"] == drill.fingerprint
    assert back["entries"] == drill.told["audit"]["size"]
    assert back["lake"]["datasets"] == back["lake"]["hashed"] >= 4
    assert verify(drill.home).ok
    with opened(drill.home) as log:
        newest = log.entries(limit=1)[0].said
        assert log.head(back["entries"]).root.hex() == drill.told["audit"]["root"]
    assert (newest["kind"], newest["what"]) == ("backup", "restored a backup")
    assert newest["facts"]["root"] == drill.told["audit"]["root"]


@pytest.mark.usefixtures("back")
def test_the_run_is_listed_and_can_be_downloaded(drill: Drill) -> None:
    with Node(drill.home) as node, Workspace(node, Catalogue((MODULE,))) as workspace:
        (run,) = workspace.runs()
        assert (run.id, run.state) == (drill.run, "successful")
        assert export_run(workspace, run.id, "csv", ["total"]) == drill.downloaded
        kept = workspace.folder.upload(run.inputs["population"].content_hash, "own population.csv")
        assert kept.read_text() == population_csv(), "the file that it read is missing"


@pytest.mark.usefixtures("back")
def test_it_is_served_to_the_same_people_under_the_same_rules(drill: Drill) -> None:
    with served(drill.home) as client:
        signed_in = client.post("/api/session", json={"name": "ada", "password": GOOD})
        assert signed_in.status_code == 200, signed_in.text
        assert signed_in.json()["account"]["id"] == "ada"
        assert client.get(f"/collections/{HOMES}/count").json()["count"] == 60
        assert client.get(f"/collections/{HOMES}/items").status_code == 403
        assert client.get(f"/collections/{PEOPLE}/items?limit=1").status_code == 200
    with ledger(drill.home) as kept:
        assert [(each.reader, each.remaining) for each in kept.accounts()] == [("ann", 1)]
    report = findings.read_report(drill.home, HOMES)
    assert report is not None
    assert not report.open_findings


@pytest.mark.usefixtures("back")
def test_only_its_owner_can_read_keys_and_backups(drill: Drill) -> None:
    assert drill.archive.stat().st_mode & 0o777 == 0o600
    keys = drill.home / "keys"
    assert keys.stat().st_mode & 0o777 == 0o700
    assert (keys / "node.pem").stat().st_mode & 0o777 == 0o600
    assert (drill.home / "workspace" / "control.sqlite").stat().st_mode & 0o777 == 0o600


def test_caches_are_not_in_it(drill: Drill) -> None:
    paths = {member.path for member in check(drill.archive).members}
    assert not [p for p in paths if p.startswith(("hot/", "scratch/", "locks/", "workspace/cache"))]
    assert any(p.startswith("workspace/uploads/") for p in paths)
    assert any(p.startswith("policies/") for p in paths)
    assert {"keys/node.pem", "workspace/control.sqlite", "audit/log.sqlite"} <= paths


def test_a_damaged_backup_restores_nothing(drill: Drill, tmp_path: Path) -> None:
    whole = drill.archive.read_bytes()
    chance = random.Random(20163)
    bad = tmp_path / "bad.tar"
    for place in chance.choices(range(len(whole)), k=20):
        flipped = bytearray(whole)
        flipped[place] ^= 0x10
        for content in (whole[:place], bytes(flipped)):
            bad.write_bytes(content)
            with pytest.raises(StoreError, match=r"cut short|altered|no backup"):
                restore(bad, tmp_path / "home")
            assert list(tmp_path.iterdir()) == [bad]


def test_a_home_is_not_replaced_by_mistake(drill: Drill, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "something").touch()
    with pytest.raises(BadRequest, match="something in"):
        restore(drill.archive, home)
    with pytest.raises(StoreError):
        restore(Path(__file__), home, replace=True)
    assert [path.name for path in tmp_path.rglob("*")] == ["home", "something"]
    restore(drill.archive, home, replace=True)
    assert not (home / "something").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["home"]


def test_a_node_that_runs_is_not_replaced(drill: Drill, tmp_path: Path) -> None:
    home = tmp_path / "home"
    with Node(home), pytest.raises(BadRequest, match=rf"in use by process {os.getpid()}"):
        restore(drill.archive, home, replace=True)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with one table of a thousand rows, and its file beside it."""
    folder = tmp_path_factory.mktemp("small")
    rows = (f"{n},{random.random()},41.8,-87.6" for n in range(1_000))
    (folder / "trees.csv").write_text("id,height,lat,lon\n" + "\n".join(rows) + "\n")
    with Node(folder / "home") as node:
        load_file(node, look_at(node, folder / "trees.csv", "chicago.trees"))
    return folder


@pytest.fixture
def small(loaded: Path, tmp_path: Path) -> Path:
    """The same, for one test to change."""
    shutil.copy(loaded / "trees.csv", tmp_path)
    shutil.copytree(loaded / "home", tmp_path / "home", ignore=shutil.ignore_patterns("scratch"))
    return tmp_path / "home"


def test_without_its_keys_it_is_another_node(small: Path, tmp_path: Path) -> None:
    archive, other = tmp_path / "b.tar", tmp_path / "other"
    back_up(small, archive, keys=False)
    assert not [m for m in check(archive).members if m.path.startswith("keys/")]
    restored = restore(archive, other)
    with opened(small) as log:
        before = log.head().node
    with opened(other) as log:
        assert log.head().node == restored.fingerprint != before
        assert log.entries(limit=1)[0].said["facts"]["node"] == before
    assert (other / "audit" / f"log-of-{before}.sqlite").exists()
    with Node(other) as node:
        assert node.count(Query("chicago.trees")).count == 1_000
        load_file(node, look_at(node, tmp_path / "trees.csv", "chicago.more"))
    assert verify(other).ok
    assert back_up(other, tmp_path / "c.tar").manifest.facts["audit"]["node"] != before


def test_a_full_disk_leaves_nothing(small: Path, tmp_path: Path) -> None:
    """No file can grow past 20 KB: while it is written, and while it is restored."""
    whole = tmp_path / "whole.tar"
    back_up(small, whole)
    aside = tmp_path / "aside"
    aside.mkdir()
    code = (
        "import resource, signal, sys; from interurban.cli import main;"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000));"
        "sys.argv[0] = 'interurban'; main()"
    )
    for arguments in (
        ("backup", aside / "b.tar", "--home", small),
        ("restore", whole, "--home", aside / "home"),
    ):
        done = subprocess.run(
            [sys.executable, "-c", code, *map(str, arguments)], capture_output=True, text=True
        )
        assert done.returncode == 1, done.stdout
        assert "can't be" in done.stderr
        assert "Traceback" not in done.stderr
        assert list(aside.iterdir()) == []


def test_a_killed_backup_leaves_nothing_that_looks_whole(small: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    code = (
        "import os, sys; from pathlib import Path; from interurban.catalog.backups import back_up;"
        "back_up(Path(sys.argv[1]), Path(sys.argv[2]), advance=lambda *_: os.kill(os.getpid(), 9))"
    )
    target = elsewhere / "b.tar"
    killed = subprocess.run([sys.executable, "-c", code, str(small), str(target)])
    assert killed.returncode == -9
    (half,) = elsewhere.iterdir()
    assert half.name.endswith(".half")
    with pytest.raises(StoreError):
        check(half)
    back_up(small, target)
    assert list(elsewhere.iterdir()) == [target], "what the killed one left is not swept"


def test_an_upkeep_in_the_middle_takes_nothing_away(small: Path, tmp_path: Path) -> None:
    file = tmp_path / "trees.csv"
    with Node(small) as node:
        first = node.snapshot("chicago.trees").version
        file.write_text("id,height,lat,lon\n1,2.5,41.8,-87.6\n")
        load_file(node, look_at(node, file, "chicago.trees"))
    forgotten = []

    def forget(*_: int) -> None:
        if not forgotten:
            forgotten.append(interurban("gc", "--keep", "1", "--home", small).stdout)

    back_up(small, tmp_path / "b.tar", advance=forget)
    assert "1 version forgotten, 1 file deleted" in forgotten[0]
    restore(tmp_path / "b.tar", tmp_path / "other")
    with Node(tmp_path / "other") as node:
        assert node.count(Query("chicago.trees", as_of=first)).count == 1_000


def test_it_waits_for_who_writes_and_gives_up_with_a_sentence(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("interurban.store.backup._PATIENCE_S", 0.0)
    monkeypatch.setattr("interurban.store.backup._ONE_WAIT_S", 0.01)
    with closing(sqlite3.connect(small / "audit" / "log.sqlite")) as writer:
        writer.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="writing"):
            back_up(small, tmp_path / "b.tar")
    assert back_up(small, tmp_path / "b.tar").manifest.facts["audit"]["size"] == 1


def test_what_can_not_be_backed_up_is_said(small: Path, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no data folder"):
        back_up(tmp_path / "nowhere", tmp_path / "b.tar")
    with pytest.raises(BadRequest, match="lost with it"):
        back_up(small, small / "b.tar")
    with pytest.raises(BadRequest, match="no folder"):
        back_up(small, tmp_path / "not there" / "b.tar")
    made = back_up(small, tmp_path)
    assert re.fullmatch(r"interurban-.*Z\.tar", made.file.name)
    with pytest.raises(BadRequest, match="there already"):
        back_up(small, made.file)
    (small / "packs" / "elsewhere").symlink_to(tmp_path)
    assert back_up(small, tmp_path / "a.tar").links == ("packs/elsewhere",)
    next((small / "data").rglob("*.parquet")).unlink()
    with pytest.raises(StoreError, match="damaged"):
        back_up(small, tmp_path / "b.tar")
