"""Counts, aggregates, cells and explanations: the same rows as numbers."""

from __future__ import annotations

import io

import httpx
import pyarrow as pa
import pyarrow.csv
import pytest

from interurban.catalog.node import Node

SCHOOLS = "/collections/london.schools"
CRIMES = "/collections/chicago.crimes_2019_sample"
FILTERS: list[dict[str, str]] = [
    {},
    {"phase": "primary"},
    {"bbox": "-0.2,51.45,0.0,51.6"},
    {"near": "-0.1276,51.5072,3000"},
    {"q": "saint"},
    {"filter": "pupils BETWEEN 200 AND 400 OR pupils IS NULL"},
]


@pytest.mark.parametrize("params", FILTERS)
def test_rows_count_groups_cells_and_files_agree(
    client: httpx.Client, params: dict[str, str]
) -> None:
    count = client.get(f"{SCHOOLS}/count", params=params).json()
    page = client.get(f"{SCHOOLS}/items", params={"limit": "10000", **params}).json()
    groups = client.get(f"{SCHOOLS}/aggregate", params={"by": "phase", **params}).json()
    cells = client.get(f"{SCHOOLS}/cells", params={"zoom": "10", **params}).json()
    file = client.get(f"{SCHOOLS}/items", params={"f": "arrow", **params}).content
    assert count["count"] > 0
    assert page["numberMatched"] == page["numberReturned"] == count["count"]
    assert groups["numberMatched"] == sum(row["count"] for row in groups["rows"]) == count["count"]
    assert cells["numberMatched"] == count["count"]
    assert sum(number for _, _, number in cells["cells"]) == count["placed"]
    assert cells["unplaced"] == count["count"] - count["placed"]
    assert pa.ipc.open_stream(file).read_all().num_rows == count["count"]


def test_an_aggregate_names_its_columns(client: httpx.Client, node: Node) -> None:
    params = {"by": "time:month,category", "measures": "count,median:arrest"}
    refused = client.get(f"{CRIMES}/aggregate", params=params)
    assert refused.status_code == 400
    assert refused.json()["part"] == "measures"
    found = client.get(f"{CRIMES}/aggregate", params={"by": "time:month,category"}).json()
    assert found["groups"] == ["occurred_at_month", "category"]
    assert found["measures"] == ["count"]
    assert found["version"] == node.snapshot("chicago.crimes_2019_sample").version
    assert found["source"]["dataset"] == "chicago.crimes_2019_sample"
    assert set(found["rows"][0]) == {"occurred_at_month", "category", "count"}


def test_a_period_begins_at_local_midnight(client: httpx.Client) -> None:
    rows = client.get(f"{CRIMES}/aggregate", params={"by": "time:day"}).json()["rows"]
    assert rows
    assert all(row["occurred_at_day"].endswith("T00:00:00") for row in rows)


def test_measures_are_those_of_the_rows(client: httpx.Client) -> None:
    measures = "count,sum:pupils,avg:pupils,min:pupils,max:pupils,median:pupils"
    row = client.get(f"{SCHOOLS}/aggregate", params={"measures": measures}).json()["rows"][0]
    features = client.get(f"{SCHOOLS}/items", params={"limit": "10000"}).json()["features"]
    pupils = sorted(v for f in features if (v := f["properties"]["pupils"]) is not None)
    assert row["count"] == len(features)
    assert row["sum_pupils"] == pytest.approx(sum(pupils))
    assert row["avg_pupils"] == pytest.approx(sum(pupils) / len(pupils))
    assert (row["min_pupils"], row["max_pupils"]) == (pupils[0], pupils[-1])
    middle = len(pupils) // 2
    median = pupils[middle] if len(pupils) % 2 else (pupils[middle - 1] + pupils[middle]) / 2
    assert row["p50_pupils"] == pytest.approx(median)


def test_groups_by_area_count_every_row(client: httpx.Client) -> None:
    found = client.get(f"{SCHOOLS}/aggregate", params={"by": "area:london.boroughs"}).json()
    assert sum(row["count"] for row in found["rows"]) == found["numberMatched"]
    hackney = {row["area"]: row["count"] for row in found["rows"]}["E09000012"]
    inside = client.get(f"{SCHOOLS}/count", params={"in": "london.boroughs:E09000012"}).json()
    assert inside["count"] == hackney > 50


