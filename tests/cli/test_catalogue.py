"""The lists of datasets say what is there, on the city's own calendar."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import Run


@pytest.mark.parametrize("name", ["days", "moments"])
def test_a_day_is_the_day_that_was_published_and_an_instant_is_on_the_citys_clocks(
    interurban: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("INTERURBAN_HOME", str(tmp_path / "home"))
    file = tmp_path / f"{name}.csv"
    cells = {
        "days": ("2018-09-01", "2018-09-02"),
        "moments": ("2018-09-01T20:00:00Z", "2018-09-03T02:00:00Z"),
    }
    file.write_text("day,n\n" + "".join(f"{cell},1\n" for cell in cells[name]))
    assert interurban("load", str(file), "--as", f"chicago.{name}", "--yes").code == 0
    listed = interurban("datasets", "--loaded").out
    shown = interurban("show", f"chicago.{name}").out
    assert "2018-09-02" in listed
    assert "2018-09-01" in shown
    assert "2018-08-31" not in listed + shown
    assert "2018-09-03" not in listed + shown
