"""People of a node, in a home of their own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from interurban.accounts import Account, Accounts
from interurban.store.control import file_in

GOOD = "correct-gondola-lattice-7-plum"
"""A password that is taken."""


@pytest.fixture(scope="session")
def nobody(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The control database of a node without people."""
    home = tmp_path_factory.mktemp("nobody")
    Accounts(home).close()
    return file_in(home)


@pytest.fixture
def people(nobody: Path, tmp_path: Path) -> Iterator[Accounts]:
    kept = file_in(tmp_path / "home")
    kept.parent.mkdir(parents=True)
    shutil.copy(nobody, kept)
    with Accounts(tmp_path / "home") as opened:
        yield opened


@pytest.fixture
def ada(people: Accounts) -> Account:
    """An administrator."""
    return people.register.add(
        "ada", name="Ada Byron", e_mail="Ada@City.Example", password=GOOD, administrator=True
    )
