"""What is described changes while a node is open, and a mistake in it takes nothing away."""

from __future__ import annotations

from pathlib import Path

import pytest

from interurban.catalog.registry import Registry
from interurban.core.errors import ConfigurationError
from interurban.store.home import Home

from .test_packs import CITY, WARDS


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    home.create()
    datasets = home.packs / "springfield" / "datasets"
    datasets.mkdir(parents=True)
    (datasets.parent / "city.yaml").write_text(CITY)
    (datasets / "wards.yaml").write_text(WARDS)
    return home


def test_a_mistake_in_a_pack_leaves_the_packs_as_they_were(home: Home) -> None:
    registry = Registry(home)
    (home.packs / "springfield" / "datasets" / "wards.yaml").write_text("id: [")
    registry.look_again()
    assert "springfield.wards" in registry.packs.datasets
    (home.packs / "springfield" / "datasets" / "wards.yaml").write_text(
        WARDS.replace("title: Wards", "title: Ten wards")
    )
    registry.look_again()
    assert registry.packs.datasets["springfield.wards"].title == "Ten wards"


def test_a_node_does_not_open_on_a_mistake(home: Home) -> None:
    (home.packs / "springfield" / "datasets" / "wards.yaml").write_text("id: [")
    with pytest.raises(ConfigurationError, match=r"wards\.yaml"):
        Registry(home)
