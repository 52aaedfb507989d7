"""Socrata: recorded replies read right, pages of one piece, and only what changed since."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import shapely

from interurban.core.dataset import SourceFacts, SourceSpec, Unpivot
from interurban.core.errors import ConfigurationError, SourceChanged, SourceRefused
from interurban.sources import Fetching, open_source
from interurban.sources.discovery import discover, parse_address
from interurban.sources.socrata import discover as discover_socrata

from .portal_kinds import Row, Socrata
from .portal_server import (
    Asked,
    Fault,
    Portal,
    Reply,
    cut_in_the_middle,
    json_reply,
    length_too_long,
    server_error,
    too_many_requests,
)

AT = "2018-08-09T10:00:00.000Z"


def exchange(shared_data: Path, name: str) -> Any:
    recorded = shared_data / "portals" / "socrata" / "recorded_exchanges" / f"{name}.json"
    return json.loads(recorded.read_text())["response"]["body"]


@pytest.fixture
def landmarks(shared_data: Path, portal: Portal) -> Socrata:
    """Chicago's landmark districts as recorded."""
    view = exchange(shared_data, "data.cityofchicago.org__api__views__zidz-sdfj")
    rows = exchange(shared_data, "data.cityofchicago.org__resource__zidz-sdfj.json-a2e38c")
    served = Socrata(view, rows)
    portal.answers(served)
    return served


def spec(portal: Portal, dataset: str = "zidz-sdfj", **options: Any) -> SourceSpec:
    return SourceSpec("socrata", {"domain": portal.url, "dataset": dataset, **options})


def read(
    source: SourceSpec, fetching: Fetching, since: SourceFacts | None = None
) -> tuple[list[Row], SourceFacts, bool]:
    reading = open_source(source, fetching, since)
    assert reading is not None
    with reading:
        rows = [row for batch in reading.batches() for row in batch.to_pylist()]
        return rows, reading.facts(), reading.incremental


# Recorded replies


def test_a_recorded_dataset_of_chicago_is_read(
    portal: Portal, landmarks: Socrata, fetching: Fetching
) -> None:
    rows, facts, incremental = read(spec(portal), fetching)
    assert rows[0] == {
        "district_name": "Old Town Triangle",
        "designation_date": "1977-09-28T07:00:00.000Z",
        "_row": 1,
    }
    assert [row["_row"] for row in rows] == list(range(1, 11))
    assert facts.origin == f"{portal.url}/d/zidz-sdfj"
    assert facts.source_time is not None
    assert facts.source_time.year == 2011
    assert not incremental
    assert "crs" not in facts.reading


def test_every_type_of_column_becomes_text(
    shared_data: Path, portal: Portal, fetching: Fetching
) -> None:
    view = exchange(shared_data, "soda.demo.socrata.com__api__views__2asz-g9qq")
    recorded = exchange(shared_data, "soda.demo.socrata.com__resource__2asz-g9qq.json-c3f84c")
    portal.answers(Socrata(view, recorded))
    rows, facts, _ = read(spec(portal, "2asz-g9qq"), fetching)
    row = rows[0]
    assert row["number_column"] == "42"
    assert row["money_column"] == "1000000"
    assert row["date_time_column"] == "2014-10-13T00:00:00.000"
    assert row["date_time_with_timezone_column"] == "2014-10-14T07:00:00.000Z"
    assert row["checkbox_column"] == "true"
    assert row["location_column"] == "POINT (-122.33477954499972 47.5982815480005)"
    assert row["location_column_latitude"] == "47.5982815480005"
    assert row["location_column_address"] == "83 South King Street"
    assert row["location_column_city"] == "Seattle"
    assert row["location_column_zip"] is None
    assert row["website_url_column"].startswith("http")
    assert row["document"] == "ping-pong.gif"
    assert row["document_content_type"] == "image/gif; charset=binary"
    assert row["photo_column"] == "ZXF6YilAOjRH26G2TH05mvHMTlDnLCwn6CysLQP18hc"
    assert not any(name.startswith(":@computed") for name in row)
    assert shapely.from_wkb(row["geometry"]).coords[0] == (-122.33477954499972, 47.5982815480005)
    assert facts.reading["crs"] == "EPSG:4326"
    assert facts.reading["geometry"] == "location_column"


