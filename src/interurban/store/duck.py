"""DuckDB, opened the one way this node opens it.

DuckDB and its extensions are one pinned set, installed as wheels. Each extension is loaded by its
path, with automatic installing and loading off, so that nothing is ever fetched.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
from functools import cache
from pathlib import Path

import duckdb

from interurban.core.errors import EngineMismatch

__all__ = ["EXTENSIONS", "connect", "extension_path"]

EXTENSIONS = ("spatial", "ducklake", "sqlite_scanner")

_signed: set[tuple[str, int, int, int]] = set()
"""Files of extensions whose signature DuckDB has checked in this process, as they were then."""


@cache
def extension_path(name: str) -> Path:
    """The extension's file in its wheel.

    Raises
    ------
    EngineMismatch: it is not installed, or was built for another DuckDB.
    """
    advice = f"Install Interurban again: it pins duckdb and its extensions to {duckdb.__version__}."
    package = importlib.util.find_spec(f"duckdb_extension_{name}")
    if package is None or package.origin is None:
        raise EngineMismatch(f"The DuckDB extension {name!r} is not installed.", advice=advice)
    version = importlib.metadata.version(f"duckdb-extension-{name.replace('_', '-')}")
    if version != duckdb.__version__:
        raise EngineMismatch(
            f"The DuckDB extension {name!r} is {version}, but DuckDB is {duckdb.__version__}.",
            advice=advice,
        )
    return next(Path(package.origin).parent.rglob(f"{name}.duckdb_extension"))


def connect(
    database: str = ":memory:",
    *,
    memory_mb: int,
    scratch: Path,
    threads: int | None = None,
) -> duckdb.DuckDBPyConnection:
    """Open DuckDB with the pinned extensions; instants are UTC, Python variables are invisible.

    Parameters
    ----------
    memory_mb: what it may hold in memory before it writes to ``scratch``.
    threads: worker threads; the number of cores by default.
    """
    files = [extension_path(name) for name in EXTENSIONS]
    states = {_state(file) for file in files}
    # A signature is over the whole file, 0.3 s of work: each file is checked once by a process.
    known = states <= _signed
    connection = duckdb.connect(
        database,
        config={
            "allow_unsigned_extensions": "true" if known else "false",
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "memory_limit": f"{memory_mb}MB",
            "temp_directory": str(scratch),
            "threads": str(threads or os.cpu_count() or 1),
            "python_enable_replacements": "false",
        },
    )
    for file in files:
        connection.load_extension(str(file))
    # From here on nobody can turn it on again.
    connection.execute("SET GLOBAL allow_unsigned_extensions = false")
    connection.execute("SET GLOBAL TimeZone = 'UTC'")
    _signed.update(states)
    return connection


def _state(file: Path) -> tuple[str, int, int, int]:
    now = file.stat()
    return str(file), now.st_ino, now.st_size, now.st_mtime_ns
