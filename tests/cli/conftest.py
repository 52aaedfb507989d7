"""The command line, run in this process, on a data folder with a few real datasets."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.conftest import Once

from interurban.cli import main

LOADED = ("chicago.community_areas", "chicago.libraries", "london.boroughs")


@dataclass(frozen=True)
class Done:
    """How a command ended, and what it wrote."""

    code: int
    out: str
    err: str


Run = Callable[..., Done]


@pytest.fixture(scope="session")
def loaded_home(shared_data: Path, made_once: Once) -> Path:
    """A data folder with three real datasets, loaded by the command itself."""

    def make(folder: Path) -> None:
        subprocess.run(
            [sys.executable, "-m", "interurban", "load", *LOADED, "--mirror", str(shared_data)],
            env={**os.environ, "INTERURBAN_HOME": str(folder)},
            check=True,
            capture_output=True,
        )

    return made_once("cli", make)


@pytest.fixture
def interurban(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Run a command as the terminal would, without starting Python again."""

    def run(*arguments: str) -> Done:
        monkeypatch.setattr(sys, "argv", ["interurban", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capfd.readouterr()
        code = ended.value.code
        return Done(code if isinstance(code, int) else 0, out, err)

    monkeypatch.setenv("COLUMNS", "200")
    return run


@pytest.fixture
def at_home(loaded_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The loaded data folder, named in the environment as an operator would."""
    monkeypatch.setenv("INTERURBAN_HOME", str(loaded_home))
    return loaded_home