def test_a_box_is_ticked_or_not_or_unknown(
    shared_data: Path, portal: Portal, fetching: Fetching
) -> None:
    view = exchange(shared_data, "soda.demo.socrata.com__api__views__w8wm-g3qx")
    recorded = exchange(shared_data, "soda.demo.socrata.com__resource__w8wm-g3qx.json-c3f84c")
    portal.answers(Socrata(view, recorded))
    rows, _, _ = read(spec(portal, "w8wm-g3qx"), fetching)
    assert [row["checkbox"] for row in rows] == ["true", None, "false"]


def test_a_recorded_link_keeps_its_words(
    shared_data: Path, portal: Portal, fetching: Fetching
) -> None:
    view = exchange(shared_data, "soda.demo.socrata.com__api__views__7caz-dk9s")
    recorded = exchange(shared_data, "soda.demo.socrata.com__resource__7caz-dk9s.json-c3f84c")
    portal.answers(Socrata(view, recorded))
    rows, _, _ = read(spec(portal, "7caz-dk9s"), fetching)
    assert rows[0]["url_with_description"] == "https://opendata.cityofnewyork.us/"
    assert rows[0]["url_with_description_description"] == "I'm Description Text!"
    assert rows[0]["url_without_description_description"] is None


def test_a_thousand_recorded_rows_of_the_old_backend_are_read_in_pages(
    shared_data: Path, portal: Portal, fetching: Fetching
) -> None:
    fixtures = shared_data / "portals" / "socrata" / "other_city_fixtures"
    view = json.loads((fixtures / "crimes-views.json").read_text())
    recorded = json.loads((fixtures / "crimes-page.json").read_text())
    portal.answers(Socrata(view, recorded))
    rows, facts, _ = read(spec(portal, view["id"], page_size=300), fetching)
    assert len(rows) == 1_000
    assert [row["cad_event_number"] for row in rows] == [
        row.get("cad_event_number") for row in recorded
    ]
    assert rows[0]["incident_location_longitude"] == "-122.404612874"
    assert shapely.from_wkb(rows[0]["geometry"]).x == -122.404612874
    assert facts.reading["geometry"] == "incident_location"


def test_points_lines_and_polygons_are_shapes(portal: Portal, fetching: Fetching) -> None:
    square = [[[[0, 0], [1, 0], [1, 1], [0, 0]]]]
    columns = [
        {"fieldName": "the_geom", "dataTypeName": "multipolygon"},
        {"fieldName": "entrance", "dataTypeName": "point"},
        {"fieldName": "path", "dataTypeName": "line"},
    ]
    row = {
        "the_geom": {"type": "MultiPolygon", "coordinates": square},
        "entrance": {"type": "Point", "coordinates": [-87.6, 41.9]},
        "path": {"type": "LineString", "coordinates": [[0, 0], [1, 1]]},
    }
    portal.answers(Socrata({"id": "aaaa-bbbb", "columns": columns}, [row, {}]))
    rows, _, _ = read(spec(portal, "aaaa-bbbb"), fetching)
    assert shapely.from_wkb(rows[0]["geometry"]).area == 0.5
    assert rows[0]["entrance"] == "POINT (-87.6 41.9)"
    assert rows[0]["path"] == "LINESTRING (0 0, 1 1)"
    assert "the_geom" not in rows[0]
    assert rows[1] == {"entrance": None, "path": None, "geometry": None, "_row": 2}


def test_a_map_is_read_from_the_table_behind_it(
    shared_data: Path, portal: Portal, fetching: Fetching
) -> None:
    fixtures = shared_data / "portals" / "socrata" / "other_city_fixtures"
    recorded = json.loads((fixtures / "zip-view.json").read_text())
    layer = [{"fieldName": "the_geom", "dataTypeName": "multipolygon"}]
    square = {"type": "MultiPolygon", "coordinates": [[[[0, 0], [1, 0], [1, 1], [0, 0]]]]}
    portal.answers(Socrata(recorded, []))
    portal.answers(Socrata({"id": "jc6v-v5jn", "columns": layer}, [{"the_geom": square}]))
    rows, facts, _ = read(spec(portal, "3rgj-95q8"), fetching)
    assert shapely.from_wkb(rows[0]["geometry"]).area == 0.5
    assert facts.origin == f"{portal.url}/d/3rgj-95q8"


