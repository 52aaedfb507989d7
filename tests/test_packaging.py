"""The wheel alone, in a clean environment, serves the map."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

pytestmark = pytest.mark.slow

PATIENCE_S = 240


@pytest.fixture(scope="module")
def wheel(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the working tree."""
    static = repository / "src" / "interurban" / "http" / "static" / "index.html"
    if not static.is_file():
        pytest.skip("needs the built web app: run `make web`")
    out = tmp_path_factory.mktemp("wheel")
    built = subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--outdir", str(out), str(repository)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stdout + built.stderr
    (found,) = out.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command, installed from the wheel into an environment that has nothing else."""
    folder = tmp_path_factory.mktemp("clean")
    venv.create(folder)
    # By the pip outside, and uncompiled: that takes a third of the time.
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pip", "--python", str(folder / "bin" / "python")),
            *("install", "--quiet", "--no-compile", str(wheel)),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder / "bin" / "interurban"


@pytest.fixture(scope="module")
def served(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of `interurban up` on a small synthetic Chicago."""
    work = tmp_path_factory.mktemp("work")
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    environment = {**clean, "INTERURBAN_HOME": str(work / "home"), "COLUMNS": "200"}
    names = ("chicago.crimes", "chicago.water", "chicago.wards_2023")
    only = [part for name in names for part in ("--dataset", name)]
    subprocess.run(
        [
            *(str(installed), "synth", "--city", "chicago", "--rows", "20k"),
            *("--out", str(work / "mirror"), *only),
        ],
        env=environment,
        cwd=work,
        check=True,
        capture_output=True,
    )
    log = work / "log"
    with log.open("wb") as target:
        process = subprocess.Popen(
            [str(installed), "up", "--mirror", str(work / "mirror"), "--port", "0"],
            env=environment,
            cwd=work,
            stdin=subprocess.DEVNULL,
            stdout=target,
            stderr=subprocess.STDOUT,
        )
    try:
        deadline = time.monotonic() + PATIENCE_S
        while not (found := re.search(r"Everything is at (http\S+)", log.read_text())):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.2)
        yield found[1]
    finally:
        process.terminate()
        process.wait(30)


def fetch(url: str, accept: str = "*/*") -> tuple[bytes, str]:
    with urlopen(Request(url, headers={"Accept": accept}), timeout=60) as answer:
        return answer.read(), answer.headers["Content-Type"]


def test_the_wheel_holds_the_app_the_packs_and_the_standards(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert "interurban/py.typed" in names
    assert "interurban/http/static/index.html" in names
    assert any(re.match(r"interurban/http/static/assets/.+\.js$", name) for name in names)
    assert "interurban/cities/chicago/city.yaml" in names
    assert "interurban/cities/london/datasets/boroughs.yaml" in names
    assert "interurban/standards/crime_incident.json" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_the_wheel_holds_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    strangers = [name for name in names if not name.startswith(("interurban/", "interurban-"))]
    assert strangers == []
    assert not [name for name in names if "__pycache__" in name or "node_modules" in name]


def test_the_wheel_asks_for_one_exact_set_of_duckdb(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    (metadata,) = [name for name in archive.namelist() if name.endswith("/METADATA")]
    text = archive.read(metadata).decode()
    pinned = re.findall(r"^Requires-Dist: (duckdb[a-z-]*)==([0-9.]+)$", text, flags=re.MULTILINE)
    assert len(pinned) == 6
    assert len({version for _, version in pinned}) == 1


def test_the_map_is_served(served: str) -> None:
    page, kind = fetch(f"{served}/", accept="text/html")
    assert kind.startswith("text/html")
    script = re.search(rb'src="\.?/?(assets/[^"]+\.js)"', page)
    assert script is not None, page[:2_000]
    code, kind = fetch(f"{served}/{script[1].decode()}")
    assert "javascript" in kind
    assert len(code) > 1_000


def test_a_tile_is_served(served: str) -> None:
    described = json.loads(fetch(f"{served}/collections/chicago.crimes?f=json")[0])
    west, south, east, north = described["extent"]["spatial"]["bbox"][0]
    assert west < -87 < east + 1
    assert south < 42 < north + 1
    tile, kind = fetch(f"{served}/collections/chicago.crimes/tiles/WebMercatorQuad/8/95/65")
    assert kind == "application/vnd.mapbox-vector-tile"
    assert b"features" in tile


def test_what_is_not_there_is_problem_json(served: str) -> None:
    with pytest.raises(HTTPError) as error:
        fetch(f"{served}/collections/chicago.nothing")
    assert error.value.code == 404
    assert error.value.headers["Content-Type"] == "application/problem+json"
