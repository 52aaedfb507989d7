"""Rows become tables whose totals are right on every level, and bad rows are told."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from interurban.core.errors import InvalidInput, TooMuch, UnknownField
from interurban.policy.disclosure import (
    NOT_STATED,
    Knowledge,
    Threshold,
    audit,
    protect,
    read_published,
    tabulate,
)

ROWS = pa.table(
    {
        "borough": ["a", "a", "b", "b", "b"],
        "ward": ["1", "2", "1", "1", "3"],
        "kind": ["x", "y", "x", None, "y"],
        "n": [3, 4, 5, 6, 7],
        "pounds": [1.5, 2.0, 3.0, 4.0, 10.0],
        "firm": ["p", "q", "p", "q", "p"],
    }
)


def test_totals_of_every_level_are_cells() -> None:
    table = tabulate(ROWS, [["borough", "ward"], ["kind"]], count="n").table
    rows, kinds = table.axes
    at = rows.index, kinds.index
    assert table.values[at[0][()], at[1][()]] == 25
    assert table.values[at[0][("b",)], at[1][()]] == 18
    assert table.values[at[0][("b", "1")], at[1][("x",)]] == 5
    assert table.values[at[0][("a", "1")], at[1][("x",)]] == 3
    assert np.abs(table.equations.sums(table.flat)).max() == 0


def test_wards_of_the_same_name_in_two_boroughs_are_two_wards() -> None:
    rows = tabulate(ROWS, [["borough", "ward"]]).table.axes[0]
    assert {("a", "1"), ("b", "1")} <= set(rows.paths)


def test_rows_without_a_category_are_counted_as_such() -> None:
    table = tabulate(ROWS, [["kind"]], count="n").table
    assert table.values[table.axes[0].index[(NOT_STATED,)]] == 6


def test_contributions_are_those_of_a_firm_in_the_whole_cell() -> None:
    made = tabulate(ROWS, [["borough"]], value="pounds", contributor="firm")
    axis = made.table.axes[0]
    total, b = axis.index[()], axis.index[("b",)]
    assert made.cells.contributors[[total, b]].tolist() == [2, 2]
    assert made.cells.largest[total][:3].tolist() == [14.5, 6.0, 0.0]
    assert made.cells.largest[b][:2].tolist() == [13.0, 4.0]


@pytest.mark.parametrize("bad", [[-1, 1, 1, 1, 1], [1.5, 1, 1, 1, 1], [None, 1, 1, 1, 1]])
def test_counts_that_are_none_are_told_by_row(bad: list[object]) -> None:
    with pytest.raises(InvalidInput, match="Row 1"):
        tabulate(ROWS.append_column("m", pa.array(bad, pa.float64())), [["kind"]], count="m")


def test_unknown_columns_totals_among_rows_and_huge_tables_are_refused() -> None:
    with pytest.raises(UnknownField, match="There are"):
        tabulate(ROWS, [["colour"]])
    with pytest.raises(InvalidInput, match="Total"):
        tabulate(pa.table({"a": ["x", "Total"]}), [["a"]])
    many = pa.table({"a": [str(n) for n in range(900)], "b": [str(n) for n in range(900)]})
    with pytest.raises(TooMuch):
        tabulate(many, [["a"], ["b"]])


def test_a_published_table_reads_back_to_the_same_audit() -> None:
    made = tabulate(ROWS, [["borough", "ward"], ["kind"]], count="n")
    safe = protect(made, (Threshold(5),))
    back = read_published(safe.to_arrow(), [["borough", "ward"], ["kind"]], "shown")
    told = audit(back, Knowledge(least=1.0))
    assert told.hidden.sum() == safe.audit.hidden.sum()
    assert told.narrowest == safe.audit.narrowest


def test_a_published_table_whose_numbers_contradict_each_other_is_told() -> None:
    rows = pa.table({"kind": ["x", "y", "Total"], "n": ["3", "4", "9"]})
    with pytest.raises(InvalidInput, match="not the sum of its parts"):
        audit(read_published(rows, [["kind"]], "n"))
    rows = pa.table({"kind": ["x", "y", "Total"], "n": ["30", "*", "9"]})
    with pytest.raises(InvalidInput, match="contradict"):
        audit(read_published(rows, [["kind"]], "n"))


def test_a_lone_hidden_number_is_told_exactly() -> None:
    rows = pa.table({"kind": ["x", "y", "Total"], "n": ["3", "[c]", "9"]})
    told = audit(read_published(rows, [["kind"]], "n"))
    assert told.recovered.sum() == 1
    assert told.low[told.hidden].tolist() == [6.0]


def test_a_published_table_without_totals_or_with_a_cell_twice_is_refused() -> None:
    with pytest.raises(InvalidInput, match="No row is a total"):
        read_published(pa.table({"kind": ["x"], "n": ["3"]}), [["kind"]], "n")
    with pytest.raises(InvalidInput, match="second number"):
        read_published(pa.table({"kind": ["x", "x"], "n": ["3", "4"]}), [["kind"]], "n")


def test_a_level_with_the_name_of_a_column_keeps_its_own() -> None:
    rows = pa.table({"value": ["x", "x", "y"], "hidden": ["p", "q", "q"]})
    shown = protect(tabulate(rows, [["value"], ["hidden"]]), (Threshold(2),)).to_arrow()
    assert shown.column_names[:2] == ["value_", "hidden_"]
    assert set(shown["value_"].to_pylist()) == {"Total", "x", "y"}
    assert len(set(shown.column_names)) == 7
