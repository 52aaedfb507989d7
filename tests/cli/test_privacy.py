"""`interurban dp`: nothing without a budget, an answer with its band, and a ledger."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from .conftest import Run

pytest.importorskip("opendp", reason="needs interurban[dp]")

LIBRARIES = "chicago.libraries"


@pytest.fixture
def own_home(loaded_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder whose ledger no other test writes."""
    home = tmp_path / "home"
    shutil.copytree(loaded_home, home)
    monkeypatch.setenv("INTERURBAN_HOME", str(home))
    return home


@pytest.mark.usefixtures("own_home")
def test_from_a_grant_to_the_last_answer(interurban: Run) -> None:
    asked = ("dp", "count", LIBRARIES, "--for", "ann", "--rho", "0.5")
    refused = interurban(*asked)
    assert refused.code == 1
    assert "ann has 0 left" in refused.err

    assert (
        "may spend 1 in all"
        in interurban("dp", "grant", LIBRARIES, "--for", "ann", "--rho", "1").out
    )
    preview = interurban(*asked, "--preview").out
    assert "would be within 2 of the truth 95 times of 100" in preview

    told = json.loads(interurban(*asked, "--json").out)
    assert told["band_95"] == 2
    assert told["remaining"] == 0.5
    assert abs(told["answers"]["rows"] - 81) < 12

    again = interurban(*asked[:-1], "0.6")
    assert "ann has 0.5 left" in again.err

    between = ("--between", "0,100", "--for", "ann", "--rho", "0.25", "--json")
    mean = interurban("dp", "mean", "chicago.community_areas", "land_area", *between)
    assert "ann has 0 left" in mean.err

    ledger = json.loads(interurban("dp", "ledger", "--json").out)
    assert [account["remaining"] for account in ledger["accounts"]] == [0.5]
    assert [spend["remaining"] for spend in ledger["spends"]] == [0.5]


@pytest.mark.usefixtures("at_home")
def test_mistakes_are_one_sentence_and_a_hint(interurban: Run) -> None:
    for arguments, said in (
        (("sum", LIBRARIES, "x", "--between", "low", "--for", "ann", "--rho", "1"), "two numbers"),
        (("count", LIBRARIES, "--for", "ann", "--rho", "0"), "rho above 0"),
    ):
        done = interurban("dp", *arguments)
        assert done.code == 1
        assert said in done.err
        assert "Traceback" not in done.err
