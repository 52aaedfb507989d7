"""A real Chromium before a real server, on a data folder with real data of both cities."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from tests.conftest import Once

from .screen import Screen

sync_api = pytest.importorskip("playwright.sync_api", reason="needs pip install playwright")

DATASETS = (
    "chicago.city_boundary",
    "chicago.community_area_homes",  # several measures in one column
    "chicago.community_area_population",
    "chicago.community_areas",
    "chicago.crimes_2019_sample",  # more points than are drawn one by one; some without a place
    "chicago.divvy_stations",  # few points; one stands at Daley Center
    "chicago.l_lines",
    "chicago.parks",
    "chicago.water",
    "chicago.zip_code_ages",  # the whole city stands beside its parts
    "chicago.zip_codes",
    "london.borough_profiles",
    "london.boroughs",
    "london.crimes_city_of_london",
    "london.mps_crime_borough",  # a count of each area, kind and month; no places
    "london.parks",
    "london.river_thames",
    "london.tfl_lines",
)

ATTACK = "<img src=x onerror=\"document.title='broken'\">"
HOSTILE_CSV = f"""name,kind,longitude,latitude
"{ATTACK.replace('"', '""')}","<script>alert(1)</script>",-87.6300,41.8840
Harmless,shop,-87.6400,41.8900
"""

CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--enable-unsafe-swiftshader",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)

START_S = 60.0

Open = Callable[..., Screen]


@pytest.fixture(scope="session")
def built_app(repository: Path) -> Path:
    """The app as `npm run build` leaves it."""
    static = repository / "src" / "interurban" / "http" / "static"
    if not (static / "index.html").is_file():
        pytest.skip("needs the built web app: run `make web`")
    return static


@pytest.fixture(scope="session")
def home(shared_data: Path, made_once: Once) -> Path:
    """A data folder with ``DATASETS`` and a file whose values try to run as code."""

    def make(folder: Path) -> None:
        interurban(folder, "load", *DATASETS, "--mirror", str(shared_data))
        hostile = folder / "hostile.csv"
        hostile.write_text(HOSTILE_CSV)
        as_dataset = ("--as", "chicago.hostile", "--city", "chicago", "--yes")
        interurban(folder, "load", str(hostile), *as_dataset)

    return made_once("browser", make)


@pytest.fixture(scope="session")
def address(home: Path, built_app: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where that data folder is served."""
    with served(home, tmp_path_factory.mktemp("log") / "serve.log") as url:
        yield url


@pytest.fixture(scope="session")
def chromium() -> Iterator[sync_api.Browser]:
    """A browser: INTERURBAN_CHROMIUM, the system's, or Playwright's own."""
    found = os.environ.get("INTERURBAN_CHROMIUM") or shutil.which("chromium")
    found = found or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with sync_api.sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=found, args=list(CHROMIUM_FLAGS))
        except sync_api.Error as error:
            said = error.message.splitlines()[0]
            pytest.skip(f"needs Chromium (apt-get install chromium): {said}")
        yield browser
        browser.close()


@pytest.fixture
def open_screen(chromium: sync_api.Browser, address: str) -> Iterator[Open]:
    """Open the app at a path, as somebody who asks for little motion: there is less to wait for.

    When the test is over, nothing may have gone wrong unseen.
    """
    screens: list[Screen] = []

    def open_at(path: str = "/", *, base: str = address, **options: object) -> Screen:
        calm = {"viewport": {"width": 1280, "height": 800}, "reduced_motion": "reduce"}
        context = chromium.new_context(**{**calm, **options})
        screens.append(Screen(context, base))
        return screens[-1].open(path)

    yield open_at
    for screen in screens:
        screen.page.context.close()
    for screen in screens:
        assert screen.mishaps == []


@pytest.fixture(scope="session")
def artefacts(repository: Path) -> Path:
    """Where pictures are kept: INTERURBAN_ARTEFACTS, else artefacts/ in the repository."""
    folder = Path(os.environ.get("INTERURBAN_ARTEFACTS", repository / "artefacts"))
    (folder / "screens").mkdir(parents=True, exist_ok=True)
    return folder / "screens"


@contextmanager
def served(home: Path, log: Path) -> Iterator[str]:
    """``interurban serve`` as a process of its own; gives its address."""
    with log.open("wb") as target:
        process = subprocess.Popen(
            [sys.executable, "-m", "interurban", "serve", "--port", "0", "--home", str(home)],
            stdin=subprocess.DEVNULL,
            stdout=target,
            stderr=subprocess.STDOUT,
        )
    try:
        yield answering(log, process)
    finally:
        process.terminate()
        process.wait(30)


def answering(log: Path, process: subprocess.Popen[bytes]) -> str:
    """The address the server names in its log, as soon as it answers there."""
    end = time.monotonic() + START_S
    while time.monotonic() < end:
        assert process.poll() is None, log.read_text()
        found = re.search(r"http://[\w.]+:(\d+)", log.read_text())
        if found:
            url = f"http://127.0.0.1:{found[1]}"
            with suppress(httpx.TransportError):
                httpx.get(f"{url}/healthz")
                return url
        time.sleep(0.05)
    pytest.fail(f"the server did not start in {START_S:.0f} s: {log.read_text()}")


def interurban(home: Path, *arguments: str) -> None:
    """Run a command of the product on a data folder."""
    command = [sys.executable, "-m", "interurban", *arguments, "--home", str(home)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
