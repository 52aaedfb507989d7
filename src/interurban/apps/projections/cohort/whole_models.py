"""Models that run a projection whole: areas together, and one mode against the other."""

from __future__ import annotations

import numpy as np

from interurban.apps.projections import contract
from interurban.core.cube import Cube, Label
from interurban.core.errors import InvalidInput
from interurban.core.model import Model, Result, Tables, Values, Watch

from .assumptions import assume, historic_mortality
from .axes import AGES, FLOWS, SEXES, Floats
from .choices import regional_settings_of, settings_of
from .cubes import (
    HISTORY,
    areas_of,
    by_age,
    cube,
    history_of,
    national_of,
)
from .explain import difference_of_modes
from .history import History
from .multiregional import assume_regions, project_regions
from .parameters import (
    AREAS,
    FERTILITY,
    FERTILITY_BASE,
    FLOW_RULES,
    MORTALITY,
    NEWBORN,
    PERIOD,
    REGIONAL_FLOW_RULES,
    REGIONS,
)
from .rate_models import SOURCE, rate_warnings
from .year_models import projection_tables

__all__ = [
    "MODE_DIFFERENCE",
    "MULTIREGIONAL",
    "NATIONAL",
    "PAST",
    "REGIONAL_NEEDS",
    "REGIONAL_PARAMETERS",
    "SINGLE_AREAS",
    "flows_between",
    "regional_history",
]

PAST = (
    contract.HISTORIC_POPULATION,
    contract.HISTORIC_BIRTHS,
    contract.BIRTHS_BY_MOTHER,
    contract.HISTORIC_DEATHS,
    *(contract.HISTORIC_FLOWS[flow] for flow in FLOWS),
)
NATIONAL = (contract.NATIONAL_FERTILITY, contract.NATIONAL_MORTALITY)
SINGLE_AREAS = (AREAS, *PERIOD, FERTILITY_BASE, *FERTILITY, *MORTALITY, *FLOW_RULES, NEWBORN)

REGIONAL_NEEDS = (
    *(table for table in PAST if not table.name.startswith("domestic")),
    contract.optional(contract.HISTORIC_FLOWS["domestic_in"]),
    contract.optional(contract.HISTORIC_FLOWS["domestic_out"]),
    contract.MIGRATION_BETWEEN,
    *NATIONAL,
)
REGIONAL_PARAMETERS = (
    AREAS, *PERIOD, *FERTILITY, *MORTALITY, *REGIONAL_FLOW_RULES, NEWBORN, *REGIONS,
)  # fmt: skip


# Areas together


def _multiregional(tables: Tables, values: Values, watch: Watch) -> Result:
    areas = areas_of(tables, values)
    history = regional_history(tables, areas)
    watch(1, 4)
    between, warnings = flows_between(tables, history)
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
    said = (*warnings, *rate_warnings(assumed.mortality, "projected"), *run.warnings())
    return Result({**projection_tables(run), "moves": moves}, said)


def regional_history(tables: Tables, areas: tuple[str, ...]) -> History:
    """The past of areas together, for which the domestic totals may be absent."""
    needs = tuple(name for name in HISTORY if not name.startswith("domestic"))
    return history_of(tables, areas, needs)


def flows_between(tables: Tables, history: History) -> tuple[Floats, tuple[str, ...]]:
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
    version="1.1.0",
    title="Areas together",
    summary="Who leaves one area arrives in another: domestic migration as shares of the people of "
    "each origin.",
    needs=REGIONAL_NEEDS,
    gives=(
        contract.POPULATION,
        contract.BIRTHS,
        contract.DEATHS,
        contract.NET_MIGRATION,
        contract.COMPONENTS_OF_CHANGE,
        contract.MOVES,
    ),
    parameters=REGIONAL_PARAMETERS,
    compute=_multiregional,
    source="GLA borough trend model",
)


# One mode against the other


def _mode_difference(tables: Tables, values: Values, _: Watch) -> Result:
    areas = areas_of(tables, values)
    history = history_of(tables, areas)
    found = difference_of_modes(assume(history, national_of(tables, values), settings_of(values)))
    table = by_age(areas, found.years, np.moveaxis(found.population, 0, -1))
    return Result(
        {"difference": table},
        (*found.sentences(), *rate_warnings(historic_mortality(history), "past")),
    )


MODE_DIFFERENCE = Model(
    id="mode_difference",
    version="1.0.0",
    title="Corrected against original",
    summary="What the corrected accounts of deaths change, on the same assumptions.",
    needs=(*PAST, *NATIONAL),
    gives=(contract.DIFFERENCE,),
    parameters=SINGLE_AREAS,
    compute=_mode_difference,
    source=SOURCE,
)
