"""OWSLib, the client of the OGC's own reference implementations, reads this node."""

from __future__ import annotations

import pytest
from owslib.ogcapi.features import Features

from interurban.catalog.node import Node


@pytest.fixture(scope="module")
def features(server: str) -> Features:
    return Features(server)


def test_owslib_finds_conformance_and_the_api(features: Features) -> None:
    assert any("ogcapi-features-1" in one for one in features.conformance()["conformsTo"])
    assert features.api()["openapi"] == "3.0.3"


def test_owslib_finds_the_feature_collections(features: Features, node: Node) -> None:
    assert set(features.feature_collections()) == set(node.snapshots())
    assert features.collection("london.schools")["extent"]["spatial"]["bbox"]


def test_owslib_reads_queryables(features: Features) -> None:
    assert "phase" in features.collection_queryables("london.schools")["properties"]


def test_owslib_reads_items(features: Features) -> None:
    box = [-0.2, 51.45, 0.0, 51.6]
    page = features.collection_items("london.schools", limit=7, bbox=box, phase="primary")
    assert page["numberReturned"] == len(page["features"]) == 7
    assert page["numberMatched"] > 7
    filtered = features.collection_items("london.schools", filter="pupils > 1000", limit=1)
    assert 0 < filtered["numberMatched"] < 3_221


def test_owslib_reads_one_item(features: Features) -> None:
    assert features.collection_item("london.schools", "100000")["id"] == "100000"
