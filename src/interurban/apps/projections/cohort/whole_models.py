"""Models that run a projection whole: areas together, many draws, one mode against the other."""

from __future__ import annotations

from datetime import date
from typing import cast

import numpy as np
import pyarrow as pa

from interurban.apps.projections import contract
from interurban.core.cube import Cube, Label
from interurban.core.errors import InvalidInput
from interurban.core.model import Model, Result, Tables, Values, Watch

from .assumptions import assume, historic_mortality
from .axes import AGES, FLOWS, SEXES, Floats
from .backtest import BackTest, Calibration, back_test, calibrate, spread_of_flows
from .choices import regional_settings_of, settings_of, spread_of
from .cubes import (
    HISTORY,
    areas_of,
    by_age,
    cube,
    history_of,
    national_of,
)
from .ensemble import MEASURES, Ensemble, simulate
from .explain import difference_of_modes
from .history import History
from .multiregional import assume_regions, project_regions
from .parameters import (
    AREAS,
    DRAWS,
    FERTILITY,
    FERTILITY_BASE,
    FLOW_RULES,
    MODE,
    MORTALITY,
    NEWBORN,
    PERIOD,
    REGIONS,
)
from .rate_models import SOURCE, rate_warnings
from .year_models import projection_tables

__all__ = ["ALL_AREAS", "MODE_DIFFERENCE", "MULTIREGIONAL", "POPULATION_BANDS"]

ALL_AREAS = "all"
"""Stands for the code of an area where a figure is of all areas together."""

_PAST = (
    contract.HISTORIC_POPULATION,
    contract.HISTORIC_BIRTHS,
    contract.BIRTHS_BY_MOTHER,
    contract.HISTORIC_DEATHS,
    *(contract.HISTORIC_FLOWS[flow] for flow in FLOWS),
)
_NATIONAL = (contract.NATIONAL_FERTILITY, contract.NATIONAL_MORTALITY)
_SINGLE_AREAS = (AREAS, *PERIOD, FERTILITY_BASE, *FERTILITY, *MORTALITY, *FLOW_RULES, NEWBORN)


# Areas together


def _multiregional(tables: Tables, values: Values, watch: Watch) -> Result:
    areas = areas_of(tables, values)
    needs = tuple(name for name in HISTORY if not name.startswith("domestic"))
    history = history_of(tables, areas, needs)
    watch(1, 4)
    between, warnings = _between(tables, history)
    watch(2, 4)
    assumed = assume_regions(
        history, between, national_of(tables, values), regional_settings_of(values)
    )
    watch(3, 4)
    run = project_regions(assumed)
    labels: tuple[tuple[Label, ...], ...] = (areas, areas, tuple(run.years))
    assert run.moves is not None
    moves = Cube(
        ("origin_id", "destination_id", "year"), labels, np.moveaxis(run.moves, 0, -1), "people"
    )
    watch(4, 4)
    said = (*warnings, *rate_warnings(assumed.mortality), *run.warnings())
    return Result({**projection_tables(run), "moves": moves}, said)


def _between(tables: Tables, history: History) -> tuple[Floats, tuple[str, ...]]:
    """Flows between the areas in the years of the history; NaN where nothing is known.

    Flows from and to other areas are left aside: they are part of the areas' domestic totals.
    """
    table = cube(tables, "migration_between")
    shape = (len(history.areas), len(history.areas), len(SEXES), len(AGES), len(history.flow_years))
    flows = np.full(shape, np.nan)
    wanted = (history.areas, history.areas, SEXES, AGES, tuple(history.flow_years))
    ours, theirs = [], []
    for labels, there in zip(wanted, table.labels, strict=True):
        at = {label: place for place, label in enumerate(there)}
        shared = [(place, at[label]) for place, label in enumerate(labels) if label in at]
        ours.append([one for one, _ in shared])
        theirs.append([other for _, other in shared])
    flows[np.ix_(*ours)] = table.values[np.ix_(*theirs)]
    others = {str(a) for dim in ("origin_id", "destination_id") for a in table.along(dim)}
    missing = [area for area in history.areas if area not in others]
    if len(missing) == len(history.areas):
        raise InvalidInput(
            "The table migration_between names none of the areas.",
            advice="Its codes must be those of the population.",
            part="migration_between",
        )
    if not missing:
        return flows, ()
    told = (
        f"{len(missing):,} of {len(history.areas):,} areas are not in the table of moves between "
        f"areas, {missing[0]} first: nobody moves between them and the others."
    )
    return flows, (told,)


