"""What is found when data are loaded, told on the command line, and signed off there."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from interurban.catalog import after_load
from interurban.catalog.files import look_at
from interurban.catalog.loading import Origin
from interurban.catalog.loads import load, load_file
from interurban.catalog.node import Node
from interurban.cli import main
from interurban.core.errors import Refused
from interurban.core.query import Query
from interurban.policy.audit import opened
from interurban.policy.personal_data import blocked, read_report

CLAIMS = "chicago.claims"


@pytest.fixture
def claims(tmp_path: Path) -> Path:
    """A file of somebody's own with names in it."""
    file = tmp_path / "claims.csv"
    with file.open("w", newline="") as opened_:
        rows = csv.writer(opened_)
        rows.writerow(["surname", "email", "amount", "ward"])
        rows.writerows(
            [("Hopper", "Lovelace")[n % 2], f"ada.x{n}@gmail.com", n * 3.5, n % 50]
            for n in range(60)
        )
    return file


@pytest.fixture
def node(tmp_path: Path, claims: Path) -> Iterator[Node]:
    with Node(tmp_path / "home") as opened_:
        load_file(opened_, look_at(opened_, claims, CLAIMS))
        yield opened_


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["interurban", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


def test_a_file_of_ones_own_is_closed_until_signed_off_on_the_command_line(
    node: Node, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    home = node.home.root
    monkeypatch.setenv("INTERURBAN_HOME", str(home))
    monkeypatch.setenv("COLUMNS", "200")
    closed = blocked(home, CLAIMS)
    assert closed is not None
    assert {f.kind for f in closed.findings} == {"name", "e-mail address"}
    assert run(monkeypatch, "personal-data", "show", CLAIMS) == 0
    shown = capfd.readouterr().out
    assert "not open until signed off" in shown
    assert "Lovelace" not in shown
    with pytest.raises(Refused, match="looks like personal data"):
        node.count(Query(CLAIMS))
    assert run(monkeypatch, "personal-data", "scan", CLAIMS) == 0
    assert "not open until signed off" in capfd.readouterr().out
    assert run(monkeypatch, "personal-data", "sign-off", CLAIMS, "--reason", "x") == 1
    assert "needs its reason" in capfd.readouterr().err
    reason = "Names of judges, published by law."
    assert run(monkeypatch, "personal-data", "sign-off", CLAIMS, "--reason", reason) == 0
    assert blocked(home, CLAIMS) is None
    assert node.count(Query(CLAIMS)).count == 60
    assert run(monkeypatch, "personal-data", "show") == 0
    assert "signed off" in capfd.readouterr().out
    assert run(monkeypatch, "personal-data", "withdraw", CLAIMS) == 0
    assert "not open until signed off" in capfd.readouterr().out
    assert blocked(home, CLAIMS) is not None
    with opened(home) as log:
        kinds = [entry.said["kind"] for entry in log.entries(limit=4)][1:]
    assert kinds == ["personal-data", "personal-data", "snapshot"]


def test_loading_on_the_command_line_says_that_it_is_not_open(
    tmp_path: Path, claims: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    home = str(tmp_path / "another")
    assert run(monkeypatch, "load", str(claims), "--as", CLAIMS, "--yes", "--home", home) == 0
    assert "Not open: chicago.claims holds what looks like personal data" in capfd.readouterr().out


def test_a_scan_that_fails_keeps_it_closed_until_one_does_not(
    tmp_path: Path, claims: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise duckdb.IOException("the disk is gone")

    with Node(tmp_path / "home") as node:
        with monkeypatch.context() as broken:
            broken.setattr(after_load, "scan", fail)
            snapshot = load_file(node, look_at(node, claims, CLAIMS))
        closed = blocked(node.home.root, CLAIMS, snapshot.version)
        assert closed is not None
        assert "could not be looked at" in closed.reason
        load_file(node, look_at(node, claims, CLAIMS))
        report = read_report(node.home.root, CLAIMS)
        assert report is not None
        assert report.failed == ""


def test_real_published_data_load_open_and_without_a_false_word(
    tmp_path: Path, shared_data: Path
) -> None:
    """Phones of libraries, addresses of schools, ids of all sorts: nothing of persons."""
    datasets = (
        "chicago.libraries", "chicago.food_inspections_2020", "london.companies",
        "london.schools_2016",
    )  # fmt: skip
    with Node(tmp_path / "home") as node:
        for dataset in datasets:
            snapshot = load(node, dataset, Origin(mirror=shared_data))
            report = read_report(node.home.root, dataset)
            assert report is not None
            assert report.failed == ""
            assert report.version == snapshot.version
            assert report.warnings == (), dataset
            assert blocked(node.home.root, dataset, snapshot.version) is None
