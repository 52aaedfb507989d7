"""The schools atlas in the page: a parent, a resident, and what holds on every screen."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from interurban.catalog.node import Node
from tests.apps.schools.conftest import load, schools_home

from .conftest import Open, served
from .screen import Screen

__all__ = ["schools_home"]

pytestmark = [pytest.mark.browser, pytest.mark.slow]

BESIDE = (
    "chicago.community_areas",
    "chicago.high_school_measures",
    "chicago.school_rolls",
    "london.boroughs",
    "london.ks4_measures",
)
POSTCODE = "NW3 2BQ"
HAVERSTOCK = ("100049", "Haverstock School")
KELLY = ("609715", "Thomas Kelly College Preparatory")
RESULTS = ("inside zone", "outside zone", "no zone used", "no data", "near the edge")
NEVER = re.compile("entitled|eligible|guarantee", re.IGNORECASE)

AXE = "axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] })"
SCREENS = {
    "list": "/schools?city=london",
    "home-areas": f"/schools?school={KELLY[0]}",
    "catchment": f"/schools?city=london&school={HAVERSTOCK[0]}&show=catchment&share=50",
    "feeders": f"/schools?school={KELLY[0]}&show=feeders",
    "card": f"/schools?school={KELLY[0]}&show=card&compare={KELLY[0]}",
    "place": "/schools?at=-87.694,41.82&zones=1",
    "empty": "/schools?city=london&phase=nursery&faith=Jewish",
    "both": f"/schools?city=both&of=chicago&school={KELLY[0]}",
    "side": "/schools?city=london&compare=100049&compare=100050&side=1",
}


@pytest.fixture(scope="module")
def node(
    schools_home: Path,
    shared_data: Path,
    built_app: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    """Where both cities' schools are served."""
    with Node(schools_home) as opened:
        load(opened, shared_data, *BESIDE)
    with served(schools_home, tmp_path_factory.mktemp("log") / "schools.log") as url:
        yield url


def answer(screen: Screen) -> str:
    """The name of what the panel speaks of."""
    return screen.page.get_by_role("heading", level=1).inner_text()


def find(screen: Screen, text: str) -> Screen:
    """Type into the line of the atlas and press Enter."""
    line = screen.page.get_by_role("combobox", name="A school, an address or a postcode")
    line.fill(text)
    line.press("Enter")
    return screen.settle()


def rows(screen: Screen) -> list[list[str]]:
    """What the table of the answer says, row by row."""
    table = screen.page.locator("section[aria-label='Answer'] table").first
    return [
        [" ".join(cell.split()) for cell in row.locator("th, td").all_inner_texts()]
        for row in table.locator("tbody tr").all()
    ]


def chosen(screen: Screen) -> dict[str, list[str]]:
    """The parameters in the address bar."""
    return parse_qs(urlsplit(screen.page.url).query)


def test_a_parent_in_london_goes_from_a_postcode_to_two_schools_side_by_side(
    open_screen: Open, node: str
) -> None:
    screen = open_screen("/schools?city=london", base=node)
    assert answer(screen) == "Schools in London"

    find(screen, POSTCODE)
    assert answer(screen) == POSTCODE
    assert chosen(screen)["q"] == [POSTCODE]
    panel = screen.page.get_by_role("region", name="Answer")
    zone = panel.get_by_role("region", name="Official zone").locator("strong")
    assert zone.inner_text().lower() == "no zone used"
    nearest = rows(screen)[0]
    assert nearest[:2] == [HAVERSTOCK[1], "75"], "as the GLA's matrix of 2016 has it"

    panel.get_by_role("button", name=HAVERSTOCK[1]).first.click()
    screen.settle()
    assert answer(screen) == HAVERSTOCK[1]
    assert chosen(screen)["school"] == [HAVERSTOCK[0]]
    assert "1,013 pupils" in panel.inner_text()
    assert "Hidden: 127 pupils" in panel.inner_text()
    panel.get_by_role("button", name="Compare").click()

    screen.page.get_by_role("tab", name="Card").click()
    screen.settle()
    assert "Disadvantaged pupils" in panel.inner_text()
    assert not NEVER.search(panel.inner_text())

    find(screen, "Parliament Hill School")
    panel.get_by_role("button", name="Compare", exact=True).click()
    panel.get_by_role("button", name="Compare 2").click()
    screen.settle()
    heads = screen.page.locator("thead th").all_inner_texts()
    assert [head.split("\n")[0].strip() for head in heads[:2]] == [
        HAVERSTOCK[1],
        "Parliament Hill School",
    ]
    assert "overall score" in screen.page.locator("main").inner_text(), "and that there is none"


