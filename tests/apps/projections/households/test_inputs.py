"""Tables of households as people upload them: what is odd is told by row, or understood."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from interurban.apps.projections import contract_households as contract
from interurban.core.cube import Cube
from interurban.core.model import TableContract
from interurban.workspace.contracts import Checked
from interurban.workspace.uploads import check_file

Upload = Callable[[str, TableContract, Callable[[str], str]], Checked]
RATES = "dclg_hh_repr_rates_barnet"


@pytest.fixture
def upload(household_data: Path, tmp_path: Path) -> Upload:
    """A real file, changed by somebody before it was sent."""

    def changed(name: str, of: TableContract, change: Callable[[str], str]) -> Checked:
        text = (household_data / "inputs" / f"{name}.csv").read_text(encoding="utf-8")
        file = tmp_path / "upload.csv"
        file.write_bytes(change(text.replace("\r\n", "\n")).encode())
        return check_file(file, of)

    return changed


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("85&", "85+"),
        lambda text: text.replace("\n", "\r"),
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("gss-code,age-group,sex", "GSS.Code,Age Group,Gender"),
    ],
    ids=["85+", "CR only", "CRLF", "header"],
)
def test_other_spellings_give_the_same_numbers(
    change: Callable[[str], str], upload: Upload
) -> None:
    plain = upload(RATES, contract.REPRESENTATIVE_RATES, lambda text: text).content()
    checked = upload(RATES, contract.REPRESENTATIVE_RATES, change)
    assert checked.ok
    other = checked.content()
    assert isinstance(plain, Cube)
    assert isinstance(other, Cube)
    assert other.labels == plain.labels
    assert "85&" in other.along("age_group")
    np.testing.assert_array_equal(other.values, plain.values)


def test_an_unknown_relationship_is_told_with_its_row(upload: Upload) -> None:
    checked = upload(
        RATES, contract.REPRESENTATIVE_RATES, lambda text: text.replace(",C,0\n", ",D,0\n", 1)
    )
    first = checked.problems.sorted()[0]
    assert (first.row, first.field, first.value) == (1, "relationship", "D")
    assert "C, P, S" in first.hint


@pytest.mark.parametrize(("cell", "kind"), [("1.4", "more than"), ("-0.1", "less than"),
                                            ("", "blank"), ("x", "not a number")])  # fmt: skip
def test_a_rate_that_cannot_be_is_told_and_a_blank_is_no_zero(
    cell: str, kind: str, upload: Upload
) -> None:
    checked = upload(
        RATES,
        contract.REPRESENTATIVE_RATES,
        lambda text: text.replace(",C,0\n", f",C,{cell}\n", 1),
    )
    assert not checked.ok
    first = checked.problems.sorted()[0]
    assert (first.row, first.field, first.value) == (1, "value", cell)
    assert kind in first.problem


def test_an_age_that_is_missing_for_one_sex_is_told(upload: Upload) -> None:
    checked = upload(
        "gla_test_popn_barnet",
        contract.POPULATION,
        lambda text: "\n".join(
            line for line in text.split("\n") if not line.startswith("E09000003,37,M,2020,")
        ),
    )
    (problem,) = checked.problems.sorted()
    told = f"{problem.field} {problem.value} {problem.problem}"
    assert "37" in told
    assert "2020" in told
