"""Loading from a mirror: what comes is counted, what fails is said and stops nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from .conftest import Run


def load(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "interurban", "load", *arguments],
        env={**os.environ, "INTERURBAN_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )


def test_one_dataset_that_fails_does_not_stop_the_others(shared_data: Path, tmp_path: Path) -> None:
    mirror = tmp_path / "mirror"
    (mirror / "core" / "chicago").mkdir(parents=True)
    real = shared_data / "core" / "chicago" / "libraries.csv"
    (mirror / "core" / "chicago" / "libraries.csv").write_bytes(real.read_bytes())
    done = load(
        tmp_path / "home", "chicago.libraries", "chicago.speed_cameras", "--mirror", str(mirror)
    )
    assert done.returncode == 1
    assert "chicago.speed_cameras: " in done.stderr
    assert "Loaded 1 of 2 datasets" in done.stdout
    assert "Traceback" not in done.stderr


def test_loading_the_same_again_makes_no_version(
    interurban: Run, shared_data: Path, at_home: Path
) -> None:
    before = interurban("history", "london.boroughs", "--json").out
    done = load(at_home, "london.boroughs", "--mirror", str(shared_data))
    assert done.returncode == 0, done.stderr
    assert interurban("history", "london.boroughs", "--json").out == before


def test_what_is_no_dataset_city_or_file_is_said(interurban: Run, tmp_path: Path) -> None:
    done = interurban("load", "nothing.csv", "--home", str(tmp_path))
    assert done.code == 1
    assert "nothing.csv" in done.err


def test_a_mirror_that_is_not_there_is_a_wrong_call(interurban: Run, tmp_path: Path) -> None:
    done = interurban("load", "chicago", "--mirror", str(tmp_path / "none"))
    assert done.code == 2
