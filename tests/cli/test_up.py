"""`interurban up`: from nothing to an answering server, and back to nothing."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

import pytest

pytestmark = pytest.mark.slow

PATIENCE_S = 180


@dataclass(frozen=True)
class Served:
    """A running `up`: its address, its process, and where it writes."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path

    def get(self, path: str) -> dict:
        with urlopen(self.url + path, timeout=30) as answer:
            return json.load(answer)


@contextmanager
def up(home: Path, log: Path, *arguments: str) -> Iterator[Served]:
    with log.open("wb") as target:
        process = subprocess.Popen(
            [sys.executable, "-m", "interurban", "up", "--port", "0", *arguments],
            env={**os.environ, "INTERURBAN_HOME": str(home), "COLUMNS": "200"},
            stdin=subprocess.DEVNULL,
            stdout=target,
            stderr=subprocess.STDOUT,
        )
    try:
        url = wait_for(process, log, r"http://localhost:\d+")
        wait_until_answering(url)
        yield Served(url, process, log)
    finally:
        process.terminate()
        process.wait(30)


def wait_for(process: subprocess.Popen[bytes], log: Path, pattern: str) -> str:
    """The first text in the log that matches."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        found = re.search(pattern, log.read_text())
        if found:
            return found[0]
        assert process.poll() is None, log.read_text()
        time.sleep(0.1)
    pytest.fail(f"{pattern} never came: {log.read_text()}")


def wait_until_answering(url: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            urlopen(f"{url}/healthz", timeout=5).close()
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        else:
            return


@pytest.fixture(scope="module")
def mirror(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small synthetic Chicago stands in for a mirror."""
    folder = tmp_path_factory.mktemp("mirror")
    names = ("chicago.crimes", "chicago.wards_2023", "chicago.water", "chicago.parks")
    only = [part for name in names for part in ("--dataset", name)]
    subprocess.run(
        [
            *(sys.executable, "-m", "interurban", "synth", "--city", "chicago"),
            *("--rows", "20k", "--out", str(folder), "--home", str(folder / "home"), *only),
        ],
        check=True,
        capture_output=True,
    )
    return folder


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


def test_up_loads_what_is_there_and_serves_it(mirror: Path, home: Path, tmp_path: Path) -> None:
    with up(home, tmp_path / "log", "--mirror", str(mirror)) as served:
        wait_for(served.process, served.log, "Loaded 4 of 4 datasets")
        assert served.get("/collections/chicago.crimes/count")["count"] == 20_000
        listed = served.get("/api/datasets")["datasets"]
        crimes = next(each for each in listed if each["id"] == "chicago.crimes")
        assert crimes["synthetic"] is True
        assert "SYNTHETIC" in served.log.read_text()


def test_a_second_up_serves_at_once_and_loads_nothing(
    mirror: Path, home: Path, tmp_path: Path
) -> None:
    with up(home, tmp_path / "log", "--mirror", str(mirror)) as served:
        assert served.get("/collections/chicago.crimes/count")["count"] == 20_000
    assert "Loaded" not in (tmp_path / "log").read_text()


def test_a_polite_kill_leaves_no_process_behind(mirror: Path, tmp_path: Path) -> None:
    with up(tmp_path / "home", tmp_path / "log", "--mirror", str(mirror)) as served:
        children = list_children(served.process.pid)
        served.process.send_signal(signal.SIGTERM)
        assert served.process.wait(30) == 0
    deadline = time.monotonic() + 20
    while any(Path(f"/proc/{child}").exists() for child in children):
        assert time.monotonic() < deadline, "a loading process outlived its parent"
        time.sleep(0.1)


def test_a_load_that_was_cut_off_goes_on_at_the_next_start(mirror: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    with up(home, tmp_path / "log", "--mirror", str(mirror)) as served:
        served.process.kill()
        served.process.wait(30)
    with up(home, tmp_path / "again", "--mirror", str(mirror)) as served:
        deadline = time.monotonic() + PATIENCE_S
        while sum(each["loaded"] for each in served.get("/api/datasets")["datasets"]) < 4:
            assert time.monotonic() < deadline, served.log.read_text()
            time.sleep(0.2)


def test_a_port_that_is_taken_is_said_before_anything_is_loaded(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [sys.executable, "-m", "interurban", "up", "--port", port],
            env={**os.environ, "INTERURBAN_HOME": str(tmp_path / "other")},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    assert done.returncode == 1
    assert f"Port {port}" in done.stderr
    assert "--port" in done.stderr
    assert "Traceback" not in done.stderr


def list_children(pid: int) -> list[str]:
    task = Path(f"/proc/{pid}/task/{pid}/children")
    return task.read_text().split() if task.exists() else []
