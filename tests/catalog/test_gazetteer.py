"""Places by name: how they may be written, and which is meant first."""

from __future__ import annotations

import csv
import gzip
import io
import json
import time
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import shape

from interurban.catalog.gazetteer import Gazetteer, PlaceTable, normalised


def table(*rows: tuple[object, ...]) -> pa.Table:
    names = ("label", "lon", "lat", "area", "other")[: len(rows[0])]
    return pa.table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))


SMALL = Gazetteer(
    [
        PlaceTable(
            "chicago",
            "chicago.wards_2023",
            "ward",
            table(("Ward 42", -87.6, 41.9, "42"), ("Ward 1", -87.7, 41.9, "1")),
        ),
        PlaceTable(
            "chicago",
            "chicago.zip_codes",
            "ZIP code",
            table(("ZIP 60614", -87.65, 41.92, "60614")),
        ),
        PlaceTable(
            "chicago",
            "chicago.neighborhoods",
            "neighborhood",
            table(
                ("West Town", -87.67, 41.89, "West Town", "Wicker Park, West Town"),
                ("Wicker Park", -87.68, 41.91, "Wicker Park", None),
            ),
        ),
        PlaceTable(
            "chicago",
            "chicago.intersections",
            "corner",
            table(
                ("N STATE ST & W MADISON ST", -87.6278, 41.8820),
                ("S STATE ST & E MADISON ST", -87.6278, 41.8820),
                ("N CLARK ST & W LAKE ST", -87.6309, 41.8857),
            ),
        ),
        PlaceTable(
            "chicago",
            "chicago.l_stations",
            "station",
            table(("Clark/Lake", -87.6309, 41.8857), ("51st", -87.6185, 41.8021)),
        ),
        PlaceTable(
            "chicago",
            "chicago.bike_stations",
            "bike station",
            table(("Daley Center Plaza", -87.6296, 41.8842), ("Lost", None, None)),
        ),
        PlaceTable(
            "london",
            "london.tfl_stations",
            "station",
            table(
                ("King's Cross St. Pancras Underground Station", -0.1238, 51.5304),
                ("Elephant & Castle", -0.1005, 51.4943),
                ("Élysée (Zone 1)", -0.1, 51.5),
            ),
        ),
        PlaceTable("london", "london.pubs", "pub", table(("Wicker Park", -0.2, 51.5)), rank=20),
    ]
)


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("ward 42", "Ward 42"),
        ("WARD 42", "Ward 42"),
        ("42nd ward", "Ward 42"),
        ("1st ward", "Ward 1"),
        ("60614", "ZIP 60614"),
        ("zip 60614", "ZIP 60614"),
        ("zip code 60614", "ZIP 60614"),
        ("wicker park", "Wicker Park"),
        ("Wicker Park neighborhood", "Wicker Park"),
        ("State & Madison", "N STATE ST & W MADISON ST"),
        ("madison and state", "N STATE ST & W MADISON ST"),
        ("Madison St & State Street", "N STATE ST & W MADISON ST"),
        ("North State Street / West Madison Street", "N STATE ST & W MADISON ST"),
        ("clark and lake", "Clark/Lake"),
        ("Clark/Lake station", "Clark/Lake"),
        ("51st", "51st"),
        ("Kings Cross St Pancras", "King's Cross St. Pancras Underground Station"),
        ("king’s cross saint pancras", "King's Cross St. Pancras Underground Station"),
        ("elephant and castle", "Elephant & Castle"),
        ("Elysee", "Élysée (Zone 1)"),
    ],
)
def test_a_place_is_found_however_its_name_is_written(typed: str, name: str) -> None:
    found = SMALL.named(typed)
    assert found
    assert found[0].name == name
    assert found[0].match == "exact"


def test_a_number_alone_is_no_ward() -> None:
    assert SMALL.named("42") == []


def test_an_own_name_comes_before_another_s_other_name_and_kinds_by_their_rank() -> None:
    assert [(p.name, p.kind) for p in SMALL.named("Wicker Park")] == [
        ("Wicker Park", "neighborhood"),
        ("Wicker Park", "pub"),
        ("West Town", "neighborhood"),
    ]
    assert [p.kind for p in SMALL.named("Wicker Park", "london")] == ["pub"]


@pytest.mark.parametrize(
    ("typed", "name", "match"),
    [
        ("Daley Center", "Daley Center Plaza", "prefix"),
        ("daley centre", "Daley Center Plaza", "prefix"),
        ("pancras king", "King's Cross St. Pancras Underground Station", "words"),
        ("plaza dal", "Daley Center Plaza", "words"),
        ("Dayley Centre", "Daley Center Plaza", "similar"),
        ("Elephnt Castel", "Elephant & Castle", "similar"),
    ],
)
def test_beginnings_words_and_slips_are_found_in_this_order(
    typed: str, name: str, match: str
) -> None:
    found = SMALL.search(typed)
    assert found
    assert (found[0].name, found[0].match) == (name, match)


def test_slips_are_forgiven_only_where_asked_and_only_small_ones() -> None:
    assert SMALL.search("Dayley Centre", similar=False) == []
    assert SMALL.search("Qwertyuiop") == []
    assert SMALL.search("") == []
    assert SMALL.search("...") == []


def test_a_corner_recorded_twice_is_one_place() -> None:
    assert len(SMALL.named("State & Madison")) == 1


