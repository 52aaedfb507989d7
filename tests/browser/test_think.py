"""Models and runs in the page: two planners' journeys, and what must hold on every screen."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import openpyxl
import pytest

from .conftest import Open, interurban, served
from .screen import Screen

pytestmark = pytest.mark.browser

BRISTOL = (
    "births",
    "births_by_mother",
    "deaths",
    "domestic_in",
    "domestic_out",
    "international_in",
    "international_out",
    "national_fertility",
    "national_mortality",
    "population",
)
RECODED = {
    "historic_population": ("bristol_hist_popn_mye.csv", "popn"),
    "historic_births": ("bristol_hist_births_mye.csv", "births"),
    "births_by_mother": ("bristol_ons_proj_births_age_mother.csv", "births"),
    "historic_deaths": ("bristol_hist_deaths_mye.csv", "deaths"),
    "domestic_in": ("bristol_hist_domestic_inmigrants.csv", "domin"),
    "domestic_out": ("bristol_hist_domestic_outmigrants.csv", "domout"),
    "international_in": ("bristol_hist_international_inmigrants.csv", "intin"),
    "international_out": ("bristol_hist_international_outmigrants.csv", "intout"),
}
BOROUGHS = {"E09000007": 0.6, "E09000012": 0.9, "E09000030": 1.1}
"""Camden, Hackney, Tower Hamlets, each with Bristol's people in another size."""

AXE = "axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] })"


