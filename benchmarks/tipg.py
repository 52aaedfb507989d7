"""tipg, the OGC API server of Development Seed, over PostGIS: its own environment, one worker."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .client import answers
from .ours import Server
from .postgis import TABLE, Cluster, free_port
from .processes import Unavailable, running, wait_until

__all__ = ["BASE", "VERSION", "tipg"]

VERSION = "1.6.1"
BASE = f"/collections/public.{TABLE}"

_LIMIT_S = 600
_MOST_FEATURES = "50000"


@contextmanager
def tipg(cluster: Cluster, work: Path) -> Iterator[Server]:
    """tipg over a cluster; as many features in a tile are allowed as Interurban allows.

    Raises
    ------
    Unavailable: it cannot be installed or started.
    """
    programs = _installed(work)
    port, log = free_port(), work / "tipg.log"
    command = [
        str(programs / "uvicorn"), "tipg.main:app", "--host", "127.0.0.1", "--port", str(port),
        "--workers", "1", "--log-level", "warning", "--no-access-log",
    ]  # fmt: skip
    environment = {
        "DATABASE_URL": cluster.address,
        "TIPG_MAX_FEATURES_PER_QUERY": _MOST_FEATURES,
        "TIPG_MAX_FEATURES_PER_TILE": _MOST_FEATURES,
    }
    with running(command, log=log, environment=environment) as child:
        wait_until(lambda: answers(port, BASE), child, log)
        yield Server(f"tipg {VERSION}", (child.pid, cluster.pid), port)


def _installed(work: Path) -> Path:
    """Programs of an environment that holds tipg; made once for a work folder."""
    folder = work / f"tipg-{VERSION}"
    programs, done = folder / "bin", folder / "installed"
    if not done.exists():
        _run(sys.executable, "-m", "venv", "--clear", str(folder))
        _run(
            str(programs / "python"), "-m", "pip", "install", "--quiet",
            "--disable-pip-version-check", f"tipg=={VERSION}", "uvicorn",
        )  # fmt: skip
        done.touch()
    return programs


def _run(*command: str) -> None:
    done = subprocess.run(command, check=False, capture_output=True, timeout=_LIMIT_S)
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise Unavailable(f"tipg {VERSION} cannot be installed ({said[-1] if said else command})")
