"""DuckDB as a node opens it: its own extensions, and no others."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pytest

from interurban.store import duck


def _opened(folder: Path) -> duckdb.DuckDBPyConnection:
    return duck.connect(memory_mb=200, scratch=folder, threads=1)


def test_it_stays_closed_to_unsigned_extensions_however_often_it_is_opened(tmp_path: Path) -> None:
    for _ in range(2):
        with _opened(tmp_path) as connection:
            assert connection.sql(
                "SELECT current_setting('allow_unsigned_extensions')"
            ).fetchone() == (False,)
            with pytest.raises(duckdb.Error, match="while database is running"):
                connection.execute("SET GLOBAL allow_unsigned_extensions = true")


def test_a_file_that_was_changed_since_it_was_checked_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "sqlite_scanner.duckdb_extension"
    shutil.copy(duck.extension_path("sqlite_scanner"), own)
    monkeypatch.setattr(duck, "EXTENSIONS", ("sqlite_scanner",))
    monkeypatch.setattr(duck, "extension_path", lambda _: own)
    _opened(tmp_path).close()
    changed = bytearray(own.read_bytes())
    changed[len(changed) // 2] ^= 1
    own.unlink()
    own.write_bytes(changed)
    with pytest.raises(duckdb.Error, match="signature"):
        _opened(tmp_path)
