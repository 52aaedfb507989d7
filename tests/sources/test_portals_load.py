"""From a portal to snapshots: the first load whole, the next only what changed, nothing lost."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from urllib.parse import urlsplit

import pytest

import interurban
from interurban.catalog.files import look_at
from interurban.catalog.loading import Origin
from interurban.catalog.loads import load, load_file
from interurban.catalog.node import Node
from interurban.catalog.packs import load_packs
from interurban.core.dataset import SourceSpec
from interurban.core.errors import SourceRefused
from interurban.core.query import Query
from interurban.sources import Fetching, open_source

from .portal_kinds import Row, Socrata
from .portal_server import Portal, web_page

PACKS = Path(interurban.__file__).parent / "cities"
FIELDS = """id case_number date block iucr primary_type description location_description arrest
    domestic beat district ward community_area fbi_code updated_on latitude longitude""".split()
LATER = "2018-08-09T10:00:00.000Z"
LATEST = "2018-08-10T10:00:00.000Z"

Opened = Callable[[str], Node]


def crime(number: int, given: dict[str, str]) -> Row:
    """A real crime as Chicago's portal writes it."""
    row: Row = {
        "id": str(11_000_000 + number),
        "case_number": f"JB{number:06d}",
        "date": f"{given['Date']}.000",
        "block": given["Block"],
        "iucr": "0820",
        "primary_type": given["PrimaryType"],
        "description": given["Description"],
        "location_description": given["LocationDescription"],
        "arrest": given["Arrest"] == "True",
        "domestic": given["Domestic"] == "True",
        "ward": given["Ward"],
        "community_area": given["CommunityArea"],
        "updated_on": "2018-08-08T15:50:00.000",
        "latitude": given["Latitude"],
        "longitude": given["Longitude"],
    }
    return {name: value for name, value in row.items() if value != ""}


@pytest.fixture
def crimes(shared_data: Path, portal: Portal) -> Socrata:
    with gzip.open(shared_data / "core" / "chicago" / "crimes_2018.csv.gz", "rt") as file:
        rows = [crime(n, given) for n, given in enumerate(islice(csv.DictReader(file), 500))]
    columns = [{"fieldName": name, "dataTypeName": "text"} for name in FIELDS]
    served = Socrata({"id": "ijzp-q8t2", "columns": columns, "rowsUpdatedAt": 1_533_700_000}, rows)
    portal.answers(served)
    return served


@pytest.fixture
def opened(portal: Portal, tmp_path: Path) -> Iterator[Opened]:
    """Opens a node whose pack is a bundled one, with this machine's portal for the real one."""
    nodes: list[Node] = []

    def open_with(text: str) -> Node:
        folder = tmp_path / "pack" / "datasets"
        folder.mkdir(parents=True, exist_ok=True)
        text = text.replace("data.cityofchicago.org", portal.url)
        (folder / "dataset.yaml").write_text(text, encoding="utf-8")
        node = Node(tmp_path / "home", packs=[tmp_path / "pack"])
        nodes.append(node)
        return node

    yield open_with
    for node in nodes:
        node.close()


def rows_by_id(node: Node, as_of: int | None = None) -> dict[str, Row]:
    rows = node.rows(Query("chicago.crimes", as_of=as_of))
    return {row["incident_id"]: row for batch in rows.batches for row in batch.to_pylist()}


def test_a_live_dataset_is_loaded_whole_and_then_brought_up_to_date(
    portal: Portal, crimes: Socrata, opened: Opened
) -> None:
    node = opened((PACKS / "chicago" / "datasets" / "crimes.yaml").read_text(encoding="utf-8"))
    first = load(node, "chicago.crimes", Origin())
    assert (first.rows, first.left_out, first.source.kind) == (500, 0, "live")
    assert first.placed == sum("latitude" in row for row in crimes.rows)
    assert first.unique_key

    crimes.change("id", "11000007", LATER, primary_type="HOMICIDE")
    for number in (600, 601):
        crimes.add(crimes.rows[0] | {"id": str(11_000_000 + number)}, LATER)
    second = load(node, "chicago.crimes", Origin())
    assert second.version > first.version
    assert second.rows == 502
    now, then = rows_by_id(node), rows_by_id(node, first.version)
    assert len(now) == 502
    assert len(then) == 500
    assert now["11000007"]["primary_type"] == "HOMICIDE"
    assert then["11000007"]["primary_type"] != "HOMICIDE"
    assert set(now) - set(then) == {"11000600", "11000601"}
    assert len(node.history("chicago.crimes")) == 2

    assert load(node, "chicago.crimes", Origin()).version == second.version
    assert len(node.history("chicago.crimes")) == 2


