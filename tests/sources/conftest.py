"""A portal on this machine, a way to fetch from it that never sleeps, and a way to open a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from interurban.core.dataset import SourceSpec
from interurban.sources import Fetching, Limits, Reading, open_source
from interurban.sources.transport_patience import Patience

from .portal_server import Portal, serving
from .reading_files import Open


@pytest.fixture
def portal() -> Iterator[Portal]:
    with serving() as running:
        yield running


@pytest.fixture
def waits() -> list[float]:
    """The waits that were asked for, in seconds."""
    return []


@pytest.fixture
def fetching(tmp_path: Path, waits: list[float]) -> Fetching:
    patience = Patience(attempts=4, sleep=waits.append, jitter=lambda: 1.0)
    return Fetching(work=tmp_path / "work", patience=patience)


@pytest.fixture
def opened(tmp_path: Path) -> Open:
    """Starts a reading of a file, with options of the source."""

    def open_file(path: Path | str, limits: Limits | None = None, **options: Any) -> Reading:
        spec = SourceSpec("files", {"path": str(path), **options})
        fetching = Fetching(work=tmp_path / "work", limits=limits or Limits())
        reading = open_source(spec, fetching)
        assert reading is not None
        return reading

    return open_file