def test_a_map_of_several_layers_lists_them(portal: Portal, fetching: Fetching) -> None:
    view = {"id": "aaaa-bbbb", "columns": [], "childViews": ["cccc-dddd", "eeee-ffff"]}
    portal.answers(Socrata(view, []))
    with pytest.raises(SourceRefused, match=r"map of 2 layers.*cccc-dddd, eeee-ffff"):
        open_source(spec(portal, "aaaa-bbbb"), fetching)


def test_what_is_no_table_is_told(portal: Portal, fetching: Fetching) -> None:
    portal.answers(Socrata({"id": "aaaa-bbbb", "columns": [], "viewType": "blobby"}, []))
    with pytest.raises(SourceRefused, match=r"no table \(blobby\)"):
        open_source(spec(portal, "aaaa-bbbb"), fetching)


# Questions


def test_a_filter_and_a_choice_of_columns_are_asked_of_the_portal(
    portal: Portal, landmarks: Socrata, fetching: Fetching
) -> None:
    where = "district_name = 'Astor Street'"
    rows, facts, _ = read(spec(portal, where=where, columns=["district_name", ":id"]), fetching)
    assert rows == [{"district_name": "Astor Street", ":id": "row-00003", "_row": 1}]
    assert facts.reading["filter"] == where


def test_soda3_is_asked_where_there_is_a_token(
    portal: Portal, landmarks: Socrata, fetching: Fetching
) -> None:
    old, _, _ = read(spec(portal), fetching)
    assert "/api/v3/views/zidz-sdfj/query.json" not in portal.paths()
    with_token = replace(fetching, tokens={portal.host: "secret"})
    new, facts, _ = read(spec(portal, page_size=4), with_token)
    assert "/api/v3/views/zidz-sdfj/query.json" in portal.paths()
    assert new == old
    assert facts.reading["api"] == "SODA 3"


def test_the_api_can_be_chosen(portal: Portal, landmarks: Socrata, fetching: Fetching) -> None:
    with pytest.raises(SourceRefused, match=r"An app token is needed.*app token"):
        open_source(spec(portal, api="3"), fetching)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"dataset": "crimes"}, "no id of a Socrata dataset"),
        ({"pagesize": 3}, 'no option "pagesize"'),
        ({"page_size": 0}, "whole number from 1"),
        ({"api": "4"}, "one of 2.1, 3"),
        ({"where": ["x"]}, "not text"),
    ],
)
def test_an_option_that_cannot_be_is_told(
    portal: Portal, fetching: Fetching, options: dict[str, Any], words: str
) -> None:
    with pytest.raises(ConfigurationError, match=words):
        open_source(spec(portal, **options), fetching)


def test_a_missing_dataset_is_told_in_the_recorded_words(
    shared_data: Path, portal: Portal, fetching: Fetching
) -> None:
    fixtures = shared_data / "portals" / "socrata" / "other_city_fixtures"
    body = (fixtures / "missing-views.json").read_bytes()
    portal.answers(lambda asked: Reply(404, body))
    with pytest.raises(SourceRefused, match=r"Cannot find view with id missing.*Look the dataset"):
        open_source(spec(portal), fetching)


def test_a_column_that_is_gone_is_told(
    portal: Portal, landmarks: Socrata, fetching: Fetching
) -> None:
    with pytest.raises(SourceRefused, match="no such column: colour"):
        open_source(spec(portal, where="colour = 1"), fetching)


# Pages of one piece


@pytest.mark.parametrize(
    "fault", [server_error, cut_in_the_middle, length_too_long, too_many_requests("1")]
)
def test_trouble_in_the_middle_loses_and_repeats_nothing(
    portal: Portal, landmarks: Socrata, fetching: Fetching, fault: Fault
) -> None:
    reading = open_source(spec(portal, page_size=3), fetching)
    assert reading is not None
    portal.misbehaves(fault, times=3, on="/resource/")
    with reading:
        rows = [row for batch in reading.batches() for row in batch.to_pylist()]
    assert [row["district_name"] for row in rows] == [r["district_name"] for r in landmarks.rows]


