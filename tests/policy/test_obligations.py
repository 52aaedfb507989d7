"""What an obligation makes of every answer: rows, counts, cells, tiles, facets and exports."""

from __future__ import annotations

import json
import math
from collections import Counter
from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import mapbox_vector_tile
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interurban.catalog.node import Node
from interurban.core import query as q
from interurban.core.errors import Refused, UnknownField
from interurban.core.policy import (
    Capped,
    CoarsePlace,
    CoarseTime,
    Crowds,
    Masked,
    OnlyAggregates,
    OnlyRows,
    Rounded,
    Without,
)
from interurban.policy.audit import opened
from interurban.store.hot import hot_path

from .conftest import PEOPLE, ROWS, Person, Set

CHICAGO = ZoneInfo("America/Chicago")
SHOWN = OnlyRows(q.Compare("=", q.Name("shown"), q.Literal("public")))
COUNT = (q.Measure("count"),)


def rows(node: Node, **query: object) -> list[dict]:
    found = node.rows(q.Query(PEOPLE, **query))  # type: ignore[arg-type]
    return [row for batch in found.batches for row in batch.to_pylist()]


def places(node: Node) -> list[shapely.Point]:
    return [shapely.from_wkb(row["geometry"]) for row in rows(node) if row["geometry"]]


def test_rows_that_are_not_shown_are_nowhere(under: Set, everyone: list[Person]) -> None:
    node = under(SHOWN)
    shown = [one for one in everyone if one.shown == "public"]
    assert {row["name"] for row in rows(node)} == {one.name for one in shown}
    snapshot = node.snapshot(PEOPLE)
    assert snapshot.rows == snapshot.placed == len(shown)
    assert snapshot.time_extent is not None
    assert snapshot.time_extent[1] == max(
        one.seen_at.replace(tzinfo=CHICAGO).astimezone(UTC) for one in shown
    )
    assert node.count(q.Query(PEOPLE)).count == len(shown)
    hidden = q.Compare("=", q.Name("shown"), q.Literal("kept"))
    assert node.count(q.Query(PEOPLE, where=hidden)).count == 0
    largest = node.aggregate(q.Query(PEOPLE, measures=(q.Measure("max", "cost"),)))
    assert largest.column("max_cost")[0].as_py() == max(one.cost for one in shown)
    assert sum(node.cells(q.Query(PEOPLE), 14).column("count").to_pylist()) == len(shown)
    tile = mapbox_vector_tile.decode(node.tile(q.Query(PEOPLE), 6, 16, 23))
    assert len(tile["features"]["features"]) == len(shown)


def test_a_field_left_out_can_be_asked_for_by_no_name(under: Set) -> None:
    node = under(Without(("name",)))
    assert "name" not in rows(node)[0]
    name = q.Name("name")
    for query in (
        q.Query(PEOPLE, fields=("name",)),
        q.Query(PEOPLE, where=q.Like(name, q.Literal("Zq%"))),
        q.Query(PEOPLE, where=q.IsNull(name)),
        q.Query(PEOPLE, order=(q.Order("name"),)),
    ):
        with pytest.raises(UnknownField):
            node.page(query)
    with pytest.raises(UnknownField):
        node.aggregate(q.Query(PEOPLE, measures=COUNT, groups=(q.ByField("name"),)))
    assert node.count(q.Query(PEOPLE, where=q.Text(("Zquix",)))).count == 0


def test_a_mask_is_the_same_in_every_row(under: Set) -> None:
    node = under(Masked("name", "hidden"), Masked("age", None))
    assert {(row["name"], row["age"]) for row in rows(node)} == {("hidden", None)}
    old = q.Compare(">", q.Name("age"), q.Literal(50))
    assert node.count(q.Query(PEOPLE, where=old)).count == 0