MULTIREGIONAL = Model(
    id="multiregional_projection",
    version="1.0.0",
    title="Areas together",
    summary="Who leaves one area arrives in another: domestic migration as shares of the people of "
    "each origin.",
    needs=(
        *(table for table in _PAST if not table.name.startswith("domestic")),
        *(
            contract.optional(contract.HISTORIC_FLOWS[flow])
            for flow in ("domestic_in", "domestic_out")
        ),
        contract.MIGRATION_BETWEEN,
        *_NATIONAL,
    ),
    gives=(
        contract.POPULATION,
        contract.BIRTHS,
        contract.DEATHS,
        contract.NET_MIGRATION,
        contract.COMPONENTS_OF_CHANGE,
        contract.MOVES,
    ),
    parameters=(AREAS, *PERIOD, *FERTILITY, *MORTALITY, *FLOW_RULES, NEWBORN, *REGIONS),
    compute=_multiregional,
    source="GLA borough trend model",
)


# Many draws


def _population_bands(tables: Tables, values: Values, watch: Watch) -> Result:
    areas = areas_of(tables, values)
    history, national = history_of(tables, areas), national_of(tables, values)
    settings, spread = settings_of(values), spread_of(values)
    seed, draws = int(cast("int", values["seed"])), int(cast("int", values["draws"]))
    if bool(values["calibrate"]):
        found = calibrate(history, national, settings, spread, seed=seed)
    else:
        tested = back_test(history, national, settings, spread, draws=200, seed=seed)
        found = Calibration(spread, 1.0, False, tested, _NOT_ASKED)
    ensemble = simulate(
        assume(history, national, settings),
        found.spread,
        spread_of_flows(history, settings, found.spread),
        draws=draws,
        seed=seed,
        watch=watch,
    )
    ends = {
        f"population_{end}": by_age(
            areas, ensemble.years, np.moveaxis(ensemble.by_age[..., place], 0, -1)
        )
        for place, end in enumerate(contract.BAND_ENDS)
    }
    given = {**ends, "bands": _bands_table(ensemble, found), "coverage": _coverage_table(found)}
    return Result(given, (found.sentence, *ensemble.warnings()))


_NOT_ASKED = "Not calibrated: the uncertainty is as it was set by hand."


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
    return _statistics(rows, values.ravel(), "people", found.sentence)


def _coverage_table(found: Calibration) -> pa.Table:
    """How earlier bands held, by years ahead; without a back-test, no row."""
    measures = (
        "Comparisons",
        "Mean absolute error",
        "Held by the 80 % band",
        "Held by the 95 % band",
    )
    rows, values = [], []
    for horizon, *figures in found.test.by_horizon() if found.test is not None else ():
        ahead = f"{horizon} {'year' if horizon == 1 else 'years'} ahead"
        last = date(_last_base(found.test), 7, 1)
        rows += [(ALL_AREAS, measure, ahead, last) for measure in measures]
        values += [float(figure) for figure in figures]
    return _statistics(rows, np.array(values), "share (comparisons: number)", found.sentence)


def _last_base(test: BackTest | None) -> int:
    assert test is not None
    return test.base_years[-1]


def _statistics(
    rows: list[tuple[str, str, str, date]], values: Floats, unit: str, status: str
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
            "unit": pa.array([unit] * len(rows), pa.string()),
            "status": pa.array([status] * len(rows), pa.string()),
        }
    )


POPULATION_BANDS = Model(
    id="population_bands",
    version="1.0.0",
    title="Many draws",
    summary="A thousand futures that move together, the bands that hold 80 and 95 % of them, and "
    "how such bands held in the past.",
    needs=(*_PAST, *_NATIONAL),
    gives=(*contract.POPULATION_BANDS.values(), contract.BANDS, contract.COVERAGE),
    parameters=(*_SINGLE_AREAS, MODE, *DRAWS),
    compute=_population_bands,
    source="Interurban; Hyndman and Fan (1996) for the quantiles",
)


# One mode against the other


def _mode_difference(tables: Tables, values: Values, _: Watch) -> Result:
    areas = areas_of(tables, values)
    history = history_of(tables, areas)
    found = difference_of_modes(assume(history, national_of(tables, values), settings_of(values)))
    table = by_age(areas, found.years, np.moveaxis(found.population, 0, -1))
    return Result(
        {"difference": table}, (*found.sentences(), *rate_warnings(historic_mortality(history)))
    )


MODE_DIFFERENCE = Model(
    id="mode_difference",
    version="1.0.0",
    title="Corrected against original",
    summary="What the corrected accounts of deaths change, on the same assumptions.",
    needs=(*_PAST, *_NATIONAL),
    gives=(contract.DIFFERENCE,),
    parameters=_SINGLE_AREAS,
    compute=_mode_difference,
    source=SOURCE,
)
