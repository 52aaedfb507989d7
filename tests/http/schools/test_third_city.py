"""A city that is neither of the two: names in other scripts, ids with signs, calendar years.

Its parts come one by one. Each address answers at every step, with what it needs or without.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from tests.apps.schools import springfield
from tests.serving import served

from interurban.catalog.loading import Origin
from interurban.catalog.loads import load
from interurban.catalog.node import Node
from interurban.http import Settings

STAGES = """\
school_year: calendar
stages:
  - {id: inicial, name: Inicial, phases: [], year_groups: [-2, -1], ages: [3, 4], class_size: 20}
  - {id: basica, name: Básica, phases: [], year_groups: [0, 8], ages: [5, 13], class_size: 30}
"""
NAMED = ("小学校 / 北", "مدرسة النور", "École «Ñandú» № 7", "0042")
"""Ids of its schools, and their names: letters of any script, signs, and zeros in front."""

CITY = "/api/schools/springfield/"
ADDRESSES = (
    "schools",
    "parts",
    "schools/{school}",
    "schools/{school}/areas",
    "schools/{school}/catchment",
    "schools/{school}/catchment?method=zone",
    "schools/{school}/offers",
    "catchments?method=zone",
    "at/schools?lon=-89.695&lat=39.705",
    "at/schools?lon=-89.695&lat=39.705&stage=inicial&f=csv",
    "areas/N1/schools",
    "compare?schools={school}",
    "feeders",
    "model",
    "model/flows?stage=basica&school={school}",
    "places",
    "places?by=area",
    "forecast",
    "forecast?school={school}",
    "access?stage=basica",
    "access?stage=basica&method=e2sfca",
    "layers",
    "validation",
    "what-if/replay",
)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A pack that says no more than its stages and its schools, and the files."""
    folder = tmp_path_factory.mktemp("town")
    pack, files = springfield.write(folder, faulty=False)
    (pack / "apps" / "schools.yaml").write_text(STAGES + "schools: [springfield.schools]\n")
    described = pack / "datasets" / "schools.yaml"
    text = described.read_text()
    described.write_text(text.replace("'primary'", "'other'").replace("pupils: >-", "capacity: >-"))
    table = files / "schools.csv"
    rows = table.read_text()
    for at, name in enumerate(NAMED, start=1):
        rows = rows.replace(f"S{at},", f"{name},")
    table.write_text(rows)
    return pack, files


@pytest.fixture(scope="module")
def client(town: tuple[Path, Path]) -> Iterator[httpx.Client]:
    pack, files = town
    settings = Settings(web_root=pack / "no-app", requests_per_s=0)
    with Node(pack.parent / "home", packs=[pack]) as node:
        load(node, "springfield.schools", Origin(mirror=files))
        with (
            served(node, settings) as address,
            httpx.Client(base_url=address, timeout=60) as opened,
        ):
            yield opened


@pytest.mark.parametrize("address", ADDRESSES)
def test_with_points_alone_every_address_answers_or_says_what_it_lacks(
    client: httpx.Client, address: str
) -> None:
    found = client.get(CITY + address.format(school=quote(NAMED[0], safe="")))
    assert found.status_code in (200, 400, 404), found.text
    if found.status_code != 200:
        said = found.json()
        assert said["advice"].endswith("."), said


@pytest.mark.parametrize("school", NAMED)
def test_a_card_is_found_by_any_id(client: httpx.Client, school: str) -> None:
    found = client.get(f"{CITY}schools/{quote(school, safe='')}")
    assert found.status_code == 200, found.text
    assert found.json()["id"] == school
    # No stage names its phase: the ages of 5 to 11 are more than half of Básica alone.
    assert found.json()["stages"] == ["basica"]


def test_a_place_without_flows_has_the_schools_that_are_near(client: httpx.Client) -> None:
    said = client.get(f"{CITY}at/schools?lon=-89.695&lat=39.705").json()
    assert (said["flows"], said["total"], said["shown"], said["hidden"]) == (None,) * 4
    assert said["stage"] == "inicial"
    assert said["schools"] == []
    said = client.get(f"{CITY}at/schools?lon=-89.695&lat=39.705&stage=basica").json()
    assert next(one["id"] for one in said["schools"]) == NAMED[0]
    assert {one["status"] for one in said["schools"]} == {"unknown"}
    assert {one["pupils"] for one in said["schools"]} == {None}


def test_the_overview_says_how_the_city_writes_its_years(client: httpx.Client) -> None:
    cities = client.get("/api/schools").json()["cities"]
    said = next(city for city in cities if city["id"] == "springfield")
    assert said["school_year"] == "calendar"
    assert [stage["modelled"] for stage in said["stages"]] == [False, False]


def test_a_mistake_in_one_pack_shuts_no_other_city(town: tuple[Path, Path], tmp_path: Path) -> None:
    pack, _ = town
    file = pack / "apps" / "schools.yaml"
    kept = file.read_text()
    try:
        file.write_text(kept.replace("class_size: 20", "class_sise: 20"))
        settings = Settings(web_root=tmp_path / "no-app", requests_per_s=0)
        with (
            Node(tmp_path / "home", packs=[pack]) as node,
            served(node, settings) as address,
            httpx.Client(base_url=address, timeout=60) as opened,
        ):
            said = opened.get("/api/schools").json()
    finally:
        file.write_text(kept)
    assert {"chicago", "london"} <= {city["id"] for city in said["cities"]}
    [fault] = said["faults"]
    assert fault["id"] == "springfield"
    assert fault["words"].startswith(
        "springfield/apps/schools.yaml, line 3, key stages[0].class_si"
    )
    assert str(tmp_path) not in json.dumps(said)


def test_a_change_without_flows_says_what_is_lacking(client: httpx.Client) -> None:
    change = {"stage": "basica", "changes": [{"do": "close", "school": NAMED[0]}]}
    said = client.post(f"{CITY}what-if", json=change)
    assert said.status_code == 400
    assert "has no flows" in said.json()["detail"]
    assert "pupil_flow" in said.json()["advice"]
