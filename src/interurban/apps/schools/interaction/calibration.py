"""The model of a set of flows of a city's atlas: fitted once, and held against simple ones."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter

import numpy as np
import shapely

from interurban.apps.schools.reading import Atlas
from interurban.apps.schools.subjects import Areas, Flows, Schools
from interurban.apps.schools.zones import zones_of

from . import baselines
from .fit import Choices, Fit, fit
from .kinds import kinds_of, words_of
from .measures import Fitness, fitness
from .pairs import Matrix, Pairs, pairs_of
from .zoned import shares_in_zones

__all__ = [
    "BASELINES",
    "Calibration",
    "Fitted",
    "calibrate",
    "calibration_of",
    "fit_flows",
    "fitted_of",
    "leaning_on",
    "zoned_by",
    "zoned_shares",
]

BASELINES = {
    "nearest": "Everybody goes to the nearest school",
    "production": "Attraction by size, exponential decay of 1.2 / km",
    "doubly": "Doubly constrained, exponential decay of 1.2 / km",
    "power": "Doubly constrained, power decay of 2.75",
    "types": "The fitted model without a decay of each school",
}
"""What the fitted model is held against, from the simplest on."""

_POWER = 2.75
"""The power with which the decay does best on the flows of London's secondary schools."""


@dataclass(frozen=True, eq=False)
class Fitted:
    """A model fitted to flows; ``seconds`` that it took, with the matrices before it."""

    flows: Flows
    fit: Fit
    seconds: float


@dataclass(frozen=True, eq=False)
class Calibration:
    """A fitted model beside what was counted.

    Parameters
    ----------
    model: of the fitted model; of what of it would be shown.
    observed: of what is shown (its own ``cpc`` and ``r2`` are 1).
    baselines: by name, as ``BASELINES``.
    seconds: that the fit took, with the matrices before it.
    """

    flows: Flows
    fit: Fit
    model: Fitness
    observed: Fitness
    baselines: dict[str, Fitness]
    seconds: float


def calibration_of(atlas: Atlas, flows: str = "") -> Calibration:
    """The calibrated model of a set of flows beside simple ones, from what the reader may see.

    Raises
    ------
    BadRequest: there are no such flows, or too few.
    """
    found = atlas.flows(flows)
    return atlas.cached(
        f"model of {found.id}",
        leaning_on(atlas, found),
        lambda: calibrate(fitted_of(atlas, found.id)),
    )


def fitted_of(atlas: Atlas, flows: str = "") -> Fitted:
    """The fitted model of a set of flows alone: all that a change is solved with.

    Raises
    ------
    BadRequest: there are no such flows, or too few.
    """
    found = atlas.flows(flows)
    return atlas.cached(
        f"fit of {found.id}", leaning_on(atlas, found), lambda: fit_flows(atlas, found)
    )


def leaning_on(atlas: Atlas, flows: Flows) -> tuple[str, ...]:
    """The datasets that a model of flows is read from."""
    source = next(one for one in atlas.settings.flows if one.dataset == flows.dataset)
    zones = (zone.dataset for zone in atlas.settings.zones if zone.stage == flows.stage)
    every = (flows.dataset, *source.areas, *atlas.settings.schools, *zones)
    return tuple(dict.fromkeys(every))


def fit_flows(atlas: Atlas, flows: Flows, choices: Choices | None = None) -> Fitted:
    """Fit the model to flows."""
    began = perf_counter()
    pairs = pairs_of(flows, zoned_shares(atlas, flows))
    kinds = kinds_of(flows.schools, pairs.school, words_of(atlas.settings), pairs.zoned)
    fitted = fit(pairs, kinds, choices)
    return Fitted(flows, fitted, perf_counter() - began)


def calibrate(fitted: Fitted) -> Calibration:
    """Hold a fitted model against what is shown, and simple ones beside it."""
    pairs, kinds = fitted.fit.pairs, fitted.fit.kinds
    simple = {
        "nearest": baselines.nearest(pairs),
        "production": baselines.production_constrained(pairs),
        "doubly": baselines.doubly_constrained(pairs),
        "power": baselines.power(pairs, _POWER),
        "types": fit(pairs, kinds, Choices(own=False, censored=False)).mu,
    }
    return Calibration(
        flows=fitted.flows,
        fit=fitted.fit,
        model=_fitness(fitted.fit.expected_shown, pairs),
        observed=_fitness(pairs.shown, pairs),
        baselines={name: _fitness(matrix, pairs) for name, matrix in simple.items()},
        seconds=fitted.seconds,
    )


def zoned_shares(atlas: Atlas, flows: Flows) -> Matrix | None:
    """Shares of the flows' areas in the zones of their stage; ``None`` where there are none."""
    return zoned_by(atlas, flows.areas, flows.schools, flows.stage)


def zoned_by(atlas: Atlas, areas: Areas, schools: Schools, stage: str) -> Matrix | None:
    """Shares of areas in the zones of a stage; ``None`` where there are none.

    Areas that are zones themselves are those of the year of their flows, so they tell for
    themselves.
    """
    zones = zones_of(atlas)
    at = zones.of_stage(stage)
    outlines = np.full(len(areas), None, dtype=object)
    outlines[areas.shaped] = shapely.transform(areas.shapes[areas.shaped], atlas.project)
    return shares_in_zones(
        areas,
        outlines,
        schools,
        _served_by(atlas, areas),
        tuple(zones.school_ids[one] for one in at),
        zones.outlines[at],
    )


def _served_by(atlas: Atlas, areas: Areas) -> dict[int, tuple[str, ...]]:
    """The schools of each area that is an attendance zone."""
    found: dict[int, tuple[str, ...]] = {}
    said = {zone.dataset: zone for zone in atlas.settings.zones}
    for dataset in sorted(set(areas.datasets) - {""}):
        if not (atlas.node.dataset(dataset).standard or "").startswith("attendance_zone@"):
            continue
        table = atlas.table(dataset, ("zone_id", "school_id"))
        for row in table.to_pylist() if table is not None else ():
            area = areas.index.get(row["zone_id"])
            if area is not None and areas.datasets[area] == dataset:
                school = row.get("school_id") or row["zone_id"]
                zone = said.get(dataset)
                found[area] = zone.schools_in(school) if zone is not None else (school,)
    return found


def _fitness(matrix: Matrix, pairs: Pairs) -> Fitness:
    return fitness(matrix, pairs.shown, pairs.km, pairs.same, pairs.compared)
