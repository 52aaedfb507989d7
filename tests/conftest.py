"""What every test may ask for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent

_LONGEST = (
    "browser/test_think.py",
    "workspace/test_kills.py",
    "store/test_crash.py",
    "browser/test_two_nodes.py",
    "browser/test_people.py",
    "test_packaging.py",
    "catalog/test_backups.py",
    "workspace/test_runs.py",
    "http/test_processes.py",
    "http/test_runs_api.py",
    "http/test_jobs.py",
)
"""Files that take long: begun last, they would let the other workers wait."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first."""
    items.sort(key=lambda item: not item.path.as_posix().endswith(_LONGEST))


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the repository."""
    return REPOSITORY


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real files of both cities: INTERURBAN_SHARED, else ../shared/data beside the repository."""
    folder = Path(os.environ.get("INTERURBAN_SHARED", REPOSITORY.parent / "shared" / "data"))
    if not (folder / "core").is_dir():
        pytest.skip("needs the real data of both cities; name their folder in INTERURBAN_SHARED")
    return folder.resolve()
