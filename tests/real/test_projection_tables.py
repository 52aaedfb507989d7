"""The tables that models are run on: they add up, as the files and their own columns say."""

from __future__ import annotations

import csv
import gzip
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import interurban
from interurban.apps.projections.cohort.parameters import FERTILITY, MORTALITY
from interurban.catalog.loading import Origin
from interurban.catalog.loads import load
from interurban.catalog.node import Node
from interurban.core.query import ByField

Rows = Callable[[str], list[dict[str, Any]]]


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    with interurban.open(tmp_path_factory.mktemp("projections")) as opened:
        yield opened


@pytest.fixture
def rows(node: Node, shared_data: Path) -> Rows:
    """Every row of a dataset, loaded from the mirror once for all tests."""

    def read(dataset: str) -> list[dict[str, Any]]:
        if dataset not in node.snapshots():
            load(node, dataset, Origin(mirror=shared_data))
        found: list[dict[str, Any]] = node[dataset].to_arrow().to_pylist()
        return found

    return read


@pytest.mark.parametrize(
    ("dataset", "file"),
    [
        ("london.household_population_2012", "dclg_hh_popn_proj_london10_wide"),
        ("london.institutional_population_2012", "dclg_inst_popn_proj_london10_wide"),
    ],
)
def test_the_rows_of_all_ages_that_are_left_out_say_nothing_new(
    dataset: str, file: str, rows: Rows, shared_data: Path
) -> None:
    found: dict[tuple[str, str, str, int], float] = defaultdict(float)
    for row in rows(dataset):
        found[row["area_id"], row["sex"], row["relationship"], row["year"]] += row["value"]
    wide = shared_data / "witan" / "household" / "inputs" / f"{file}.csv"
    with wide.open(encoding="utf-8") as lines:
        whole = {
            (row["ONScode"], row["Gender"], row["Relationship"], year): float(row[str(year)])
            for row in csv.DictReader(lines)
            if row["Age"] == "TOT"
            for year in range(1991, 2038)
        }
    # The publisher rounds every cell to a whole person: 18 age groups differ by 9 at most.
    assert found == pytest.approx(whole, abs=9)


def test_barnet_has_every_age_group_once_in_all_three_tables(rows: Rows) -> None:
    keys = [
        {(r["sex"], r["age_group"], r["relationship"], r["year"]) for r in rows(dataset)}
        for dataset in (
            "london.barnet_household_population",
            "london.barnet_institutional_population",
            "london.barnet_representative_rates",
        )
    ]
    assert keys[0] == keys[1] == keys[2]
    assert len(keys[0]) == 2 * 18 * 3 * 29


def test_all_33_boroughs_have_births_and_dwellings(rows: Rows) -> None:
    for dataset, each in {
        "london.births": 2 * 13,
        "london.births_by_mother": 30,
        "london.dwellings": 5,
        "london.vacant_dwellings": 5,
    }.items():
        boroughs = [row["area_id"] for row in rows(dataset) if row["area_id"].startswith("E09")]
        assert (len(set(boroughs)), len(boroughs)) == (33, 33 * each), dataset


def test_the_scenarios_are_those_that_the_model_offers(rows: Rows, node: Node) -> None:
    for dataset, parameters in {
        "london.national_fertility": FERTILITY,
        "london.national_mortality": MORTALITY,
    }.items():
        rows(dataset)
        (offered,) = (set(p.choices) for p in parameters if p.name.endswith("_scenario"))
        told = node[dataset].aggregate(by=(ByField("scenario"),))
        assert set(told.column("scenario").to_pylist()) == offered, dataset


def test_homes_of_a_community_area_are_lived_in_or_vacant(rows: Rows) -> None:
    homes: dict[str, dict[str, float]] = defaultdict(dict)
    for row in rows("chicago.community_area_homes"):
        homes[row["area_id"]][row["measure"]] = row["value"]
    assert set(homes) == {str(number) for number in range(1, 78)}
    apart = {
        area: measured["dwellings"] - measured["vacant"] - measured["households"]
        for area, measured in homes.items()
    }
    # Each is rounded by itself after it was shared out; the two largest are in the notes.
    far = {area: difference for area, difference in apart.items() if abs(difference) > 5}
    assert sorted(far.values()) == [19, 202]


def test_ages_of_a_community_area_are_all_its_people(rows: Rows, shared_data: Path) -> None:
    found: dict[str, float] = defaultdict(float)
    for row in rows("chicago.community_area_ages"):
        found[row["area_name"]] += row["people"]
    file = shared_data / "alliance" / "chicago_community_area_profiles_2013_2017.csv.gz"
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        whole = {row["GEOG"]: float(row["TOT_POP"]) for row in csv.DictReader(lines)}
    whole |= {"O'Hare": whole.pop("Ohare"), "The Loop": whole.pop("Loop")}
    assert found == pytest.approx(whole, abs=2)


def test_community_areas_have_the_numbers_of_the_map(rows: Rows) -> None:
    on_the_map = {row["area_id"]: row["name"].casefold() for row in rows("chicago.community_areas")}
    spelled = {"loop": "the loop", "ohare": "o'hare"}
    for dataset in ("chicago.community_area_ages", "chicago.community_area_homes"):
        found = {row["area_id"]: row["area_name"].casefold() for row in rows(dataset)}
        assert found == {i: spelled.get(n, n) for i, n in on_the_map.items()}, dataset


def test_zip_codes_add_up_to_no_more_than_the_city(rows: Rows) -> None:
    people: dict[tuple[int, str], float] = defaultdict(float)
    for row in rows("chicago.zip_code_ages"):
        people[row["reference_date"].year, row["geography"]] += row["people"]
    assert people[2018, "city"] == 2_705_988
    for year in (2018, 2019):
        # ZIP codes do not end at the city's limits.
        assert people[year, "ZIP code"] == pytest.approx(people[year, "city"], rel=0.05)
