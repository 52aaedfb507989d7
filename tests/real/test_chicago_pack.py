"""Chicago's pack against its real files: nothing is lost, and values mean what they say."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

import interurban
from interurban.catalog import loads
from interurban.catalog.loading import Origin
from interurban.catalog.node import Node
from interurban.catalog.packs import load_packs
from interurban.core.dataset import Dataset, Snapshot
from interurban.core.policy import Reader
from interurban.core.query import ByField, Measure
from interurban.standards.expressions import columns_of, parse_expression

Load = Callable[[str], Snapshot]

CITY = "chicago"
PACKS = load_packs()
DATASETS = {d.id: d for d in PACKS.datasets.values() if d.city == CITY}

ROWS_BESIDE_THE_CORE = {
    "alliance/chicago_beach_lab_2006_2021.csv.gz": 25_280,
    "alliance/chicago_business_licences_food.csv.gz": 27_600,
    "alliance/chicago_community_area_profiles_2013_2017.csv.gz": 77,
    "alliance/chicago_wnv_2007_2017.csv.gz": 25_295,
    "schools/chicago/attendance_all_grades_2013.geojson.gz": 458,
    "schools/chicago/attendance_elementary_sy2425_simplified.geojson.gz": 356,
    "schools/chicago/attendance_high_sy1516.geojson.gz": 55,
    "schools/chicago/attendance_middle_sy1516.geojson.gz": 23,
    "schools/chicago/capacity_utilization_elementary_2012_13.csv.gz": 472,
    "schools/chicago/community_area_profile_cmap2023.csv": 77,
    "schools/chicago/driving_minutes_tract_to_selective_hs.csv.gz": 8_701,
    "schools/chicago/enrollment_20thday_school_grade_2006_2026.csv.gz": 13_845,
    "schools/chicago/flows_zone_to_highschool_2019_2021.csv.gz": 18_466,
    "schools/chicago/high_schools_outcomes_sy2425.geojson": 170,
    "schools/chicago/population_zip_age_2018_2019.csv": 120,
    "schools/chicago/school_actions_2013.csv": 156,
    "schools/chicago/school_programs_admissions_sy2324.csv.gz": 935,
    "schools/chicago/schools_profile_sy2425.csv.gz": 652,
    "schools/chicago/selective_tiers_tract_2016_17.csv.gz": 796,
    "schools/chicago/tracts2020_acs_assigned_hs.geojson.gz": 791,
    "schools/chicago/transit_minutes_tract_to_selective_hs.csv.gz": 8_701,
}
"""Rows that the READMEs of the other layers give."""

FAULTS = {
    "chicago.beach_lab": {("observation_id", "row"): 2},
    "chicago.crimes_2019_sample": {("geometry", "value"): 1},
    "chicago.energy_benchmarking": {
        ("geometry", "value"): 2,
        ("district_steam_use", "value"): 2,
        ("district_chilled_water_use", "value"): 1,
    },
    "chicago.sanitation_complaints": {("service_request_id", "row"): 3},
    "chicago.sensor_nodes": {("geometry", "value"): 71},
    "chicago.zoning": {("geometry", "row"): 16},
}
"""What is wrong in the files themselves, as their notes say; everything else loads without one."""

WITHOUT_PLACE = {
    "chicago.beach_lab": 3_017,
    "chicago.business_licences": 3_188,
    "chicago.crimes_2019_sample": 267,
    "chicago.crimes_fraud_narcotics": 7_154,
    "chicago.energy_benchmarking": 2,
    "chicago.food_inspections": 110,
    "chicago.sanitation_complaints": 24,
    "chicago.sensor_nodes": 71,
    "chicago.west_nile_virus": 3_761,
}
"""Rows that have no place, or none that can be."""

EXTENTS = {
    "chicago.zip_code_ages": (date(2018, 12, 31), date(2019, 12, 31)),
    "chicago.building_permits": (date(2023, 1, 1), date(2025, 12, 31)),
    "chicago.crimes": (date(2018, 1, 1), date(2018, 8, 8)),
    "chicago.food_inspections": (date(2011, 9, 2), date(2014, 12, 30)),
    "chicago.l_station_entries": (date(2016, 1, 1), date(2021, 11, 30)),
    "chicago.sanitation_complaints": (date(2000, 1, 3), date(2015, 1, 1)),
    "chicago.weather_2015": (date(2015, 1, 28), date(2015, 1, 29)),
    "chicago.west_nile_virus": (date(2007, 5, 29), date(2017, 9, 14)),
}

AREAS = {
    "chicago.census_tracts_2010": 801,
    "chicago.city_boundary": 1,
    "chicago.community_areas": 77,
    "chicago.neighborhoods": 98,
    "chicago.police_beats": 275,
    "chicago.police_districts": 23,
    "chicago.wards_2015": 50,
    "chicago.wards_2023": 50,
    "chicago.zip_codes": 59,
}


BECOME_ROWS = {
    "chicago.community_area_ages": 7,
    "chicago.community_area_children": 2,
    "chicago.community_area_homes": 3,
    "chicago.high_school_measures": 11,
    "chicago.school_enrolment": 14,
    "chicago.school_profile_measures": 10,
    "chicago.school_rolls": 15,
    "chicago.selective_tiers": 9,
    "chicago.tract_statistics": 5,
    "chicago.zip_code_ages": 8,
    "chicago.zip_code_school_ages": 2,
}
"""Columns of the wide files that become rows: ages, kinds of homes, grades, measures, years."""

NO_ROW_OF_A_BLANK = {"chicago.school_enrolment": 333, "chicago.zip_code_school_ages": 118}
"""Blank cells of wide files that are no row, as their notes say."""

AGAIN_FOR_MODELS = (
    "chicago.community_area_ages",
    "chicago.community_area_children",
    "chicago.community_area_homes",
    "chicago.high_school_measures",
    "chicago.high_school_zones_2024",
    "chicago.school_enrolment",
    "chicago.school_profile_measures",
    "chicago.schools_2012",
    "chicago.tract_statistics",
    "chicago.zip_code_school_ages",
)
"""Datasets that read a file which another reads too."""


PLANNER = Reader(account="planner", groups=("school-planning",))
"""Someone from whom no number of pupils is hidden."""


def mirror_path(dataset: Dataset) -> str:
    assert dataset.mirror is not None
    return str(dataset.mirror.options["path"])


@pytest.fixture(scope="session")
def readme_rows(shared_data: Path) -> dict[str, int]:
    """Rows of every Chicago file, as the READMEs count them."""
    text = (shared_data / "core" / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (chicago/\S+) \| ([\d,]+) \|", text, re.MULTILINE)
    core = {f"core/{path}": int(count.replace(",", "")) for path, count in rows}
    return core | ROWS_BESIDE_THE_CORE


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    with interurban.open(tmp_path_factory.mktemp("chicago")) as opened:
        yield opened


@pytest.fixture
def load(node: Node, shared_data: Path) -> Load:
    """Load a dataset from the mirror, once for all tests."""

    def loaded(dataset: str) -> Snapshot:
        if dataset not in node.snapshots():
            loads.load(node, dataset, Origin(mirror=shared_data))
        return node.snapshot(dataset)

    return loaded


def test_every_chicago_file_of_the_core_is_a_dataset(readme_rows: dict[str, int]) -> None:
    described = sorted(
        mirror_path(dataset) for dataset in DATASETS.values() if dataset.id not in AGAIN_FOR_MODELS
    )
    assert described == sorted(readme_rows)


@pytest.mark.parametrize("dataset", sorted(DATASETS))
def test_a_load_keeps_or_explains_every_row(
    dataset: str, load: Load, node: Node, readme_rows: dict[str, int]
) -> None:
    load(dataset)
    seen = node.seen_by(PLANNER)
    snapshot = seen.snapshot(dataset)
    in_file = readme_rows[mirror_path(DATASETS[dataset])]
    blank = NO_ROW_OF_A_BLANK.get(dataset, 0)
    assert snapshot.rows + snapshot.left_out + blank == in_file * BECOME_ROWS.get(dataset, 1)
    rejects = seen.rejects(dataset, limit=10_000)
    found = Counter((reject.field, reject.action) for reject in rejects)
    assert found == FAULTS.get(dataset, {})


@pytest.mark.parametrize("dataset", sorted(DATASETS))
def test_places_lie_in_the_region(dataset: str, load: Load) -> None:
    snapshot = load(dataset)
    if snapshot.geometry == "none":
        pytest.skip("has no places")
    west, south, east, north = PACKS.cities[CITY].region
    assert snapshot.bbox is not None
    assert west <= snapshot.bbox[0] < snapshot.bbox[2] <= east
    assert south <= snapshot.bbox[1] < snapshot.bbox[3] <= north
    assert snapshot.rows - snapshot.placed == WITHOUT_PLACE.get(dataset, 0)


@pytest.mark.parametrize("dataset", sorted(DATASETS))
def test_every_role_that_is_asked_for_is_played(dataset: str, load: Load) -> None:
    wanted, played = DATASETS[dataset].roles, load(dataset).roles
    fields = {field.name for field in load(dataset).fields}
    assert wanted is not None
    for role in ("key", "time", "category", "label", "value"):
        name = getattr(wanted, role)
        assert getattr(played, role) == (name if name in fields else None), role
    assert played.search == tuple(name for name in wanted.search if name in fields)


@pytest.mark.parametrize("dataset", sorted(EXTENTS))
def test_times_are_read_in_the_citys_own_clock(dataset: str, load: Load) -> None:
    snapshot = load(dataset)
    assert snapshot.roles.time is not None
    assert snapshot.time_extent is not None
    field = snapshot.field(snapshot.roles.time)
    assert field is not None
    zone = PACKS.cities[CITY].zone
    first, last = (
        moment.astimezone(zone).date() if field.type == "datetime" else moment.date()
        for moment in snapshot.time_extent
    )
    assert (first, last) == EXTENTS[dataset]


def test_boundary_sets_are_whole(load: Load, node: Node) -> None:
    assert {entry.dataset for entry in PACKS.cities[CITY].boundaries} == set(AREAS)
    for dataset, areas in AREAS.items():
        assert load(dataset).geometry == "polygon"
        assert node[dataset].aggregate(by=(ByField("area_id"),)).num_rows == areas, dataset


def test_one_ward_map_follows_the_other_without_a_gap() -> None:
    old, new = (entry for entry in PACKS.cities[CITY].boundaries if entry.name == "wards")
    assert old.valid_to is not None
    assert new.valid_from is not None
    assert (new.valid_from - old.valid_to).days == 1


def test_crimes_keep_the_police_types_inside_the_shared_groups(load: Load, node: Node) -> None:
    load("chicago.crimes")
    found = node["chicago.crimes"].aggregate(by=(ByField("category"), ByField("primary_type")))
    groups = {row["primary_type"]: row["category"] for row in found.to_pylist()}
    assert len(groups) == 31
    assert groups["BATTERY"] == groups["HOMICIDE"] == "violence"
    assert groups["MOTOR VEHICLE THEFT"] == "vehicle crime"
    assert groups["THEFT"] == "theft"
    assert node["chicago.crimes"].filter("category = 'theft'").count() == 37_291
    assert node["chicago.crimes"].filter("arrest = TRUE").count() == 30_627


def test_energy_is_told_in_metric_units(load: Load, node: Node) -> None:
    load("chicago.energy_benchmarking")
    (hospital,) = (
        node["chicago.energy_benchmarking"].filter("building_id = '100001'").to_arrow().to_pylist()
    )
    assert hospital["gross_floor_area"] == pytest.approx(309_056 * 0.3048**2)
    assert hospital["electricity_use"] == pytest.approx(19_177_355.6 / 3.412141633, rel=1e-6)
    assert hospital["site_eui"] == pytest.approx(162.5 / 3.412141633 / 0.3048**2, rel=1e-6)


def test_sums_are_those_of_the_sources(load: Load, node: Node) -> None:
    def total(dataset: str, field: str) -> float:
        load(dataset)
        found = node[dataset].aggregate(Measure("sum", field))
        return float(found.column(f"sum_{field}")[0].as_py())

    assert total("chicago.block_311_requests", "value") == 4_303_726
    assert total("chicago.block_crimes", "value") == 234_233
    assert total("chicago.block_potholes", "value") == 2_495_969
    assert total("chicago.block_traffic_crashes", "injuries") == 198_817
    assert total("chicago.block_traffic_crashes", "deaths") == 1_154


def test_school_rolls_are_the_districts_own(load: Load, node: Node) -> None:
    load("chicago.school_rolls")
    rolls = node["chicago.school_rolls"]

    def pupils(where: str) -> float:
        found = rolls.filter(where).aggregate(Measure("sum", "pupils"))
        return float(found.column("sum_pupils")[0].as_py())

    assert pupils("year = 2025") == 316_224
    assert pupils("year = 2025 AND year_group = 0") == 20_040
    assert pupils("year = 2005 AND grade = '12'") == pupils("year = 2005 AND year_group = 12") > 0


def test_food_results_and_permits_speak_the_shared_words(load: Load, node: Node) -> None:
    load("chicago.food_inspections_2020")
    sample = node["chicago.food_inspections_2020"]
    assert sample.filter("result = 'not assessed'").count() == 21 + 14 + 6
    assert sample.filter("type = 'followup'").count() == 65 + 17 + 12
    load("chicago.building_permits")
    permits = node["chicago.building_permits"]
    assert permits.filter("permit_type = 'EXPRESS PERMIT PROGRAM'").count() == 52_896
    assert permits.filter("permit_type_mapped = 'Demolition'").count() == 1_905
    assert permits.filter("status_current_mapped = 'Permit Finaled'").count() == 44_565


def test_the_base_map_has_all_its_layers() -> None:
    layers = {dataset.basemap for dataset in DATASETS.values() if dataset.basemap}
    assert layers == {"water", "park", "rail", "street", "boundary"}


def test_live_mappings_read_columns_that_the_portal_has(shared_data: Path) -> None:
    columns = recorded_columns(shared_data / "portals" / "socrata" / "catalog_v1")
    live = {d.id: d.live for d in DATASETS.values() if d.live is not None}
    known = {name: spec for name, spec in live.items() if spec.options["dataset"] in columns}
    assert len(known) >= 9
    for name, spec in known.items():
        assert spec.mapping is not None
        read = {
            column.casefold()
            for line in spec.mapping.expressions.values()
            for column in columns_of(parse_expression(line.sql))
        }
        assert read - {"geometry"} <= columns[spec.options["dataset"]], name


def recorded_columns(folder: Path) -> dict[str, set[str]]:
    """Columns of the datasets that recorded replies of the portal's catalogue speak of."""
    found: dict[str, set[str]] = {}
    for reply in sorted(folder.glob("*.json")):
        for result in json.loads(reply.read_text(encoding="utf-8"))["results"]:
            if result["metadata"]["domain"] == "data.cityofchicago.org":
                resource = result["resource"]
                found[resource["id"]] = {c.casefold() for c in resource["columns_field_name"]}
    return found
