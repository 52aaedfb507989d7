"""The audit log on the command line: what loads and upkeep did, and whether all of it holds."""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from interurban.catalog.after_load import record_snapshots
from interurban.catalog.loading import Origin
from interurban.catalog.loads import load
from interurban.catalog.node import Node
from interurban.cli import main
from interurban.policy.audit import log_path, opened

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> Path:
    """A data folder with one dataset, loaded twice."""
    folder = tmp_path_factory.mktemp("audited") / "home"
    with Node(folder) as node:
        for _ in range(2):
            load(node, "chicago.libraries", Origin(mirror=shared_data))
    return folder


@pytest.fixture
def run(home: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("INTERURBAN_HOME", str(home))

    def called(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["interurban", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capfd.readouterr()
        return int(ended.value.code or 0), out, err

    return called


def test_a_load_is_recorded_once_with_its_version(home: Path, run: Run) -> None:
    code, out, _ = run("audit", "log", "--dataset", "chicago.libraries", "--json")
    assert code == 0
    (entry,) = json.loads(out)
    with Node(home) as node:
        snapshot = node.snapshot("chicago.libraries")
    assert entry["facts"]["version"] == snapshot.version
    assert entry["facts"]["content"] == snapshot.content_hash
    assert entry["kept"]["who"].startswith("local")


def test_a_version_whose_process_was_killed_before_its_entry_is_recorded_by_the_next(
    home: Path, tmp_path: Path
) -> None:
    with Node(home) as node:
        snapshot = node.snapshot("chicago.libraries")
        other = type(node.home)(tmp_path)
    record_snapshots(other, snapshot, snapshot)
    record_snapshots(other, snapshot)
    with opened(tmp_path) as log:
        assert [e.said["facts"]["version"] for e in log.entries(limit=9)] == [snapshot.version]


def test_upkeep_is_recorded(run: Run) -> None:
    assert run("gc", "--keep", "3")[0] == 0
    assert run("compact")[0] == 0
    _, out, _ = run("audit", "log", "--kind", "upkeep")
    assert "forgot old versions" in out
    assert "joined files" in out


def test_everything_holds_and_goes_on_from_a_head_that_was_kept(run: Run, tmp_path: Path) -> None:
    code, out, _ = run("audit", "head", "--json")
    assert code == 0
    kept = tmp_path / "head.json"
    kept.write_text(out)
    run("compact")
    code, out, _ = run("audit", "verify", "--since", str(kept))
    assert code == 0
    assert out.endswith("Everything holds.\n")
    kept.write_text("{}")
    code, _, err = run("audit", "verify", "--since", str(kept))
    assert code == 1
    assert "not a signed head" in err


def test_a_proof_is_shown_and_written(run: Run) -> None:
    code, out, _ = run("audit", "proof", "1")
    assert code == 0
    assert "chicago.libraries" in out
    proof = json.loads(run("audit", "proof", "1", "--json")[1])
    assert proof["leaf_index"] == 0
    code, _, err = run("audit", "proof", "999")
    assert code == 1
    assert "The log has no entry 999" in err


def test_who_is_behind_an_entry_can_be_erased(home: Path, run: Run) -> None:
    code, out, _ = run("audit", "erase", "1")
    assert code == 0
    assert "Nothing is kept beside entry 1" in out
    with opened(home) as log:
        assert log.particulars(1) == []
    assert run("audit", "verify")[0] == 0


def test_a_changed_entry_is_named(home: Path, run: Run) -> None:
    connection = sqlite3.connect(log_path(home))
    connection.execute("DROP TRIGGER entries_no_update")
    connection.execute(
        "UPDATE entries SET entry = replace(entry, '\"stored\"', '\"stoled\"') WHERE number = 1"
    )
    connection.commit()
    connection.close()
    code, out, _ = run("audit", "verify")
    assert code == 1
    assert "Entry 1: what it says and its hash do not belong together." in out


def test_without_a_log_it_is_said(run: Run, tmp_path: Path) -> None:
    code, _, err = run("audit", "head", "--home", str(tmp_path))
    assert code == 1
    assert "There is no audit log here" in err
