"""The address bar is the state; Back works; no request leaves the machine."""

from __future__ import annotations

import pytest

from .conftest import Open

pytestmark = pytest.mark.browser

CRIMES = "chicago.crimes_2019_sample"
VIEW = (
    f"/?city=chicago&data={CRIMES}&text=theft&is=category;theft;fraud"
    "&near=chicago,-87.6298,41.8841,800,Daley+Center&time=2019-01-01/2019-06-30"
    "&tab=chart&map=chicago,41.885,-87.63,13.5"
)


def test_a_permalink_opens_the_same_view(open_screen: Open) -> None:
    first = open_screen(VIEW)
    second = open_screen(first.page.url.removeprefix(first.base))
    assert second.chips() == first.chips()
    assert len(first.chips()) == 5
    assert second.total(CRIMES) == first.total(CRIMES)
    assert second.page.get_by_role("tab", selected=True).inner_text() == "Chart"
    assert second.page.url == first.page.url


def test_back_undoes_one_step(open_screen: Open) -> None:
    screen = open_screen("/?data=chicago.divvy_stations")
    before = screen.page.url
    screen.tab("Chart")
    screen.page.get_by_role("link", name="Catalogue").click()
    screen.page.get_by_role("heading", name="Catalogue", level=1).wait_for()
    screen.page.go_back()
    screen.page.get_by_role("tab", name="Chart", selected=True).wait_for()
    screen.page.go_back()
    screen.page.get_by_role("tab", name="Summary", selected=True).wait_for()
    assert screen.page.url == before
    screen.settle()


def test_the_whole_app_works_without_another_machine(open_screen: Open) -> None:
    screen = open_screen(VIEW)
    for tab in ("Summary", "Table", "Chart"):
        screen.tab(tab)
    for path in ("/?page=catalogue&city=both", f"/?page=dataset&about={CRIMES}"):
        screen.open(path)
    assert len(screen.requested) > 20  # and every one of them was looked at on its way


def test_a_download_holds_every_row_of_the_answer(open_screen: Open) -> None:
    screen = open_screen("/?data=chicago.divvy_stations")
    screen.page.get_by_role("button", name="Download every row").click()
    with screen.page.expect_download() as download:
        screen.page.get_by_role("link", name="CSV").click()
    lines = download.value.path().read_text(encoding="utf-8").splitlines()
    assert len(lines) - 1 == screen.total("chicago.divvy_stations")
