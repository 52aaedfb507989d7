"""Pictures of every screen, to be looked at; and what must be on each of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import Open, interurban, served

pytestmark = pytest.mark.browser

CRIMES = "chicago.crimes_2019_sample"
BOTH = f"/?city=both&data={CRIMES}&data=london.crimes_city_of_london"
SCREENS = {
    "start": "/",
    "cells": f"/?data={CRIMES}",
    "points": f"/?data={CRIMES}&near=chicago,-87.6298,41.8841,800,Daley+Center&colour=category",
    "table": f"/?data={CRIMES}&is=category;theft&tab=table",
    "chart": f"/?data={CRIMES}&tab=chart",
    "both": BOTH,
    "areas": f"{BOTH}&areas=chicago.community_areas&areas=london.boroughs",
    "lines": "/?data=chicago.l_lines&data=chicago.divvy_stations",
    "empty": f"/?data={CRIMES}&time=2024-05-01/2024-05-07",
    "catalogue": "/?page=catalogue&city=both",
    "dataset": f"/?page=dataset&about={CRIMES}",
}
SIZES = {"desktop": (1280, 800), "phone": (360, 740)}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", SCREENS)
def test_every_screen_is_drawn_and_fits(
    open_screen: Open, artefacts: Path, name: str, size: str
) -> None:
    width, height = SIZES[size]
    screen = open_screen(
        SCREENS[name],
        viewport={"width": width, "height": height},
        has_touch=size == "phone",
    )
    for theme in ("light", "dark"):
        screen.page.emulate_media(color_scheme=theme)
        screen.settle()
        screen.page.screenshot(path=artefacts / f"{name}-{size}-{theme}.png")
    page_width = screen.page.evaluate("document.documentElement.scrollWidth")
    assert page_width <= width
    assert screen.page.get_by_role("alert").count() == 0


@pytest.fixture(scope="module")
def synthetic_address(built_app: Path, tmp_path_factory: pytest.TempPathFactory) -> object:
    """A node whose only data were made up."""
    home = tmp_path_factory.mktemp("synthetic")
    made = home / "made"
    names = ("chicago.crimes", "chicago.water", "chicago.parks")
    only = [part for name in names for part in ("--dataset", name)]
    interurban(home, "synth", "--city", "chicago", "--rows", "10k", "--out", str(made), *only)
    interurban(home, "load", *names, "--mirror", str(made))
    with served(home, home / "serve.log") as url:
        yield url


@pytest.mark.parametrize("path", ["/", "/?data=chicago.crimes", "/?page=catalogue"])
def test_made_up_data_say_so_on_every_screen(
    open_screen: Open, synthetic_address: str, artefacts: Path, path: str
) -> None:
    screen = open_screen(path, base=synthetic_address)
    name = path.strip("/?").replace("=", "-") or "start"
    screen.page.screenshot(path=artefacts / f"synthetic-{name}.png")
    assert "SYNTHETIC" in screen.page.locator("main").inner_text()
    assert "SYNTHETIC" in screen.page.title()
