"""Everything by keyboard; nothing that a screen reader or a colour-blind reader would miss."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import Open

pytestmark = pytest.mark.browser

CRIMES = "chicago.crimes_2019_sample"


def test_a_question_is_asked_and_answered_by_keyboard_alone(open_screen: Open) -> None:
    screen = open_screen()
    keyboard = screen.page.keyboard
    keyboard.press("/")
    keyboard.type("bike sta")
    screen.page.get_by_role("option").first.wait_for()
    keyboard.press("ArrowDown")
    keyboard.press("Enter")
    keyboard.press("Enter")
    screen.page.wait_for_url(lambda url: "divvy_stations" in url)
    screen.settle()
    screen.page.get_by_role("tab", name="Summary").focus()
    keyboard.press("ArrowRight")
    row = screen.page.locator("tbody tr[data-row='0']")
    row.wait_for()
    row.focus()
    keyboard.press("ArrowDown")
    screen.page.locator("tbody tr[data-row='1']:focus").wait_for()
    keyboard.press("Enter")
    screen.page.get_by_role("article").wait_for()
    keyboard.press("Escape")
    screen.page.get_by_role("article").wait_for(state="detached")
    screen.settle()


def test_time_is_chosen_by_keyboard(open_screen: Open) -> None:
    screen = open_screen(f"/?data={CRIMES}")
    all_time = screen.total(CRIMES)
    screen.page.get_by_role("slider", name="From").focus()
    screen.page.keyboard.press("ArrowRight")
    screen.page.wait_for_url(lambda url: "time=2019-02-01" in url)
    screen.settle()
    assert 0 < screen.total(CRIMES) < all_time


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    "path",
    [
        "/",
        f"/?data={CRIMES}&is=category;theft&tab=table",
        f"/?city=both&data={CRIMES}&data=london.crimes_city_of_london&tab=chart",
        "/?page=catalogue",
        f"/?page=dataset&about={CRIMES}",
    ],
)
def test_no_page_breaks_wcag_aa(open_screen: Open, repository: Path, path: str, theme: str) -> None:
    axe = repository / "web" / "node_modules" / "axe-core" / "axe.min.js"
    if not axe.is_file():
        pytest.skip("needs axe-core: run `npm ci` in web/")
    screen = open_screen(path, color_scheme=theme, bypass_csp=True)
    screen.page.add_script_tag(path=axe)
    found = screen.page.evaluate(
        "axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] })"
    )
    assert [
        f"{each['id']}: {node['target']} {node['failureSummary']}"
        for each in found["violations"]
        for node in each["nodes"]
    ] == []


def test_nothing_moves_when_the_system_asks_for_less(open_screen: Open) -> None:
    screen = open_screen("/")
    moving = screen.page.evaluate(
        "[...document.querySelectorAll('*')].filter((e) => {"
        " const s = getComputedStyle(e);"
        " return s.animationName !== 'none' || parseFloat(s.transitionDuration) > 0;"
        "}).length"
    )
    assert moving == 0