def test_only_the_rows_that_changed_travel(portal: Portal, crimes: Socrata, opened: Opened) -> None:
    node = opened((PACKS / "chicago" / "datasets" / "crimes.yaml").read_text(encoding="utf-8"))
    load(node, "chicago.crimes", Origin())
    crimes.add(crimes.rows[0] | {"id": "12000000"}, LATER)
    load(node, "chicago.crimes", Origin())
    crimes.add(crimes.rows[0] | {"id": "12000001"}, LATEST)
    read: list[int] = []
    loaded = load(
        node, "chicago.crimes", Origin(), progress=lambda rows, _size, _all: read.append(rows)
    )
    assert loaded.rows == 502
    assert max(read) == 2


def test_rows_deleted_at_the_portal_are_deleted_here(
    portal: Portal, crimes: Socrata, opened: Opened
) -> None:
    node = opened((PACKS / "chicago" / "datasets" / "crimes.yaml").read_text(encoding="utf-8"))
    load(node, "chicago.crimes", Origin())
    crimes.remove("id", "11000007")
    crimes.add(crimes.rows[0] | {"id": "12000000"}, LATER)
    assert load(node, "chicago.crimes", Origin()).rows == 500
    assert "11000007" not in rows_by_id(node)


def test_a_load_that_breaks_off_keeps_the_last_snapshot(
    portal: Portal, crimes: Socrata, opened: Opened
) -> None:
    node = opened((PACKS / "chicago" / "datasets" / "crimes.yaml").read_text(encoding="utf-8"))
    first = load(node, "chicago.crimes", Origin())
    crimes.add(crimes.rows[0] | {"id": "12000000"}, LATER)
    questions = len(portal.asked)
    portal.misbehaves(lambda _asked, reply: reply, times=4, on="/resource/")
    portal.misbehaves(web_page, on="/resource/")
    with pytest.raises(SourceRefused, match="Down for maintenance"):
        load(node, "chicago.crimes", Origin())
    assert len(portal.asked) == questions + 6
    assert node.snapshot("chicago.crimes").version == first.version
    assert load(node, "chicago.crimes", Origin()).rows == 501


WITHOUT_KEY = """
id: chicago.landmarks
title: Landmark districts
summary: Districts that the city protects.
theme: environment
publisher: City of Chicago
licence: city-of-chicago
attribution: City of Chicago
frequency: yearly
live:
  type: socrata
  domain: data.cityofchicago.org
  dataset: zidz-sdfj
"""


def test_rows_without_an_id_are_read_whole_each_time_they_change(
    shared_data: Path, portal: Portal, opened: Opened
) -> None:
    folder = shared_data / "portals" / "socrata" / "chicago"
    view = json.loads((folder / "api__views__zidz-sdfj.json").read_text())
    rows = json.loads((folder / "resource__zidz-sdfj.json-a2e38c.json").read_text())
    # The same district twice: no column can be an id.
    landmarks = Socrata(view, [*rows, rows[0] | {"designation_date": "2001-01-01T00:00:00.000Z"}])
    portal.answers(landmarks)
    node = opened(WITHOUT_KEY)
    assert load(node, "chicago.landmarks", Origin()).rows == 11
    landmarks.add(rows[1] | {"designation_date": "2001-01-02T00:00:00.000Z"}, LATER)
    assert load(node, "chicago.landmarks", Origin()).rows == 12


LIVE = {one.id: one.live for one in load_packs().datasets.values() if one.live is not None}


@pytest.mark.parametrize("dataset", LIVE)
def test_the_options_of_every_live_source_are_known(
    portal: Portal, fetching: Fetching, dataset: str
) -> None:
    """The portal has nothing, and says so: what is asked is asked in the right words."""
    source = LIVE[dataset]
    options = dict(source.options)
    if "domain" in options:
        options["domain"] = portal.url
    if "url" in options:
        options["url"] = portal.url + urlsplit(options["url"]).path
    with pytest.raises(SourceRefused, match=r"\(404\)"):
        open_source(SourceSpec(source.type, options), fetching)


def test_a_portal_dataset_loads_by_its_address_and_then_goes_on_from_there(
    portal: Portal, crimes: Socrata, tmp_path: Path
) -> None:
    with Node(tmp_path / "home") as node:
        look = look_at(node, f"socrata:{portal.url}/ijzp-q8t2")
        assert look.city.id == "chicago"
        first = load_file(node, look)
        assert first.rows == 500
        assert first.source.kind == "live"
        assert first.id_field == "id"
        crimes.add(crimes.rows[0] | {"id": "12000000"}, LATER)
        assert load(node, look.dataset, Origin()).rows == 501
