"""The same rows in every format, and where they come from in each."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import httpx
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely

SCHOOLS = "/collections/london.schools/items"
FILTER = {"phase": "primary", "bbox": "-0.2,51.45,0.0,51.6"}


def fetch(client: httpx.Client, form: str, path: str = SCHOOLS, **params: str) -> httpx.Response:
    answer = client.get(path, params={"f": form, **params})
    assert answer.status_code == 200, answer.text
    return answer


@pytest.fixture(scope="module")
def features(client: httpx.Client) -> list[dict]:
    """The rows as GeoJSON: what every other format is compared to."""
    return fetch(client, "geojson", limit="10000", **FILTER).json()["features"]


def as_frame(features: list[dict]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame.from_features(features, crs="OGC:CRS84")


def assert_same(found: pd.DataFrame, features: list[dict]) -> None:
    """Same values in the same order; coordinates to a centimetre."""
    expected = as_frame(features)
    assert list(found["school_id"].astype(str)) == list(expected["school_id"].astype(str))
    for column in ("name", "phase", "pupils"):
        pd.testing.assert_series_equal(
            found[column], expected[column], check_dtype=False, check_names=False
        )
    assert shapely.equals_exact(
        found.geometry.to_numpy(), expected.geometry.to_numpy(), tolerance=1e-6
    ).all()


def test_geoparquet_holds_the_same_rows(client: httpx.Client, features: list[dict]) -> None:
    frame = gpd.read_parquet(io.BytesIO(fetch(client, "parquet", **FILTER).content))
    assert frame.crs == "OGC:CRS84"
    assert_same(frame, features)


def test_arrow_holds_the_same_rows(client: httpx.Client, features: list[dict]) -> None:
    table = pa.ipc.open_stream(fetch(client, "arrow", **FILTER).content).read_all()
    shapes = shapely.from_wkb(table.column("geometry").to_numpy())
    frame = gpd.GeoDataFrame(table.drop_columns("geometry").to_pandas(), geometry=shapes)
    assert_same(frame, features)


def test_flatgeobuf_holds_the_same_rows(
    client: httpx.Client, features: list[dict], tmp_path: Path
) -> None:
    path = tmp_path / "schools.fgb"
    path.write_bytes(fetch(client, "fgb", **FILTER).content)
    assert_same(pyogrio.read_dataframe(path), features)


def test_csv_holds_the_same_rows(client: httpx.Client, features: list[dict]) -> None:
    frame = pd.read_csv(io.BytesIO(fetch(client, "csv", **FILTER).content))
    points = gpd.points_from_xy(frame["longitude"], frame["latitude"])
    assert_same(gpd.GeoDataFrame(frame, geometry=points), features)


def test_a_geojson_download_holds_every_row(client: httpx.Client) -> None:
    answer = fetch(client, "geojson", download="true")
    document = answer.json()
    assert document["numberReturned"] == document["numberMatched"] == len(document["features"])
    assert len(document["features"]) > 3_000
    assert answer.headers["Content-Disposition"].endswith('.geojson"')


@pytest.mark.parametrize("form", ["csv", "parquet", "arrow", "fgb", "geojson"])
def test_a_file_of_no_rows_is_still_a_file(client: httpx.Client, form: str, tmp_path: Path) -> None:
    content = fetch(client, form, q="no such school anywhere", download="true").content
    path = tmp_path / f"empty.{form}"
    path.write_bytes(content)
    readers: dict[str, Callable[[], int]] = {
        "csv": lambda: len(pd.read_csv(path)),
        "parquet": lambda: len(gpd.read_parquet(path)),
        "arrow": lambda: pa.ipc.open_stream(content).read_all().num_rows,
        "fgb": lambda: len(pyogrio.read_dataframe(path)),
        "geojson": lambda: len(json.loads(content)["features"]),
    }
    assert readers[form]() == 0


@pytest.mark.parametrize(
    ("dataset", "kinds"),
    [
        ("chicago.l_lines", {"LineString", "MultiLineString"}),
        ("chicago.wards_2015", {"Polygon", "MultiPolygon"}),
    ],
)
def test_lines_and_areas_survive_every_format(
    client: httpx.Client, tmp_path: Path, dataset: str, kinds: set[str]
) -> None:
    path = f"/collections/{dataset}/items"
    expected = as_frame(fetch(client, "geojson", path).json()["features"])
    assert set(expected.geom_type) <= kinds
    parquet = gpd.read_parquet(io.BytesIO(fetch(client, "parquet", path).content))
    (tmp_path / "x.fgb").write_bytes(fetch(client, "fgb", path).content)
    flat = pyogrio.read_dataframe(tmp_path / "x.fgb")
    table = pa.csv.read_csv(io.BytesIO(fetch(client, "csv", path).content))
    text = shapely.from_wkt(table.column("geometry").to_pylist())
    for shapes in (parquet.geometry, flat.geometry, gpd.GeoSeries(text)):
        assert len(shapes) == len(expected)
        assert sorted(shapes.area) == pytest.approx(sorted(expected.area), rel=1e-4)
        assert sorted(shapes.length) == pytest.approx(sorted(expected.length), rel=1e-4)


def test_rows_without_places_have_no_geometry_column(client: httpx.Client) -> None:
    path = "/collections/london.population/items"
    header = fetch(client, "csv", path).text.splitlines()[0]
    assert "longitude" not in header
    assert "geometry" not in header
    assert "geometry" not in pq.read_table(io.BytesIO(fetch(client, "parquet", path).content))


def test_files_in_another_system_say_so(client: httpx.Client, tmp_path: Path) -> None:
    national = "http://www.opengis.net/def/crs/EPSG/0/27700"
    parquet = gpd.read_parquet(io.BytesIO(fetch(client, "parquet", crs=national, **FILTER).content))
    (tmp_path / "x.fgb").write_bytes(fetch(client, "fgb", crs=national, **FILTER).content)
    for frame in (parquet, pyogrio.read_dataframe(tmp_path / "x.fgb")):
        assert frame.crs.to_epsg() == 27700
        assert frame.geometry.x.between(500_000, 562_000).all()  # east first, in metres
    frame = pd.read_csv(io.BytesIO(fetch(client, "csv", crs=national, **FILTER).content))
    assert frame["x"].between(500_000, 562_000).all()


def test_every_file_is_named_for_dataset_and_version(client: httpx.Client) -> None:
    for form, ending in (("csv", "csv"), ("parquet", "parquet"), ("arrow", "arrows")):
        answer = fetch(client, form, **FILTER)
        version = answer.headers["X-Interurban-Version"]
        named = f'attachment; filename="london.schools-v{version}.{ending}"'
        assert answer.headers["Content-Disposition"] == named


def test_every_file_carries_source_and_licence(client: httpx.Client) -> None:
    expected = fetch(client, "geojson", limit="1").json()["source"]
    parquet = pq.read_schema(io.BytesIO(fetch(client, "parquet", **FILTER).content))
    arrow = pa.ipc.open_stream(fetch(client, "arrow", **FILTER).content).schema
    for schema in (parquet, arrow):
        assert json.loads(schema.metadata[b"interurban"]) == expected
    csv = fetch(client, "csv", **FILTER)
    assert csv.headers["X-Interurban-Attribution"]
    assert csv.headers["X-Interurban-As-Of"] == expected["as_of"]
    assert csv.links["license"]["url"] == expected["licence"]["url"]


def test_the_metadata_beside_a_csv_describes_it(client: httpx.Client) -> None:
    csv = fetch(client, "csv", **FILTER)
    described = client.get(csv.links["describedby"]["url"]).json()
    frame = pd.read_csv(io.BytesIO(csv.content))
    assert described["numberMatched"] == len(frame)
    names = [field["name"] for field in described["fields"] if field["type"] != "geometry"]
    assert list(frame.columns) == [*names, "longitude", "latitude"]
    assert described["source"]["licence"]["url"]


def test_units_and_titles_stand_in_the_schema(client: httpx.Client) -> None:
    schema = pa.ipc.open_stream(fetch(client, "arrow", **FILTER).content).schema
    assert schema.field("name").metadata[b"title"]


def test_formats_are_negotiated(client: httpx.Client) -> None:
    for accept, media_type in (
        ("text/csv", "text/csv; charset=utf-8"),
        ("application/vnd.apache.parquet", "application/vnd.apache.parquet"),
        ("application/json", "application/geo+json"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "application/geo+json"),
        ("text/csv;q=0.5, application/geo+json", "application/geo+json"),
    ):
        answer = client.get(SCHOOLS, params={"limit": "1"}, headers={"Accept": accept})
        assert answer.headers["content-type"] == media_type, accept
        assert "Accept" in answer.headers["vary"]
    refused = client.get(SCHOOLS, headers={"Accept": "image/png"})
    assert refused.status_code == 406
