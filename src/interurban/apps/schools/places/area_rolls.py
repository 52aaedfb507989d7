"""Rolls of whole areas as the workspace runs them: from a scorecard, for any city that has one."""

from __future__ import annotations

import pyarrow as pa

from interurban.core.errors import InvalidInput
from interurban.core.model import (
    Graph,
    Model,
    ModelNode,
    Parameter,
    Result,
    Tables,
    Values,
    Watch,
)

from . import contract
from .area_forecast import AreaError, back_test, forecast, variants
from .area_said import MEASURES, WEIGHTS, rolls_said, weights_said
from .area_tables import (
    bands_table,
    error_rows,
    errors_table,
    forecasts_of,
    own_errors,
    variants_table,
)
from .forecasts import summed
from .scorecards import area_places

__all__ = ["AREA_ROLLS"]

_SOURCE = (
    "DfE, local authority school places scorecards (errors of forecasts); Gardner and McKenzie "
    "(1985), damped trends"
)

_YEARS_AHEAD = Parameter(
    "years_ahead",
    "Years ahead",
    "integer",
    10,
    "How many school years to project.",
    unit="years",
    minimum=1,
    maximum=20,
)


def _compute(tables: Tables, values: Values, watch: Watch) -> Result:
    """Bands, variants and the back-test of every area."""
    card = _table(tables, "scorecard")
    assert card is not None, "a table that is needed is there"
    rolls, weights = rolls_said(values), weights_said(values)
    names = _names(card, _table(tables, "areas"))
    born = [_table(tables, one.name) for one in (contract.BIRTHS, contract.OTHER_BIRTHS)]
    found = area_places(card, born, rolls, names)
    if found is None:
        raise InvalidInput(
            f"The scorecard tells {rolls.roll or 'no measure'!r} of none of the areas.",
            advice="Give the measure with the pupils of the year, by the name that it has there.",
            part="roll",
        )
    series, horizon = found.series, int(str(values["years_ahead"]))
    to_come = forecast(series, horizon, weights)
    forecasts = forecasts_of(series.areas, to_come, variants(series, horizon, weights))
    tested = back_test(series, weights)
    together = summed(list(forecasts.values()))
    watch(1, 1)
    if together is None:
        raise InvalidInput(
            "No area has pupils to begin with.", advice="Look at the scorecard.", part="scorecard"
        )
    measure = f"Pupils, {rolls.stage}" if rolls.stage else "Pupils"
    return Result(
        {
            "area_roll_bands": bands_table(names, forecasts, together, measure),
            "area_roll_variants": variants_table(names, forecasts, measure),
            "area_roll_errors": errors_table(
                names, error_rows(tested), own_errors(series.areas, tested), series.years[-1]
            ),
        },
        _warnings(series.areas, names, set(forecasts), tested, horizon),
    )


def _warnings(
    areas: tuple[str, ...],
    names: dict[str, str],
    projected: set[str],
    tested: tuple[AreaError, ...],
    horizon: int,
) -> tuple[str, ...]:
    said = []
    if without := [names[one] for one in areas if one not in projected]:
        said.append(f"Without pupils of this stage: {', '.join(without)}.")
    mine = [row for row in tested if row.method == "forecast"]
    real = max((row.years_ahead for row in mine if not row.hindsight), default=0)
    if horizon > real:
        years = "1 year" if real == 1 else f"{real} years"
        said.append(
            f"Forecasts were held against what came up to {years} ahead. Bands of later years are "
            "those, grown in proportion to the years, or of the areas' own forecasts, corrected in "
            "hindsight."
            if real
            else "No forecast could be held against what came."
        )
    return tuple(said)


def _names(card: pa.Table, areas: pa.Table | None) -> dict[str, str]:
    """The areas to project, by code."""
    table, name = (card, "area_name") if areas is None else (areas, "name")
    pairs = zip(table["area_id"].to_pylist(), table[name].to_pylist(), strict=True)
    return {str(one): str(said or one) for one, said in pairs}


def _table(tables: Tables, name: str) -> pa.Table | None:
    found = tables.get(name)
    assert found is None or isinstance(found, pa.Table), f"{name} comes as records"
    return found


_MODEL = Model(
    id="area_rolls_by_scorecard",
    version="1.0.0",
    title="Rolls of whole areas",
    summary="Pupils of whole areas in the years ahead, from their past and their own forecasts.",
    needs=(contract.SCORECARD, contract.AREAS, contract.BIRTHS, contract.OTHER_BIRTHS),
    gives=(
        contract.AREA_ROLL_BANDS,
        contract.AREA_ROLL_VARIANTS,
        contract.AREA_ROLL_ERRORS,
    ),
    parameters=(_YEARS_AHEAD, *MEASURES, *WEIGHTS),
    compute=_compute,
    source=_SOURCE,
)

AREA_ROLLS = Graph(
    id="area_rolls",
    version="1.0.0",
    title="Rolls of whole areas",
    summary="Pupils of boroughs and other whole areas in the years ahead, with bands and variants, "
    "from a scorecard of their rolls and forecasts; and how such forecasts would have done.",
    needs=_MODEL.needs,
    gives=_MODEL.gives,
    nodes=(ModelNode("areas", _MODEL),),
    source=_SOURCE,
)