def test_a_resident_of_chicago_reads_a_zone_the_years_and_the_feeders(
    open_screen: Open, node: str
) -> None:
    screen = open_screen("/schools?city=chicago&zones=1", base=node)
    pane = screen.page.locator(".pane canvas").first.bounding_box()
    assert pane is not None
    screen.page.mouse.click(pane["x"] + pane["width"] * 0.62, pane["y"] + pane["height"] * 0.52)
    screen.settle()
    kind = set(chosen(screen)) & {"at", "school"}
    assert kind, "a click on the map chooses a school or a place"

    screen.open("/schools?at=-87.694,41.82")
    panel = screen.page.get_by_role("region", name="Answer")
    zone = panel.get_by_role("region", name="Official zone").locator("strong")
    assert zone.inner_text().lower() in RESULTS
    assert rows(screen)[0][0].startswith(KELLY[1])
    shown = panel.get_by_role("button", name=re.compile("^Show all .* schools"))
    shown.click()
    hidden = [row for row in rows(screen) if row[1].startswith("hidden") or "–" in row[1]]
    assert hidden, "few pupils of an area are hidden"
    assert not [row for row in rows(screen) if row[1] == "0"], "and hidden is never 0"

    panel.get_by_role("button", name=KELLY[1]).first.click()
    screen.settle()
    newest = panel.locator(".words").inner_text()
    years = panel.get_by_role("slider", name="Year of the flows")
    years.press("Home")
    screen.settle()
    assert "2018-19" in panel.locator(".words").inner_text() != newest
    assert chosen(screen)["flows"] == ["chicago.school_flows:2018"]

    screen.page.get_by_role("tab", name="Feeders").click()
    screen.settle()
    panel.get_by_text("As a table").click()
    assert rows(screen)[0][:2] == ["Kelly HS zone", KELLY[1]]
    assert screen.page.locator("figure svg path.band").count() == len(rows(screen))


def test_a_catchment_is_measured_and_taken_away_as_files(open_screen: Open, node: str) -> None:
    path = f"/schools?city=london&school={HAVERSTOCK[0]}&show=catchment"
    screen = open_screen(path, base=node)
    facts = screen.page.locator("section[aria-label='Answer'] dl > div")
    told = {text.split("\n")[-1]: text.split("\n")[0] for text in facts.all_inner_texts()}
    assert (told["areas"], told["separate parts"]) == ("55", "4")
    for share, areas in (("50 %", "17"), ("80 %", "55")):
        screen.page.get_by_role("combobox", name="Share").select_option(label=share)
        screen.settle()
        assert facts.filter(has_text=re.compile("areas$")).locator("dd").inner_text() == areas
    screen.page.get_by_role("tab", name="Home areas").click()
    screen.settle()
    screen.page.get_by_role("button", name="Download this answer").click()
    with screen.page.expect_download() as download:
        screen.page.get_by_role("link", name="CSV").click()
    saved = list(csv.DictReader(io.StringIO(download.value.path().read_text(encoding="utf-8"))))
    assert len(saved) > 70
    assert "0" not in {row["pupils"] for row in saved}


def test_a_link_brings_back_everything_that_was_chosen(open_screen: Open, node: str) -> None:
    first = open_screen(f"/schools?school={KELLY[0]}&show=catchment", base=node)
    first.page.get_by_text("Share of area").click()
    first.settle()
    first.page.get_by_role("button", name="Zoom out").click()
    first.page.wait_for_url(re.compile("map=chicago"))
    first.settle()
    first.page.wait_for_timeout(400)
    address = first.page.url.removeprefix(node)
    second = open_screen(address, base=node)
    assert second.page.url.removeprefix(node) == address
    said = "section[aria-label='Answer']"
    assert (
        second.page.locator(said).inner_text().split()
        == first.page.locator(said).inner_text().split()
    )
    assert second.page.get_by_role("radio", name="Share of area").is_checked()
    first.page.go_back()
    first.settle()
    assert first.page.get_by_role("radio", name="Ranked areas").is_checked(), "Back undoes a step"


