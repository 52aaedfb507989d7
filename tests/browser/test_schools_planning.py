"""A planner of school places: what if a school closed, and who has places to spare."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from interurban.catalog.node import Node
from tests.apps.schools.conftest import load, schools_home

from .conftest import Open, served
from .screen import Screen

__all__ = ["schools_home"]

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CITY = "chicago"
BESIDE = (
    "chicago.census_tracts_2010",
    "chicago.census_tracts_2020",
    "chicago.city_boundary",
    "chicago.community_areas",
    "chicago.school_actions_2013",
    "chicago.school_capacity",
    "chicago.school_rolls",
    "chicago.selective_tiers",
    "chicago.tract_statistics",
)
SCHOOL = ("609715", "Thomas Kelly College Preparatory")
AXE = "axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] })"


@pytest.fixture(scope="module")
def planner_home(shared_data: Path, schools_home: Path) -> Path:
    """A data folder with one city's schools, their places and rolls, and who lives around them."""
    with Node(schools_home) as node:
        load(node, shared_data, *BESIDE)
    return schools_home


@pytest.fixture(scope="module")
def node(
    planner_home: Path, built_app: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Where it is served."""
    with served(planner_home, tmp_path_factory.mktemp("log") / "planner.log") as url:
        yield url


def number(text: str) -> int:
    """The digits of a number as it is written."""
    return int(re.sub(r"\D", "", text))


def tile(screen: Screen, label: str) -> str:
    """A large number of the screen, by what it counts."""
    return screen.page.locator("dl > div", has_text=label).locator("dd").inner_text()


def saved(screen: Screen, heading: str) -> list[dict[str, str]]:
    """The rows that the CSV of a picture holds."""
    picture = screen.page.locator("figure", has_text=heading)
    with screen.page.expect_download() as download:
        picture.get_by_role("button", name=re.compile("^CSV")).click()
    text = download.value.path().read_text(encoding="utf-8")
    return list(csv.DictReader(io.StringIO(text)))


def test_a_planner_closes_a_school_and_reads_who_moves_where(open_screen: Open, node: str) -> None:
    screen = open_screen(f"/schools/whatif?city={CITY}", base=node)
    page = screen.page
    identity, name = SCHOOL
    page.get_by_role("combobox", name="School", exact=True).fill("thomas kel")
    page.get_by_role("option", name=name).wait_for()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Add this change").click()
    page.get_by_text("MODELLED, not observed").wait_for()
    screen.settle()

    # One address is the whole question, and the node gives the same answer to a program.
    asked = parse_qs(urlsplit(page.url).query)
    assert asked["change"] == [f"close,{identity}"]
    body = {"flows": "", "stage": "high", "changes": [{"do": "close", "school": identity}]}
    answer = httpx.post(f"{node}/api/schools/{CITY}/what-if", json=body, timeout=60).json()
    moved = number(tile(screen, "go to another school"))
    assert moved == round(answer["moved"]) > 500
    assert answer["words"] in page.locator("main").inner_text()

    # Whoever moves goes somewhere: the receiving schools take in as many as leave.
    rows = saved(screen, "takes in most")
    assert abs(sum(float(row["change"]) for row in rows) - moved) < len(rows)
    assert name not in {row["school_name"] for row in rows}
    first = page.locator("figure", has_text="takes in most").locator("ol > li").first.inner_text()
    assert rows[0]["school_name"] in first

    # A hidden number is a hatch with its bounds, never a zero.
    page.get_by_text("These numbers as a table: areas concerned").click()
    areas = page.get_by_role("region", name="Numbers of: areas concerned")
    hidden = [
        area["properties"]["name"]
        for area in answer["areas"]["features"]
        if area["properties"]["pupils_moved"] is None
    ]
    assert hidden
    assert "1–4" in areas.get_by_role("row", name=hidden[0]).first.inner_text()

    # A second change goes with the first, and each is taken away alone; Back brings it again.
    page.get_by_role("button", name="Add homes").click()
    page.get_by_label("Longitude").fill("-87.65")
    page.get_by_label("Latitude").fill("41.85")
    page.get_by_role("button", name="Add this change").click()
    chips = page.get_by_role("region", name="Changes").get_by_role("listitem")
    assert chips.all_inner_texts() == [f"Close {name}", "500 new homes"]
    page.get_by_role("button", name=f"Take away: Close {name}").click()
    assert chips.all_inner_texts() == ["500 new homes"]
    page.go_back()
    assert chips.all_inner_texts() == [f"Close {name}", "500 new homes"]
    screen.settle()


def test_a_click_on_the_map_opens_a_school_there(open_screen: Open, node: str) -> None:
    screen = open_screen(f"/schools/whatif?city={CITY}", base=node)
    page = screen.page
    page.get_by_role("button", name="Open", exact=True).click()
    assert page.get_by_role("button", name="Add this change").is_disabled()
    canvas = page.locator("main canvas.maplibregl-canvas").bounding_box()
    assert canvas is not None
    page.mouse.click(canvas["x"] + canvas["width"] / 2, canvas["y"] + canvas["height"] / 2)
    page.get_by_label("Name").fill("North, new; 2")
    page.get_by_role("button", name="Add this change").click()
    page.get_by_text("MODELLED, not observed").wait_for()
    screen.settle()
    assert "North, new; 2" in saved(screen, "takes in most")[0]["school_name"]
    again = open_screen(page.url.removeprefix(node), base=node)
    chips = again.page.get_by_role("region", name="Changes").get_by_role("listitem")
    assert chips.all_inner_texts() == ["Open North, new; 2, 900 places"]


def test_a_planner_looks_at_places_by_a_rule_of_their_own(open_screen: Open, node: str) -> None:
    screen = open_screen(f"/schools/places?city={CITY}&stage=elementary&year=2012", base=node)
    page = screen.page
    heading = page.locator("figure h2").first
    # The district's own count of 2012-13, by its rule of 2011.
    assert "248 of 472 schools are underused, 62 overcrowded" in heading.inner_text()
    page.get_by_role("button", name="Put in numbers of your own").click()
    screen.settle()
    rooms = page.get_by_role("spinbutton", name="Pupils in a homeroom")
    rooms.fill("25")
    rooms.press("Tab")
    page.wait_for_url(re.compile("rule_per_room=25"))
    screen.settle()
    fewer = re.search(r"([\d,]+) of [\d,]+ schools are underused, ([\d,]+)", heading.inner_text())
    assert fewer is not None
    assert number(fewer[1]) < 248
    assert number(fewer[2]) > 62

    # One school, found by its name, with its own pupils to come.
    page.get_by_role("searchbox", name="Find").fill("kellogg")
    page.get_by_role("button", name=re.compile("Kellogg")).click()
    screen.settle()
    page.get_by_role("region", name="Forecast").get_by_text("Kellogg").first.wait_for()


def test_every_screen_can_be_read_by_everybody(
    repository: Path, open_screen: Open, node: str
) -> None:
    axe = repository / "web" / "node_modules" / "axe-core" / "axe.min.js"
    if not axe.is_file():
        pytest.skip("needs axe-core: run `npm ci` in web/")
    screens = {
        f"/schools/whatif?city={CITY}&change=close,{SCHOOL[0]}": ("light", 1280),
        f"/schools/places?city={CITY}&stage=elementary": ("dark", 1280),
        f"/schools/access?city={CITY}": ("light", 360),
        f"/schools/model?city={CITY}": ("dark", 360),
        f"/schools/layers?city={CITY}": ("light", 1280),
        f"/schools/validation?city={CITY}": ("dark", 360),
    }
    for path, (theme, width) in screens.items():
        given = {"viewport": {"width": width, "height": 800}, "color_scheme": theme}
        screen = open_screen(path, base=node, bypass_csp=True, **given)
        screen.page.locator("main footer").first.wait_for()
        screen.settle()
        screen.page.add_script_tag(path=axe)
        found = screen.page.evaluate(AXE)
        faults = [(fault["id"], fault["nodes"][0]["html"]) for fault in found["violations"]]
        assert faults == [], (path, theme, width)
        wide = screen.page.evaluate("document.querySelector('main').scrollWidth")
        assert wide <= width, path
