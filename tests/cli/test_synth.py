"""Synthetic cities are made, loaded, and called SYNTHETIC wherever they are seen."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from interurban.cli import plan
from interurban.cli.options import open_node
from interurban.cli.progress import bars
from interurban.cli.synth import to_rows
from interurban.core.errors import BadRequest

from .conftest import Run

SMALL = ("chicago.crimes", "chicago.wards_2023", "chicago.water")


@pytest.fixture(scope="module")
def synthetic_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder into which a small synthetic city was made and loaded."""
    folder = tmp_path_factory.mktemp("synthetic")
    home = tmp_path_factory.mktemp("home")
    only = [part for name in SMALL for part in ("--dataset", name)]
    for arguments in (
        ["synth", "--city", "chicago", "--rows", "2k", "--out", str(folder), *only],
        ["load", *SMALL, "--mirror", str(folder)],
    ):
        subprocess.run(
            [sys.executable, "-m", "interurban", *arguments],
            env={**os.environ, "INTERURBAN_HOME": str(home)},
            check=True,
            capture_output=True,
        )
    return home


@pytest.mark.parametrize(
    ("text", "rows"),
    [("10k", 10_000), ("1.5M", 1_500_000), ("1B", 10**9), ("2,000", 2_000), ("7", 7)],
)
def test_a_size_is_read_as_people_write_it(text: str, rows: int) -> None:
    assert to_rows(text) == rows


@pytest.mark.parametrize("text", ["", "many", "10 kg", "-5"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(BadRequest, match="10k"):
        to_rows(text)


@pytest.mark.slow
def test_up_makes_the_demonstration_city_too_where_no_portal_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan, "_portals_answer", lambda _: False)
    monkeypatch.setattr(plan, "SYNTHETIC_ROWS", 1_000)
    with bars() as shown, open_node(tmp_path) as node:
        made = plan.make_plan(node, plan.Wanted(None, None, None), shown)
    assert made.mirror == tmp_path / "synthetic"
    assert {each.city for each in made.datasets} == {"chicago", "london", "sampleton"}


def test_every_row_made_is_loaded_and_none_is_left_out(
    interurban: Run, synthetic_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INTERURBAN_HOME", str(synthetic_home))
    listed = {each["id"]: each for each in json.loads(interurban("datasets", "--json").out)}
    assert listed["chicago.crimes"]["rows"] == 2_000
    assert listed["chicago.crimes"]["left_out"] == 0
    assert listed["chicago.crimes"]["blanked"] == 0
    assert listed["chicago.crimes"]["placed"] == 2_000


def test_the_terminal_says_synthetic(
    interurban: Run, synthetic_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INTERURBAN_HOME", str(synthetic_home))
    assert "SYNTHETIC" in interurban("datasets", "--loaded").out
    assert "SYNTHETIC" in interurban("show", "chicago.crimes").out
    assert "SYNTHETIC" in interurban("query", "chicago.crimes").err


def test_no_publisher_is_named_for_what_nobody_published(synthetic_home: Path) -> None:
    with open_node(synthetic_home) as node:
        made, real = node.dataset("chicago.crimes"), node.dataset("chicago.libraries")
        assert made.title == "Crimes (SYNTHETIC)"
        assert "SYNTHETIC" in made.attribution
        assert "Chicago" not in made.publisher + made.attribution
        assert "SYNTHETIC" not in real.title + real.attribution
        assert made in node.datasets()


def test_the_search_line_finds_it_by_its_usual_name(synthetic_home: Path) -> None:
    with open_node(synthetic_home) as node:
        assert [query.dataset for query in node.phrase("crimes").queries] == ["chicago.crimes"]


def test_an_export_says_synthetic(
    interurban: Run, synthetic_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INTERURBAN_HOME", str(synthetic_home))
    file = tmp_path / "crimes.geojson"
    done = interurban("export", "chicago.crimes", str(file))
    assert "SYNTHETIC" in done.err
    assert json.loads(file.read_text())["source"]["synthetic"] is True


def test_a_city_nobody_knows_is_said(interurban: Run, tmp_path: Path) -> None:
    done = interurban(
        "synth", "--city", "atlantis", "--out", str(tmp_path), "--home", str(tmp_path)
    )
    assert done.code == 1
    assert "atlantis" in done.err
