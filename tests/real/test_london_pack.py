"""London's pack against its real files: nothing is lost, and values mean what they say."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pytest
import shapely
from pyarrow import csv

import interurban
from interurban.catalog import loads
from interurban.catalog.loading import Origin
from interurban.catalog.node import Node
from interurban.catalog.packs import load_packs
from interurban.core.dataset import Dataset, Snapshot
from interurban.core.errors import Refused
from interurban.core.query import ByField, ByTime, Measure

Load = Callable[[str], Snapshot]

CITY = "london"
PACKS = load_packs()
DATASETS = {d.id: d for d in PACKS.datasets.values() if d.city == CITY}

ROWS_BESIDE_THE_CORE = {
    "alliance/london_companies_top1000_2025.csv.gz": 1_000,
    "alliance/london_food_hygiene_2020-07.csv.gz": 68_836,
    "district/london_laqn_daily_2020.csv.gz": 9_752,
    "schools/london/births_borough_2005_2010_2015.csv": 36,
    "schools/london/births_to_reception_ratio_borough_2014.csv": 34,
    "schools/london/dfe_place_scorecard_dictionary.csv.gz": 223,
    "schools/london/dfe_place_scorecard_london.csv.gz": 102,
    "schools/london/flows_lsoa11_to_secondary_2016.csv.gz": 37_243,
    "schools/london/imd2019_lsoa11.csv.gz": 4_835,
    "schools/london/imd2019_scores_lsoa21.csv.gz": 4_994,
    "schools/london/ks4_school_info_2024.csv.gz": 859,
    "schools/london/last_distance_offered_kingston_2013_2016.csv": 109,
    "schools/london/lookup_lsoa11_ward22_weighted.csv.gz": 6_449,
    "schools/london/lookup_lsoa21_ward22_bestfit.csv.gz": 4_994,
    "schools/london/pop_lsoa11_mid2019_2020.csv.gz": 4_835,
    "schools/london/pop_lsoa21_census2021_bands.csv.gz": 4_994,
    "schools/london/pop_msoa11_census2011_single_year.csv.gz": 983,
    "schools/london/ptal_lsoa21_2023.csv.gz": 4_994,
    "schools/london/road_km_to_primary_lsoa11_2019.csv.gz": 4_835,
    "schools/london/school_capacity_c2020.csv.gz": 2_641,
    "schools/london/schools_atlas_2016.csv.gz": 3_889,
    "schools/london/schools_gias_2025-05.csv.gz": 3_221,
    "schools/london/urn_links.csv.gz": 3_723,
    "witan/demography/inputs/future_fertility_trend_assumption.csv": 3_990,
    "witan/demography/inputs/future_mortality_trend_assumption.csv": 12_700,
    "witan/demography/inputs/historic_births.csv": 8_476,
    "witan/demography/inputs/historic_births_by_age_of_mother.csv": 9_780,
    "witan/household/inputs/dclg_2015_dwellings.csv": 1_630,
    "witan/household/inputs/dclg_2015_vacant_dwellings.csv": 1_630,
    "witan/household/inputs/dclg_hh_formation_rates_london10_wide.csv": 1_140,
    "witan/household/inputs/dclg_hh_popn_barnet.csv": 3_132,
    "witan/household/inputs/dclg_hh_popn_proj_london10_wide.csv": 1_140,
    "witan/household/inputs/dclg_hh_repr_rates_barnet.csv": 3_132,
    "witan/household/inputs/dclg_inst_popn_barnet.csv": 3_132,
    "witan/household/inputs/dclg_inst_popn_proj_london10_wide.csv": 1_140,
    "witan/household/inputs/gla_test_popn_barnet.csv": 7_280,
}
"""Rows that the READMEs of the other layers give."""

TEN_BOROUGHS = (
    "london.household_population_2012",
    "london.institutional_population_2012",
    "london.representative_rates_2012",
)
ALL_AGES = 10 * 2 * 3 * 47
"""Cells of the ten boroughs' files that repeat the others: boroughs x sexes x relationships x
years of the rows TOT."""

FAULTS = {
    **{dataset: {("area_id", "row"): ALL_AGES} for dataset in TEN_BOROUGHS},
    "london.bus_stops": {("stop_id", "row"): 1, ("geometry", "value"): 1},
    "london.crimes_city_of_london": {("incident_id", "row"): 3},
    "london.food_hygiene": {("geometry", "value"): 21},
    "london.food_hygiene_2015": {("geometry", "value"): 16},
    "london.schools": {("geometry", "value"): 3},
    "london.schools_2016": {("school_id", "row"): 396},
    "london.ulez_2021": {("geometry", "row"): 6},
}
"""What is wrong in the files themselves, as their notes say; everything else loads without one."""

WITHOUT_PLACE = {
    "london.bus_stops": 1,
    "london.crimes_city_of_london": 611,
    "london.food_hygiene": 8_088,
    "london.food_hygiene_2015": 5_008,
    "london.schools": 7,
}
"""Rows that have no place, or none that can be."""

EXTENTS = {
    "london.air_quality_sites_2020": (date(2020, 1, 20), date(2020, 4, 20)),
    "london.crimes": (date(2019, 3, 1), date(2020, 2, 1)),
    "london.crimes_city_of_london": (date(2022, 7, 1), date(2023, 6, 1)),
    "london.cycle_hire_hourly": (date(2015, 1, 4), date(2017, 1, 3)),
    "london.food_hygiene_2015": (date(1999, 1, 27), date(2015, 2, 16)),
    "london.house_prices": (date(1995, 1, 1), date(2020, 1, 1)),
    "london.station_counts": (date(2003, 1, 1), date(2016, 1, 1)),
}

AREAS = {
    "london.boroughs": 33,
    "london.boroughs_2014": 33,
    "london.greater_london": 1,
    "london.lsoa_2011": 4_835,
    "london.lsoa_2021": 4_994,
    "london.msoa_2021": 1_002,
    "london.postcode_districts": 298,
    "london.wards_2014": 633,
}


BECOME_ROWS = {
    **dict.fromkeys(TEN_BOROUGHS, 47),
    "london.births_by_borough": 3,
    "london.births_to_reception": 3,
    "london.children_2011": 20,
    "london.children_2020": 2,
    "london.deprivation_2011_areas": 2 * 8,
    "london.ks4_measures": 9,
    "london.lsoa_electricity": 4 * 11,
    "london.lsoa_income": 12,
    "london.mps_crime_borough": 167,
    "london.mps_crime_lsoa": 25,
    "london.mps_crime_ward": 25,
    "london.national_fertility": 2 * 3,
    "london.national_mortality": 3,
    "london.place_scorecard": 81,
    "london.population_2021_by_age": 6,
    "london.population_by_age": 2 * 5,
}
"""Columns of the wide files that become rows: measures x years, months, sexes x ages ..."""

READ_AGAIN = ("london.ks4_measures", "london.population_2021_by_age", "london.population_by_age")
"""Datasets that read a file which another reads by area or school."""


def mirror_path(dataset: Dataset) -> str:
    assert dataset.mirror is not None
    return str(dataset.mirror.options["path"])


@pytest.fixture(scope="session")
def readme_rows(shared_data: Path) -> dict[str, int]:
    """Rows of every London file, as the READMEs count them."""
    text = (shared_data / "core" / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (london/\S+) \| ([\d,]+) \|", text, re.MULTILINE)
    core = {f"core/{path}": int(count.replace(",", "")) for path, count in rows}
    return core | ROWS_BESIDE_THE_CORE


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    with interurban.open(tmp_path_factory.mktemp("london")) as opened:
        yield opened


@pytest.fixture
def load(node: Node, shared_data: Path) -> Load:
    """Load a dataset from the mirror, once for all tests."""

    def loaded(dataset: str) -> Snapshot:
        if dataset not in node.snapshots():
            loads.load(node, dataset, Origin(mirror=shared_data))
        return node.snapshot(dataset)

    return loaded


@pytest.fixture
def total(load: Load, node: Node) -> Callable[[str, str], float]:
    """The sum of a number field over all rows."""

    def summed(dataset: str, field: str) -> float:
        load(dataset)
        return float(pc.sum(node[dataset].select(field).to_arrow().column(field)).as_py())

    return summed


def groups(node: Node, dataset: str, field: str) -> dict[str, int]:
    """How many rows each value of a field has."""
    counted = node[dataset].aggregate(by=(ByField(field),)).to_pylist()
    return {row[field]: row["count"] for row in counted}


def only(node: Node, dataset: str, condition: str) -> list[dict[str, Any]]:
    """The rows that meet a condition."""
    return node[dataset].filter(condition).to_arrow().to_pylist()


def test_every_london_file_of_the_core_is_a_dataset(readme_rows: dict[str, int]) -> None:
    described = Counter(
        mirror_path(dataset) for dataset in DATASETS.values() if dataset.id not in READ_AGAIN
    )
    assert described == Counter(readme_rows.keys())


@pytest.mark.parametrize("dataset", sorted(DATASETS))
def test_a_load_keeps_or_explains_every_row(
    dataset: str, load: Load, node: Node, readme_rows: dict[str, int]
) -> None:
    snapshot = load(dataset)
    in_file = readme_rows[mirror_path(DATASETS[dataset])]
    assert snapshot.rows + snapshot.left_out == in_file * BECOME_ROWS.get(dataset, 1)
    if dataset == "london.school_flows_2016":
        assert (snapshot.left_out, snapshot.blanked) == (0, 0)
        with pytest.raises(Refused, match="tell more than may be had"):
            node.rejects(dataset)
        return
    rejects = node.rejects(dataset, limit=10_000)
    found = Counter((reject.field, reject.action) for reject in rejects)
    assert found == FAULTS.get(dataset, {})


@pytest.mark.parametrize("dataset", sorted(DATASETS))
def test_places_lie_in_the_region(dataset: str, load: Load) -> None:
    snapshot = load(dataset)
    if snapshot.geometry == "none":
        pytest.skip("has no places")
    west, south, east, north = PACKS.cities[CITY].region
    assert snapshot.bbox is not None
    assert west <= snapshot.bbox[0] <= snapshot.bbox[2] <= east
    assert south <= snapshot.bbox[1] <= snapshot.bbox[3] <= north
    assert snapshot.rows - snapshot.placed == WITHOUT_PLACE.get(dataset, 0)


@pytest.mark.parametrize("dataset", sorted(DATASETS))
def test_every_column_has_a_value_somewhere(dataset: str, load: Load, node: Node) -> None:
    fields = [field.name for field in load(dataset).fields]
    table = node[dataset].select(*fields).to_arrow()
    assert [name for name in fields if table.column(name).null_count == table.num_rows] == []


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


def test_an_air_monitor_that_keeps_gmt_is_not_moved_in_summer(load: Load) -> None:
    extent = load("london.air_quality_marylebone").time_extent
    assert extent == (datetime(1998, 1, 1, tzinfo=UTC), datetime(2005, 6, 23, 12, tzinfo=UTC))


def test_boundary_sets_are_whole(load: Load, node: Node) -> None:
    assert {entry.dataset for entry in PACKS.cities[CITY].boundaries} == set(AREAS)
    for dataset, areas in AREAS.items():
        assert load(dataset).geometry == "polygon"
        assert node[dataset].aggregate(by=(ByField("area_id"),)).num_rows == areas, dataset


def test_one_borough_map_follows_the_other_without_a_gap() -> None:
    new, old = (entry for entry in PACKS.cities[CITY].boundaries if entry.name == "boroughs")
    assert old.valid_to is not None
    assert new.valid_from is not None
    assert (new.valid_from - old.valid_to).days == 1


def test_wards_fill_the_boroughs_they_name(total: Callable[[str, str], float]) -> None:
    wards = total("london.wards_2014", "land_area")
    assert wards == pytest.approx(total("london.boroughs_2014", "land_area"), rel=1e-3)


def test_crimes_keep_the_police_types_inside_the_shared_groups(load: Load, node: Node) -> None:
    load("london.crimes")
    types = groups(node, "london.crimes", "primary_type")
    assert len(types) == 12
    found = groups(node, "london.crimes", "category")
    assert found["theft"] == sum(
        types[kind]
        for kind in ("Bicycle theft", "Other theft", "Shoplifting", "Theft from the person")
    )
    assert found["vehicle crime"] == types["Vehicle crime"] == 118_724
    assert found["burglary"] == 78_319
    assert groups(node, "london.crimes", "occurred_precision") == {"month": 664_620}


def by_header(shared_data: Path, dataset: str) -> dict[str, float]:
    """The sum of every column that becomes rows, straight from the wide file."""
    mirror = DATASETS[dataset].mirror
    assert mirror is not None
    assert mirror.unpivot is not None
    table = csv.read_csv(shared_data / mirror.options["path"])
    wide = [name for name in table.column_names if re.fullmatch(mirror.unpivot.pattern, name)]
    return {name: float(pc.sum(table.column(name)).as_py()) for name in wide}


@pytest.mark.parametrize(
    ("dataset", "first", "last", "crimes"),
    [
        ("london.mps_crime_borough", "2010-04", "2024-02", 11_213_684),
        ("london.mps_crime_ward", "2024-02", "2026-02", 1_782_174),
        ("london.mps_crime_lsoa", "2024-02", "2026-02", 1_730_432),
    ],
)
def test_each_month_of_recorded_crime_is_its_column_of_the_file(
    dataset: str, first: str, last: str, crimes: int, load: Load, node: Node, shared_data: Path
) -> None:
    load(dataset)
    months = node[dataset].aggregate(Measure("sum", "crimes"), by=(ByTime("month"),))
    found = {f"{row['time_period_month']:%Y%m}": row["sum_crimes"] for row in months.to_pylist()}
    assert found == by_header(shared_data, dataset)
    assert (min(found), max(found)) == (first.replace("-", ""), last.replace("-", ""))
    assert sum(found.values()) == crimes


@pytest.mark.parametrize(
    ("dataset", "value"),
    [
        ("london.lsoa_electricity", "value"),
        ("london.lsoa_income", "value"),
        ("london.national_fertility", "value"),
        ("london.population_2021_by_age", "people"),
        ("london.population_by_age", "people"),
    ],
)
def test_a_long_table_adds_up_to_the_wide_file(
    dataset: str, value: str, total: Callable[[str, str], float], shared_data: Path
) -> None:
    assert total(dataset, value) == pytest.approx(
        sum(by_header(shared_data, dataset).values()), rel=1e-12
    )


def test_electricity_keeps_its_measures_and_years_apart(load: Load, node: Node) -> None:
    load("london.lsoa_electricity")
    (row,) = only(
        node,
        "london.lsoa_electricity",
        "area_id = 'E01000001' AND measure = 'Electricity used at home, total' "
        "AND time_period = DATE('2011-01-01')",
    )
    assert (row["value"], row["unit"]) == (4_700_669.2, "kWh")
    assert groups(node, "london.lsoa_electricity", "unit") == {
        "kWh": 4_835 * 11,
        "kWh a meter": 2 * 4_835 * 11,  # never added to the totals
        "meters": 4_835 * 11,
    }
    assert groups(node, "london.lsoa_electricity", "measure") == dict.fromkeys(
        (
            "Electricity meters",
            "Electricity used at home, mean a meter",
            "Electricity used at home, median a meter",
            "Electricity used at home, total",
        ),
        4_835 * 11,
    )


def test_ages_add_up_to_the_people_of_each_area(load: Load, node: Node) -> None:
    for whole, parts in {
        "london.population": "london.population_by_age",
        "london.population_2021": "london.population_2021_by_age",
    }.items():
        load(whole)
        load(parts)
        areas = {row["area_id"]: row["population"] for row in only(node, whole, "population > 0")}
        ages = node[parts].aggregate(Measure("sum", "people"), by=(ByField("area_id"),))
        assert {row["area_id"]: row["sum_people"] for row in ages.to_pylist()} == areas, parts


def test_age_bandsfollow_each_other_without_a_gap(load: Load, node: Node) -> None:
    for dataset in ("london.population_2021_by_age", "london.population_by_age"):
        load(dataset)
        rows = node[dataset].select("age_from", "age_to").to_arrow().to_pylist()
        bands = sorted({(row["age_from"], row["age_to"] or 130) for row in rows})
        assert bands[0][0] == 0
        assert bands[-1][1] == 130
        for (_, last), (first, _) in pairwise(bands):
            assert first == last + 1, dataset


def test_recorded_crime_joins_the_boroughs_by_code(load: Load, node: Node) -> None:
    load("london.mps_crime_borough")
    load("london.boroughs")
    police = set(groups(node, "london.mps_crime_borough", "area_id"))
    boroughs = set(groups(node, "london.boroughs", "area_id"))
    assert boroughs - police == {"E09000001"}
    assert police - boroughs == {"London Heathrow and London City Airports", "Unknown"}


def test_populations_are_those_the_statistics_office_gives(
    total: Callable[[str, str], float],
) -> None:
    assert total("london.population", "population") == 9_002_488
    assert total("london.population", "male") + total("london.population", "female") == 9_002_488
    assert total("london.population_2021", "population") == pytest.approx(8_799_725, abs=200)


def test_small_area_tables_join_their_boundaries(load: Load, node: Node) -> None:
    for vintage, tables in {
        "london.lsoa_2011": ("lsoa_electricity", "lsoa_income", "population"),
        "london.lsoa_2021": (
            "deprivation",
            "lsoa_air_quality",
            "population_2021",
            "public_transport_access",
        ),
    }.items():
        load(vintage)
        areas = set(groups(node, vintage, "area_id"))
        for table in tables:
            load(f"london.{table}")
            assert set(groups(node, f"london.{table}", "area_id")) == areas, table


def test_british_grid_and_degrees_meet_at_the_same_station(load: Load, node: Node) -> None:
    load("london.tfl_stations")
    load("london.stations_combined")
    (degrees,) = only(node, "london.tfl_stations", "stop_name = 'Acton Town'")
    (grid,) = only(node, "london.stations_combined", "stop_name = 'Acton Town'")
    assert degrees["routes"] == "District, Piccadilly"
    assert degrees["zone_id"] == "3"
    assert degrees["nlc_id"] == grid["nlc_id"] == "0500"
    apart = shapely.from_wkb(degrees["geometry"]).distance(shapely.from_wkb(grid["geometry"]))
    assert apart < 0.0005


def test_bus_stops_lose_their_signs_but_not_their_meaning(load: Load, node: Node) -> None:
    load("london.bus_stops")
    (stop,) = only(node, "london.bus_stops", "stop_code = '91532'")
    assert stop["stop_name"] == "Westminster Stn / Parliament Square"
    assert stop["published_name"] == "WESTMINSTER STN <> / PARLIAMENT SQUARE"
    assert (stop["by_underground"], stop["by_rail"]) == (True, False)
    assert node["london.bus_stops"].near(-0.1264, 51.5006, 120).filter("stop_id = '1000'").count()


def test_food_ratings_speak_the_shared_words(load: Load, node: Node) -> None:
    load("london.food_hygiene")
    assert groups(node, "london.food_hygiene", "result") == {
        "pass": 35_569 + 13_304 + 7_264,
        "pass with conditions": 2_388,
        "fail": 2_035 + 214,
        "not assessed": 5_038 + 3 + 3_021,
    }
    assert node["london.food_hygiene"].filter("rating = 5").count() == 35_569


def test_school_ages_that_a_spreadsheet_made_dates_are_ages_again(load: Load, node: Node) -> None:
    load("london.schools_2016")
    schools = node["london.schools_2016"]
    assert schools.filter("ages_published = '18-Nov' AND lowest_age <> 11").count() == 0
    assert schools.filter("lowest_age IS NULL OR lowest_age > highest_age").count() == 0


def test_the_base_map_has_all_its_layers() -> None:
    layers = {dataset.basemap for dataset in DATASETS.values() if dataset.basemap}
    assert layers == {"water", "park", "rail", "street", "boundary"}