@pytest.fixture(scope="module")
def think_home(
    repository: Path, shared_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A data folder with everything for Bristol, the rolls of Chicago, and London's boroughs."""
    home = tmp_path_factory.mktemp("think")
    shutil.copytree(repository / "tests/packs/bristol", home / "packs/bristol")
    cities = ("chicago.community_areas", "chicago.school_rolls", "london.boroughs")
    names = (*(f"bristol.{name}" for name in BRISTOL), *cities)
    interurban(home, "load", *names, "--mirror", str(shared_data))
    return home


@pytest.fixture(scope="module")
def think_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("log") / "think.log"


@pytest.fixture(scope="module")
def node(think_home: Path, built_app: Path, think_log: Path) -> Iterator[str]:
    """Where that data folder is served."""
    with served(think_home, think_log) as url:
        yield url


@pytest.fixture(scope="module")
def principal(node: str) -> str:
    """A finished projection of Bristol."""
    return run(node, "cohort_component", "bristol", "Principal", last_year=2025)


@pytest.fixture(scope="module")
def boroughs(node: str, shared_data: Path) -> str:
    """A finished projection of three boroughs, from files."""
    demography = shared_data / "witan" / "demography" / "inputs"
    inputs = {}
    for table, (name, value) in RECODED.items():
        content = recoded(demography / name, value)
        path = f"{node}/api/models/cohort_component/tables/{table}/check"
        headers = {"X-File-Name": f"{table}.csv", "Content-Type": "application/octet-stream"}
        checked = httpx.post(path, content=content, headers=headers, timeout=60).json()
        assert checked["ok"], checked["problems"][:3]
        inputs[table] = checked["upload"]
    fixed = {"fertility_variant": "fixed", "mortality_variant": "average-fixed"}
    return run(node, "cohort_component", "london", "Boroughs", inputs, last_year=2025, **fixed)


@pytest.fixture(scope="module")
def send(node: str, shared_data: Path) -> str:
    """A finished projection of special educational needs, from files."""
    folder = shared_data / "witan" / "send" / "inputs"
    files = {
        "send_transitions": "transitions.csv",
        "send_population": "population.csv",
        "send_states": "valid-states.csv",
        "send_costs": "costs.csv",
    }
    inputs = {}
    for table, name in files.items():
        path = f"{node}/api/models/send_projection/tables/{table}/check"
        headers = {"X-File-Name": name, "Content-Type": "application/octet-stream"}
        content = (folder / name).read_bytes()
        checked = httpx.post(path, content=content, headers=headers, timeout=60).json()
        inputs[table] = checked["upload"]
    return run(node, "send_projection", "bristol", "SEND", inputs, simulations=50)


def recoded(file: Path, value: str) -> bytes:
    """A table of Bristol as one of several boroughs."""
    rows = list(csv.DictReader(file.read_text().splitlines()))
    area = next(name for name in rows[0] if name.lower().startswith("gss"))
    column = next(name for name in rows[0] if name.lower() == value)
    target = io.StringIO()
    writer = csv.DictWriter(target, list(rows[0]))
    writer.writeheader()
    for code, size in BOROUGHS.items():
        writer.writerows({**row, area: code, column: float(row[column]) * size} for row in rows)
    return target.getvalue().encode()


def run(
    node: str,
    model: str,
    city: str,
    title: str,
    inputs: dict[str, str] | None = None,
    **parameters: object,
) -> str:
    """Run a model to its end; gives the run's id."""
    asked = {"model": model, "city": city, "title": title, "parameters": parameters}
    started = httpx.post(f"{node}/api/runs", json=asked | {"inputs": inputs or {}}, timeout=60)
    assert started.status_code == 201, started.text
    identity: str = started.json()["id"]
    while True:
        known = httpx.get(f"{node}/api/runs/{identity}", timeout=60).json()
        if known["state"] not in ("accepted", "running"):
            assert known["state"] == "successful", known["error"]
            return identity


def finished(screen: Screen) -> str:
    """Wait on the page of a run until its results are drawn; gives the run's id."""
    screen.page.wait_for_url(re.compile("/think/runs/"))
    screen.page.get_by_role("button", name="Share").wait_for()
    screen.page.locator("main figure").first.wait_for()
    screen.settle()
    return urlsplit(screen.page.url).path.rsplit("/", 1)[1]


def upload(screen: Screen, table: str, name: str, content: str) -> None:
    """Choose a file for a table of a model, and wait until it was checked."""
    chooser = screen.page.get_by_label(re.compile(f"file for {re.escape(table)}"))
    chooser.set_input_files({"name": name, "mimeType": "text/csv", "buffer": content.encode()})
    screen.page.get_by_role("region", name=f"Check of {name}").wait_for()
    screen.settle()


def ending(line: str, value: object) -> str:
    """A line of a CSV with another value in its last column."""
    return f"{line.rpartition(',')[0]},{value}"


def downloaded(screen: Screen, link: str) -> str:
    """What a link downloads."""
    with screen.page.expect_download() as download:
        screen.page.get_by_role("link", name=link).click()
    text: str = download.value.path().read_text(encoding="utf-8")
    return text


def test_a_borough_officer_fills_in_a_table_mends_it_runs_compares_and_shares(
    open_screen: Open, node: str, principal: str
) -> None:
    screen = open_screen("/think?city=bristol", base=node)
    page = screen.page
    assert "Runs for Bristol: 8 of 8 tables" in page.locator("main").inner_text()
    page.get_by_role(
        "link", name="Choose and run for Bristol: Population projection", exact=True
    ).click()
    page.get_by_role("heading", name="Population projection", level=1).wait_for()
    screen.settle()

    # A template with the city's data, in which a blank and a letter are written.
    page.get_by_text("Births", exact=True).first.click()
    page.get_by_label("Take it from").locator("visible=true").select_option(
        label="a file of your own"
    )
    lines = downloaded(screen, "CSV, filled with the city’s data").splitlines()
    wrong = list(lines)
    wrong[3] = ending(lines[3], "")
    wrong[7] = ending(lines[7], "many")
    upload(screen, "Births", "births.csv", "\n".join(wrong) + "\n")
    report = page.get_by_role("region", name="Check of births.csv")
    assert "2 problems in 26 rows" in report.inner_text()
    problems = report.get_by_role("region", name="Problems").locator("tbody tr")
    assert problems.count() == 2
    assert problems.nth(0).locator("td").first.inner_text() == "3"
    assert "blank" in problems.nth(0).inner_text()
    assert problems.nth(1).locator("td").first.inner_text() == "7"
    assert "many" in problems.nth(1).inner_text()
    page.get_by_role("button", name="Run", exact=True).click()
    refusal = page.get_by_role("alert")
    assert "No data for births: give a file for it." in refusal.inner_text()  # never the city's

    # Mended, with more births than were counted, and run with another year.
    mended = [ending(line, float(line.rpartition(",")[2]) * 1.1) for line in lines[1:]]
    upload(screen, "Births", "births.csv", "\n".join([lines[0], *mended]) + "\n")
    assert "births.csv is right" in page.locator("main").inner_text()
    last = page.get_by_role("spinbutton", name="Last year", exact=True)
    last.fill("2025")
    last.press("Tab")
    page.get_by_label(re.compile("What to call it")).fill("More births")
    page.get_by_label(re.compile("What to call it")).press("Tab")
    page.get_by_role("button", name="Run", exact=True).click()
    mine = finished(screen)
    text = page.locator("main").inner_text()
    for said in ("MODELLED", "own file births.csv", "by births and deaths", "Record"):
        assert said in text, said
    assert "No map: no boundaries with the code E06000023 are loaded for Bristol" in text

    # Against the principal projection.
    page.get_by_role("link", name="Compare").click()
    page.get_by_role("heading", name="Compare two runs").wait_for()
    page.get_by_label(re.compile("^A, held against")).select_option(value=principal)
    page.get_by_role("heading", name="What drove the change").wait_for()
    screen.settle()
    text = page.locator("main").inner_text()
    assert "own file births.csv" in text
    assert re.search(r"B has [\d,]+ people more than A in 2025", text)
    assert f"a={principal}" in page.url
    assert f"b={mine}" in page.url

    # Taken away in every form, with where it comes from, and shared.
    screen.open(f"/think/runs/{mine}?city=bristol")
    kinds = (
        ("XLSX", b"PK"),
        ("JSON", b"{"),
        ("CSV of Projected population", b'"area_id",'),
        ("Parquet of Projected population", b"PAR1"),
    )
    for name, kind in kinds:
        page.get_by_role("button", name="Download").click()
        with page.expect_download() as download:
            page.get_by_role("link", name=re.compile(f"^{name}")).click()
        assert "MODELLED" in download.value.suggested_filename
        content = download.value.path().read_bytes()
        assert content.startswith(kind)
        if name == "XLSX":
            sheets = openpyxl.load_workbook(io.BytesIO(content), read_only=True)
            said = [str(cell) for row in sheets["Sources"].values for cell in row if cell]
            assert any("Open Government Licence" in cell for cell in said)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Share").click()
    page.get_by_text("Link copied").first.wait_for()
    link = page.evaluate("navigator.clipboard.readText()")
    other = open_screen(link.removeprefix(node), base=node)
    other.page.get_by_role("heading", name="More births", level=1).wait_for()
    assert mine not in link


def test_a_chicago_planner_projects_rolls_from_a_file_of_her_own(
    open_screen: Open, node: str
) -> None:
    screen = open_screen("/think?city=chicago", base=node)
    page = screen.page
    text = page.locator("main").inner_text()
    assert "Runs for Chicago: 1 of 1 table" in text
    assert "What is missing in Chicago, as one list" in text
    page.get_by_role("link", name="Choose and run for Chicago: School rolls", exact=True).click()
    screen.settle()
    page.get_by_role("button", name="Run", exact=True).click()
    whole = finished(screen)
    text = page.locator("main").inner_text()
    assert re.search(r"All schools: [\d,]+ pupils in \d{4}", text)
    assert "In the back-test the 80 % band held" in text

    # Her own rolls: the city's, with one number below zero.
    screen.open("/think/school_rolls?city=chicago")
    page.get_by_text("School rolls", exact=True).last.click()
    page.get_by_label("Take it from").select_option(label="a file of your own")
    lines = downloaded(screen, "CSV, filled with the city’s data").splitlines()
    head, rows = lines[0], [line for line in lines[1:] if re.search(r"\b6100\d\d\b", line)]
    broken = [*rows[:4], ending(rows[4], -12), *rows[5:]]
    upload(screen, "School rolls", "rolls.csv", "\n".join([head, *broken]))
    report = page.get_by_role("region", name="Check of rolls.csv").inner_text()
    assert "1 problem" in report
    assert "-12" in report
    upload(screen, "School rolls", "rolls.csv", "\n".join([head, *rows]))
    page.get_by_role("button", name="Run", exact=True).click()
    mine = finished(screen)
    assert "own file rolls.csv" in page.locator("main").inner_text()
    school = page.get_by_label("School or planning area")
    school.select_option(index=3)
    screen.settle()
    assert "area=" in page.url

    screen.open(f"/think/compare?city=chicago&a={whole}&b={mine}")
    text = page.locator("main").inner_text()
    assert re.search(r"All schools: B has [\d,]+ pupils fewer than A", text)
    screen.open(f"/think/runs/{mine}?city=chicago")
    page.get_by_role("button", name="Download").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV of Projected rolls").click()
    head, *_ = csv.reader(io.StringIO(download.value.path().read_text()))
    assert head[0] == "school_id"
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Share").click()
    page.get_by_text("Link copied").first.wait_for()
    link = page.evaluate("navigator.clipboard.readText()")
    other = open_screen(link.removeprefix(node), base=node)
    assert "own file rolls.csv" in other.page.locator("main").inner_text()


def test_every_figure_has_its_numbers_and_its_source(
    open_screen: Open, node: str, boroughs: str
) -> None:
    screen = open_screen(f"/think/runs/{boroughs}?city=london", base=node)
    figures = screen.page.locator("main figure")
    figures.nth(4).wait_for()
    assert figures.count() >= 5
    for figure in figures.all():
        assert "MODELLED, not observed" in figure.inner_text()
        figure.get_by_text("These numbers as a table").click()
        figure.locator("table tbody tr").first.wait_for()
    assert "Tower Hamlets" in screen.page.locator("main").inner_text()


def test_areas_are_on_the_map_where_their_boundaries_are_loaded(
    open_screen: Open, node: str, boroughs: str
) -> None:
    screen = open_screen(f"/think/runs/{boroughs}?city=london", base=node)
    screen.page.locator('.map[data-idle="yes"] canvas').wait_for()
    assert "3 of 3 areas grow" in screen.page.locator("main").inner_text()
    screen.page.get_by_role("button", name=re.compile("^Hackney")).click()
    screen.page.wait_for_url(re.compile("area=E09000012"))
    screen.settle()
    assert re.search(r"Hackney: [\d,]+ people in 2025", screen.page.locator("main").inner_text())


def test_the_year_of_the_pyramid_is_moved_by_keyboard_and_stands_in_the_address(
    open_screen: Open, node: str, principal: str
) -> None:
    screen = open_screen(f"/think/runs/{principal}?city=bristol", base=node)
    screen.page.get_by_role("slider", name="Year").focus()
    screen.page.keyboard.press("ArrowLeft")
    screen.page.wait_for_url(re.compile("year=2024"))
    screen.settle()
    assert "in 2024: half of the people" in screen.page.locator("main").inner_text()
    again = open_screen(screen.page.url.removeprefix(node), base=node)
    assert "in 2024: half of the people" in again.page.locator("main").inner_text()


def test_the_pyramid_plays_unless_the_system_asks_for_less(
    open_screen: Open, node: str, principal: str
) -> None:
    address = f"/think/runs/{principal}?city=bristol&year=2022"
    screen = open_screen(address, base=node, reduced_motion="no-preference")
    screen.page.get_by_role("button", name="Play the years").click()
    screen.page.get_by_role("button", name="Stop").wait_for(state="detached")
    screen.page.wait_for_url(lambda url: "year=" not in url)
    screen.settle()
    calm = open_screen(address, base=node)
    assert calm.page.get_by_role("button", name="Play the years").count() == 0
    assert calm.page.get_by_role("button", name="Year after").count() == 1


def test_small_numbers_are_told_as_hidden(open_screen: Open, node: str, send: str) -> None:
    screen = open_screen(f"/think/runs/{send}?city=bristol&by=setting", base=node)
    figure = screen.page.locator("main figure").last
    figure.get_by_text("These numbers as a table").click()
    figure.locator("tbody td", has_text="hidden").first.wait_for()
    cells = [cell.inner_text() for cell in figure.locator("tbody td:nth-child(3)").all()]
    assert any(cell.startswith("hidden") for cell in cells)
    shown = [int(re.sub(r"\D", "", cell)) for cell in cells if not cell.startswith("hidden")]
    assert all(number == 0 or number >= 5 for number in shown)


def test_a_run_survives_reload_and_can_be_cancelled(open_screen: Open, node: str) -> None:
    body = {"model": "population_with_bands", "city": "bristol", "title": "Long"}
    body |= {"parameters": {"draws": 5000, "last_year": 2100}}
    started = httpx.post(f"{node}/api/runs", json=body, timeout=60)
    assert started.status_code == 201, started.text
    screen = open_screen(f"/think/runs/{started.json()['id']}?city=bristol", base=node)
    screen.page.reload()
    screen.page.get_by_role("button", name="Cancel").click()
    screen.page.get_by_text("It was cancelled").wait_for()


def test_runs_are_found_renamed_compared_and_deleted(open_screen: Open, node: str) -> None:
    first = run(node, "cohort_component", "bristol", "For the list", last_year=2016)
    second = run(node, "cohort_component", "bristol", "For the list", last_year=2017)
    screen = open_screen("/think/runs?city=bristol", base=node)
    page = screen.page
    page.get_by_role("searchbox", name="Find a run").fill("for the list")
    page.wait_for_url(re.compile("find=for"))
    rows = page.locator("main li", has=page.get_by_role("checkbox"))
    assert rows.count() == 2
    for row in rows.all():
        row.get_by_role("checkbox").check()
    link = page.get_by_role("link", name="Compare the two")
    assert f"a={first}&b={second}" in (link.get_attribute("href") or "")

    rows.first.get_by_role("button", name=re.compile("^Rename")).click()
    page.get_by_role("textbox", name="New title").fill("Kept")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("textbox", name="New title").wait_for(state="detached")
    assert httpx.get(f"{node}/api/runs/{second}").json()["title"] == "Kept"

    rows.first.get_by_role("button", name=re.compile("^Delete For the list")).click()
    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_text("No run is like that").wait_for()
    assert httpx.get(f"{node}/api/runs/{first}").status_code == 404
    page.get_by_role("button", name="Show all runs").click()
    page.get_by_role("link", name="Kept").wait_for()


def test_what_a_city_lacks_is_told_field_by_field(open_screen: Open, node: str) -> None:
    screen = open_screen("/think?city=chicago&fields=cohort_component.chicago", base=node)
    text = screen.page.locator("main").inner_text()
    assert "Chicago has none of the 8 tables it needs" in text
    assert "Chicago has no dataset on population_by_single_year@1" in text
    screen.page.get_by_text("missing").first.wait_for()
    screen.open("/think/cohort_component?city=chicago")
    screen.page.get_by_role("button", name="Run", exact=True).click()
    screen.page.get_by_role("alert").wait_for()
    assert "No data for population, births" in screen.page.get_by_role("alert").inner_text()


def test_a_node_without_runs_says_how_to_begin(open_screen: Open) -> None:
    screen = open_screen("/think/runs?city=chicago")
    screen.page.get_by_text("Nothing has been run for Chicago yet.").wait_for()
    screen.page.get_by_role("link", name="Choose a model").click()
    screen.page.get_by_role("heading", name="Projections", level=1).wait_for()
    screen.settle()


def test_what_a_city_lacks_is_one_list_to_pass_on(open_screen: Open, node: str) -> None:
    screen = open_screen("/think?city=chicago", base=node)
    page = screen.page
    told = httpx.get(f"{node}/api/apps/projections/replicate", params={"city": "chicago"}).json()
    assert told["headline"] in page.locator("main").inner_text()
    page.get_by_role("link", name="What is missing in Chicago, as one list for Projections").click()
    page.get_by_role("heading", name="What is missing").wait_for()
    screen.settle()
    assert page.get_by_role("heading", level=1).inner_text() == told["headline"].rstrip(".")

    # Every table and field that the node names, once; and the same as a file.
    tables = page.locator("article article")
    assert tables.count() == len(told["missing"])
    fields = [field["name"] for table in told["missing"] for field in table["fields"]]
    assert page.locator("article article tbody th").all_inner_texts() == fields
    assert "interurban load chicago.community_area_homes" in page.locator("main").inner_text()
    rows = list(csv.DictReader(io.StringIO(downloaded(screen, "The list as CSV"))))
    assert [row["field"] for row in rows] == fields

    # One model; it stands in the address; another city from there.
    page.get_by_label(re.compile("^Model")).select_option(label="Households and dwellings")
    page.wait_for_url(re.compile("model=household_projection"))
    page.get_by_role("heading", name="Does it run?").wait_for()
    screen.settle()
    assert "Households and dwellings does not run" in page.locator("main").inner_text()
    page.get_by_label(re.compile("^City")).last.select_option(label="Bristol")
    page.get_by_label(re.compile("^Model")).select_option(label="Population projection")
    page.get_by_role("heading", name="Projections in Bristol: runs: 100 %").wait_for()
    assert "Nothing is missing." in page.locator("main").inner_text()
    assert "1 area: Bristol" in page.locator("main").inner_text()


def test_models_that_run_stand_first(open_screen: Open, node: str) -> None:
    for city, first in (("bristol", "Population"), ("chicago", "Schools")):
        screen = open_screen(f"/think?city={city}", base=node)
        page = screen.page
        assert page.locator("section h2").first.inner_text() == first
        answers = page.locator("section strong").all_inner_texts()
        assert answers[0].strip().startswith("Runs for")
        lacks = [not answer.strip().startswith("Runs for") for answer in answers]
        assert lacks == sorted(lacks)


def test_hidden_numbers_are_drawn_as_hidden(open_screen: Open, node: str, send: str) -> None:
    screen = open_screen(f"/think/runs/{send}?city=bristol&by=academic_year", base=node)
    page = screen.page
    text = page.locator("main").inner_text()
    assert re.search(r"£2\.\d+ million a year in 2022", text)
    figure = page.locator("figure").filter(has_text="By school year")
    figure.get_by_text("These numbers as a table").click()
    figure.locator("tbody tr").first.wait_for()
    table = figure.locator("table").inner_text()
    assert "Reception" in table
    assert "1–4" in table
    for code in ("academic_year", "std dev", "p2 5", "NCY"):
        assert code not in text
    headers = page.get_by_role("region", name="Children and costs").locator("thead th")
    assert "2.5 %" in headers.all_inner_texts()


PAGES = {
    "models": "/think?city=both",
    "model": "/think/cohort_component?city=bristol",
    "files": "/think/cohort_component?city=chicago",
    "replicate": "/think/replicate?city=chicago",
    "runs": "/think/runs?city=bristol",
    "run": "/think/runs/{principal}?city=bristol",
    "boroughs": "/think/runs/{boroughs}?city=london",
    "send": "/think/runs/{send}?city=bristol",
    "compare": "/think/compare?a={other}&b={principal}&city=bristol",
}


@pytest.fixture(scope="module")
def addresses(node: str, principal: str, boroughs: str, send: str) -> dict[str, str]:
    """Address of each screen."""
    other = run(node, "cohort_component", "bristol", "Lower", last_year=2025,
                international_in_multiplier=0.5)  # fmt: skip
    known = {"principal": principal, "boroughs": boroughs, "send": send, "other": other}
    return {name: path.format(**known) for name, path in PAGES.items()}


@pytest.fixture(scope="module")
def axe(repository: Path) -> Path:
    """The checker of accessibility, as it runs in a page."""
    file = repository / "web" / "node_modules" / "axe-core" / "axe.min.js"
    if not file.is_file():
        pytest.skip("needs axe-core: run `npm ci` in web/")
    return file


@pytest.mark.parametrize("size", ["desktop", "phone"])
@pytest.mark.parametrize("name", PAGES)
def test_every_screen_fits_breaks_no_wcag_aa_and_is_kept_as_a_picture(
    open_screen: Open,
    node: str,
    addresses: dict[str, str],
    artefacts: Path,
    axe: Path,
    name: str,
    size: str,
) -> None:
    width = 1280 if size == "desktop" else 360
    view = {"width": width, "height": 1600}
    screen = open_screen(
        addresses[name],
        base=node,
        viewport=view,
        has_touch=size == "phone",
        bypass_csp=True,
    )
    screen.page.add_script_tag(path=axe)
    for theme in ("light", "dark"):
        screen.page.emulate_media(color_scheme=theme)
        screen.settle()
        screen.page.screenshot(path=artefacts / f"think-{name}-{size}-{theme}.png")
        found = screen.page.evaluate(AXE) if size == "desktop" else {"violations": []}
        assert [
            f"{theme} {each['id']}: {place['target']} {place['failureSummary']}"
            for each in found["violations"]
            for place in each["nodes"]
        ] == []
    out = screen.page.evaluate(
        "[...document.querySelectorAll('.page *')].filter((e) =>"
        " e.getBoundingClientRect().right > innerWidth + 1"
        " && !e.closest('.scroll, .numbers, svg, .map')).map((e) => e.outerHTML.slice(0, 80))"
    )
    assert out == []
    assert screen.page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_printed_run_is_the_sheet_alone(open_screen: Open, node: str, principal: str) -> None:
    screen = open_screen(f"/think/runs/{principal}?city=bristol", base=node)
    screen.page.emulate_media(media="print")
    assert screen.page.get_by_role("heading", name="Principal", level=1).is_visible()
    assert not screen.page.get_by_role("navigation", name="Rooms").is_visible()
    assert not screen.page.get_by_role("button", name="Share").is_visible()
    content = screen.page.locator("main").bounding_box()
    assert content is not None
    assert content["height"] > 1500  # the whole sheet, not one screen of it


def test_paper_is_white_whatever_the_screen_is(open_screen: Open, node: str, boroughs: str) -> None:
    screen = open_screen(f"/think/runs/{boroughs}?city=london", base=node, color_scheme="dark")
    screen.page.locator('.map[data-idle="yes"] canvas').wait_for()
    screen.page.emulate_media(media="print", color_scheme="dark")
    ink = screen.page.evaluate("getComputedStyle(document.querySelector('h1')).color")
    assert ink == "rgb(22, 32, 42)"
    screen.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    drawn = screen.page.evaluate(
        "(() => { const c = document.querySelector('canvas[aria-hidden]');"
        " const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;"
        " return new Set(new Uint32Array(d.buffer)).size })()"
    )
    assert drawn > 10  # a map, not an empty sheet


def test_the_record_of_a_run_can_be_checked_against_the_api(
    open_screen: Open, node: str, principal: str
) -> None:
    screen = open_screen(f"/think/runs/{principal}?city=bristol", base=node)
    known = httpx.get(f"{node}/api/runs/{principal}").json()
    text = screen.page.locator("main").inner_text()
    for pinned in known["inputs"].values():
        assert pinned["content_hash"][:16] in text
    assert known["code_version"] in text
    exported = json.loads(httpx.get(f"{node}/api/runs/{principal}/export.json").content)
    assert exported["run"] == principal
