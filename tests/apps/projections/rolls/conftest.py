"""Chicago's rolls as the file has them, and small ones by hand."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from interurban.apps.projections.rolls.history import Rolls
from interurban.apps.projections.rolls.inputs import rolls_of

GRADES = {"pe": -2, "pk": -1, "k": 0} | {f"g{at}": at for at in range(1, 13)}


def by_hand(
    pupils: list[list[list[float]]], areas: tuple[str, ...] | None = None, first: int = 2020
) -> Rolls:
    """Rolls from school x year group x year."""
    array = np.array(pupils, dtype=float)
    schools = tuple(f"s{at}" for at in range(len(array)))
    return Rolls(
        schools,
        schools,
        areas or ("all",) * len(schools),
        tuple(range(array.shape[1])),
        tuple(range(first, first + array.shape[2])),
        array,
    )


@pytest.fixture(scope="session")
def chicago_table(shared_data: Path) -> pa.Table:
    """21 years of rolls, long."""
    path = shared_data / "schools/chicago/enrollment_20thday_school_grade_2006_2026.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    lines = [
        (row["school_id"], row["school_name"], int(row["year"][:4]), group, float(row[grade]))
        for row in rows
        for grade, group in GRADES.items()
    ]
    names = ("school_id", "school_name", "year", "year_group", "pupils")
    columns = zip(*lines, strict=True)
    table = pa.table({name: list(column) for name, column in zip(names, columns, strict=True)})
    return table.append_column("area_id", pa.nulls(table.num_rows, pa.string()))


@pytest.fixture(scope="session")
def chicago(chicago_table: pa.Table) -> Rolls:
    return rolls_of({"school_rolls": chicago_table}, {"entry_year_group": 0})