def test_the_keyboard_alone_finds_a_school_its_areas_and_its_card(
    open_screen: Open, node: str
) -> None:
    screen = open_screen("/schools?city=london", base=node)
    keys = screen.page.keyboard
    keys.press("Tab")
    keys.press("Enter")  # to the content
    line = screen.page.get_by_role("combobox", name="A school, an address or a postcode")
    for _ in range(12):
        keys.press("Tab")
        if line.evaluate("field => field === document.activeElement"):
            break
    keys.type("haverst")
    keys.press("ArrowDown")
    keys.press("Enter")
    screen.settle()
    assert answer(screen) == HAVERSTOCK[1]
    assert screen.page.evaluate("document.activeElement.textContent") == HAVERSTOCK[1]
    keys.press("Tab")  # Compare
    keys.press("Tab")  # the tabs
    for name in ("Catchment", "Feeders", "Card"):
        keys.press("ArrowRight")
        screen.settle()
        assert screen.page.get_by_role("tab", name=name, selected=True).is_visible()
    assert chosen(screen)["show"] == ["card"]


BRIGHTNESS = """canvas => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let sum = 0;
  for (let at = 0; at < data.length; at += 4) sum += data[at] + data[at + 1] + data[at + 2];
  return sum / (data.length / 4) / 3;
}"""
PRINTED = "window.print = () => { dispatchEvent(new Event('beforeprint')); window.printed = true; }"


def test_a_sheet_printed_from_the_dark_is_light_and_says_whose_it_is(
    open_screen: Open, node: str
) -> None:
    path = f"/schools?city=london&school={HAVERSTOCK[0]}"
    screen = open_screen(path, base=node, color_scheme="dark")
    page = screen.page
    theme = page.locator("html[data-theme='dark']")
    copy = page.locator("section[aria-label='Map'] canvas[aria-hidden='true']")
    # By the browser's menu nothing can be waited for; by the button, the map is drawn anew first.
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert copy.evaluate(BRIGHTNESS) > 200
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    theme.wait_for()
    page.evaluate(PRINTED)
    page.get_by_role("button", name="Print").click()
    page.wait_for_function("window.printed")
    assert copy.evaluate(BRIGHTNESS) > 200
    page.emulate_media(media="print")
    sheet = page.locator("body").inner_text()
    for said in (HAVERSTOCK[1], "Schools · London", "Printed", "half of the pupils", "Source:"):
        assert said in sheet
    assert f"{node}/schools?city=london&school={HAVERSTOCK[0]}" in sheet
    assert "All schools" not in sheet, "what can only be pressed is not on paper"
    page.emulate_media(media="screen")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    theme.wait_for()


def test_a_place_that_nobody_knows_says_what_to_write_instead(open_screen: Open, node: str) -> None:
    screen = open_screen("/schools?city=london", base=node)
    screen.accepted = 400
    find(screen, "nowhere at all 99")
    assert "nowhere at all 99" in screen.page.get_by_role("alert").inner_text()
    assert "postcode" in screen.page.get_by_role("alert").inner_text()
    assert len(screen.refused) == 1


@pytest.fixture(scope="module")
def axe(repository: Path) -> Path:
    """The checker of accessibility, as it runs in a page."""
    file = repository / "web" / "node_modules" / "axe-core" / "axe.min.js"
    if not file.is_file():
        pytest.skip("needs axe-core: run `npm ci` in web/")
    return file


@pytest.mark.parametrize("size", ["desktop", "phone"])
@pytest.mark.parametrize("name", SCREENS)
def test_every_screen_fits_breaks_no_wcag_aa_and_is_kept_as_a_picture(
    open_screen: Open, node: str, artefacts: Path, axe: Path, name: str, size: str
) -> None:
    view = {"width": 1280, "height": 800} if size == "desktop" else {"width": 360, "height": 780}
    screen = open_screen(SCREENS[name], base=node, viewport=view, bypass_csp=True)
    screen.page.add_script_tag(path=axe)
    for theme in ("light", "dark"):
        screen.page.emulate_media(color_scheme=theme)
        screen.settle()
        screen.page.screenshot(path=artefacts / f"schools-{name}-{size}-{theme}.png")
        found = screen.page.evaluate(AXE)
        assert [
            f"{theme} {each['id']}: {place['target']} {place['failureSummary']}"
            for each in found["violations"]
            for place in each["nodes"]
        ] == []
    over = screen.page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert over == 0, "nothing is wider than the screen"
