"""Every bad row of a table is told, with its row, its field and what to do."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from interurban.apps.projections.contract_households import HOUSEHOLD_POPULATION
from interurban.core.cube import Cube
from interurban.core.errors import InvalidInput
from interurban.core.model import TableContract
from interurban.core.standard import Field
from interurban.workspace.codes import code_of
from interurban.workspace.contracts import check_table, refuse_if_broken
from interurban.workspace.problems import KEPT_PROBLEMS
from interurban.workspace.tables import content_hash, cube_of, table_of
from interurban.workspace.uploads import check_file, read_file

AREA = Field("area_id", "string", "Area code", required=True)
SEX = Field("sex", "string", "Sex", required=True, enum=("F", "M"))
AGE = Field("age", "integer", "Age", unit="years", required=True, minimum=0, maximum=90)
YEAR = Field("year", "integer", "Year", required=True, minimum=1900, maximum=2100)
KEY = ("area_id", "sex", "age", "year")


def people(minimum: float | None = 0) -> TableContract:
    value = Field("population", "number", "People", minimum=minimum)
    return TableContract("population", "Population", (AREA, SEX, AGE, YEAR, value), KEY,
                         "population", KEY)  # fmt: skip


SMALL = TableContract(
    "rates", "Rates",
    (SEX, Field("age", "integer", "Age", minimum=0, maximum=2),
     Field("value", "number", "Rate", minimum=0, maximum=1)),
    ("sex", "age"), "value", ("sex", "age"),
)  # fmt: skip
WHOLE = [("F", 0, 0.1), ("F", 1, 0.2), ("F", 2, 0.3), ("M", 0, 0.1), ("M", 1, 0.2), ("M", 2, 0.3)]


def rates(rows: list[tuple[object, object, object]]) -> pa.Table:
    columns = zip(*rows, strict=True)
    return pa.table(
        {
            name: pa.array([None if v is None else str(v) for v in column], pa.string())
            for name, column in zip(("sex", "age", "value"), columns, strict=True)
        }
    )


# The data of the study, with its traps


@pytest.mark.parametrize(
    ("file", "rows", "column"),
    [
        ("inputs/bristol_hist_popn_mye.csv", 2548, "Popn"),
        ("inputs/bristol_hist_international_inmigrants.csv", 2366, "IntIn"),
        ("expected/bristol_popn_at_risk_2015.csv", 182, "Popn-at-risk"),
        ("expected/bristol_migration_module_r_output_2015.csv", 182, "Net.Mig"),
    ],
)
def test_headers_are_read_however_they_are_written(
    shared_data: Path, file: str, rows: int, column: str
) -> None:
    checked = check_file(shared_data / "witan" / "demography" / file, people(minimum=None))
    assert checked.problems.sorted() == []
    assert checked.table.num_rows == rows
    found = {match.field: match.column for match in checked.matches}
    assert found["area_id"] == "GSS.Code"
    assert found["population"] == column


def test_a_header_with_a_blank_in_it_is_the_only_column_left(shared_data: Path) -> None:
    contract = TableContract(
        "flow", "Flow", (AREA, SEX, AGE, Field("people", "number", "People")), KEY[:3], "people"
    )
    file = shared_data / "witan/demography/expected/bristol_trends_domestic_inmigrants.csv"
    checked = check_file(file, contract)
    assert checked.ok
    assert checked.matches[-1].column == "Domestic In"
    assert checked.matches[-1].how == "the only column left"


def test_rows_that_stand_twice_are_dropped_and_said(shared_data: Path) -> None:
    file = shared_data / "witan" / "demography" / "inputs" / "bristol_hist_domestic_inmigrants.csv"
    checked = check_file(file, people())
    assert checked.ok
    assert checked.rows == 4732
    assert checked.table.num_rows == 2366
    assert checked.warnings[0].startswith("2,366 rows repeat another in every column")


def test_carriage_returns_alone_end_lines(shared_data: Path) -> None:
    file = shared_data / "witan/demography/expected/bristol_migration_module_r_output_2015.csv"
    table, broken = read_file(file)
    assert (table.num_rows, broken) == (182, ())


def test_columns_that_are_scenarios_become_rows(shared_data: Path) -> None:
    contract = TableContract(
        "mortality", "Mortality",
        (
            Field("scenario", "string", "Scenario"), SEX,
            Field("age", "integer", "Age", minimum=-1, maximum=125), YEAR,
            Field("value", "number", "Rate", minimum=0),
        ),
        ("scenario", "sex", "age", "year"), "value", ("scenario", "sex", "age", "year"),
    )  # fmt: skip
    file = shared_data / "witan/demography/inputs/future_mortality_trend_assumption.csv"
    checked = check_file(file, contract)
    assert checked.ok
    cube = checked.content()
    assert isinstance(cube, Cube)
    assert cube.along("scenario") == ("high", "low", "principal")
    assert cube.at(scenario="principal", sex="F", age=0, year=2001).values == 70.13075757


def test_a_bexley_trajectory_is_taken_with_its_blanks_missing_not_zero(shared_data: Path) -> None:
    contract = TableContract(
        "development", "Development",
        (AREA, Field("year", "integer", "Year"), Field("units", "number", "Dwellings")),
        ("area_id", "year"), "units",
    )  # fmt: skip
    folder = shared_data / "witan" / "app"
    checked = check_file(folder / "Template_DevelopmentData_Bexley_WithData.csv", contract)
    assert checked.ok
    assert "12 blanks of units were taken as missing, not as zero" in " ".join(checked.warnings)
    cube = checked.content()
    assert isinstance(cube, Cube)
    assert cube.values.shape == (21, 30)
    assert np.isnan(cube.values).sum() == 12
    assert (cube.values < 0).any()
    refused = check_file(folder / "bad-header.csv", contract)
    (problem,) = refused.problems.sorted()
    assert problem.field == "units"
    assert "Past development" in problem.hint


def test_an_age_group_with_an_ampersand_is_itself() -> None:
    for written in ("85&", "85+", "85 +"):
        assert code_of(written, ("80_84", "85&")) == "85&"
    assert code_of("80-84", ("80_84", "85&")) == "80_84"
    assert code_of("90&", ("80_84", "85&")) is None


def test_rows_of_totals_are_left_aside_and_said(shared_data: Path) -> None:
    """The wide household tables have a row TOT under every eighteen age groups."""
    file = shared_data / "witan/household/inputs/dclg_hh_popn_proj_london10_wide.csv"
    checked = check_file(file, HOUSEHOLD_POPULATION)
    assert checked.ok
    assert checked.rows == 1_140
    assert "60 rows of totals (age_group TOT) were left aside." in checked.warnings
    cube = checked.content()
    assert isinstance(cube, Cube)
    assert cube.values.shape == (10, 2, 18, 3, 47)
    both = check_table(rates([*WHOLE, ("Persons", 0, "0.1")]), SMALL)
    assert both.ok
    assert both.warnings[0] == "1 row of totals (sex Persons) was left aside."


def test_a_table_of_nothing_but_totals_is_told() -> None:
    checked = check_table(rates([("All", age, "0.1") for age in range(3)]), SMALL)
    assert checked.problems.sorted()[0].problem == "not in the code list"


def test_a_cell_beside_several_values_is_told_once() -> None:
    contract = TableContract(
        "rates", "Rates", (SMALL.fields[0], YEAR, SMALL.fields[-1]), ("sex", "year"), "value"
    )
    wide = pa.table({"sex": ["F", "W"], "2015": ["0.1", "0.2"], "2016": ["0.1", "7"]})
    problems = check_table(wide, contract).problems
    assert [(p.row, p.field, p.value) for p in problems.sorted()] == [
        (2, "sex", "W"),
        (2, "value, 2016", "7"),
    ]


# What is told


def test_a_whole_table_is_taken() -> None:
    checked = check_table(rates(WHOLE), SMALL)
    assert checked.ok
    cube = checked.content()
    assert isinstance(cube, Cube)
    assert cube.dims == ("sex", "age")
    assert cube.at(sex="M").values.tolist() == [0.1, 0.2, 0.3]


@pytest.mark.parametrize(
    ("change", "row", "field", "value", "what", "hint"),
    [
        ((1, 2, ""), 2, "value", "", "blank", "A blank is not zero"),
        ((1, 2, "x"), 2, "value", "x", "not a number", "x means not available"),
        ((1, 2, "z"), 2, "value", "z", "not a number", "z means not applicable"),
        ((1, 2, "c"), 2, "value", "c", "not a number", "c means suppressed"),
        ((1, 2, "lots"), 2, "value", "lots", "not a number", "figures only"),
        ((1, 2, "1.5"), 2, "value", "1.5", "more than 1", "It is a share: 0.4, not 40."),
        ((1, 2, "-0.1"), 2, "value", "-0.1", "less than 0", "between 0 and 1"),
        ((1, 2, "nan"), 2, "value", "nan", "not a number", "figures only"),
        ((4, 0, "W"), 5, "sex", "W", "not in the code list", "F, M"),
        ((4, 1, "1.5"), 5, "age", "1.5", "not a whole number", "figures only"),
        ((4, 1, "7"), 5, "age", "7", "more than 2", "between 0 and 2"),
    ],
)
def test_a_broken_cell_is_told(
    change: tuple[int, int, str], row: int, field: str, value: str, what: str, hint: str
) -> None:
    rows = [list(r) for r in WHOLE]
    rows[change[0]][change[1]] = change[2]
    checked = check_table(rates([tuple(r) for r in rows]), SMALL)  # type: ignore[misc]
    problem = checked.problems.sorted()[0]
    assert (problem.row, problem.field, problem.value, problem.problem) == (row, field, value, what)
    assert hint in problem.hint
    with pytest.raises(InvalidInput, match=f"row {row}, {field}"):
        refuse_if_broken(checked)


def test_every_bad_row_is_told_not_only_the_first() -> None:
    rows = [(sex, age, "-1" if sex == "F" else "x") for sex, age, _ in WHOLE]
    problems = check_table(rates(rows), SMALL).problems
    assert problems.count == 6
    assert [p.row for p in problems.sorted()] == [1, 2, 3, 4, 5, 6]
    assert dict(problems.kinds) == {"value less than 0": 3, "value can't be read": 3}


def test_an_age_missing_for_one_sex_is_told() -> None:
    checked = check_table(rates([row for row in WHOLE if row[:2] != ("M", 1)]), SMALL)
    (problem,) = checked.problems.sorted()
    assert problem.row is None
    assert problem.value == "sex M, age 1"
    assert problem.problem == "there is no such row"


def test_a_blank_is_told_once_and_not_also_as_missing() -> None:
    checked = check_table(rates([*WHOLE[:5], ("M", 2, None)]), SMALL)
    assert [p.problem for p in checked.problems.sorted()] == ["blank"]


def test_rows_that_contradict_each_other_are_told() -> None:
    checked = check_table(rates([*WHOLE, ("F", 0, 0.9), ("F", 0, 0.1)]), SMALL)
    (problem,) = checked.problems.sorted()
    assert (problem.row, problem.problem) == (7, "row 1 says 0.1 for the same F, 0")
    assert checked.warnings[0].startswith("1 row repeats another")


def test_words_figures_and_signs_that_mean_the_same_are_taken() -> None:
    rows = [("Female", "0", "0.1"), ("females", "1", " .2 "), ("f", "2+", "3e-1")]
    rows += [("Male", "0", "0.1"), ("MALES", "1", "0.20"), ("M", "2&", "0.3")]
    checked = check_table(rates(rows), SMALL)  # type: ignore[arg-type]
    assert checked.problems.sorted() == []
    assert content_hash(checked.content()) == content_hash(
        check_table(rates(WHOLE), SMALL).content()
    )


def test_thousands_may_have_commas() -> None:
    contract = TableContract(
        "t", "T", (AREA, Field("people", "number", "People")), ("area_id",), "people"
    )
    table = pa.table({"area_id": ["a", "b"], "people": ["1,234,567.5", "1,23"]})
    checked = check_table(table, contract)
    assert checked.table.column("people").to_pylist() == [1234567.5]
    assert checked.problems.sorted()[0].value == "1,23"


def test_only_rows_the_contract_speaks_of_are_taken() -> None:
    contract = TableContract(
        "births", "Births", (AREA, Field("people", "number", "People")), ("area_id",), "people",
        standard="population_change@1", where={"component": "births"},
    )  # fmt: skip
    table = pa.table(
        {"area_id": ["a", "a", "b"], "Component": ["births", "deaths", "Births"],
         "people": [1.0, 9.0, 2.0]}
    )  # fmt: skip
    checked = check_table(table, contract)
    assert checked.table.column("people").to_pylist() == [1.0, 2.0]
    assert checked.warnings == ("1 rows that are not of component births were left aside.",)


def test_records_may_be_alike() -> None:
    contract = TableContract("moves", "Moves", (AREA, AGE), ())
    checked = check_table(pa.table({"area_id": ["a", "a"], "age": [1, 1]}), contract)
    assert checked.ok
    assert checked.table.num_rows == 2


def test_problems_are_kept_in_bounded_memory_and_all_counted() -> None:
    contract = TableContract("t", "T", (AREA, Field("n", "number", "N", required=True)), ())
    many = KEPT_PROBLEMS + 5_000
    table = pa.table({"area_id": ["a"] * many, "n": ["x"] * many})
    problems = check_table(table, contract).problems
    assert problems.count == many
    assert problems.table().num_rows == KEPT_PROBLEMS
    assert problems.table().column_names == ["row", "field", "value", "problem", "hint"]


def test_a_file_without_rows_is_told(tmp_path: Path) -> None:
    file = tmp_path / "empty.csv"
    file.write_text("sex,age,value\n")
    assert [p.problem for p in check_file(file, SMALL).problems.sorted()] == ["no rows"]


# Tables and cubes


def test_a_cube_as_a_table_and_back_is_the_same_cube() -> None:
    cube = check_table(rates(WHOLE), SMALL).content()
    assert isinstance(cube, Cube)
    table = table_of(cube, SMALL)
    assert table.column_names == ["sex", "age", "value"]
    assert content_hash(cube_of(table, SMALL)) == content_hash(cube)


def test_the_order_of_rows_does_not_matter() -> None:
    one = check_table(rates(WHOLE), SMALL).content()
    other = check_table(rates(WHOLE[::-1]), SMALL).content()
    assert content_hash(one) == content_hash(other)


def test_what_is_not_there_is_no_number() -> None:
    holes = TableContract(SMALL.name, SMALL.title, SMALL.fields, SMALL.key, SMALL.value)
    cube = check_table(rates(WHOLE[:5]), holes).content()
    assert isinstance(cube, Cube)
    assert np.isnan(cube.at(sex="M", age=2).values)
    assert table_of(cube, holes).num_rows == 5


def test_columns_of_values_may_be_of_several_types() -> None:
    """Of a typed file, one column of figures may be text and the next numbers."""
    contract = TableContract(
        "flow", "Flow", (SEX, YEAR, Field("people", "number", "People", minimum=0)),
        ("sex", "year"), "people",
    )  # fmt: skip
    table = pa.table({"sex": ["F", "M"], "2013": ["1", "2"], "2014": [3.5, 4.0], "2015": [5, 6]})
    checked = check_table(table, contract)
    assert checked.ok, checked.problems.sorted()
    assert checked.table.column("people").to_pylist() == [1, 2, 3.5, 4, 5, 6]
