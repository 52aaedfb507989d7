"""The people of a synthetic city follow from one another: no table of them contradicts another."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from interurban import synth
from interurban.core.dataset import Expression, Mapping, SourceSpec
from interurban.synth.figures import FIGURES, last_mid_year
from interurban.synth.ground import Ground, make_ground
from interurban.synth.needs import send_state, send_transition
from interurban.synth.people import AGES, FLOWS, People, people_of
from interurban.synth.vital import death_rates, fertility_rates

from .conftest import Pack, dataset

LAST = 2026


@pytest.fixture(scope="module")
def ground(pack: Pack) -> Ground:
    city = replace(pack.city, bounds=(-87.75, 41.84, -87.62, 41.95))
    return make_ground(city, {"testville.wards": "ward"}, seed=3)


@pytest.fixture(scope="module")
def people(ground: Ground) -> People:
    return people_of(ground, LAST)


@pytest.fixture(scope="module")
def tables(ground: Ground) -> dict[str, pa.Table]:
    return {name: make(ground, LAST) for name, make in FIGURES.items()}


def total(
    table: pa.Table, value: str, *by: str, **only: str | int
) -> dict[tuple[object, ...], float]:
    for name, wanted in only.items():
        table = table.filter(pc.equal(table[name].cast(pa.string()), str(wanted)))
    sums = table.group_by(list(by)).aggregate([(value, "sum")]).to_pylist()
    return {tuple(row[name] for name in by): row[f"{value}_sum"] for row in sums}


def test_a_mid_year_is_the_one_before_with_all_that_happened_in_between(people: People) -> None:
    aged = np.empty_like(people.deaths)
    before = people.population[..., :-1]
    aged[:, :, 1:] = before[:, :, :-1]
    aged[:, :, -1] += before[:, :, -1]
    aged[:, :, 0] = people.births
    arrived, left, came, went = (people.flows[name] for name in FLOWS)
    after = aged - people.deaths + arrived - left + came - went
    assert (after == people.population[..., 1:]).all()
    assert (people.population >= 0).all()


def test_every_birth_has_a_mother_and_every_move_inside_the_city_two_ends(
    people: People, tables: dict[str, pa.Table]
) -> None:
    change, moves = tables["population_change"], tables["migration_flow"]
    births = total(change, "people", "area_id", "year", component="births")
    assert births == total(change, "people", "area_id", "year", component="births_by_mother")
    left = total(change, "people", "area_id", "year", component="domestic_out")
    came = total(change, "people", "area_id", "year", component="domestic_in")
    for area, flow in (("origin_id", left), ("destination_id", came)):
        inside = total(moves, "people", area, "year")
        assert all(people <= flow[key] for key, people in inside.items())
    assert not pc.any(pc.equal(moves["origin_id"], moves["destination_id"])).as_py()
    assert moves.num_rows == len(people.moved)


def test_a_city_looks_like_one(people: People) -> None:
    whole = people.population.sum(axis=(0, 1, 2))
    assert 0.5 < whole[-1] / whole[0] < 1.6
    ages = people.population[..., -1].sum(axis=(0, 1))
    assert 0.15 < ages[:16].sum() / ages.sum() < 0.25
    assert 0.1 < ages[65:].sum() / ages.sum() < 0.22
    children = people.births.sum() / people.population[:, 0, 15:45, :-1].sum() * 30
    assert 1.2 < children < 2.3
    assert fertility_rates(np.arange(15, 50), 2020).sum() == pytest.approx(1.75, rel=0.01)
    women, men = death_rates(AGES[1:], 2020)
    assert (women < men).all()
    assert (np.diff(women) > 0).all()


def test_areas_and_regions_of_the_record_are_the_citys_own(
    ground: Ground, tables: dict[str, pa.Table]
) -> None:
    for name, table in tables.items():
        if "area_id" in table.column_names:
            assert set(table["area_id"].unique().to_pylist()) <= set(ground.usual.ids), name


def test_summaries_add_up_to_the_people_they_sum_up(tables: dict[str, pa.Table]) -> None:
    single = total(tables["population_by_single_year"], "population", "area_id", year=LAST)
    assert total(tables["population"], "population", "area_id") == single
    assert total(tables["population_by_age"], "people", "area_id") == single
    assert tables["population"]["reference_date"].unique().to_pylist() == [date(LAST, 6, 30)]


def test_everybody_lives_in_a_household_or_elsewhere_and_every_household_in_a_home(
    tables: dict[str, pa.Table],
) -> None:
    stats, homes = tables["household_statistic"], tables["dwelling_stock"]
    single = total(tables["population_by_single_year"], "population", "area_id", "sex", "year")
    parts = [
        total(stats, "value", "area_id", "sex", "year", measure=f"{kind}_population")
        for kind in ("household", "institutional")
    ]
    for key in parts[0].keys() & single.keys():
        assert parts[0][key] + parts[1][key] == pytest.approx(single[key], abs=0.5)
    households = total(stats, "value", "area_id", "year", measure="households")
    counted = total(homes, "value", "area_id", "year", measure="households")
    dwellings = total(homes, "value", "area_id", "year", measure="dwellings")
    vacant = total(homes, "value", "area_id", "year", measure="vacant")
    assert counted
    for key, number in counted.items():
        assert number == pytest.approx(households[key], abs=1)
        assert dwellings[key] == number + vacant[key]
        assert 0 < vacant[key] < 0.06 * dwellings[key]


def test_a_school_has_the_pupils_of_its_last_roll_in_the_year_groups_of_its_phase(
    tables: dict[str, pa.Table],
) -> None:
    schools, rolls = tables["school"].to_pylist(), tables["school_roll"]
    last = total(rolls, "pupils", "school_id", year=LAST)
    groups = rolls.group_by("school_id").aggregate([("year_group", "min"), ("year_group", "max")])
    taught = {row["school_id"]: row for row in groups.to_pylist()}
    for school in schools:
        assert school["pupils"] == last[(school["school_id"],)]
        ends = taught[school["school_id"]]
        assert (school["lowest_age"], school["highest_age"]) == (
            ends["year_group_min"] + 4,
            ends["year_group_max"] + 5,
        )
    assert {"primary", "secondary"} <= {school["phase"] for school in schools}


def test_pupils_move_up_with_those_they_began_with(tables: dict[str, pa.Table]) -> None:
    primary = total(tables["school_roll"], "pupils", "school_id", "year_group", "year")
    pairs = [
        (pupils, primary[(school, group + 1, year + 1)])
        for (school, group, year), pupils in primary.items()
        if (school, group + 1, year + 1) in primary and 0 <= group < 6 and pupils > 20
    ]
    assert len(pairs) > 200
    assert np.corrcoef(np.array(pairs).T)[0, 1] > 0.95


def test_children_with_needs_are_next_year_where_they_went(ground: Ground) -> None:
    moves = send_transition(ground, LAST)
    here = ("setting", "need", "academic_year")
    for year in moves["calendar_year"].unique().to_pylist()[1:]:
        went = moves.filter(pc.equal(moves["calendar_year"], year - 1))
        are = moves.filter(pc.equal(moves["calendar_year"], year))
        arrived = went.group_by([f"{name}_2" for name in here]).aggregate([([], "count_all")])
        stand = are.group_by([f"{name}_1" for name in here]).aggregate([([], "count_all")])
        assert _counts(arrived) == _counts(stand)


def _counts(grouped: pa.Table) -> dict[tuple[object, ...], int]:
    rows = (tuple(row.values()) for row in grouped.to_pylist())
    found = {row[:-1]: row[-1] for row in rows}
    return {key: count for key, count in found.items() if key[0] != "NONSEND"}


def test_children_with_needs_keep_to_the_valid_states_and_grow_a_year(ground: Ground) -> None:
    moves = send_transition(ground, LAST)
    assert pc.all(
        pc.equal(pc.subtract(moves["academic_year_2"], moves["academic_year_1"]), 1)
    ).as_py()
    for state in send_state(ground, LAST).to_pylist():
        there = moves.filter(pc.equal(moves["setting_1"].cast(pa.string()), state["setting"]))
        assert pc.min(there["academic_year_1"]).as_py() >= state["min_academic_year"]
        assert pc.max(there["academic_year_1"]).as_py() <= state["max_academic_year"]
        to = set(there["setting_2"].cast(pa.string()).unique().to_pylist()) - {"NONSEND"}
        assert to <= set(state["setting_to_setting"].split(","))


def test_a_dataset_has_only_what_its_pack_says_it_speaks_of(pack: Pack, tmp_path: Path) -> None:
    lines = {"component": Expression("'births'"), "area_name": Expression("name")}
    births = replace(
        dataset("births", "population_change"),
        mirror=SourceSpec("files", {"path": "births.csv"}, Mapping(lines)),
    )
    folder = synth.write_city(pack.city, [births], tmp_path, rows=1)
    made = pq.read_table(tmp_path / folder.tables[births.id].path)
    assert made["component"].unique().to_pylist() == ["births"]
    assert made["age"].null_count == made.num_rows
    assert len(made["area_id"].unique()) > 10


def test_one_area_stands_for_the_one_a_dataset_is_of(pack: Pack, tmp_path: Path) -> None:
    lines = {"area_id": Expression("'E09000003'"), "area_name": Expression("'Barnet'")}
    one = replace(
        dataset("barnet", "dwelling_stock"),
        mirror=SourceSpec("files", {"path": "barnet.csv"}, Mapping(lines)),
    )
    folder = synth.write_city(pack.city, [one], tmp_path, rows=1)
    made = pq.read_table(tmp_path / folder.tables[one.id].path)
    assert len(made["area_id"].unique()) == 1
    assert set(made["measure"].to_pylist()) == {"dwellings", "vacant", "households"}


@pytest.mark.parametrize(
    ("until", "year"),
    [(date(2026, 7, 1), 2026), (date(2026, 6, 30), 2025), (date(2020, 1, 1), 2019)],
)
def test_the_last_mid_year_is_the_last_one_before_the_record_ends(until: date, year: int) -> None:
    assert last_mid_year(until) == year
