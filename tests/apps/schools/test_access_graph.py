"""Floating catchments over ways by street, as a run of the workspace gives them."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from interurban.apps.schools.access.graphs import CHILDREN, PLACES, REACHED, SCHOOL_ACCESS, WAYS
from interurban.core.errors import InvalidInput
from interurban.core.model import Result
from interurban.workspace.contracts import check_table
from interurban.workspace.executing import execute
from interurban.workspace.graph import compile_graph
from interurban.workspace.parameters import read_parameters

WHEN, BEFORE = date(2020, 6, 30), date(2019, 6, 30)


def tables(**other: pa.Table) -> dict[str, pa.Table]:
    """Two areas and two schools: a is 10 minutes from x; b 10 from y and 25 from x."""
    ways = {
        "area_id": ["a", "b", "b"],
        "school_id": ["x", "x", "y"],
        "minutes": [10.0, 25.0, 10.0],
        "metres": [800.0, 2000.0, 800.0],
    }
    children = {
        "area_id": ["a", "b", "a"],
        "reference_date": [WHEN, WHEN, BEFORE],
        "sex": ["all", "all", "all"],
        "age_from": [0, 0, 0],
        "age_to": [15, 15, 15],
        "people": [320.0, 160.0, 9_999.0],
    }
    places = {
        "school_id": ["x", "x", "y"],
        "year": [2019, 2015, 2019],
        "capacity": [120.0, 1.0, None],
        "pupils": [90.0, 1.0, 30.0],
    }
    return {
        "ways": pa.table(ways),
        "children": pa.table(children),
        "places": pa.table(places),
        **other,
    }


def run(given: dict[str, pa.Table], **values: object) -> Result:
    contracts = {one.name: one for one in (WAYS, CHILDREN, PLACES)}
    checked = {}
    for name, table in given.items():
        outcome = check_table(table, contracts[name])
        assert outcome.ok, outcome.problems
        checked[name] = outcome.table
    plan = compile_graph(SCHOOL_ACCESS)
    return execute(plan, checked, read_parameters(plan.parameters, values))


def told(result: Result, measure: str) -> dict[str, float]:
    table = result.tables["access"]
    assert isinstance(table, pa.Table)
    assert check_table(table, REACHED).ok
    some = table.filter(pc.equal(table["measure"], measure))
    assert set(some["time_period"].to_pylist()) == {WHEN}
    return dict(zip(some["area_id"].to_pylist(), some["value"].to_pylist(), strict=True))


def test_by_hand() -> None:
    """Of 320 and 160 under 16, 5 of 16 years are 11 to 15: 100 in a and 50 in b.

    x has 120 places for 100 + 0.22 x 50 = 111 children; y 30 pupils stand for places, for 50.
    """
    result = run(tables(), reach=30.0)
    found = told(result, "Places within reach for each child")
    assert found["a"] == pytest.approx(120 / 111)
    assert found["b"] == pytest.approx(0.22 * 120 / 111 + 30 / 50)
    assert told(result, "Way to the nearest school") == {"a": 10, "b": 10}
    assert "Gini index" in result.warnings[0]


def test_without_decay_and_by_metres() -> None:
    found = run(tables(), reach=1000.0, by="metres", decay="none")
    assert told(found, "Places within reach for each child") == {"a": 1.2, "b": 0.6}
    assert told(found, "Way to the nearest school") == {"a": 800, "b": 800}


def test_the_same_twice_is_the_same_to_the_last_bit() -> None:
    first, second = (run(tables()).tables["access"] for _ in range(2))
    assert isinstance(first, pa.Table)
    assert first.equals(second)


def test_tables_that_do_not_meet_are_refused_in_one_sentence() -> None:
    elsewhere = tables(
        ways=pa.table(
            {"area_id": ["q"], "school_id": ["x"], "minutes": [1.0], "metres": [None]},
            schema=pa.schema(
                [
                    ("area_id", pa.string()),
                    ("school_id", pa.string()),
                    ("minutes", pa.float64()),
                    ("metres", pa.float64()),
                ]
            ),
        )
    )
    with pytest.raises(InvalidInput, match="No way leads"):
        run(elsewhere)
    with pytest.raises(InvalidInput, match="first age"):
        run(tables(), first_age=12, last_age=11)


def test_the_graph_is_found_by_the_catalogue() -> None:
    from interurban.apps.schools.graphs import graphs

    assert SCHOOL_ACCESS in graphs()
