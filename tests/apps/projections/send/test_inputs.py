"""Tables as they are published: header styles, letters for numbers, and blanks that are no zero."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from interurban.apps.projections import contract_send as contract
from interurban.core.cube import Cube
from interurban.core.model import TableContract, Tables
from interurban.workspace.contracts import Checked, check_table
from interurban.workspace.uploads import check_file


def checked_text(text: str, of: TableContract) -> Checked:
    header, *rows = csv.reader(io.StringIO(text))
    columns = {name: [row[at] for row in rows] for at, name in enumerate(header)}
    return check_table(pa.table(columns), of)


@pytest.mark.parametrize("style", ["{}", "{}\r", "dots", "title", "spaces"])
def test_transitions_are_read_in_every_style_of_header(
    style: str, send_data: Path, tables: Tables, tmp_path: Path
) -> None:
    text = (send_data / "inputs" / "transitions.csv").read_text()
    header, rest = text.replace("\r\n", "\n").split("\n", 1)
    changed = {
        "dots": header.replace("-", "."),
        "title": header.title(),
        "spaces": ",".join(f'"{name}"' for name in header.replace("-", " ").split(",")),
    }.get(style, header)
    lines = f"{changed}\n{rest}"
    file = tmp_path / "moves.csv"
    file.write_bytes((lines.replace("\n", "\r") if style.endswith("\r") else lines).encode())
    checked = check_file(file, contract.TRANSITIONS)
    assert checked.ok
    expected = tables["send_transitions"]
    assert isinstance(expected, pa.Table)
    assert checked.content().equals(expected)


def test_where_children_may_move_is_read_from_its_arrow(tables: Tables) -> None:
    states = tables["send_states"]
    assert isinstance(states, pa.Table)
    assert states["setting_to_setting"].null_count == 0
    assert states["setting_to_setting"][0].as_py().startswith("A,B,C")


def test_states_without_their_allowed_moves_are_refused_by_the_columns_name() -> None:
    checked = checked_text(
        "setting,min-academic-year,max-academic-year,needs\nA,1,9,T\n", contract.STATES
    )
    assert not checked.ok
    assert checked.problems.sorted()[0].field == "setting_to_setting"


@pytest.mark.parametrize(
    ("letter", "meaning"),
    [("x", "not available"), ("z", "not applicable"), ("c", "suppressed"), ("C", "suppressed")],
)
def test_a_letter_in_place_of_a_number_is_told_with_its_meaning(letter: str, meaning: str) -> None:
    rows = f"calendar-year,academic-year,population\n2013,1,900\n2013,2,{letter}\n"
    checked = checked_text(rows, contract.POPULATION)
    (problem,) = checked.problems.sorted()
    assert (problem.row, problem.field, problem.value) == (2, "population", letter)
    assert meaning in problem.hint


def test_a_blank_number_is_told_and_a_zero_is_a_number() -> None:
    blank = "calendar-year,academic-year,population\n2013,1,\n2013,2,0\n"
    checked = checked_text(blank, contract.POPULATION)
    (problem,) = checked.problems.sorted()
    assert (problem.row, problem.field) == (1, "population")
    zero = checked_text(blank.replace("2013,1,\n", ""), contract.POPULATION).content()
    assert isinstance(zero, Cube)
    assert zero.values.tolist() == [[0.0]]


def test_a_combination_that_is_not_written_is_missing_and_not_zero() -> None:
    rows = "calendar-year,academic-year,population\n2013,1,900\n2014,2,950\n"
    cube = checked_text(rows, contract.POPULATION).content()
    assert isinstance(cube, Cube)
    assert np.isnan(cube.values).tolist() == [[False, True], [True, False]]


def test_a_negative_number_of_children_and_an_unheard_of_year_are_told() -> None:
    rows = "calendar-year,academic-year,population\n2013,1,-4\n2013,40,900\n"
    problems = checked_text(rows, contract.POPULATION).problems.sorted()
    assert [(p.row, p.field) for p in problems] == [(1, "population"), (2, "academic_year")]


def test_letters_of_the_london_extract_are_never_numbers(shared_data: Path) -> None:
    """A published table of plans, offered as a population: all its letters are told."""
    file = shared_data / "witan" / "sen2_london" / "requests.csv"
    with file.open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    letters = [row["requests_decided_to_assess"] for row in rows]
    table = pa.table(
        {
            "calendar_year": [row["time_period"] for row in rows],
            "academic_year": ["0"] * len(rows),
            "population": letters,
        }
    )
    problems = check_table(table, contract.POPULATION).problems
    told = [p for p in problems.sorted() if p.field == "population" and p.value == "x"]
    assert told
    assert all("not available" in p.hint for p in told)