def test_an_area_knows_its_boundary_and_its_id() -> None:
    (ward,) = SMALL.named("ward 42")
    assert ward.area == ("chicago.wards_2023", "42")
    assert SMALL.named("Clark/Lake")[0].area is None


def test_a_record_without_a_place_is_left_out() -> None:
    assert SMALL.search("Lost") == []


@given(st.text(max_size=30))
def test_any_text_may_be_looked_for(text: str) -> None:
    assert len(SMALL.search(text, limit=3)) <= 3
    assert normalised(normalised(text)) == normalised(text) or not text.isascii()


# Real names of both cities


def _text(path: Path) -> str:
    content = path.read_bytes()
    return (gzip.decompress(content) if path.suffix == ".gz" else content).decode()


def _features(path: Path, label: str, area: str | None = None, title: bool = False) -> pa.Table:
    features = json.loads(_text(path))["features"]
    rows = []
    for feature in features:
        middle = shapely.make_valid(shape(feature["geometry"])).representative_point()
        name = str(feature["properties"][label])
        code = str(feature["properties"][area]) if area else None
        rows.append((name.title() if title else name, middle.x, middle.y, code))
    return table(*rows)


def _records(path: Path, label: str, lon: str, lat: str) -> pa.Table:
    rows = [
        (row[label], float(row[lon]), float(row[lat]))
        for row in csv.DictReader(io.StringIO(_text(path)))
        if row[lon] and row[lat]
    ]
    return table(*rows)


@pytest.fixture(scope="module")
def real(shared_data: Path) -> Gazetteer:
    chicago, london = shared_data / "core" / "chicago", shared_data / "core" / "london"

    def tables() -> Iterator[PlaceTable]:
        yield PlaceTable(
            "chicago",
            "chicago.community_areas",
            "community area",
            _features(
                chicago / "boundary_community_areas.geojson", "community", "area_numbe", True
            ),
        )
        yield PlaceTable(
            "chicago",
            "chicago.neighborhoods",
            "neighborhood",
            _features(chicago / "boundary_neighborhoods.geojson", "pri_neigh", "pri_neigh"),
        )
        yield PlaceTable(
            "chicago",
            "chicago.divvy_stations",
            "bike station",
            _records(chicago / "divvy_stations.csv", "Station Name", "Longitude", "Latitude"),
        )
        yield PlaceTable(
            "chicago",
            "chicago.l_stations",
            "station",
            _records(chicago / "cta_l_stations_ridership.csv", "stationname", "long", "lat"),
        )
        yield PlaceTable(
            "chicago",
            "chicago.intersections",
            "corner",
            _records(
                chicago / "street_intersections.csv.gz", "intersection", "longitude", "latitude"
            ),
        )
        yield PlaceTable(
            "chicago",
            "chicago.bus_stops",
            "bus stop",
            _records(chicago / "cta_gtfs_bus_stops.csv.gz", "stop_name", "stop_lon", "stop_lat"),
        )
        yield PlaceTable(
            "london",
            "london.boroughs",
            "borough",
            _features(london / "boundary_boroughs_2022_gen20.geojson", "LAD22NM", "LAD22CD"),
        )
        yield PlaceTable(
            "london",
            "london.wards_2014",
            "ward",
            _features(london / "boundary_wards_2014.geojson.gz", "NAME", "GSS_CODE"),
        )
        yield PlaceTable(
            "london",
            "london.tfl_stations",
            "station",
            _features(london / "tfl_stations.geojson", "name"),
        )
        yield PlaceTable(
            "london",
            "london.national_rail_stations",
            "station",
            _features(london / "national_rail_stations_clip.geojson", "name"),
        )

    return Gazetteer(tables())


@pytest.mark.parametrize(
    ("typed", "name", "kind", "lon", "lat"),
    [
        ("Daley Center", "Daley Center Plaza", "bike station", -87.6296, 41.8842),
        ("Millennium Park", "Millennium Park", "bike station", -87.6241, 41.8810),
        ("Wicker Park", "Wicker Park", "neighborhood", -87.68, 41.91),
        ("the Loop", "Loop", "community area", -87.63, 41.88),
        ("State & Madison", "N STATE ST & W MADISON ST", "corner", -87.6278, 41.8820),
        ("Clark/Lake", "Clark/Lake", "station", -87.6309, 41.8857),
        ("Hackney", "Hackney", "borough", -0.06, 51.55),
        ("hakney", "Hackney", "borough", -0.06, 51.55),
        ("kings cross st pancras", "King's Cross St. Pancras", "station", -0.1238, 51.5304),
    ],
)
def test_the_places_of_both_cities_are_where_they_are(
    real: Gazetteer, typed: str, name: str, kind: str, lon: float, lat: float
) -> None:
    found = real.search(typed)[0]
    assert (found.name, found.kind) == (name, kind)
    assert found.lon == pytest.approx(lon, abs=0.02)
    assert found.lat == pytest.approx(lat, abs=0.02)


def test_a_name_is_found_before_a_person_notices(real: Gazetteer) -> None:
    """Processor time, because the machine may have other work."""
    assert len(real) > 35_000
    for typed in (
        "Daley Center",
        "Hakney",
        "s",
        "madison and state",
        "qqqqqqqqqqq",
        "north avenue",
    ):
        began = time.process_time()
        for _ in range(5):
            real.search(typed)
        assert (time.process_time() - began) / 5 < 0.02, typed