def changes_at(landmarks: Socrata, queries: set[int]) -> None:
    """Add one row before each of these queries, and move the time on."""

    def before(number: int) -> None:
        if number in queries:
            landmarks.add({"district_name": f"New {number}"}, f"2018-08-09T{number:02d}:00:00.000Z")

    landmarks.before = before


def test_rows_added_while_reading_start_it_anew(
    portal: Portal, landmarks: Socrata, fetching: Fetching
) -> None:
    changes_at(landmarks, {4})
    rows, facts, _ = read(spec(portal, page_size=3), fetching)
    names = [row["district_name"] for row in rows]
    assert len(names) == len(set(names)) == 11
    assert names[-1] == "New 4"
    assert [row["_row"] for row in rows] == list(range(1, 12))
    assert json.loads(facts.cursor)[:2] == ["2018-08-09T04:00:00.000Z", 11]


def test_rows_removed_while_reading_start_it_anew(
    portal: Portal, landmarks: Socrata, fetching: Fetching
) -> None:
    landmarks.before = lambda number: (
        landmarks.remove("district_name", "Old Town Triangle") if number == 4 else None
    )
    rows, _, _ = read(spec(portal, page_size=3), fetching)
    assert [row["district_name"] for row in rows] == [r["district_name"] for r in landmarks.rows]
    assert len(rows) == 9


def test_rows_that_never_stand_still_are_told(
    portal: Portal, landmarks: Socrata, fetching: Fetching
) -> None:
    changes_at(landmarks, set(range(2, 60)))
    with pytest.raises(SourceChanged, match="zidz-sdfj changed while it was read"):
        read(spec(portal, page_size=3), fetching)
    assert list(fetching.work.iterdir()) == []


def test_a_page_that_comes_twice_starts_it_anew(
    portal: Portal, landmarks: Socrata, fetching: Fetching
) -> None:
    def same_page(asked: Asked, _reply: Reply) -> Reply:
        return json_reply([{":id": "row-1", "district_name": "Again"}])

    reading = open_source(spec(portal, page_size=3), fetching)
    assert reading is not None
    portal.misbehaves(lambda _asked, reply: reply, on="/resource/")
    portal.misbehaves(same_page, times=2, on="/resource/")
    # The state is asked for first, then two pages that are one and the same.
    with reading:
        rows = [row for batch in reading.batches() for row in batch.to_pylist()]
    assert len(rows) == 10


# Only what changed since


def test_nothing_new_is_not_read(portal: Portal, landmarks: Socrata, fetching: Fetching) -> None:
    _, facts, _ = read(spec(portal), fetching)
    assert open_source(spec(portal), fetching, facts) is None


def test_only_changed_and_new_rows_are_read_again(
    portal: Portal, landmarks: Socrata, fetching: Fetching
) -> None:
    _, facts, _ = read(spec(portal), fetching)
    landmarks.change("district_name", "Astor Street", AT, designation_date="2000-01-01")
    landmarks.add({"district_name": "Pullman"}, AT)
    rows, facts, incremental = read(spec(portal), fetching, facts)
    assert incremental
    # All ten share the time of the last reading and come again: an upsert keeps them as they are.
    assert {row["district_name"] for row in rows} >= {"Astor Street", "Pullman"}
    assert json.loads(facts.cursor)[:2] == [AT, 11]
    landmarks.add({"district_name": "Prairie Avenue"}, "2018-08-10T10:00:00.000Z")
    rows, _, _ = read(spec(portal), fetching, facts)
    assert [row["district_name"] for row in rows] == ["Astor Street", "Pullman", "Prairie Avenue"]


def test_a_table_made_long_is_read_whole_because_its_rows_have_no_key_of_the_portal(
    portal: Portal, landmarks: Socrata, fetching: Fetching
) -> None:
    unpivot = Unpivot(value="when", name="what", columns=("designation_date",))
    source = replace(spec(portal), unpivot=unpivot)
    _, facts, _ = read(source, fetching)
    assert open_source(source, fetching, facts) is None
    landmarks.change("district_name", "Astor Street", AT, designation_date="2000-01-01")
    rows, _, incremental = read(source, fetching, facts)
    assert not incremental
    assert len(rows) == 10
    assert {row["what"] for row in rows} == {"designation_date"}


