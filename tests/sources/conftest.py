"""A portal on this machine, and a way to fetch from it that never sleeps."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from interurban.sources import Fetching
from interurban.sources.transport_patience import Patience

from .portal_server import Portal, serving


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
