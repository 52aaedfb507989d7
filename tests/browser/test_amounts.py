"""Tables of aggregates are added up: headline, chart and map give the sums of the node."""

from __future__ import annotations

import csv
import gzip
import re
from pathlib import Path

import httpx
import pytest

from .conftest import Open
from .screen import Screen

pytestmark = pytest.mark.browser

CRIME = "london.mps_crime_borough"
AGES = "chicago.zip_code_ages"
HOMES = "chicago.community_area_homes"


def amount(screen: Screen, dataset: str) -> int:
    """What the headline says the rows add up to."""
    found = screen.page.locator(f'[data-testid="amount"][data-dataset="{dataset}"]')
    return int(re.sub(r"\D", "", found.inner_text()))


def summed(screen: Screen, dataset: str, **params: str) -> int:
    (row,) = httpx.get(f"{screen.base}/collections/{dataset}/aggregate", params=params).json()[
        "rows"
    ]
    (value,) = row.values()
    return int(value)


def test_recorded_crimes_are_the_sum_of_the_source_and_rows_stay_rows(
    open_screen: Open, shared_data: Path
) -> None:
    screen = open_screen(f"/?city=london&data={CRIME}")
    with gzip.open(
        shared_data / "core/london/mps_recorded_crime_borough_historical.csv.gz", "rt"
    ) as file:
        cells = [
            int(float(cell or 0))
            for row in csv.DictReader(file)
            for header, cell in row.items()
            if re.fullmatch(r"\d{6}", header)
        ]
    assert amount(screen, CRIME) == sum(cells) == summed(screen, CRIME, measures="sum:crimes")
    assert screen.total(CRIME) == len(cells)
    assert "recorded crimes in London, Apr 2010 to Feb 2024" in screen.page.inner_text("main")


def test_the_chart_and_the_map_add_up_to_the_headline(open_screen: Open) -> None:
    screen = open_screen(f"/?city=london&data={CRIME}&time=2019-01-01/2019-12-31")
    everything = amount(screen, CRIME)
    screen.tab("Chart")
    for summary in screen.page.locator("summary").all():
        summary.click()
    tables = screen.page.locator("figure table").all()
    for table in tables:
        numbers = table.locator("tbody tr td:nth-child(2)").all_inner_texts()
        assert sum(int(re.sub(r"\D", "", number)) for number in numbers) == everything
    assert len(tables) == 2
    by_area = [url for url in screen.requested if "by=area_id&" in url and CRIME in url]
    assert any("sum:crimes" in url and "datetime=2019" in url for url in by_area)
    assert "recorded crimes per 1,000 people" in screen.page.inner_text(".legend")


def test_an_area_is_found_by_its_code_in_a_table_without_places(open_screen: Open) -> None:
    screen = open_screen(f"/?city=london&data={CRIME}&in=london.boroughs;E09000012;Hackney")
    assert amount(screen, CRIME) == summed(
        screen, CRIME, measures="sum:crimes", area_id="E09000012"
    )


def test_people_are_those_of_the_latest_period_without_the_total_beside_its_parts(
    open_screen: Open,
) -> None:
    screen = open_screen(f"/?data={AGES}")
    parts = {"measures": "sum:people", "filter": "area_id <> 'Chicago'"}
    people = amount(screen, AGES)
    assert people == summed(screen, AGES, reference_date="2019-12-31", **parts) < 2_800_000
    text = screen.page.inner_text("main")
    assert "people in Chicago, Dec 31, 2019" in text
    assert "lie elsewhere: Chicago." in text
    screen.open(f"/?data={AGES}&time=2018-01-01/2018-12-31")
    assert amount(screen, AGES) == summed(screen, AGES, reference_date="2018-12-31", **parts)


def test_one_of_several_measures_is_chosen_in_its_chip(open_screen: Open) -> None:
    screen = open_screen(f"/?data={HOMES}")
    assert amount(screen, HOMES) == summed(screen, HOMES, measures="sum:value", measure="dwellings")
    screen.page.get_by_role("combobox", name="Measure", exact=True).select_option("vacant")
    screen.settle()
    assert amount(screen, HOMES) == summed(screen, HOMES, measures="sum:value", measure="vacant")


def test_a_person_switches_to_averages_and_to_rows(open_screen: Open) -> None:
    screen = open_screen(f"/?data={HOMES}&measure=count")
    assert screen.page.locator('[data-testid="amount"]').count() == 0
    assert screen.total(HOMES) == 231
    screen.page.get_by_role("combobox", name="What is shown of the numbers").select_option("avg")
    screen.settle()
    assert "measure=avg" in screen.page.url
    assert "on average" in screen.page.inner_text("main")


def test_people_side_by_side_are_no_rate_for_a_year(open_screen: Open) -> None:
    both = "data=chicago.community_area_population&data=london.borough_profiles"
    legend = open_screen(f"/?city=both&{both}").page.inner_text(".legend")
    assert re.search(r"people per square mile\s", legend)
    assert "a year" not in legend
