"""Limits are told as people write numbers."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa
import pytest

from interurban.apps.projections.contract import NATIONAL_MORTALITY
from interurban.core.model import Parameter
from interurban.workspace.contracts import check_table
from interurban.workspace.limits import in_figures
from interurban.workspace.parameters import parameter_fault
from interurban.workspace.replication_document import content_words


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        (100_000, "100,000"),
        (100_000.0, "100,000"),
        (2_147_483_647, "2,147,483,647"),
        (-20_000, "-20,000"),
        (2300, "2300"),
        (0.05, "0.05"),
        (-1, "-1"),
        ("2018-01-01", "2018-01-01"),
    ],
)
def test_a_limit_is_written_in_figures(limit: float | str, words: str) -> None:
    assert in_figures(limit) == words


def test_a_value_past_a_large_limit_is_told_in_figures() -> None:
    rates = pa.table(
        {"scenario": ["low"], "sex": ["F"], "age": [3], "year": [2020], "value": [100_001.5]}
    )
    problem = check_table(rates, NATIONAL_MORTALITY).problems.sorted()[0]
    assert problem.problem == "more than 100,000"
    assert "between 0 and 100,000" in problem.hint


def test_the_last_age_may_be_written_as_that_and_over_however_large_it_is() -> None:
    wide = replace(
        NATIONAL_MORTALITY,
        fields=tuple(
            replace(f, maximum=1_000_000) if f.name == "age" else f
            for f in NATIONAL_MORTALITY.fields
        ),
    )
    rates = pa.table(
        {"scenario": ["low"], "sex": ["F"], "age": ["1000000+"], "year": [2020], "value": [1.0]}
    )
    checked = check_table(rates, wide)
    assert checked.ok
    assert checked.table["age"].to_pylist() == [1_000_000]


def test_a_parameter_past_its_limit_is_told_in_figures() -> None:
    draws = Parameter("draws", "Draws", "integer", 10, maximum=100_000)
    assert parameter_fault(draws, 2_000_000) == "2,000,000 is more than 100,000."


def test_what_may_stand_in_a_field_is_told_in_figures() -> None:
    value = NATIONAL_MORTALITY.field("value")
    assert value is not None
    assert content_words(value).endswith("from 0 to 100,000, per 100,000 people")
