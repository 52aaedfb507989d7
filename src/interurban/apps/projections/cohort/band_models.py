"""Projections in many draws as models: bands, and how such bands held in the past."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import cast

import numpy as np
import pyarrow as pa

from interurban.apps.projections import contract
from interurban.core.model import Model, Result, Tables, Values, Watch

from .assumptions import Settings, assume
from .axes import Floats
from .backtest import (
    Calibration,
    Draw,
    back_test,
    calibrate,
    draw_regions,
    draw_single_areas,
    spread_of_flows,
)
from .choices import regional_settings_of, settings_of, spread_of
from .cubes import areas_of, by_age, history_of, national_of
from .ensemble import MEASURES, Ensemble, simulate
from .history import History
from .multiregional import assume_regions
from .parameters import DRAWS, MODE
from .regional_ensemble import regional_levels, simulate_regions
from .whole_models import (
    NATIONAL,
    PAST,
    REGIONAL_NEEDS,
    REGIONAL_PARAMETERS,
    SINGLE_AREAS,
    flows_between,
    regional_history,
)

__all__ = ["ALL_AREAS", "MULTIREGIONAL_BANDS", "POPULATION_BANDS"]

ALL_AREAS = "all"
"""Stands for the code of an area where a figure is of all areas together."""

_BACK_TEST_DRAWS = 200
_COMPARISONS = "Comparisons"
_NOT_ASKED = "Not calibrated: the uncertainty is as it was set by hand."


def _population_bands(tables: Tables, values: Values, watch: Watch) -> Result:
    areas = areas_of(tables, values)
    history, national = history_of(tables, areas), national_of(tables, values)
    settings, seed = settings_of(values), int(cast("int", values["seed"]))
    draw = draw_single_areas(national, draws=_BACK_TEST_DRAWS, seed=seed)
    found = _calibration(history, settings, values, draw, watch)
    ensemble = simulate(
        assume(history, national, settings),
        found.spread,
        spread_of_flows(history, settings, found.spread),
        draws=int(cast("int", values["draws"])),
        seed=seed,
        watch=_second_half(watch),
    )
    return _result(ensemble, found)


def _multiregional_bands(tables: Tables, values: Values, watch: Watch) -> Result:
    areas = areas_of(tables, values)
    history, national = regional_history(tables, areas), national_of(tables, values)
    between, warnings = flows_between(tables, history)
    chosen, seed = regional_settings_of(values), int(cast("int", values["seed"]))
    draw = draw_regions(between, national, chosen, draws=_BACK_TEST_DRAWS, seed=seed)
    found = _calibration(history, chosen.settings, values, draw, watch)
    windows = {name: rule.window for name, rule in chosen.settings.flows.items()}
    ensemble = simulate_regions(
        assume_regions(history, between, national, chosen),
        found.spread,
        regional_levels(history, between, windows, found.spread),
        draws=int(cast("int", values["draws"])),
        seed=seed,
        watch=_second_half(watch),
    )
    return _result(ensemble, found, warnings)


def _calibration(
    history: History, settings: Settings, values: Values, draw: Draw, watch: Watch
) -> Calibration:
    """The spread to use; its rounds are the first half of the progress."""
    spread = spread_of(values)

    def first_half(done: int, total: int) -> None:
        watch(done, 2 * total)

    if bool(values["calibrate"]):
        return calibrate(history, settings, spread, draw, watch=first_half)
    tested = back_test(history, settings, spread, draw, watch=first_half)
    return Calibration(spread, 1.0, False, tested, _NOT_ASKED)


def _second_half(watch: Watch) -> Callable[[int, int], None]:
    def tell(done: int, total: int) -> None:
        watch(total + done, 2 * total)

    return tell


def _result(ensemble: Ensemble, found: Calibration, warnings: tuple[str, ...] = ()) -> Result:
    ends = {
        f"population_{end}": by_age(
            ensemble.areas, ensemble.years, np.moveaxis(ensemble.by_age[..., place], 0, -1)
        )
        for place, end in enumerate(contract.BAND_ENDS)
    }
    given = {
        **ends,
        "bands": _bands_table(ensemble, found),
        "coverage": _coverage_table(found, ensemble.first_year - 1),
    }
    return Result(given, (found.sentence, *warnings, *ensemble.warnings()))


def _bands_table(ensemble: Ensemble, found: Calibration) -> pa.Table:
    """Every measure of every area and of all, by year and end of a band."""
    together = ensemble.bands_of(ensemble.areas)[:, :, np.newaxis]
    values = np.concatenate([ensemble.bands(), together], axis=2)
    areas = (*ensemble.areas, ALL_AREAS)
    titles = list(contract.BAND_ENDS.values())
    rows = [
        (area, measure.replace("_", " ").capitalize(), title, date(year, 7, 1))
        for measure in MEASURES
        for year in ensemble.years
        for area in areas
        for title in titles
    ]
    return _statistics(rows, values.ravel(), ["people"] * len(rows), found.sentence)


def _coverage_table(found: Calibration, last_known: int) -> pa.Table:
    """How earlier bands held, by years ahead; without a back-test, that nothing was compared."""
    on, rows, values = date(last_known, 7, 1), [], []
    for horizon, cases, error, held_80, held_95 in found.test.by_horizon() if found.test else ():
        ahead = f"{horizon} {'year' if horizon == 1 else 'years'} ahead"
        figures = {
            _COMPARISONS: float(cases),
            "Mean absolute error": error,
            "Held by the 80 % band": held_80,
            "Held by the 95 % band": held_95,
        }
        rows += [(ALL_AREAS, measure, ahead, on) for measure in figures]
        values += list(figures.values())
    if not rows:
        rows, values = [(ALL_AREAS, _COMPARISONS, "None", on)], [0.0]
    units = ["comparisons" if measure == _COMPARISONS else "share" for _, measure, *_ in rows]
    return _statistics(rows, np.array(values), units, found.sentence)


def _statistics(
    rows: list[tuple[str, str, str, date]], values: Floats, units: list[str], status: str
) -> pa.Table:
    names = ("area_id", "measure", "breakdown", "time_period")
    types = (pa.string(), pa.string(), pa.string(), pa.date32())
    columns = {
        name: pa.array([row[at] for row in rows], kind)
        for at, (name, kind) in enumerate(zip(names, types, strict=True))
    }
    return pa.table(
        columns
        | {
            "value": pa.array(values, pa.float64()),
            "unit": pa.array(units, pa.string()),
            "status": pa.array([status] * len(rows), pa.string()),
        }
    )


POPULATION_BANDS = Model(
    id="population_bands",
    version="1.0.0",
    title="Many draws",
    summary="A thousand futures that move together, the bands that hold 80 and 95 % of them, and "
    "how such bands held in the past.",
    needs=(*PAST, *NATIONAL),
    gives=(*contract.POPULATION_BANDS.values(), contract.BANDS, contract.COVERAGE),
    parameters=(*SINGLE_AREAS, MODE, *DRAWS),
    compute=_population_bands,
    source="Interurban; Hyndman and Fan (1996) for the quantiles",
)

MULTIREGIONAL_BANDS = Model(
    id="multiregional_bands",
    version="1.1.0",
    title="Many draws of areas together",
    summary="As the draws of single areas, with moves from area to area that add up in every draw.",
    needs=REGIONAL_NEEDS,
    gives=POPULATION_BANDS.gives,
    parameters=(*REGIONAL_PARAMETERS, *DRAWS),
    compute=_multiregional_bands,
    source="GLA borough trend model; Hyndman and Fan (1996) for the quantiles",
)