def test_a_row_written_in_the_same_instant_after_the_last_reading_is_not_lost(
    portal: Portal, landmarks: Socrata, fetching: Fetching
) -> None:
    landmarks.add({"district_name": "Pullman"}, AT)
    _, facts, _ = read(spec(portal), fetching)
    landmarks.add({"district_name": "Prairie Avenue"}, AT)
    rows, _, _ = read(spec(portal), fetching, facts)
    assert "Prairie Avenue" in {row["district_name"] for row in rows}


def test_a_row_deleted_at_the_portal_makes_all_be_read_again(
    portal: Portal, landmarks: Socrata, fetching: Fetching
) -> None:
    _, facts, _ = read(spec(portal), fetching)
    landmarks.remove("district_name", "Astor Street")
    landmarks.add({"district_name": "Pullman"}, AT)
    rows, _, incremental = read(spec(portal), fetching, facts)
    assert not incremental
    assert len(rows) == 10


def test_a_table_replaced_as_a_whole_is_read_as_a_whole(
    portal: Portal, landmarks: Socrata, fetching: Fetching
) -> None:
    _, facts, _ = read(spec(portal), fetching)
    kept, landmarks.rows = landmarks.rows, []
    for row in kept:
        landmarks.add({"district_name": row["district_name"]}, AT)
    rows, _, incremental = read(spec(portal), fetching, facts)
    assert not incremental
    assert len(rows) == 10


def test_a_row_that_left_the_filter_makes_all_be_read_again(
    portal: Portal, landmarks: Socrata, fetching: Fetching
) -> None:
    source = spec(portal, where="designation_date > '1980'")
    before, facts, _ = read(source, fetching)
    landmarks.add({"district_name": "Pullman", "designation_date": "1999"}, AT)
    rows, facts, incremental = read(source, fetching, facts)
    assert incremental
    late = "2018-08-10T10:00:00.000Z"
    landmarks.change("district_name", "Pullman", late, designation_date="1950")
    landmarks.change("district_name", "Astor Street", late, designation_date="1990")
    rows, _, incremental = read(source, fetching, facts)
    assert not incremental
    assert len(rows) == len(before) + 1


def test_another_question_is_answered_as_a_whole(
    portal: Portal, landmarks: Socrata, fetching: Fetching
) -> None:
    _, facts, _ = read(spec(portal), fetching)
    rows, _, incremental = read(spec(portal, columns=["district_name"]), fetching, facts)
    assert not incremental
    assert len(rows) == 10


# The catalogue


def test_the_recorded_catalogue_of_chicago_is_searched(
    shared_data: Path, portal: Portal, fetching: Fetching
) -> None:
    folder = shared_data / "portals" / "socrata" / "catalog_v1"
    page = json.loads((folder / "api.us.socrata.com_v1-2966a2.json").read_text())
    page["resultSetSize"] = 20

    def route(asked: Asked) -> Reply | None:
        return json_reply(page) if asked.path == "/api/catalog/v1" else None

    portal.answers(route)
    listed = list(
        discover_socrata("data.cityofchicago.org", "cta", fetching=fetching, catalogue=portal.url)
    )
    assert len(listed) == 20
    assert [asked.params["offset"] for asked in portal.asked] == ["0", "10"]
    crashes = listed[0]
    assert crashes.title == "Traffic Crashes - Crashes"
    assert crashes.address == "socrata:data.cityofchicago.org/85ca-t3if"
    assert crashes.updated_at is not None
    assert dict(parse_address(crashes.address).options) == {
        "domain": "data.cityofchicago.org",
        "dataset": "85ca-t3if",
    }


@pytest.mark.parametrize(
    "text", ["crimes.csv", "socrata:", "socrata:ijzp-q8t2", "arcgis:host/0", "mars:host/id"]
)
def test_what_is_no_address_is_told(text: str) -> None:
    with pytest.raises(ConfigurationError, match="no address of a portal"):
        parse_address(text)


def test_a_portal_that_cannot_be_searched_is_told(fetching: Fetching) -> None:
    with pytest.raises(ConfigurationError, match="no portal that can be searched"):
        discover("arcgis:host", fetching=fetching)


@pytest.fixture(autouse=True)
def nothing_is_left_behind(fetching: Fetching) -> Iterator[None]:
    yield
    assert not fetching.work.exists() or list(fetching.work.iterdir()) == []