def test_times_are_told_on_the_clocks_of_the_city(under: Set, everyone: list[Person]) -> None:
    node = under(CoarseTime("seen_at", 15))
    told = {row["id"]: row["seen_at"].astimezone(CHICAGO) for row in rows(node)}
    for one in everyone:
        floored = one.seen_at.replace(minute=one.seen_at.minute // 15 * 15, second=0)
        assert told[one.id].replace(tzinfo=None) in (floored, _an_hour_on(floored))
    node = under(CoarseTime("seen_at", "month"))
    assert {row["seen_at"].astimezone(CHICAGO).day for row in rows(node)} == {1}


def _an_hour_on(moment: datetime) -> datetime:
    """Where the clocks skip an hour, as a naive time of the file does."""
    return moment.replace(tzinfo=CHICAGO).astimezone(UTC).astimezone(CHICAGO).replace(tzinfo=None)


def test_places_are_told_to_cells_of_the_ground(under: Set, everyone: list[Person]) -> None:
    node = under(CoarsePlace(200.0))
    told = places(node)
    assert len(told) == ROWS
    assert len({(p.x, p.y) for p in told}) < ROWS / 2
    true = {one.id: (one.lon, one.lat) for one in everyone}
    for row in rows(node):
        place = shapely.from_wkb(row["geometry"])
        lon, lat = true[row["id"]]
        east = (place.x - lon) * 111_320 * math.cos(math.radians(lat))
        north = (place.y - lat) * 110_574
        assert max(abs(east), abs(north)) <= 400
    assert not {"lon", "lat"} & set(rows(node)[0]), "columns that tell the place stayed"


def test_a_place_in_an_area_is_the_same_for_all_in_it(under: Set) -> None:
    node = under(CoarsePlace(area="chicago.community_areas"))
    areas = node.snapshot("chicago.community_areas").rows
    assert len({(p.x, p.y) for p in places(node)}) <= areas
    by_area = q.Query(PEOPLE, measures=COUNT, groups=(q.ByArea("chicago.community_areas"),))
    counted = node.aggregate(by_area).column("count").to_pylist()
    assert sum(counted) == ROWS


def test_no_place_has_fewer_rows_than_a_crowd(under: Set) -> None:
    node = under(Crowds(12))
    told = Counter((p.x, p.y) for p in places(node))
    assert min(told.values()) >= 12
    assert len(told) > 20
    lost = ROWS - sum(told.values())
    assert lost == 0 or lost >= 12


def test_numbers_are_capped_and_rounded(under: Set) -> None:
    node = under(Capped("age", 5, 90), Rounded("cost", 50))
    found = rows(node)
    assert {row["age"] for row in found} == set(range(5, 91))
    assert all(row["cost"] % 50 == 0 for row in found)


def test_rows_are_numbered_so_that_nothing_is_told(under: Set, everyone: list[Person]) -> None:
    node = under(SHOWN, Without(("id",)))
    numbers = [row["_row"] for row in sorted(rows(node), key=lambda row: row["name"])]
    assert sorted(numbers) == list(range(1, len(numbers) + 1))
    rising = sum(a < b for a, b in pairwise(numbers)) / len(numbers)
    assert 0.4 < rising < 0.6


def test_rejects_and_older_versions_tell_nothing(under: Set) -> None:
    node = under(SHOWN)
    with pytest.raises(Refused, match="more than may be had"):
        node.rejects(PEOPLE)
    assert [one.rows for one in node.history(PEOPLE)] == [ROWS * 9 // 10]


# Only aggregates

RULE = OnlyAggregates(("ward", "seen_at"), 10)
MONTHLY = CoarseTime("seen_at", "month")


def test_of_aggregates_no_row_may_be_had(under: Set) -> None:
    node = under(MONTHLY, RULE)
    for ask in (
        lambda: node.rows(q.Query(PEOPLE)),
        lambda: node.page(q.Query(PEOPLE, limit=1)),
        lambda: node.feature(q.Query(PEOPLE), "P00001"),
        lambda: node.tile(q.Query(PEOPLE), 0, 0, 0),
        lambda: node.rejects(PEOPLE),
    ):
        with pytest.raises(Refused, match="only counts"):
            ask()


@pytest.mark.parametrize(
    "query",
    [
        {"where": q.Compare("=", q.Name("name"), q.Literal("Anon-00001"))},
        {"where": q.Compare(">", q.Name("cost"), q.Literal(100_000))},
        {"where": q.Not(q.IsNull(q.Name("age")))},
        {"where": q.Or((q.Text(("Anon",)),))},
        {"places": (q.BBox(-88, 41, -87, 42),)},
        {"places": (q.Near(-87.6, 41.8, 10),)},
        {"measures": (q.Measure("max", "cost"),)},
        {"measures": (q.Measure("min", "age"),)},
        {"measures": (q.Measure("percentile", "cost", 0.99),)},
        {"groups": (q.ByField("age"),)},
        {"groups": (q.ByCell(20),)},
        {"groups": (q.ByArea("chicago.community_areas"),)},
    ],
    ids=repr,
)
def test_aggregates_go_by_the_fields_of_the_rule_alone(under: Set, query: dict) -> None:
    node = under(MONTHLY, RULE)
    with pytest.raises(Refused):
        node.aggregate(q.Query(PEOPLE, **{"measures": COUNT, **query}))


def wards() -> st.SearchStrategy[q.Filter]:
    ward = st.sampled_from([f"W{n}" for n in (*range(1, 12), 99)])
    leaf = st.one_of(
        ward.map(lambda w: q.Compare("=", q.Name("ward"), q.Literal(w))),
        ward.map(lambda w: q.Compare("<", q.Name("ward"), q.Literal(w))),
        st.lists(ward, min_size=1, max_size=4).map(
            lambda ws: q.InList(q.Name("ward"), tuple(map(q.Literal, ws)))
        ),
        st.integers(1, 12).map(
            lambda m: q.During(datetime(2024, m, 9, 5, 7, tzinfo=UTC), None, "seen_at")
        ),
    )
    return st.recursive(
        leaf,
        lambda inner: st.one_of(
            inner.map(q.Not),
            st.tuples(inner, inner).map(q.And),
            st.tuples(inner, inner).map(q.Or),
        ),
        max_leaves=4,
    )


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(wards(), wards())
def test_no_two_questions_differ_by_fewer_than_a_group(
    under: Set, first: q.Filter, second: q.Filter
) -> None:
    node = under(MONTHLY, RULE)

    def counted(where: q.Filter) -> int:
        return node.count(q.Query(PEOPLE, where=where)).count

    both = counted(q.And((first, second)))
    for part in (counted(first) - both, counted(second) - both, both):
        assert part == 0 or part >= RULE.at_least


def test_every_group_that_is_told_is_large_enough(under: Set) -> None:
    node = under(MONTHLY, RULE)
    asked = q.Query(
        PEOPLE,
        measures=(*COUNT, q.Measure("avg", "cost")),
        groups=(q.ByField("ward"), q.ByTime("month")),
    )
    found = node.aggregate(asked).to_pylist()
    assert min(row["count"] for row in found) >= 10
    assert "W99" not in {row["ward"] for row in found}
    assert sum(row["count"] for row in found) == node.snapshot(PEOPLE).rows


def test_only_the_newest_version_tells_aggregates(under: Set) -> None:
    node = under(MONTHLY, RULE)
    newest = node.snapshot(PEOPLE).version
    assert node.count(q.Query(PEOPLE, as_of=newest)).count
    assert len(node.history(PEOPLE)) == 1


def test_a_release_stands_in_the_audit_log_once_and_tells_nothing_of_what_is_hidden(
    under: Set,
) -> None:
    node = under(SHOWN, Without(("name", "kind")))
    snapshot = node.snapshot(PEOPLE)

    def written() -> list[str]:
        with opened(node.home.root) as log:
            entries = log.entries(limit=100, kind="release", dataset=PEOPLE)
        return [entry.text for entry in entries]

    newest = written()[0]
    assert json.loads(newest)["facts"]["version"] == snapshot.version
    for hidden in (str(snapshot.rows), snapshot.release, "public", "name"):
        assert hidden not in newest
    before = len(written())
    hot = hot_path(node.home, snapshot)
    hot.unlink()
    hot.with_suffix(".json").unlink()
    assert node.count(q.Query(PEOPLE)).count == snapshot.rows
    assert hot.exists(), "it was made again"
    assert len(written()) == before
