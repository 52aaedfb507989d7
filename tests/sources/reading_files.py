"""Files to read, and what a reading gives, for all tests of files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyogrio
import shapely

from interurban.sources import Reading

Open = Callable[..., Reading]

POINTS = shapely.points([[-87.63, 41.88], [-0.12, 51.5]])


def rows_of(reading: Reading) -> list[dict[str, Any]]:
    with reading:
        return [row for batch in reading.batches() for row in batch.to_pylist()]


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def layer(path: Path, crs: str | None = "EPSG:4326", **options: Any) -> Path:
    table = pa.table({"name": ["Daley Center", "Trafalgar"], "wkb": shapely.to_wkb(POINTS)})
    driver = {".kml": "LIBKML", ".gdb": "OpenFileGDB"}.get(path.suffix)
    pyogrio.write_arrow(
        table, path, driver=driver, geometry_name="wkb", geometry_type="Point", crs=crs, **options
    )
    return path
