"""An area that is chosen on the map filters as if its name had been typed."""

from __future__ import annotations

import re

import httpx
import pytest

from .conftest import Open
from .screen import Screen

pytestmark = pytest.mark.browser

CRIMES = "chicago.crimes_2019_sample"
LONDON_CRIMES = "london.crimes_city_of_london"


def counted(screen: Screen, dataset: str, area: str) -> int:
    answer = httpx.get(f"{screen.base}/collections/{dataset}/count", params={"in": area})
    count: int = answer.json()["count"]
    return count


def choose_area(screen: Screen) -> str:
    """Choose "Only in ..." on the card that is open; gives the area's name."""
    button = screen.page.get_by_role("article").get_by_role("button", name=re.compile("^Only in"))
    name = " ".join(button.inner_text().split()).removeprefix("Only in ")
    button.click()
    screen.page.wait_for_url(re.compile("[?&]in="))
    screen.settle()
    return name


def test_an_area_of_the_map_filters_like_its_name_in_the_line(open_screen: Open) -> None:
    screen = open_screen(f"/?data={CRIMES}&open=chicago.community_areas/41")
    assert choose_area(screen) == "Hyde Park"
    assert "in=chicago.community_areas;41;Hyde+Park" in screen.page.url
    chips, total = screen.chips(), screen.total(CRIMES)
    assert "in Hyde Park" in chips
    assert total == counted(screen, CRIMES, "chicago.community_areas:41") > 0
    assert any(f"{CRIMES}/" in url and "in=chicago.community_areas:41" in url
               for url in screen.requested)  # fmt: skip
    typed = open_screen().type_line("crimes 2019 in Hyde Park")
    assert typed.chips() == chips
    assert typed.total(CRIMES) == total


def test_a_coloured_area_opens_its_card_and_filters(open_screen: Open) -> None:
    screen = open_screen(f"/?data={CRIMES}&areas=chicago.community_areas")
    everything = screen.total(CRIMES)
    box = screen.page.locator(".pane canvas").first.bounding_box()
    assert box is not None
    screen.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    screen.page.get_by_role("article").wait_for()
    screen.settle()
    name = choose_area(screen)
    assert f"in {name}" in screen.chips()
    assert 0 < screen.total(CRIMES) < everything


def test_side_by_side_an_area_narrows_its_own_city(open_screen: Open) -> None:
    both = f"/?city=both&data={CRIMES}&data={LONDON_CRIMES}"
    screen = open_screen(f"{both}&open=london.boroughs/E09000001")
    before = screen.total(CRIMES)
    assert choose_area(screen) == "City of London"
    inside = counted(screen, LONDON_CRIMES, "london.boroughs:E09000001")
    assert screen.total(LONDON_CRIMES) == inside < 9_016
    assert screen.total(CRIMES) == before
    screen.open(
        f"{both}&in=london.boroughs;E09000001;City+of+London&open=chicago.community_areas/32"
    )
    assert choose_area(screen) == "Loop"
    assert {"in Loop", "in City of London"} <= set(screen.chips())
    assert screen.total(LONDON_CRIMES) == inside
    assert screen.total(CRIMES) == counted(screen, CRIMES, "chicago.community_areas:32")


def test_the_keyboard_reaches_the_choice_and_takes_it_back(open_screen: Open) -> None:
    screen = open_screen(f"/?data={CRIMES}&open=chicago.community_areas/41")
    everything = screen.total(CRIMES)
    screen.page.get_by_role("button", name="Close the card").focus()
    screen.page.keyboard.press("Tab")
    focused = screen.page.evaluate("document.activeElement.innerText.trim()")
    assert focused == "Only in Hyde Park"
    screen.page.keyboard.press("Enter")
    screen.page.wait_for_url(re.compile("[?&]in="))
    screen.settle()
    assert screen.total(CRIMES) < everything
    button = screen.page.get_by_role("button", name="Only in Hyde Park", pressed=True)
    button.wait_for()
    screen.page.keyboard.press("Enter")
    screen.page.wait_for_url(lambda url: "in=" not in url)
    screen.settle()
    assert screen.total(CRIMES) == everything


def test_what_is_no_area_offers_no_such_filter(open_screen: Open) -> None:
    screen = open_screen("/?data=chicago.divvy_stations&tab=table")
    screen.page.locator("tbody tr[data-row='2'] td").first.click()
    screen.page.get_by_role("article").wait_for()
    screen.settle()
    assert screen.page.get_by_role("button", name=re.compile("^Only in")).count() == 0
