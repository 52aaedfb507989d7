"""Published tables are read as they mean it: letters are not numbers, and a blank is not zero."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from interurban.apps.projections.send.published import read_published
from interurban.core.errors import BadRequest

from .conftest import read_rows


FILES = {
    "caseload": {None, "x"},
    "sen_needs_all_plans": {None},
    "newplans": {None, "x"},
    "ceased_plans": {None},
    "requests": {None, "x"},
}


@pytest.mark.parametrize("file", FILES)
def test_every_number_of_the_london_extract_is_read(file: str, shared_data: Path) -> None:
    rows = read_rows(shared_data / "witan" / "sen2_london" / f"{file}.csv")
    first = list(rows[0]).index("breakdown") + 1
    marks: set[str | None] = set()
    for name in list(rows[0])[first:]:
        column = read_published([row[name] for row in rows], name)
        marks |= set(column.marks)
        for value, mark, row in zip(column.values, column.marks, rows, strict=True):
            assert np.isnan(value) == (mark is not None)
            if mark is None:
                assert value == float(row[name])
    assert marks == FILES[file]


def test_a_blank_is_not_zero_and_a_zero_is_not_blank() -> None:
    column = read_published(["", "0", " ", "1,234.5", "z", "C"], "ehcplans")
    assert np.isnan(column.values).tolist() == [True, False, True, False, True, True]
    assert column.values[[1, 3]].tolist() == [0, 1234.5]
    assert column.count("") == 2
    assert column.count("c") == 1


def test_a_cell_that_is_neither_is_refused_with_its_row() -> None:
    with pytest.raises(BadRequest, match=r"2 cells of plans .* “12a” in row 2") as refused:
        read_published(["1", "12a", "?"], "plans")
    assert "c (suppressed)" in refused.value.advice
