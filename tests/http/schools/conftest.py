"""A server on the home that both cities' schools are loaded in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.apps.schools.conftest import schools_home
from tests.apps.schools.whole import whole_home
from tests.serving import served

from interurban.catalog.node import Node
from interurban.http import Settings

from .truths import twins, whole_twins

__all__ = ["schools_home", "twins", "whole_home", "whole_twins"]


@pytest.fixture(scope="session")
def schools_client(
    schools_home: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[httpx.Client]:
    """A client of that server; nobody is signed in."""
    settings = Settings(web_root=tmp_path_factory.mktemp("no-app"), requests_per_s=0)
    with (
        Node(schools_home) as node,
        served(node, settings) as address,
        httpx.Client(base_url=address, timeout=120) as opened,
    ):
        yield opened
