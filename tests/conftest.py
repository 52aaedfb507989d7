"""What every test may ask for."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent

_LONGEST = (
    "browser/test_think.py",
    "browser/test_schools.py",
    "browser/test_two_nodes.py",
    "cli/test_up.py",
    "test_packaging.py",
    "workspace/test_kills.py",
    "browser/test_people.py",
    "alliance/test_two_processes.py",
    "browser/test_schools_planning.py",
    "cli/test_models.py",
    "store/test_crash.py",
    "real/test_london_pack.py",
    "real/test_chicago_pack.py",
    "http/test_processes.py",
    "workspace/test_runs.py",
    "http/test_runs_api.py",
    "catalog/test_backups.py",
    "http/test_jobs.py",
)
"""Files that take long: begun last, they would let the other workers wait."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first."""

    def place(item: pytest.Item) -> int:
        path = item.path.as_posix()
        return next((at for at, name in enumerate(_LONGEST) if path.endswith(name)), len(_LONGEST))

    items.sort(key=place)


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


Once = Callable[[str, Callable[[Path], None]], Path]


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Once:
    """A folder that takes long to make: made by the first worker to ask, copied by each.

    ``made_once(name, make)`` gives this worker's own copy of what ``make`` writes into the folder
    that it is given.
    """
    base = tmp_path_factory.getbasetemp()
    together = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base

    def once(name: str, make: Callable[[Path], None]) -> Path:
        made, half = together / f"once-{name}", together / f"once-{name}-half"
        with (together / f"once-{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not made.exists():
                shutil.rmtree(half, ignore_errors=True)
                half.mkdir()
                make(half)
                half.rename(made)
        own = tmp_path_factory.mktemp(name) / "home"
        shutil.copytree(made, own)
        return own

    return once
