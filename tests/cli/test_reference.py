"""The page of commands and the help of the program say the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from interurban.cli import app
from interurban.cli.reference import reference

from .conftest import Run


def test_the_page_of_commands_is_current(repository: Path) -> None:
    page = (repository / "docs" / "cli.md").read_text(encoding="utf-8")
    assert page == reference(), "run: python -m interurban.cli.reference > docs/cli.md"


@pytest.mark.parametrize(
    "name",
    [
        *("load", "datasets", "show", "query", "export", "serve", "up"),
        *("synth", "rejects", "history", "compact", "gc", "version"),
        *("models", "template", "check", "run", "runs", "compare"),
    ],
)
def test_every_command_explains_itself(interurban: Run, name: str) -> None:
    done = interurban(name, "--help")
    assert done.code == 0
    assert f"Usage: interurban {name}" in done.out


def test_every_command_is_on_the_page(repository: Path) -> None:
    page = (repository / "docs" / "cli.md").read_text(encoding="utf-8")
    for command in app.registered_commands:
        assert command.callback is not None
        assert f"## interurban {command.name or command.callback.__name__}\n" in page


def test_no_argument_shows_the_list(interurban: Run) -> None:
    done = interurban()
    assert "datasets" in done.out + done.err


def test_the_version_is_told_to_programs_too(interurban: Run) -> None:
    assert '"duckdb": "1.5.5"' in interurban("version", "--json").out
