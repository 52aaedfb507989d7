"""The traps of the schools' files: each table says what its file means, not what it looks like."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import interurban
from interurban.catalog.loading import Origin
from interurban.catalog.loads import load
from interurban.catalog.node import Node
from interurban.core.errors import SourceError

Rows = Callable[[str], list[dict[str, Any]]]


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    with interurban.open(tmp_path_factory.mktemp("schools")) as opened:
        yield opened


@pytest.fixture(scope="module")
def rows(node: Node, shared_data: Path) -> Rows:
    """All rows of a dataset, loaded the first time."""
    known: dict[str, list[dict[str, Any]]] = {}

    def read(dataset: str) -> list[dict[str, Any]]:
        if dataset not in known:
            load(node, dataset, Origin(mirror=shared_data))
            known[dataset] = node[dataset].to_arrow().to_pylist()
        return known[dataset]

    return read


def by(rows: list[dict[str, Any]], field: str) -> Counter[Any]:
    return Counter(row[field] for row in rows)


def test_no_school_has_a_capacity_of_nought(rows: Rows) -> None:
    london = rows("london.school_capacity")
    assert sum(row["capacity"] is None for row in london) == 16
    assert min(row["capacity"] for row in london if row["capacity"] is not None) > 0


def test_every_school_has_its_places_once(rows: Rows) -> None:
    london = rows("london.school_capacity")
    assert len({row["school_id"] for row in london}) == len(london) == 2_641


def test_utilisation_is_a_share_however_it_was_written(rows: Rows) -> None:
    chicago = rows("chicago.school_capacity")
    assert by(chicago, "rating") == {"underutilized": 248, "efficient": 162, "overcrowded": 62}
    for row in chicago:
        assert row["utilisation"] == pytest.approx(row["pupils"] / row["capacity"], abs=0.011)
    told = [row for row in chicago if row["classrooms"] is not None]
    assert len(told) == 472 - 343


def test_an_ideal_capacity_is_thirty_for_each_homeroom(rows: Rows) -> None:
    usual = [row for row in rows("chicago.school_capacity") if row["homerooms"]]
    others = sorted(r["school_name"] for r in usual if r["capacity"] != 30 * r["homerooms"])
    assert len(usual) == 472 - 9
    assert len(others) == 4


def test_letters_of_a_performance_table_are_reasons_and_no_values(rows: Rows) -> None:
    measures = rows("london.ks4_measures")
    assert all((row["value"] is None) == (row["status"] != "shown") for row in measures
               if row["measure"] != "Progress 8 band")  # fmt: skip
    disadvantaged = [row for row in measures if row["measure"] == "Disadvantaged pupils"]
    assert by(disadvantaged, "status")["hidden"] == 9
    assert by(disadvantaged, "status")["not applicable"] == 243
    assert max(row["value"] or 0 for row in disadvantaged) <= 100


def test_links_lead_both_ways_and_some_schools_have_several(rows: Rows) -> None:
    links = rows("london.school_links")
    pairs = {(row["school_id"], row["linked_id"], row["kind"]) for row in links}
    replaced = [row for row in links if row["kind"] == "successor"]
    back = sum((r["linked_id"], r["school_id"], "predecessor") in pairs for r in replaced)
    assert back / len(replaced) > 0.8
    before = Counter(row["school_id"] for row in links if row["kind"] == "predecessor")
    assert max(before.values()) >= 3
    assert {row["manner"] for row in links} >= {"replaced", "merged", "split", "sixth form"}


def test_half_of_the_flows_lost_schools_are_found_by_links(rows: Rows) -> None:
    flows = {row["school_id"] for row in rows("london.school_flows_2016")}
    today = {row["school_id"] for row in rows("london.schools")}
    missing = flows - today
    assert len(missing) == 181
    links = rows("london.school_links")
    after = {(r["school_id"], r["linked_id"]) for r in links if r["kind"] == "successor"}
    after |= {(r["linked_id"], r["school_id"]) for r in links if r["kind"] == "predecessor"}
    assert len({old for old, new in after if old in missing and new in today}) == 92


def test_actions_of_2013_name_who_receives_pupils_and_who_their_zone(rows: Rows) -> None:
    actions = rows("chicago.school_actions_2013")
    assert by(actions, "kind") == {"receiving": 60, "zoned": 73, "other": 23}
    assert sum(row["linked_id"] is None for row in actions) == 7
    closing = {row["school_id"] for row in actions if row["manner"] == "closed"}
    before = {row["school_id"]: row for row in rows("chicago.schools_2012")}
    gone = {school for school, row in before.items() if row["status"] == "closed"}
    assert gone <= closing
    assert len(closing - gone) == 4


def test_feet_are_not_taken_for_degrees(node: Node, rows: Rows, tmp_path: Path) -> None:
    zones = rows("chicago.attendance_zones_2013")
    assert by(zones, "stage") == {"elementary": 391, "high": 51, "middle": 16}
    ring = [[1_165_000, 1_872_000], [1_166_000, 1_872_000], [1_166_000, 1_873_000]]
    shape = {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
    properties = {"SCHOOLID": "1", "Label": "A", "GRADES": "K, 1", "ADDRESS": "x"}
    features = [{"type": "Feature", "properties": properties, "geometry": shape}]
    folder = tmp_path / "schools" / "chicago"
    folder.mkdir(parents=True)
    file = folder / "attendance_all_grades_2013.geojson.gz"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    with (
        interurban.open(tmp_path / "home") as other,
        pytest.raises(SourceError, match="are no degrees; they look like feet or metres"),
    ):
        load(other, "chicago.attendance_zones_2013", Origin(mirror=tmp_path))


def test_every_zone_that_flows_name_has_an_outline_in_one_of_two_years(rows: Rows) -> None:
    flows = rows("chicago.school_flows")
    named = {row["area_id"] for row in flows if row["stage"] == "high" and row["area_id"]}
    of_2015 = {row["zone_id"] for row in rows("chicago.high_school_zones")}
    of_2024 = {row["zone_id"] for row in rows("chicago.high_school_zones_2024")}
    assert named - of_2015 == {"610518", "610587", "610592"}
    assert named <= of_2015 | of_2024
    assert len(of_2024) == 45


def test_tracts_written_as_decimals_are_tracts_of_2010(rows: Rows) -> None:
    tracts = {row["area_id"] for row in rows("chicago.census_tracts_2010")}
    tiers = [row for row in rows("chicago.selective_tiers") if row["measure"] == "Tier"]
    assert {row["area_id"] for row in tiers} <= tracts
    assert set(by(tiers, "value")) == {1, 2, 3, 4}


def test_times_to_selective_schools_join_tracts_and_schools(rows: Rows) -> None:
    tracts = {row["area_id"] for row in rows("chicago.census_tracts_2020")}
    schools = {row["school_id"] for row in rows("chicago.high_schools")}
    for mode in ("transit", "driving"):
        times = rows(f"chicago.{mode}_to_selective_schools")
        assert {row["area_id"] for row in times} == tracts
        assert {row["school_id"] for row in times} <= schools
        assert len({row["school_id"] for row in times}) == 11
    assert all(row["metres"] > 0 for row in rows("chicago.driving_to_selective_schools"))


def test_small_areas_of_two_censuses_are_not_mixed(rows: Rows) -> None:
    flows = {row["area_id"] for row in rows("london.school_flows_2016")}
    of_2011 = {row["area_id"] for row in rows("london.lsoa_2011")}
    children = {row["area_id"] for row in rows("london.children_2020")}
    assert children == of_2011
    inside = flows & of_2011
    assert len(flows) == 5_780
    assert len(flows - of_2011) == 5_780 - len(inside) == 1_013


def test_weights_of_a_small_area_add_up_to_one(rows: Rows) -> None:
    sums: dict[str, float] = {}
    for row in rows("london.small_areas_2011_to_wards"):
        sums[row["area_id"]] = sums.get(row["area_id"], 0.0) + row["weight"]
    assert all(total == pytest.approx(1, abs=0.004) for total in sums.values())


def test_a_scorecard_has_no_number_where_it_has_a_letter(rows: Rows) -> None:
    card = rows("london.place_scorecard")
    assert by(card, "status")["does not apply"] > 30
    assert all(row["value"] is None for row in card if row["status"] is not None)
    errors = [
        abs(row["value"])
        for row in card
        if row["code"] == "For_1_P" and row["value"] is not None and row["area_id"][:3] == "E09"
    ]
    assert sum(errors) / len(errors) == pytest.approx(0.015, abs=0.006)


def test_the_city_stands_once_in_births_and_boroughs_add_up(rows: Rows) -> None:
    births = rows("london.births_by_borough")
    for year in (2005, 2010, 2015):
        of = {row["area_id"]: row["people"] for row in births if row["year"] == year}
        boroughs = sum(n for code, n in of.items() if code.startswith("E09") and n is not None)
        assert boroughs == pytest.approx(of["E12000007"], rel=0.001)


def test_a_slip_in_last_distances_is_called_doubtful(rows: Rows) -> None:
    distances = rows("london.last_distance")
    (doubtful,) = (row for row in distances if row["status"] == "doubtful")
    assert (doubtful["school_name"], doubtful["metres"]) == (
        "Christ Church C of E Primary School",
        113,
    )
    unknown = [row for row in distances if row["metres"] is None]
    assert {row["status"] for row in unknown} == {"not by distance"}
