"""The rows that are measured: synthetic service requests over Chicago, as one CSV file.

The same rows, seed and row count give the same bytes. Nothing in the file was observed.

    python -m benchmarks.data --rows 1000000
"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from .options import arguments

__all__ = ["CATEGORIES", "CITY_BOX", "COLUMNS", "FIRST_DAY", "LAST_DAY", "WORDS", "make_csv"]

CITY_BOX = (-87.94, 41.64, -87.52, 42.03)
"""West, south, east, north in degrees (WGS84)."""

FIRST_DAY = np.datetime64("2019-01-01T00:00:00", "s")
LAST_DAY = np.datetime64("2026-10-01T00:00:00", "s")
COLUMNS = ("id", "category", "status", "time", "cost", "description", "lat", "lon")

_BLOCK = 500_000
_HOT_SPOTS = 300
_METRO_BOX = (-88.7, 41.25, -86.95, 42.65)
_SUBURBAN, _SPRAWL = 0.10, 0.12
# Eight blocks to the mile, as the city's streets run.
_BLOCK_LON, _BLOCK_LAT = 0.00243, 0.00181

CATEGORIES = tuple(
    f"{thing} {fault}"
    for thing in ("Street light", "Pavement", "Tree", "Hydrant", "Alley", "Sign", "Sewer", "Bin")
    for fault in ("out", "broken", "blocked", "leaking", "missing")
)
WORDS = (
    "pothole", "lamp", "branch", "water", "paint", "rubbish", "glass", "noise", "flood", "fence",
    "signal", "grate", "cable", "bench", "curb", "snow",
)  # fmt: skip
_STREETS = (
    "Ashland", "Western", "Halsted", "Kedzie", "Pulaski", "Cicero", "State", "Clark", "Division",
    "Madison", "Roosevelt", "Cermak", "Archer", "Lawrence", "Belmont", "Fullerton", "Lake",
)  # fmt: skip
_STATUSES = ("Closed", "Open", "Duplicate")


def make_csv(folder: Path, rows: int, seed: int = 20) -> Path:
    """The file of that many rows; made only if it is not there yet."""
    file = folder / f"requests-{rows}-{seed}.csv"
    if file.exists():
        return file
    half = file.with_suffix(".half")
    spots = _hot_spots(np.random.default_rng(seed))
    writer = None
    try:
        for number, first in enumerate(range(0, rows, _BLOCK)):
            rng = np.random.default_rng([seed, number])
            table = _block(rng, spots, first, min(_BLOCK, rows - first), rows)
            writer = writer or pyarrow.csv.CSVWriter(half, table.schema)
            writer.write_table(table)
    finally:
        if writer is not None:
            writer.close()
    return half.replace(file)


def _hot_spots(rng: np.random.Generator) -> np.ndarray:
    """Places where things happen: columns longitude, latitude, spread in degrees, share."""
    west, south, east, north = CITY_BOX
    share = 1 / np.arange(1, _HOT_SPOTS + 1) ** 0.8
    return np.column_stack(
        [
            rng.uniform(west, east, _HOT_SPOTS),
            rng.uniform(south, north, _HOT_SPOTS),
            rng.uniform(0.002, 0.02, _HOT_SPOTS),
            share / share.sum(),
        ]
    )


def _block(
    rng: np.random.Generator, spots: np.ndarray, first: int, rows: int, total: int
) -> pa.Table:
    """Rows ``first`` to ``first + rows`` of ``total``; they arrive in order of time."""
    lon, lat = _places(rng, spots, rows)
    cost = np.round(rng.lognormal(4.5, 1.0, rows), 2)
    skew = 1 / np.arange(1, len(CATEGORIES) + 1) ** 0.9
    return pa.table(
        {
            "id": np.arange(first + 1, first + rows + 1),
            "category": _chosen(rng, CATEGORIES, rows, skew / skew.sum()),
            "status": _chosen(rng, _STATUSES, rows, np.array([0.84, 0.13, 0.03])),
            "time": _times(rng, first, rows, total),
            "cost": pa.array(cost, mask=rng.random(rows) < 0.05),
            "description": _descriptions(rng, rows),
            "lat": np.round(lat, 6),
            "lon": np.round(lon, 6),
        }
    )


def _places(
    rng: np.random.Generator, spots: np.ndarray, rows: int
) -> tuple[np.ndarray, np.ndarray]:
    """Half around hot spots, half anywhere in the city, on its streets; a tenth in the suburbs."""
    west, south, east, north = CITY_BOX
    spot = spots[rng.choice(len(spots), rows, p=spots[:, 3])]
    lon = spot[:, 0] + rng.laplace(0, 1, rows) * spot[:, 2]
    lat = spot[:, 1] + rng.laplace(0, 1, rows) * spot[:, 2]
    anywhere = rng.random(rows) < 0.5
    anywhere |= (lon < west) | (lon > east) | (lat < south) | (lat > north)
    lon[anywhere] = rng.uniform(west, east, anywhere.sum())
    lat[anywhere] = rng.uniform(south, north, anywhere.sum())
    along = rng.random(rows) < 0.5
    lon[along] = np.round(lon[along] / _BLOCK_LON) * _BLOCK_LON
    lat[~along] = np.round(lat[~along] / _BLOCK_LAT) * _BLOCK_LAT
    lon += rng.normal(0, 0.00004, rows)
    lat += rng.normal(0, 0.00004, rows)
    suburban = np.flatnonzero(rng.random(rows) < _SUBURBAN)
    west, south, east, north = _METRO_BOX
    lon[suburban] = np.clip(lon[suburban] + rng.laplace(0, _SPRAWL, len(suburban)), west, east)
    lat[suburban] = np.clip(lat[suburban] + rng.laplace(0, _SPRAWL, len(suburban)), south, north)
    return lon, lat


def _times(rng: np.random.Generator, first: int, rows: int, total: int) -> pa.Array:
    """ISO 8601 on the city's own clocks, in order."""
    span = int((LAST_DAY - FIRST_DAY).astype(int))
    low, high = span * first // total, span * (first + rows) // total
    seconds = np.sort(rng.integers(low, max(high, low + 1), rows))
    return pc.strftime(pa.array(FIRST_DAY + seconds.astype("timedelta64[s]")), "%Y-%m-%dT%H:%M:%S")


def _descriptions(rng: np.random.Generator, rows: int) -> pa.Array:
    number = pa.array(rng.integers(1, 9_000, rows)).cast(pa.string())
    street, word = _chosen(rng, _STREETS, rows), _chosen(rng, WORDS, rows)
    return pc.binary_join_element_wise("SYNTHETIC", word, "at", number, street, " ")


def _chosen(
    rng: np.random.Generator, values: tuple[str, ...], rows: int, shares: np.ndarray | None = None
) -> pa.Array:
    return pa.array(values).take(pa.array(rng.choice(len(values), rows, p=shares)))


def main() -> None:
    options = arguments(__doc__)
    begun = time.perf_counter()
    file = make_csv(options.work, options.rows)
    size = file.stat().st_size / 1e6
    print(f"{file}: {options.rows:,} rows, {size:,.0f} MB, {time.perf_counter() - begun:.1f} s")


if __name__ == "__main__":
    main()
