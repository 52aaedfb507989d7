"""Whatever a partner writes is read as what it has to be, or refused: there is no third way."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interurban.alliance.told import Access, Told, dataset_document, read_city, read_dataset
from interurban.core.alliance import Peer
from interurban.core.city import City
from interurban.core.dataset import Dataset, Snapshot, SourceFacts
from interurban.core.errors import BadRequest
from interurban.core.standard import Field, Roles
from interurban.policy.audit import canonical

from .hostile import city, dataset

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
PEER = Peer("london", "London", "http://london.example", bytes(32), "0" * 40, "paired", NOW)

SNAPSHOT = Snapshot(
    dataset="london.trees",
    version=7,
    committed_at=NOW,
    rows=3,
    placed=2,
    left_out=1,
    blanked=0,
    fields=(Field("tree_id", "string", required=True), Field("height", "number", minimum=0)),
    roles=Roles(key="tree_id", search=("tree_id",)),
    geometry="point",
    bbox=(-0.5, 51.3, 0.3, 51.7),
    time_extent=(NOW, NOW),
    standard="tree@1",
    source=SourceFacts("trees.csv", "mirror", "ab" * 32, NOW, {"format": "CSV"}),
    mapping_hash="cd" * 32,
    content_hash="ef" * 32,
    unique_key=True,
)
TREES = Dataset(
    "london.trees", "london", "Trees", "Every tree.", "environment", "GLA", "ogl-3", "", "yearly",
    standard="tree@1",
)  # fmt: skip
OPEN = json.loads(
    canonical(dataset_document(TREES, SNAPSHOT, Access("open", "It is open."), ("tree_id",)))
)

ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([10**400, -(10**400), 2**63, -1, 0]),
    st.floats(),
    st.text(max_size=50),
    st.sampled_from(
        ["x" * 10_000, "\x00", "\x1b[31m", "2026-11-23", "2026-11-23T12:00:00", "../.."]
    ),
    st.lists(st.one_of(st.none(), st.integers(), st.text(max_size=5)), max_size=5),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=3),
)


def paths(document: Any, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where something stands in a document."""
    if before:
        yield before
    if isinstance(document, dict | list):
        keys = document if isinstance(document, dict) else range(len(document))
        for key in keys:
            yield from paths(document[key], (*before, key))


def changed(document: Any, path: tuple[Any, ...], value: Any, *, how: str) -> Any:
    """The document with something else in one place, with one thing more, or one less."""
    found = deepcopy(document)
    place = found
    for key in path[:-1]:
        place = place[key]
    if how == "replaced":
        place[path[-1]] = value
    elif how == "taken away":
        del place[path[-1]]
    elif isinstance(place, dict):
        place["more"] = value
    else:
        place.append(value)
    return found


def test_what_is_written_is_read_again() -> None:
    read = read_dataset(OPEN, "london.trees", PEER)
    assert read.dataset == TREES
    assert read.snapshot is not None
    assert (read.snapshot.peer, read.snapshot.rows) == ("London", 3)


def test_a_partner_is_told_below_what_numbers_are_hidden() -> None:
    hiding = replace(SNAPSHOT, release="00" * 8, hidden_below=5)
    document = dataset_document(TREES, hiding, Access("part", "Small ones are hidden."), ())
    read = read_dataset(json.loads(canonical(document)), "london.trees", PEER)
    assert read.snapshot is not None
    assert read.snapshot.hidden_below == 5


HOWS = st.sampled_from(["replaced", "taken away", "added"])


@pytest.mark.parametrize("told", [OPEN, dataset("london.trees")], ids=["open", "closed"])
@given(data=st.data())
def test_a_dataset_is_read_or_refused(told: dict[str, Any], data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(list(paths(told))))
    document = changed(told, path, data.draw(ODD), how=data.draw(HOWS))
    with suppress(BadRequest):
        read = read_dataset(document, "london.trees", PEER)
        assert isinstance(read, Told)
        assert (read.snapshot is None) == (read.access.kind == "closed")


@given(data=st.data())
def test_a_city_is_read_or_refused(data: st.DataObject) -> None:
    told = city() | {
        "boundaries": [
            {
                "name": "wards", "dataset": "london.wards", "singular": "ward",
                "valid_from": "2014-05-01", "valid_to": None,
            }
        ],
        "licences": [
            {"id": "ogl-3", "title": "OGL", "url": "https://example.org", "attribution": ""}
        ],
    }  # fmt: skip
    path = data.draw(st.sampled_from(list(paths(told))))
    document = changed(told, path, data.draw(ODD), how=data.draw(HOWS))
    with suppress(BadRequest):
        assert isinstance(read_city(document, "london"), City)


@pytest.mark.parametrize("document", [None, [], "", 1, {}, {"dataset": None}])
def test_what_is_no_document_is_refused(document: object) -> None:
    with pytest.raises(BadRequest):
        read_dataset(document, "london.trees", PEER)
    with pytest.raises(BadRequest):
        read_city(document, "london")