def test_aggregates_come_as_csv_and_arrow(client: httpx.Client) -> None:
    params = {"by": "phase"}
    rows = client.get(f"{SCHOOLS}/aggregate", params=params).json()["rows"]
    csv = client.get(f"{SCHOOLS}/aggregate", params=params | {"f": "csv"})
    arrow = client.get(f"{SCHOOLS}/aggregate", params=params | {"f": "arrow"})
    assert pa.ipc.open_stream(arrow.content).read_all().to_pylist() == rows
    from_csv = pa.csv.read_csv(io.BytesIO(csv.content)).to_pylist()
    assert [row["count"] for row in from_csv] == [row["count"] for row in rows]


def test_groups_that_were_cut_off_are_said_so(client: httpx.Client) -> None:
    params = {"by": "name", "limit": "10", "sortby": "-count"}
    found = client.get(f"{SCHOOLS}/aggregate", params=params).json()
    assert found["numberReturned"] == len(found["rows"]) == 10
    assert found["complete"] is False


def test_cells_are_squares_of_the_global_grid(client: httpx.Client) -> None:
    found = client.get(f"{SCHOOLS}/cells", params={"level": "3"}).json()
    assert found["level"] == 3
    assert {(x, y) for x, y, _ in found["cells"]} <= {(3, 2), (4, 2)}  # either side of Greenwich


def test_an_explanation_names_what_emptied_the_answer(client: httpx.Client) -> None:
    params = {"datetime": "2001-01-01/2001-01-07", "category": "theft"}
    found = client.get(f"{CRIMES}/explain", params=params).json()
    without = {one["parameter"]: one for one in found["without"]}
    thefts = client.get(f"{CRIMES}/count", params={"category": "theft"}).json()["count"]
    assert found["count"] == without["category"]["count"] == 0
    assert without["datetime"]["count"] == thefts > 0
    assert without["datetime"]["label"] == "Jan 1 – 7, 2001"
    nearest = found["nearest"]
    assert nearest["label"].startswith("the last 7 days of the data")
    counted = client.get(f"{CRIMES}/count", params=nearest["params"]).json()["count"]
    assert counted == nearest["count"] > 0


def test_an_explanation_keeps_an_open_time_open(client: httpx.Client) -> None:
    params = {"datetime": "2020-03-01/..", "category": "theft"}
    found = client.get(f"{CRIMES}/explain", params=params).json()
    assert {one["label"] for one in found["without"]} == {"since Mar 1, 2020", "Category is theft"}
    nearest = found["nearest"]
    assert nearest["label"] == "since Dec 1, 2019"
    assert nearest["params"]["datetime"].endswith("/..")
    counted = client.get(f"{CRIMES}/count", params=nearest["params"]).json()["count"]
    assert counted == nearest["count"] > 0


def test_a_long_time_is_not_counted_in_days(client: httpx.Client) -> None:
    params = {"datetime": "2020-03-01/2020-12-31"}
    label = client.get(f"{CRIMES}/explain", params=params).json()["nearest"]["label"]
    assert label.endswith(", 2019, the end of the data")


def test_an_explanation_widens_a_place(client: httpx.Client) -> None:
    params = {"near": "-0.1276,51.5072,10"}
    found = client.get(f"{SCHOOLS}/explain", params=params).json()
    assert found["count"] == 0
    assert found["nearest"]["label"].startswith("within ")
    counted = client.get(f"{SCHOOLS}/count", params=found["nearest"]["params"]).json()
    assert counted["count"] == found["nearest"]["count"] > 0


def test_an_answer_with_rows_needs_no_explanation(client: httpx.Client) -> None:
    found = client.get(f"{CRIMES}/explain").json()
    assert found["count"] > 0
    assert found["without"] == []
    assert found["nearest"] is None
    assert found["newest"].startswith("2019-")


def test_history_and_rejects_account_for_every_row(client: httpx.Client, node: Node) -> None:
    snapshot = node.snapshot("london.schools")
    versions = client.get(f"{SCHOOLS}/history").json()["versions"]
    assert versions[0]["version"] == snapshot.version
    assert versions[0]["rows"] == snapshot.rows
    assert versions[0]["source"]["sha256"]
    first = client.get(f"{SCHOOLS}/rejects", params={"limit": "2"}).json()
    rejects = list(first["rejects"])
    following = [link["href"] for link in first["links"] if link["rel"] == "next"]
    rejects += client.get(following[0]).json()["rejects"]
    assert len(rejects) == snapshot.left_out + snapshot.blanked == 3
    assert all(reject["reason"] and reject["row"] > 0 for reject in rejects)
