"""A planner's file comes in over HTTP: looked at by its layout, loaded by an administrator."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from tests.apps.schools.imports import oldport
from tests.apps.schools.imports.files import BY_AREA, NOTES, named, workbook
from tests.serving import served

from interurban.catalog.node import Node

from .trust import As, readers

HERE = "/api/schools/oldport/imports"


@pytest.fixture(scope="module")
def reading(tmp_path_factory: pytest.TempPathFactory) -> Iterator[As]:
    folder = tmp_path_factory.mktemp("imports")
    oldport.make(folder)
    with (
        Node(folder / "home", packs=[folder / "oldport"]) as node,
        served(node) as address,
        readers(folder / "home", address) as found,
    ):
        yield found


@pytest.fixture(scope="module")
def flows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows = [
        (code, code, 30, "LSOAtoPri_Flow1", 100 + at % 2, f"School {at % 2}", 8)
        for at, code in enumerate(oldport.IN_BOTH)
    ]
    sheet = ("LSOAtoPriSchool_LDS_2016", [named(BY_AREA, "Primary"), *rows])
    return workbook(tmp_path_factory.mktemp("files") / "flows.xlsx", NOTES, sheet)


def headers(name: str) -> dict[str, str]:
    return {"X-File-Name": quote(name), "Content-Type": "application/octet-stream"}


def flow_ids(client: httpx.Client) -> list[str]:
    cities = {city["id"]: city for city in client.get("/api/schools").json()["cities"]}
    return [one["id"] for one in cities["oldport"]["flows"]]


def test_the_layouts_are_told_to_anyone(reading: As) -> None:
    told = reading(None).get("/api/schools/imports").raise_for_status().json()["layouts"]
    assert {"gla-lds", "gias", "gias-links", "cps-20th-day"} <= {one["id"] for one in told}


@pytest.mark.parametrize(("who", "status"), [(None, 401), ("ann", 403)])
def test_files_are_for_administrators(
    reading: As, flows: Path, who: str | None, status: int
) -> None:
    content = flows.read_bytes()
    assert reading(who).post(HERE, content=content, headers=headers("a")).status_code == status


def test_a_file_is_looked_at_and_then_loaded(reading: As, flows: Path) -> None:
    ada = reading("ada")
    content, said = flows.read_bytes(), headers("Catchments 2016.xlsx")
    looked = ada.post(HERE, content=content, headers=said).raise_for_status().json()
    assert looked["loaded"] is None
    assert (looked["layout"], looked["stage"], looked["rows"]) == ("gla-lds", "primary", 8)
    assert looked["areas"][0] == {"dataset": "oldport.areas_2011", "areas": 8, "found": 8}
    assert flow_ids(ada) == []
    url = f"{HERE}?load=true&as=oldport.mine"
    loaded = ada.post(url, content=content, headers=said).raise_for_status().json()
    assert loaded["loaded"] == {"rows": 8, "left_out": 0, "blanked": 0}
    assert flow_ids(ada) == ["oldport.mine:2015"]


@pytest.mark.parametrize(
    ("query", "content", "what"),
    [
        ("", b"nothing of the kind", "none of the layouts"),
        ("?year=soon", b"", "is no year"),
        ("?load=maybe", b"", "neither true nor false"),
        ("?lod=true", b"", "lod"),
    ],
)
def test_what_cannot_be_is_told_in_words(
    reading: As, query: str, content: bytes, what: str
) -> None:
    answer = reading("ada").post(HERE + query, content=content, headers=headers("notes.txt"))
    assert answer.status_code in (400, 422)
    assert what in answer.json()["detail"]
