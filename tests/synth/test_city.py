"""A synthetic city is the same for the same seed, plausible, and labelled."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import replace
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
import shapely

from interurban import synth
from interurban.catalog.packs import load_packs
from interurban.core.dataset import SourceSpec
from interurban.core.errors import BadRequest, ConfigurationError
from interurban.synth import city as synthetic_city
from interurban.workspace import Catalogue

from .conftest import Pack


@pytest.fixture(scope="module")
def made(pack: Pack, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("synthetic")
    synth.write_city(pack.city, pack.datasets, out, rows=60_000, seed=7)
    return out


def table(folder: Path, name: str) -> pa.Table:
    return pq.read_table(folder / "testville" / f"{name}.parquet")


def shapes(folder: Path, name: str) -> np.ndarray:
    return shapely.from_wkb(table(folder, name)["geometry"].to_numpy())


def fingerprint(folder: Path) -> dict[str, str]:
    return {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.rglob("*.parquet"))
    }


def standards(repository: Path) -> dict[str, dict]:
    folder = repository / "src" / "interurban" / "standards"
    return {file.stem: json.loads(file.read_text()) for file in folder.glob("*.json")}


def test_the_same_seed_gives_the_same_bytes(pack: Pack, made: Path, tmp_path: Path) -> None:
    synth.write_city(pack.city, pack.datasets, tmp_path, rows=60_000, seed=7)
    assert fingerprint(tmp_path) == fingerprint(made)


def test_another_seed_gives_another_city(pack: Pack, made: Path, tmp_path: Path) -> None:
    synth.write_city(pack.city, pack.datasets, tmp_path, rows=60_000, seed=8)
    before, after = fingerprint(made), fingerprint(tmp_path)
    of_the_country = {f"{name}.parquet" for name in ("send_cost", "send_state", "vital_rate")}
    assert {name for name in before if before[name] == after[name]} == of_the_country


def test_rows_do_not_depend_on_how_many_threads_make_them(
    pack: Pack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    crimes = [each for each in pack.datasets if each.standard == "crime_incident@1"]
    rows = 3 * synthetic_city.BLOCK_ROWS + 5
    synth.write_city(pack.city, crimes, tmp_path / "two", rows=rows)
    monkeypatch.setattr(synthetic_city, "_THREADS", 1)
    synth.write_city(pack.city, crimes, tmp_path / "one", rows=rows)
    assert fingerprint(tmp_path / "two") == fingerprint(tmp_path / "one")
    assert table(tmp_path / "one", "crime_incident")["incident_id"].to_pylist()[-1] == (
        f"SYN-CR-{rows}"
    )


def test_a_dataset_is_the_same_whatever_is_made_beside_it(
    pack: Pack, made: Path, tmp_path: Path
) -> None:
    alone = [each for each in pack.datasets if each.name in ("school", "wards")]
    synth.write_city(pack.city, alone, tmp_path, rows=10, seed=7)
    assert fingerprint(tmp_path).items() <= fingerprint(made).items()


def test_there_are_as_many_events_as_asked_for(made: Path) -> None:
    folder = synth.read_folder(made)
    assert folder is not None
    events = synthetic_city.EVENTS.keys()
    rows = sum(
        made_table.rows
        for made_table in folder.tables.values()
        if made_table.standard.partition("@")[0] in events
    )
    assert rows == 60_000


def test_every_standard_a_city_can_publish_has_a_maker(repository: Path) -> None:
    """What only models give, and no city describes, is worked out and never made up."""
    graphs = [plan.graph for plan in Catalogue.discover("interurban.apps").plans.values()]
    needed = {table.standard for graph in graphs for table in graph.needs}
    described = {dataset.standard for dataset in load_packs().datasets.values()}
    given = {table.standard for graph in graphs for table in graph.gives}
    outputs = {str(name).partition("@")[0] for name in given - needed - described}
    assert set(standards(repository)) - outputs <= synth.MAKERS
    assert not outputs & synth.MAKERS


def test_columns_are_fields_of_the_standard_and_required_ones_are_there(
    repository: Path, made: Path
) -> None:
    folder = synth.read_folder(made)
    assert folder is not None
    known = standards(repository)
    for name in folder.tables:
        source = folder.source(name)
        assert source is not None
        assert source.mapping is not None
        fields = known[folder.tables[name].standard.partition("@")[0]]["fields"]
        given = set(source.mapping.expressions)
        required = {
            field["name"] for field in fields if field.get("constraints", {}).get("required")
        }
        assert given <= {field["name"] for field in fields}, name
        assert required <= given, name


def test_values_keep_to_the_code_lists_and_limits_of_the_standard(
    repository: Path, made: Path
) -> None:
    folder = synth.read_folder(made)
    assert folder is not None
    known = standards(repository)
    for name, made_table in folder.tables.items():
        rows = table(made, name.partition(".")[2])
        for field in known[made_table.standard.partition("@")[0]]["fields"]:
            rule = field.get("constraints", {})
            if field["name"] not in rows.column_names:
                continue
            values = rows[field["name"]].drop_null()
            if "enum" in rule:
                assert set(values.unique().to_pylist()) <= set(rule["enum"]), (name, field["name"])
            if "minimum" in rule:
                assert pc.min(values).as_py() >= rule["minimum"], (name, field["name"])
            if "maximum" in rule:
                assert pc.max(values).as_py() <= rule["maximum"], (name, field["name"])


@pytest.mark.parametrize("city", ["chicago", "london"])
def test_no_dataset_of_a_real_citys_pack_comes_out_empty(city: str, tmp_path: Path) -> None:
    packs = load_packs()
    own = [each for each in packs.datasets.values() if each.city == city]
    folder = synth.write_city(packs.cities[city], own, tmp_path, rows=1_000)
    assert len(folder.tables) > 50
    assert not [name for name, made in folder.tables.items() if made.rows == 0]


def test_what_a_run_gave_is_never_made_up(pack: Pack, tmp_path: Path) -> None:
    schools = next(each for each in pack.datasets if each.name == "school")
    given = replace(schools, id="testville.run_x", live=SourceSpec("model", {"run": "x"}))
    folder = synth.write_city(pack.city, [schools, given], tmp_path, rows=1)
    assert set(folder.tables) == {schools.id}


def test_events_lie_on_land_inside_the_city(pack: Pack, made: Path) -> None:
    rows = table(made, "service_request")
    points = shapely.points(rows["longitude"].to_numpy(), rows["latitude"].to_numpy())
    west, south, east, north = pack.city.bounds
    assert shapely.contains(shapely.box(west, south, east, north), points).all()
    water = shapely.union_all(shapes(made, "water_area"))
    # The quay along the river is a street, so a point may stand on its edge, not in it.
    assert not shapely.contains(shapely.buffer(water, -2e-5), points).any()


def test_events_crowd_in_some_places(made: Path) -> None:
    rows = table(made, "crime_incident")
    box = np.histogram2d(rows["longitude"].to_numpy(), rows["latitude"].to_numpy(), bins=40)[0]
    busiest = np.sort(box.ravel())[::-1]
    assert busiest[: len(busiest) // 10].sum() > 0.3 * busiest.sum()


def test_days_have_a_season_and_weekdays_a_rhythm(made: Path) -> None:
    rows = table(made, "service_request")
    local = pc.local_timestamp(pc.cast(rows["requested_datetime"], _local()))
    weekday = np.bincount(pc.day_of_week(local).to_numpy(), minlength=7)
    assert weekday[6] < 0.92 * weekday[:5].mean()
    month = np.bincount(pc.month(local).to_numpy(), minlength=13)
    assert month[[6, 7, 8]].sum() > 1.2 * month[[12, 1, 2]].sum()
    hour = np.bincount(pc.hour(local).to_numpy(), minlength=24)
    assert hour[12] > 4 * hour[3]


def _local() -> pa.DataType:
    return pa.timestamp("us", "America/Chicago")


def test_the_record_ends_where_it_was_told_to(pack: Pack, tmp_path: Path) -> None:
    crimes = [each for each in pack.datasets if each.standard == "crime_incident@1"]
    synth.write_city(pack.city, crimes, tmp_path, rows=20_000, until=date(2019, 3, 1))
    times = table(tmp_path, "crime_incident")["occurred_at"]
    zone = ZoneInfo("America/Chicago")
    assert pc.min(times).as_py().astimezone(zone).date() == date(2016, 3, 1)
    assert pc.max(times).as_py().astimezone(zone).date() == date(2019, 2, 28)


@pytest.mark.parametrize("name", ["wards", "tracts"])
def test_areas_tile_the_city_without_gap_or_overlap(made: Path, name: str) -> None:
    areas = shapes(made, name)
    assert shapely.is_valid(areas).all()
    union = shapely.union_all(areas)
    assert union.geom_type == "Polygon"
    assert not union.interiors
    assert math.isclose(union.area, shapely.area(areas).sum(), rel_tol=1e-9)


@pytest.mark.parametrize("name", ["park", "street_segment", "transit_line", "zone"])
def test_shapes_are_geoparquet(made: Path, name: str) -> None:
    metadata = pq.read_metadata(made / "testville" / f"{name}.parquet").metadata
    assert json.loads(metadata[b"geo"])["primary_column"] == "geometry"
    assert shapely.is_valid(shapes(made, name)).all()


def test_an_event_lies_in_the_area_it_states(made: Path) -> None:
    rows = table(made, "building_permit").slice(0, 2_000)
    wards = dict(
        zip(table(made, "wards")["area_id"].to_pylist(), shapes(made, "wards"), strict=True)
    )
    stated = np.array([wards[ward] for ward in rows["area_id"].to_pylist()])
    points = shapely.points(rows["longitude"].to_numpy(), rows["latitude"].to_numpy())
    assert (shapely.distance(stated, points) < 1e-6).all()


def test_a_restaurant_stays_where_it_is(made: Path) -> None:
    rows = table(made, "food_inspection")
    places = rows.group_by(["business_id", "name", "longitude", "latitude"]).aggregate([])
    assert len(places) == len(rows["business_id"].unique())


def test_the_folder_is_labelled_and_knows_its_datasets(made: Path) -> None:
    folder = synth.read_folder(made)
    assert folder is not None
    assert json.loads((made / synth.LABEL).read_text())["synthetic"] is True
    source = folder.source("testville.crime_incident")
    assert source is not None
    assert source.options["path"] == "testville/crime_incident.parquet"
    assert folder.source("testville.unknown") is None


def test_a_second_city_joins_the_first_in_the_folder(pack: Pack, made: Path) -> None:
    other = replace(pack.city, id="elsewhere")
    schools = replace(pack.datasets[0], id="elsewhere.things", city="elsewhere")
    synth.write_city(other, [schools], made, rows=100)
    folder = synth.read_folder(made)
    assert folder is not None
    assert {"elsewhere.things", "testville.wards"} <= folder.tables.keys()


def test_what_is_shown_of_a_synthetic_dataset_names_no_publisher(pack: Pack) -> None:
    shown = synth.label(pack.datasets[0])
    assert "SYNTHETIC" in shown.title
    assert "SYNTHETIC" in shown.attribution
    assert "Testville" not in shown.publisher + shown.attribution


def test_a_folder_without_a_label_is_not_synthetic(tmp_path: Path) -> None:
    assert synth.read_folder(tmp_path) is None


def test_a_damaged_label_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / synth.LABEL).write_text("{}")
    with pytest.raises(ConfigurationError, match="interurban synth"):
        synth.read_folder(tmp_path)


@pytest.mark.parametrize("rows", [0, -1, 1_000_000_001])
def test_a_size_out_of_range_is_refused(pack: Pack, tmp_path: Path, rows: int) -> None:
    with pytest.raises(BadRequest, match="1,000,000,000"):
        synth.write_city(pack.city, pack.datasets, tmp_path, rows=rows)
