"""Real files of both cities, and the source as a whole: memory, progress, what has not changed."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from interurban.core.dataset import SourceFacts, SourceSpec
from interurban.sources import Fetching, open_source

from .reading_files import Open, rows_of, write

README_ROW = re.compile(r"^\| ((?:chicago|london)/\S+) \| ([\d,]+) \|", re.MULTILINE)

CORE_FILES = 98


def core_rows(shared_data: Path) -> dict[str, int]:
    text = (shared_data / "core" / "README.md").read_text()
    return {name: int(rows.replace(",", "")) for name, rows in README_ROW.findall(text)}


@pytest.mark.parametrize("city", ["chicago", "london"])
def test_every_core_file_opens_and_has_the_rows_its_readme_counts(
    shared_data: Path, tmp_path: Path, city: str
) -> None:
    counted: dict[str, int] = {}
    fetching = Fetching(work=tmp_path, mirror=shared_data)
    expected = core_rows(shared_data)
    assert len(expected) == CORE_FILES
    for name in expected:
        if not name.startswith(city):
            continue
        spec = SourceSpec("files", {"path": f"core/{name}"})
        reading = open_source(spec, fetching)
        assert reading is not None
        last = 0
        with reading:
            for batch in reading.batches():
                assert batch.schema.equals(reading.schema)
                numbers = batch.column("_row").to_numpy()
                assert numbers[0] == last + 1
                last = int(numbers[-1])
            facts = reading.facts()
        counted[name] = last
        assert reading.broken_count == 0, name
        assert facts.origin == f"core/{name}"
        assert facts.kind == "mirror"
        assert len(facts.sha256) == 64
    assert counted == {n: rows for n, rows in expected.items() if n.startswith(city)}


def test_a_real_column_settles_its_date_order_over_all_its_values(
    shared_data: Path, opened: Open
) -> None:
    london = opened(shared_data / "core/london/cycle_hire_hourly_counts_2015_2017.csv.gz")
    chicago = opened(shared_data / "core/chicago/crimes_2022_export_narcotics.csv.gz")
    march = opened(shared_data / "core/chicago/food_inspections_2020_sample.csv")
    for reading in (london, chicago, march):
        rows_of(reading)
    assert "timestamp: day first" in london.facts().reading["dates"]
    assert "Date: month first" in chicago.facts().reading["dates"]
    assert "cannot be told" in march.facts().reading["dates"]


MEASURE = """
import re, sys
from pathlib import Path
from interurban.core.dataset import SourceSpec
from interurban.sources import Fetching, open_source
spec = SourceSpec("files", {"path": sys.argv[1]})
with open_source(spec, Fetching(work=Path(sys.argv[2]))) as reading:
    rows = sum(batch.num_rows for batch in reading.batches())
print(rows, re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux to measure")
@pytest.mark.parametrize("kind", ["csv", "geojson", "parquet"])
def test_memory_does_not_grow_with_the_file(tmp_path: Path, kind: str) -> None:
    note = "plain words of a resident " * 40
    peaks = {}
    for rows in (70_000, 200_000):
        path = tmp_path / f"{rows}.{kind}"
        if kind == "csv":
            path.write_text("id,name,note\n" + f'1234567,"Daley, Center",{note}\n' * rows)
        elif kind == "geojson":
            feature = {
                "type": "Feature",
                "properties": {"id": 1, "note": note},
                "geometry": {"type": "Point", "coordinates": [-87.63, 41.88]},
            }
            features = f"{json.dumps(feature)},\n" * rows
            path.write_text(f'{{"type":"FeatureCollection","features":[{features[:-2]}]}}')
        else:
            table = pa.table({"note": [f"{n} {note}" for n in range(10_000)]})
            with pq.ParquetWriter(path, table.schema, compression="none") as writer:
                for _ in range(rows // 10_000):
                    writer.write_table(table)
        done = subprocess.run(
            [sys.executable, "-c", MEASURE, str(path), str(tmp_path)],
            check=True,
            capture_output=True,
            text=True,
        )
        read, peak_kb = map(int, done.stdout.split())
        assert read == rows
        peaks[rows] = peak_kb / 1024
    assert path.stat().st_size > 200 << 20
    assert peaks[200_000] < peaks[70_000] + 80, peaks


def test_an_unchanged_file_is_not_read_again(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", "a,b\n1,2\n")
    spec = SourceSpec("files", {"path": str(path)})
    fetching = Fetching(work=tmp_path / "work")

    def facts() -> SourceFacts:
        reading = open_source(spec, fetching)
        assert reading is not None
        rows_of(reading)
        return reading.facts()

    before = facts()
    assert open_source(spec, fetching, before) is None
    path.touch()
    assert open_source(spec, fetching, before) is None, "touched, with the same bytes"
    path.write_text("a,b\n1,3\n")
    assert open_source(spec, fetching, before) is not None
    assert (before.origin, before.kind) == ("a.csv", "file"), "no path of this machine"


def test_progress_is_told_in_rows_and_stored_bytes(tmp_path: Path) -> None:
    told: list[tuple[int, int, int | None]] = []
    path = write(tmp_path, "a.csv.gz", gzip.compress(b"a,b\n" + b"1,2\n" * 1_000_000))
    reading = open_source(
        SourceSpec("files", {"path": str(path)}),
        Fetching(work=tmp_path, progress=lambda *step: told.append(step)),
    )
    assert reading is not None
    rows_of(reading)
    assert told[-1] == (1_000_000, path.stat().st_size, path.stat().st_size)
    assert told == sorted(told)
