"""A run on a scorecard gives what is worked out at once, and keeps all that it was made from."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from interurban.apps.schools.places.area_projection import (
    newest_area_run,
    projected_now,
    read_areas,
)
from interurban.apps.schools.places.area_rolls import AREA_ROLLS
from interurban.apps.schools.places.area_said import rolls_said, said_of
from interurban.apps.schools.places.contract import (
    AREA_ROLL_BANDS,
    AREA_ROLL_ERRORS,
    AREA_ROLL_VARIANTS,
)
from interurban.apps.schools.places.outlook import outlook_of_area, outlook_of_school
from interurban.apps.schools.places.projected import how_to_run
from interurban.apps.schools.places.table import scorecard_of
from interurban.core.errors import InvalidInput
from interurban.core.model import Result
from interurban.workspace import Catalogue, Workspace
from interurban.workspace.contracts import check_table
from interurban.workspace.executing import execute
from interurban.workspace.graph import compile_graph
from interurban.workspace.parameters import read_parameters

from .conftest import OpenAtlas, said


def scorecard() -> pa.Table:
    """Ten areas of a city that nobody has heard of, growing at paces of their own."""
    rows = [
        {
            "area_id": f"a{area}",
            "area_name": f"Area {area}",
            "measure": measure,
            "time_period": date(year, 9, 1),
            "value": value,
        }
        for area in range(10)
        for year in range(2020, 2025)
        for measure, value in (
            ("Pupils", 1000.0 * 1.01 ** (area * (year - 2020))),
            ("Expected", 0.01 * area),
        )
    ]
    return pa.Table.from_pylist(rows)


def run(**given: object) -> Result:
    plan = compile_graph(AREA_ROLLS)
    said_so = {"stage": "all", "roll": "Pupils", "expected": "2 = Expected", **given}
    return execute(plan, {"scorecard": scorecard()}, read_parameters(plan.parameters, said_so))


def test_any_citys_scorecard_makes_a_run() -> None:
    result = run(years_ahead=3)
    for contract in (AREA_ROLL_BANDS, AREA_ROLL_VARIANTS, AREA_ROLL_ERRORS):
        table = result.tables[contract.name]
        assert isinstance(table, pa.Table)
        assert check_table(table, contract).ok
    bands = result.tables["area_roll_bands"]
    assert isinstance(bands, pa.Table)
    assert bands.num_rows == 11 * 3 * 5, "ten areas and all of them, three years, five ends"
    assert set(bands["measure"].to_pylist()) == {"Pupils, all"}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"roll": "Children"}, "'Children' of none of the areas"),
        ({"earlier": "2014"}, "says no measure"),
        ({"accuracy": "soon = Errors"}, "no whole number"),
    ],
)
def test_a_measure_that_is_not_there_is_refused_by_name(
    given: dict[str, object], words: str
) -> None:
    with pytest.raises(InvalidInput, match=words):
        run(**given)


def test_what_a_pack_says_is_the_same_as_parameters(atlas_of: OpenAtlas) -> None:
    card = said(atlas_of("london")).scorecard
    assert card is not None
    plan = compile_graph(AREA_ROLLS)
    for rolls in card.stages.values():
        values = read_parameters(plan.parameters, said_of(rolls))
        told = replace(rolls, places="", unfilled="", planned="", needed="", words="")
        assert rolls_said(values) == told


def test_a_run_of_londons_boroughs_is_what_stood_before_it(atlas_of: OpenAtlas) -> None:
    atlas = atlas_of("london")
    settings, stage = said(atlas), atlas.settings.stages[1]
    card, places = settings.scorecard, scorecard_of(atlas, settings, stage)
    assert card is not None
    assert places is not None
    with Workspace(atlas.node, Catalogue.discover("interurban.apps")) as workspace:
        found = newest_area_run(atlas, card, stage.id, workspace.runs(model="area_rolls"))
    assert found is not None
    assert newest_area_run(atlas, card, "primary", [found]) is None
    how = how_to_run(atlas, settings, stage, areas=True)
    assert how is not None
    assert {name: pin.dataset for name, pin in found.inputs.items()} == how.inputs
    assert {name: found.parameters[name] for name in how.parameters} == how.parameters
    live, kept = projected_now(atlas, card, places, stage.id), read_areas(atlas, found)
    assert kept.forecasts.keys() == live.forecasts.keys()
    for one, forecast in live.forecasts.items():
        assert np.allclose(kept.forecasts[one].ends, forecast.ends)
        for variant, numbers in forecast.variants.items():
            assert kept.forecasts[one].variants[variant] == pytest.approx(numbers, nan_ok=True)
    assert {(r.method, r.years_ahead, round(r.error, 9), r.note) for r in kept.errors} == {
        (r.method, r.years_ahead, round(r.error, 9), r.note) for r in live.errors
    }
    assert kept.own == {
        key: {one: pytest.approx(error) for one, error in of.items()}
        for key, of in live.own.items()
    }
    assert not kept.older


def test_pupils_so_far_stand_before_any_run(atlas_of: OpenAtlas) -> None:
    atlas = atlas_of("chicago")
    settings = said(atlas)
    school = outlook_of_school(atlas, settings, "609772")
    assert [year for year, _ in school.observed] == list(range(2005, 2026))
    assert school.forecast is None
    assert school.run == ""
    assert "Nothing is projected yet" in " ".join(school.words)
    area = outlook_of_area(atlas, settings, "1", atlas.settings.stages[0])
    assert len(area.observed) == 21
    assert "schools that are open now" in " ".join(area.words)
