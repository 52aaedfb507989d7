"""A partner's dataset is found and asked as if it were here: every answer is the owner's own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pyarrow as pa
import pytest

from interurban.alliance import asking, owned
from interurban.catalog.loading import Origin
from interurban.catalog.loads import load
from interurban.catalog.node import Node
from interurban.catalog.rows import Rows
from interurban.core import query as q
from interurban.core.errors import (
    InvalidFilter,
    InvalidPlace,
    Refused,
    UnknownDataset,
    UnknownFeature,
    UnknownField,
    UnknownSnapshot,
)

from .two_nodes import Two, two_nodes

LIBRARIES, AREAS, LINES = "chicago.libraries", "chicago.community_areas", "chicago.l_lines"
HERE = "london.boroughs"
THEIRS = (LIBRARIES, AREAS, LINES)
COUNT = q.Measure("count")


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> Iterator[Two]:
    folder = tmp_path_factory.mktemp("two")
    for name, datasets in (("owner", THEIRS), ("asker", (HERE,))):
        with Node(folder / name) as node:
            for dataset in datasets:
                load(node, dataset, Origin(mirror=shared_data))
    with two_nodes(folder / "owner", folder / "asker") as both:
        yield both


def table(rows: Rows) -> pa.Table:
    return pa.Table.from_batches(list(rows.batches))


def get(url: str, **headers: str) -> httpx.Response:
    return httpx.get(url, headers=headers, timeout=30)


# Found


def test_what_partners_have_is_found(two: Two) -> None:
    assert set(THEIRS) < {dataset.id for dataset in two.asker.datasets()}
    told, there = two.asker.snapshot(LIBRARIES), two.owner.snapshot(LIBRARIES)
    assert told.peer == "Chicago Datastore"
    same = ("rows", "version", "fields", "roles", "bbox", "content_hash", "committed_at")
    assert all(getattr(told, name) == getattr(there, name) for name in same)
    assert two.asker.partner(LIBRARIES) == two.peer()
    assert two.asker.partner(HERE) is None
    assert set(two.asker.snapshots()) == {*THEIRS, HERE}
    assert set(two.asker.own.snapshots()) == {HERE}


def test_the_catalogue_stays_the_same_object_until_something_changes(two: Two) -> None:
    before = two.asker.packs
    two.asker.alliance.known.look_again()
    two.asker.alliance.peers.look_again()
    assert two.asker.packs is before


def test_only_the_newest_version_is_known(two: Two) -> None:
    assert [one.version for one in two.asker.history(AREAS)] == [two.owner.snapshot(AREAS).version]
    with pytest.raises(UnknownSnapshot, match="which Chicago Datastore holds"):
        two.asker.snapshot(AREAS, 999)
    with pytest.raises(Refused, match="known to Chicago Datastore alone"):
        two.asker.rejects(AREAS)


def test_search_lines_know_their_words(two: Two) -> None:
    queries = two.asker.phrase("libraries", "chicago").queries
    assert [query.dataset for query in queries] == [LIBRARIES]


# Asked

QUERIES = {
    "all": q.Query(LIBRARIES),
    "fields": q.Query(LIBRARIES, fields=("name", "address")),
    "order": q.Query(LIBRARIES, order=(q.Order("name", descending=True),), limit=7, offset=3),
    "filter": q.Query(LIBRARIES, where=q.Like(q.Name("name"), q.Literal("%a%"))),
    "box": q.Query(LIBRARIES, places=(q.BBox(-87.7, 41.8, -87.6, 41.9),)),
    "near": q.Query(LIBRARIES, places=(q.Near(-87.63, 41.88, 3_000.0, "home"),)),
    "area": q.Query(LIBRARIES, places=(q.InArea(AREAS, "32"),)),
    "text": q.Query(LIBRARIES, where=q.Text(("park",))),
    "nothing": q.Query(LIBRARIES, where=q.Or(())),
    "lines": q.Query(LINES),
    "areas": q.Query(AREAS, limit=10),
}


@pytest.mark.parametrize("name", QUERIES)
def test_rows_and_counts_are_the_owners(two: Two, name: str) -> None:
    query = QUERIES[name]
    there = table_or_none(two.owner.rows(query))
    assert table_or_none(two.asker.rows(query)) == there
    assert two.asker.rows(query).fields == two.owner.rows(query).fields
    assert two.asker.count(query) == two.owner.count(query)
    if query.limit is not None:
        assert table_or_none(two.asker.page(query)) == there


def table_or_none(rows: Rows) -> pa.Table | None:
    batches = list(rows.batches)
    return pa.Table.from_batches(batches) if batches else None


AGGREGATES: dict[str, dict[str, Any]] = {
    "a number": {"measures": (COUNT,)},
    "by field": {"measures": (COUNT,), "groups": (q.ByField("name"),)},
    "by cell": {"measures": (COUNT,), "groups": (q.ByCell(12),)},
    "by area": {"measures": (COUNT,), "groups": (q.ByArea(AREAS),)},
    "by two": {"measures": (COUNT,), "groups": (q.ByArea(AREAS), q.ByCell(9)), "limit": 3},
    "texts": {"measures": (q.Measure("min", "name"), q.Measure("max", "name"))},
}


@pytest.mark.parametrize("name", AGGREGATES)
def test_aggregates_are_the_owners(two: Two, name: str) -> None:
    query = q.Query(LIBRARIES, **AGGREGATES[name])
    assert two.asker.aggregate(query) == two.owner.aggregate(query)


def test_sums_and_averages_are_the_owners(two: Two) -> None:
    measures = tuple(q.Measure(kind, "land_area") for kind in ("sum", "avg", "min", "max"))  # type: ignore[arg-type] # each is a kind
    query = q.Query(AREAS, measures=(*measures, q.Measure("percentile", "land_area", 0.9)))
    assert two.asker.aggregate(query) == two.owner.aggregate(query)


def test_cells_tiles_and_features_are_the_owners(two: Two) -> None:
    query = q.Query(LIBRARIES)
    assert two.asker.cells(query, 12) == two.owner.cells(query, 12)
    for at in ((0, 0, 0), (10, 262, 380), (10, 1, 1)):
        assert two.asker.tile(query, *at) == two.owner.tile(query, *at)
    assert table(two.asker.feature(query, "3")) == table(two.owner.feature(query, "3"))
    with pytest.raises(UnknownFeature, match=r"^Chicago Datastore says: chicago.libraries has no"):
        two.asker.feature(query, "31415926")


def test_pages_follow_each_other_without_a_gap(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owned, "MOST_ROWS", 9)
    monkeypatch.setattr(asking, "MOST_ROWS", 9)
    for query in (
        q.Query(LIBRARIES),
        q.Query(LIBRARIES, limit=20),
        q.Query(LIBRARIES, order=(q.Order("name"),), offset=5),
    ):
        assert table(two.asker.rows(query)) == table(two.owner.rows(query))


def test_pages_are_no_longer_than_is_allowed(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owned, "MOST_BYTES", 100_000)
    query = q.Query(AREAS)
    batches = list(two.asker.rows(query).batches)
    assert len(batches) > 3
    assert pa.Table.from_batches(batches) == table(two.owner.rows(query))


def test_errors_are_in_the_owners_words(two: Two) -> None:
    with pytest.raises(UnknownField, match="no field 'nope'"):
        two.asker.rows(q.Query(LIBRARIES, fields=("nope",)))
    nope = q.Query(LIBRARIES, where=q.IsNull(q.Name("nope")))
    with pytest.raises(UnknownField, match=r"^Chicago Datastore says: .* no field 'nope'"):
        two.asker.count(nope)
    odd = q.Query(LIBRARIES, where=q.Like(q.Name("name"), q.Literal(3)))
    with pytest.raises(InvalidFilter, match=r"^Chicago Datastore says: LIKE needs text"):
        two.asker.count(odd)


# Areas of the one, rows of the other


def test_an_area_of_this_node_is_sent_as_its_shape(two: Two) -> None:
    query = q.Query(LIBRARIES, places=(q.InArea(HERE, "E09000007"),))
    assert two.asker.count(query).count == 0


def test_an_area_of_a_partner_chooses_rows_of_this_node(two: Two) -> None:
    query = q.Query(HERE, places=(q.InArea(AREAS, "32"),))
    assert two.asker.count(query).count == 0


def test_grouping_by_areas_that_the_other_lacks_is_refused(two: Two) -> None:
    count = {"measures": (COUNT,)}
    with pytest.raises(InvalidPlace, match=r"has no london.boroughs to group by"):
        two.asker.aggregate(q.Query(LIBRARIES, groups=(q.ByArea(HERE),), **count))
    with pytest.raises(InvalidPlace, match="lies at Chicago Datastore"):
        two.asker.aggregate(q.Query(HERE, groups=(q.ByArea(AREAS),), **count))


# Over HTTP


SAME = (
    f"/collections/{LIBRARIES}/items?limit=5",
    f"/collections/{LIBRARIES}/items?f=csv",
    f"/collections/{LIBRARIES}/items?f=fgb",
    f"/collections/{LIBRARIES}/items/3",
    f"/collections/{LIBRARIES}/count?in={AREAS}:32",
    f"/collections/{LIBRARIES}/cells?level=12",
    f"/collections/{LIBRARIES}/tiles/WebMercatorQuad/10/380/262",
    f"/collections/{LIBRARIES}/aggregate?by=area:{AREAS}&f=csv",
    f"/collections/{LIBRARIES}/explain?q=zzz",
    f"/collections/{LIBRARIES}/queryables",
    f"/collections/{LIBRARIES}/schema",
)


@pytest.mark.parametrize("path", SAME)
def test_addresses_give_the_same(two: Two, path: str) -> None:
    here, there = get(two.asker_url + path), get(two.owner_url + path)
    assert here.status_code == there.status_code == 200

    def bare(answer: httpx.Response, url: str) -> Any:
        if "json" not in answer.headers["content-type"]:
            return answer.content
        document = answer.json()
        for name in ("links", "timeStamp", "source", "$id"):
            document.pop(name, None)
        return document

    assert bare(here, two.asker_url) == bare(there, two.owner_url)


def test_pages_have_links_to_the_next_one(two: Two) -> None:
    seen, url = [], f"{two.asker_url}/collections/{LIBRARIES}/items?limit=30"
    while url:
        document = get(url).json()
        seen += [feature["id"] for feature in document["features"]]
        links = [link["href"] for link in document["links"] if link["rel"] == "next"]
        url = links[0] if links else ""
    assert len(seen) == len(set(seen)) == two.owner.snapshot(LIBRARIES).rows


def test_every_answer_says_which_node_it_is_from(two: Two) -> None:
    one = f"{two.asker_url}/collections/{LIBRARIES}"
    assert get(f"{one}/count").headers["X-Interurban-Node"] == "Chicago Datastore"
    assert get(f"{one}/items?limit=1").json()["source"]["node"] == "Chicago Datastore"
    assert get(one).json()["node"]["id"] == "chicago"
    here = get(f"{two.asker_url}/collections/{HERE}/count")
    assert "X-Interurban-Node" not in here.headers
    listed = {one["id"]: one for one in get(f"{two.asker_url}/api/datasets").json()["datasets"]}
    node = listed[LIBRARIES]["node"]
    assert (node["id"], node["title"], node["answers"]) == ("chicago", "Chicago Datastore", True)
    assert node["seen_at"]
    assert listed[HERE]["node"] is None
    assert listed[LIBRARIES]["access"]["kind"] == "open"


def test_a_node_is_asked_for_its_own_data_alone(two: Two) -> None:
    """London's boroughs are not to be had through Chicago, which has them from London."""
    assert HERE in {dataset.id for dataset in two.owner.datasets()}
    reader = replace(two.owner.reader, account="peer:london")
    with pytest.raises(UnknownDataset):
        two.owner.own.seen_by(reader).count(q.Query(HERE))
