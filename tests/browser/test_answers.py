"""One question, one answer: the line, the chips, the map, the table and the API agree."""

from __future__ import annotations

import re

import httpx
import pytest

from .conftest import ATTACK, Open

pytestmark = pytest.mark.browser

CRIMES = "chicago.crimes_2019_sample"
LONDON_CRIMES = "london.crimes_city_of_london"


def test_a_typed_line_becomes_chips_a_total_and_a_drawn_map(open_screen: Open) -> None:
    screen = open_screen().type_line('crimes 2019 near "Daley Center" 400 m')
    chips = screen.chips()
    assert any("Crimes" in chip for chip in chips)
    assert any("Daley Center" in chip for chip in chips)
    assert screen.total(CRIMES) > 0
    assert screen.page.locator('.pane[data-idle="yes"]').count() == 1
    drawn = [url for url in screen.requested if f"{CRIMES}/tiles/" in url and "near=" in url]
    assert drawn


def test_the_table_the_headline_and_the_api_count_the_same(open_screen: Open) -> None:
    screen = open_screen(f"/?data={CRIMES}&is=category;theft&time=2019-03-01/2019-03-31")
    counted = httpx.get(
        f"{screen.base}/collections/{CRIMES}/count",
        params={"category": "theft", "datetime": "2019-03-01/2019-03-31"},
    ).json()
    rows = screen.tab("Table").get_by_test_id("rows").inner_text()
    assert screen.total(CRIMES) == counted["count"] > 0
    assert int(re.sub(r"\D", "", rows.split(" rows")[0])) == counted["count"]


def test_rows_without_a_place_are_said(open_screen: Open) -> None:
    screen = open_screen(f"/?data={CRIMES}")
    missing = 50_000 - 49_733
    assert f"{missing} without a place are in the table" in screen.page.locator("main").inner_text()


def test_a_row_of_the_table_opens_on_the_map(open_screen: Open) -> None:
    screen = open_screen("/?data=chicago.divvy_stations&tab=table")
    row = screen.page.locator("tbody tr[data-row='2']")
    name = row.locator("td").first.inner_text()
    row.locator("td").first.click()
    card = screen.page.get_by_role("article")
    card.wait_for()
    screen.settle()
    assert name in card.inner_text()
    assert "open=chicago.divvy_stations/" in screen.page.url


def test_removing_a_chip_removes_the_filter(open_screen: Open) -> None:
    screen = open_screen(f"/?data={CRIMES}&is=category;theft")
    some = screen.total(CRIMES)
    screen.page.get_by_role("button", name=re.compile("^Remove the filter")).click()
    screen.page.wait_for_url(lambda url: "is=" not in url)
    screen.settle()
    assert screen.total(CRIMES) == 50_000 > some


def test_both_cities_stand_side_by_side_at_one_scale(open_screen: Open) -> None:
    screen = open_screen(f"/?data={CRIMES}")
    screen.page.get_by_text("Both", exact=True).click()
    screen.page.locator(".pane").nth(1).wait_for()
    screen.settle()
    assert screen.page.locator(".pane").count() == 2
    assert screen.total(CRIMES) == 50_000
    assert screen.total(LONDON_CRIMES) == 9_016
    screen.page.get_by_role("button", name="Zoom in").click()
    screen.page.wait_for_url(re.compile("map=chicago.*map=london|map=london.*map=chicago"))
    cameras = dict(re.findall(r"map=(\w+),([-\d.,]+)", screen.page.url))
    scales = {city: metres_for_a_pixel(camera) for city, camera in cameras.items()}
    assert scales["chicago"] == pytest.approx(scales["london"], rel=0.01)


def metres_for_a_pixel(camera: str) -> float:
    """Of a web-mercator map with tiles of 512 pixels."""
    from math import cos, radians

    latitude, _, zoom = (float(part) for part in camera.split(","))
    return 40_075_016.686 * cos(radians(latitude)) / (512 * 2**zoom)


def test_an_empty_answer_says_which_filter_emptied_it_and_offers_the_nearest(
    open_screen: Open,
) -> None:
    screen = open_screen(f"/?data={CRIMES}&time=2024-05-01/2024-05-07")
    assert screen.total(CRIMES) == 0
    offers = screen.page.locator(".empty")
    offers.wait_for()
    assert "without" in offers.inner_text()
    offers.get_by_role("button").first.click()
    screen.page.wait_for_url(lambda url: "2024-05" not in url)
    screen.settle()
    assert screen.total(CRIMES) > 0


def test_what_a_line_leaves_unread_is_said(open_screen: Open) -> None:
    screen = open_screen().type_line("crimes 2019 height:7..9")
    assert "height:7..9" in screen.page.locator(".notice").inner_text()


def test_values_are_text_and_never_code(open_screen: Open) -> None:
    screen = open_screen("/?data=chicago.hostile&tab=table")
    assert ATTACK in screen.page.locator("tbody").inner_text()
    screen.page.locator("tbody tr", has_text="img src").locator("td").first.click()
    card = screen.page.get_by_role("article")
    card.wait_for()
    screen.settle()
    assert ATTACK in card.inner_text()
    assert screen.page.locator("main img[src='x'], main script").count() == 0
    assert "broken" not in screen.page.title()
