"""A private PostgreSQL with PostGIS: its own cluster, port and password, on the loopback only.

It holds the same rows from the same file, with the indexes a good administrator makes.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .processes import Unavailable, cpu_seconds, running, wait_until

__all__ = ["TABLE", "Cluster", "fill", "free_port", "postgis"]

TABLE = "requests"

_ACCOUNT = "postgres"
_LIMIT_S = 900
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "shared_buffers": "512MB",
    "effective_cache_size": "2GB",
    "work_mem": "64MB",
    "maintenance_work_mem": "512MB",
    "max_wal_size": "4GB",
    "random_page_cost": "1.1",
    "jit": "off",
}
_TABLE_SQL = f"""
CREATE EXTENSION postgis;
CREATE TABLE {TABLE} (
    id bigint PRIMARY KEY, category text, status text, time timestamptz, cost double precision,
    description text, lat double precision, lon double precision,
    geom geometry(Point, 4326)
        GENERATED ALWAYS AS (ST_SetSRID(ST_MakePoint(lon, lat), 4326)) STORED
)"""
_COPY_SQL = f"""
COPY {TABLE} (id, category, status, time, cost, description, lat, lon)
FROM STDIN (FORMAT csv, HEADER)"""
_INDEX_SQL = (
    f"CREATE INDEX ON {TABLE} USING gist (geom)",
    f"CLUSTER {TABLE} USING {TABLE}_geom_idx",
    f"CREATE INDEX ON {TABLE} (time)",
    f"CREATE INDEX ON {TABLE} (category)",
    f"VACUUM ANALYZE {TABLE}",
)


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running PostgreSQL: its first process, and how to reach it."""

    pid: int
    port: int
    password: str
    programs: Path

    @property
    def address(self) -> str:
        """The address a client library takes."""
        return f"postgresql://{_ACCOUNT}:{self.password}@127.0.0.1:{self.port}/postgres"

    def run(self, *statements: str, rows: Path | None = None) -> None:
        """Run statements, each in a transaction of its own; ``rows`` is the last one's input.

        Raises
        ------
        Unavailable: one of them failed.
        """
        command = [
            str(self.programs / "psql"), "-q", "-X", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1",
            "-p", str(self.port), "-U", _ACCOUNT, "-d", "postgres",
        ]  # fmt: skip
        for statement in statements:
            command += ["-c", statement]
        environment = {
            **os.environ, "PGPASSWORD": self.password, "PGTZ": "America/Chicago",
        }  # fmt: skip
        with (rows or Path(os.devnull)).open("rb") as source:
            done = subprocess.run(
                command,
                check=False,
                stdin=source,
                capture_output=True,
                env=environment,
                timeout=_LIMIT_S,
            )
        if done.returncode:
            said = done.stderr.decode(errors="replace").strip().splitlines()
            raise Unavailable(f"PostgreSQL refused: {said[0] if said else 'no reason given'}")


@contextmanager
def postgis(work: Path) -> Iterator[Cluster]:
    """A new cluster under the work folder; it is stopped and removed at the end.

    Raises
    ------
    Unavailable: PostgreSQL or PostGIS is not installed here, or cannot run in that folder.
    """
    programs = _programs()
    account = _account()
    folder = _folder(work, account)
    password, port = secrets.token_hex(16), free_port()
    try:
        _begin(programs, folder, account, password)
        command = [str(programs / "postgres"), "-D", str(folder)]
        for name, value in {**_SETTINGS, "port": port}.items():
            command += ["-c", f"{name}={value}"]
        log = work / "postgres.log"
        # An interrupt is PostgreSQL's fast shutdown: open connections are closed, nothing is lost.
        with running(command, log=log, user=account, end=signal.SIGINT) as child:
            cluster = Cluster(child.pid, port, password, programs)
            wait_until(lambda: _answers(cluster), child, log)
            yield cluster
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def fill(cluster: Cluster, file: Path) -> tuple[float, float]:
    """Load the rows and make the indexes; gives seconds of wall and of the server's CPU time."""
    begun, used = time.perf_counter(), cpu_seconds(cluster.pid)
    cluster.run(_TABLE_SQL)
    cluster.run(_COPY_SQL, rows=file)
    cluster.run(*_INDEX_SQL)
    return time.perf_counter() - begun, cpu_seconds(cluster.pid) - used


def free_port() -> int:
    """A port of the loopback that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _programs() -> Path:
    """Folder of PostgreSQL's programs, the newest where there are several."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=_version)
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    if on_path is None:
        raise Unavailable("PostgreSQL with PostGIS is not installed (postgresql-15-postgis-3)")
    return Path(on_path).resolve().parent


def _version(program: Path) -> float:
    return float(program.parent.parent.name)


def _account() -> str | None:
    """PostgreSQL does not run as root; anybody else runs it as themselves."""
    if os.geteuid() != 0:
        return None
    try:
        pwd.getpwnam(_ACCOUNT)
    except KeyError as error:
        raise Unavailable(f"there is no account {_ACCOUNT!r} to run PostgreSQL as") from error
    return _ACCOUNT


def _folder(work: Path, account: str | None) -> Path:
    """Where the cluster lies: in the work folder, unless its account could not get there."""
    open_to_all = all(folder.stat().st_mode & stat.S_IXOTH for folder in (work, *work.parents))
    place = work if account is None or open_to_all else None
    return Path(tempfile.mkdtemp(prefix="postgres-", dir=place))


def _begin(programs: Path, folder: Path, account: str | None, password: str) -> None:
    """Make the cluster's files, owned by the account that will run it."""
    descriptor, name = tempfile.mkstemp(prefix="postgres-", dir=folder.parent, text=True)
    secret = Path(name)
    with os.fdopen(descriptor, "w") as file:
        file.write(password)
    if account:
        for path in (folder, secret):
            shutil.chown(path, account, account)
    try:
        done = subprocess.run(
            [
                programs / "initdb", "-D", folder, "-U", _ACCOUNT, "-A", "scram-sha-256",
                "--pwfile", secret, "-E", "UTF8", "--locale", "C.UTF-8",
            ],
            check=False,
            cwd="/",
            capture_output=True,
            timeout=_LIMIT_S,
            user=account,
            group=account,
            extra_groups=[] if account else None,
        )  # fmt: skip
    finally:
        secret.unlink()
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise Unavailable(f"no cluster can be made ({said[-1] if said else 'no reason given'})")


def _answers(cluster: Cluster) -> bool:
    try:
        cluster.run("SELECT 1")
    except Unavailable:
        return False
    return True
