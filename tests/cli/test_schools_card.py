"""`schools card`, `compare`, `layers` and `validate` on a terminal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.apps.schools.springfield import opened
from typer.testing import CliRunner, Result

from interurban.cli import app


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("springfield")
    opened(folder, faulty=True).close()
    packs = folder / "home" / "packs"
    packs.mkdir(exist_ok=True)
    (folder / "springfield").rename(packs / "springfield")
    return folder / "home"


def run(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["schools", *words, "--home", str(folder)])


def test_a_card_tells_what_is_hidden_in_words(folder: Path) -> None:
    found = run(folder, "card", "springfield", "S2")
    assert found.exit_code == 0, found.output
    assert "Beta School (S2)" in found.output
    assert "hidden" in found.output
    told = json.loads(run(folder, "card", "springfield", "S1", "--format", "json").stdout)
    assert told["measures"][0]["value"] == 40
    assert told["series"][0] == {"year": 2015, "pupils": 100}


def test_schools_stand_side_by_side(folder: Path) -> None:
    found = run(folder, "compare", "springfield", "S1", "S2", "S3")
    assert found.exit_code == 0, found.output
    for word in ("Alpha School", "Beta School", "40.0 %", "hidden", "not applicable"):
        assert word in found.output


def test_a_layer_with_mixed_codes_says_so(folder: Path) -> None:
    found = run(folder, "layers", "springfield", "score")
    assert found.exit_code == 0, found.output
    assert "codes are of several vintages" in found.output
    assert "Score" in run(folder, "layers", "springfield").output
    pair = run(folder, "layers", "springfield", "score", "--with", "score")
    assert "rank correlation is 1.00" in pair.output


def test_faults_end_with_status_1_where_they_must(folder: Path) -> None:
    found = run(folder, "validate", "springfield")
    assert found.exit_code == 0, found.output
    assert "/collections/springfield.zones/items/Z1" in found.output
    assert run(folder, "validate", "springfield", "--strict").exit_code == 1
