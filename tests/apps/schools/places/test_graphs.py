"""Places by a rule as a run of the workspace gives them."""

from __future__ import annotations

from collections import Counter

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from interurban.apps.schools.places.contract import (
    PLACE_MEASURES,
    SCHOOL_CAPACITY,
    SCHOOL_ROLLS,
    SCHOOLS,
)
from interurban.apps.schools.places.graphs import SCHOOL_PLACES
from interurban.core.errors import InvalidInput
from interurban.core.model import Result, TableContract
from interurban.workspace.contracts import check_table
from interurban.workspace.executing import execute
from interurban.workspace.graph import compile_graph
from interurban.workspace.parameters import read_parameters

from .conftest import OpenAtlas


def run(tables: dict[str, pa.Table], **given: object) -> Result:
    plan = compile_graph(SCHOOL_PLACES)
    return execute(plan, tables, read_parameters(plan.parameters, given))


def measures(result: Result, measure: str) -> pa.Table:
    table = result.tables["place_measures"]
    assert isinstance(table, pa.Table)
    assert check_table(table, PLACE_MEASURES).ok
    return table.filter(pc.equal(table["measure"], measure))


def table_of(atlas_of: OpenAtlas, city: str, dataset: str, contract: TableContract) -> pa.Table:
    found = atlas_of(city).table(f"{city}.{dataset}")
    assert found is not None
    checked = check_table(found, contract)
    assert checked.ok, checked.problems
    return checked.table


def test_chicagos_published_bands_come_out_of_a_run(atlas_of: OpenAtlas) -> None:
    capacity = table_of(atlas_of, "chicago", "school_capacity", SCHOOL_CAPACITY)
    found = measures(run({"school_capacity": capacity}), "Utilisation")
    assert Counter(found["words"].to_pylist()) == {"under": 248, "efficient": 162, "over": 62}
    assert set(found["year"].to_pylist()) == {2012}


def test_with_rolls_a_school_that_closed_has_no_pupils_and_no_band(atlas_of: OpenAtlas) -> None:
    tables = {
        "school_capacity": table_of(atlas_of, "chicago", "school_capacity", SCHOOL_CAPACITY),
        "school_rolls": table_of(atlas_of, "chicago", "school_rolls", SCHOOL_ROLLS),
    }
    found = measures(run(tables), "Utilisation")
    assert set(found["year"].to_pylist()) == {2025}
    bands = Counter(found["words"].to_pylist())
    assert bands["unknown"] == found["value"].null_count == 54
    assert pc.min(found["value"]).as_py() > 0
    then = measures(run(tables, pupils="then"), "Utilisation")
    assert then["value"].null_count == 0


def test_londons_places_meet_the_pupils_of_the_register(atlas_of: OpenAtlas) -> None:
    capacity = table_of(atlas_of, "london", "school_capacity", SCHOOL_CAPACITY)
    schools = table_of(atlas_of, "london", "schools", SCHOOLS)
    found = run({"school_capacity": capacity, "schools": schools}, count="published")
    used = measures(found, "Utilisation")
    assert set(used["breakdown"].to_pylist()) == {"primary", "secondary"}
    assert used["value"].null_count == 535
    assert "Of 535 of 2,641 schools" in found.warnings[0]


def test_a_band_that_is_upside_down_is_refused(atlas_of: OpenAtlas) -> None:
    capacity = table_of(atlas_of, "chicago", "school_capacity", SCHOOL_CAPACITY)
    with pytest.raises(InvalidInput, match="more than it is efficient to"):
        run({"school_capacity": capacity}, efficient_from=1.0, efficient_to=0.9)
