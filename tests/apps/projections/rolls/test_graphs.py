"""The graphs take tables as they are given, say what was odd, and give the same again."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from interurban.apps.projections import contract_rolls as contract
from interurban.apps.projections.rolls.graphs import REGIONAL_SCHOOL_ROLLS, SCHOOL_ROLLS
from interurban.apps.projections.rolls.history import Rolls
from interurban.apps.projections.rolls.projection import project
from interurban.core.cube import Cube
from interurban.core.errors import InvalidInput
from interurban.core.model import Graph, Result, Tables
from interurban.workspace.contracts import check_table
from interurban.workspace.executing import execute
from interurban.workspace.graph import compile_graph
from interurban.workspace.parameters import read_parameters
from interurban.workspace.tables import content_hash


def run(graph: Graph, tables: Tables, **given: object) -> Result:
    plan = compile_graph(graph)
    return execute(plan, tables, read_parameters(plan.parameters, given))


def small(area: bool = True) -> pa.Table:
    """Two primary schools in two areas, six years."""
    rows = [
        (school, f"School {school}", place if area else None, year, group, 30.0 - group)
        for school, place in (("1", "north"), ("2", "south"))
        for year in range(2019, 2025)
        for group in range(3)
    ]
    names = ("school_id", "school_name", "area_id", "year", "year_group", "pupils")
    columns = zip(*rows, strict=True)
    made = {name: list(column) for name, column in zip(names, columns, strict=True)}
    checked = check_table(pa.table(made), contract.SCHOOL_ROLLS)
    assert checked.ok
    return checked.table


def table(result: Result, name: str) -> pa.Table:
    found = result.tables[name]
    assert isinstance(found, pa.Table)
    return found


@pytest.fixture(scope="module")
def chicago_run(chicago_table: pa.Table) -> Result:
    checked = check_table(chicago_table, contract.SCHOOL_ROLLS)
    assert checked.ok
    return run(SCHOOL_ROLLS, {"school_rolls": checked.table}, draws=100)


@pytest.mark.parametrize("graph", [SCHOOL_ROLLS, REGIONAL_SCHOOL_ROLLS], ids=lambda graph: graph.id)
def test_every_graph_compiles_and_every_knob_has_help(graph: Graph) -> None:
    plan = compile_graph(graph)
    assert len({p.name for p in plan.parameters}) == len(plan.parameters)
    assert all(parameter.help.endswith(".") for parameter in plan.parameters)


def test_chicagos_rolls_come_out_as_the_arrays_give_them(
    chicago: Rolls, chicago_run: Result
) -> None:
    direct = project(chicago, 5)
    given = table(chicago_run, "projected_rolls")
    assert pc.sum(given["pupils"]).as_py() == pytest.approx(direct.pupils.sum())
    assert set(given["year"].to_pylist()) == {2026, 2027, 2028, 2029, 2030}
    open_schools = {s for s, o in zip(chicago.schools, direct.open, strict=True) if o}
    assert set(given["school_id"].to_pylist()) == open_schools


def test_closed_and_reused_schools_and_the_back_test_are_told(chicago_run: Result) -> None:
    said = " ".join(chicago_run.warnings)
    assert "182 schools have no pupil in 2025" in said
    assert "taken as another school's" in said
    assert "same as last year in brackets: 5.4 % at 1 (6.2 %)" in said


def test_the_table_of_errors_has_the_baselines_beside_it(chicago_run: Result) -> None:
    parts = set(table(chicago_run, "roll_errors")["breakdown"].to_pylist())
    for method in ("projection", "same as last year", "last ratio"):
        for subject in ("schools", "primary", "secondary"):
            for ahead in ("1 year ahead", "3 years ahead"):
                assert f"{subject}, {method}, {ahead}" in parts


def test_the_same_run_gives_the_same_again() -> None:
    tables = {"school_rolls": small()}
    first, again = (run(SCHOOL_ROLLS, tables, draws=20, seed=3) for _ in range(2))
    for name in first.tables:
        assert content_hash(first.tables[name]) == content_hash(again.tables[name])


def test_areas_and_the_city_have_bands_beside_the_schools() -> None:
    found = table(run(SCHOOL_ROLLS, {"school_rolls": small()}, draws=20), "roll_bands")
    assert set(found["area_id"].to_pylist()) == {"1", "2", "north", "south", "all"}
    alone = table(run(SCHOOL_ROLLS, {"school_rolls": small(area=False)}, draws=20), "roll_bands")
    assert set(alone["area_id"].to_pylist()) == {"1", "2", "all"}


def test_children_places_transfers_and_homes_are_taken_together() -> None:
    tables: dict[str, Cube | pa.Table] = {
        "school_rolls": small(),
        "children": Cube(
            ("area_id", "year"),
            (("north", "south"), tuple(range(2015, 2025))),
            np.full((2, 10), 60.0),
        ),
        "transfers": Cube(("origin_id", "destination_id"), (("north", "south"),) * 2, np.eye(2)),
        "admission_numbers": Cube(("school_id", "year_group"), (("1",), (0,)), np.array([[20.0]])),
        "new_homes": Cube(
            ("area_id", "home_type", "year"),
            (("south",), ("flat",), (2025,)),
            np.array([[[100.0]]]),
        ),
        "child_yields": Cube(("home_type", "year_group"), (("flat",), (1,)), np.array([[0.1]])),
    }
    result = run(SCHOOL_ROLLS, tables, first_year_groups="area", tolerance=0.1, draws=10)
    found = {
        (row["school_id"], row["year_group"], row["year"]): row["pupils"]
        for row in table(result, "projected_rolls").to_pylist()
    }
    assert found["1", 0, 2025] == pytest.approx(22)
    assert found["2", 1, 2025] == pytest.approx(29 + 10)
    assert any("8 pupils find no place" in warning for warning in result.warnings)


def test_homes_without_child_yields_are_refused() -> None:
    homes = Cube(
        ("area_id", "home_type", "year"), (("north",), ("flat",), (2025,)), np.ones((1, 1, 1))
    )
    with pytest.raises(InvalidInput, match="go together"):
        run(SCHOOL_ROLLS, {"school_rolls": small(), "new_homes": homes})


def test_children_of_other_areas_are_refused() -> None:
    children = Cube(("area_id", "year"), (("east", "west"), (2015, 2016)), np.ones((2, 2)))
    with pytest.raises(InvalidInput, match="other areas than the schools"):
        run(SCHOOL_ROLLS, {"school_rolls": small(), "children": children})


def test_how_far_children_reach_is_told() -> None:
    def warned(first: int, last: int) -> str:
        years = tuple(range(first, last + 1))
        children = Cube(("area_id", "year"), (("city",), years), np.full((1, len(years)), 60.0))
        return " ".join(
            run(SCHOOL_ROLLS, {"school_rolls": small(), "children": children}, draws=10).warnings
        )

    assert "known up to 2026; later entry follows its trend" in warned(2015, 2022)
    assert "The children are not used" in warned(2010, 2014)
    assert "children" not in warned(2015, 2025).lower()


def test_a_missing_school_year_is_refused() -> None:
    rolls = small()
    rolls = rolls.filter(pc.not_equal(rolls["year"], 2021))
    with pytest.raises(InvalidInput, match="no row of 2021"):
        run(SCHOOL_ROLLS, {"school_rolls": rolls})


def test_whole_areas_come_by_year_group_with_their_back_test() -> None:
    result = run(REGIONAL_SCHOOL_ROLLS, {"school_rolls": small()}, draws=20, years_ahead=2)
    bands = table(result, "regional_bands")
    assert set(bands["area_id"].to_pylist()) == {"north", "south"}
    assert bands.num_rows == 2 * 3 * 2 * 5
    assert table(result, "regional_errors").num_rows > 0
