"""A calibrated model in words and plain values: what people and programs are told of it."""

from __future__ import annotations

from typing import Any

import numpy as np

from .balancing import Factors
from .calibration import BASELINES, Calibration
from .filling import Filled
from .kinds import KINDS
from .measures import Fitness
from .pairs import Matrix

__all__ = ["HOW", "filled_words", "model_document"]

HOW = (
    "The expected pupils of area i at school j are A(i) B(j) exp(-b(j) d(i,j) + terms), d the "
    "straight line. A and B make areas and schools have the pupils that they have; each school "
    "has its own decay b, drawn to that of its type the less its flows say. A number that is not "
    "shown counts as unknown and small, not as nothing. CPC is the common part of commuters, R2 "
    "the squared correlation over all pairs of area and school; both compare what the model "
    "expects to be shown with what is shown."
)

_TERMS = {
    "district": "Area and school in one district",
    "district_km": "The same, for each km",
    "sparse_km": "Schools twice as far apart, for each km",
    "zone": "Area in the school's zone",
}


def model_document(found: Calibration) -> dict[str, Any]:
    """How the model was fitted, how well it does, and how well simple ones do."""
    fit, pairs = found.fit, found.fit.pairs
    return {
        "flows": found.flows.id,
        "stage": found.flows.stage,
        "year": found.flows.year,
        "hidden_below": pairs.below,
        "areas": len(pairs.area),
        "schools": len(pairs.school),
        "pupils_shown": round(found.observed.pupils),
        "fit": {
            **_measures(found.model),
            "mean_observed_m": round(found.observed.mean_m),
            "crossing_observed": _share(found.observed.crossing),
            "nearest": _at_nearest(fit.expected_shown, pairs.km),
            "nearest_observed": _at_nearest(pairs.shown, pairs.km),
        },
        "all_pupils": {
            "pupils": round(float(fit.filled.sum(dtype=np.float64))),
            "mean_m": round(1000 * _mean(fit.filled, pairs.km)),
            "crossing": None if pairs.same is None else _share(1 - _mean(fit.filled, pairs.same)),
            "words": "With the pupils that are not shown, as the model expects them.",
        },
        "baselines": [
            {"id": name, "name": BASELINES[name], **_measures(one)}
            for name, one in found.baselines.items()
        ],
        "terms": [
            {
                "kind": kind,
                "name": KINDS[kind],
                "decay_per_km": round(float(fit.kind_decay[at]), 3),
                "mean_m": round(1000 * _mean(fit.filled[:, fit.kinds.of == at],
                                             pairs.km[:, fit.kinds.of == at])),
                "attraction": round(float(attraction), 2),
                "schools": int((fit.kinds.of == at).sum()),
            }
            for at, (kind, attraction) in enumerate(
                zip(fit.kinds.ids, _attractions(found), strict=True)
            )
        ],
        "pair_terms": [
            {
                "term": name,
                "name": _TERMS[name],
                "coefficient": round(value, 4),
                # A doubling of the spacing is a step of log 2.
                "times": round(float(np.exp(value * (np.log(2) if name == "sparse_km" else 1))), 3),
            }
            for name, value in fit.terms.items()
        ],
        "by_school": _by_school(found),
        "by_distance": _by_distance(found),
        "spread_of_decay_per_km": round(fit.spread, 3),
        "dispersion": None if np.isinf(fit.size) else round(fit.size, 3),
        "rounds": fit.rounds,
        "seconds": round(found.seconds, 2),
        "words": _words(found),
        "how": HOW,
        "modelled": True,
    }  # fmt: skip


def filled_words(filled: Filled) -> str:
    """How modelled flows were made, in plain words."""
    source = filled.source
    share = (
        ""
        if source.zone_share is None
        else f" As many attend the school of their zone as is published ({source.source})."
    )
    return (
        "Modelled: where these pupils live was never published. Every school has its pupils, areas "
        "have pupils as they have children, and pupils choose among schools as the model that was "
        f"fitted to {source.like} says, with distance in units of how far apart schools are.{share}"
    )


def _by_school(found: Calibration) -> list[dict[str, Any]]:
    """Pupils shown and modelled of each school, and how far they come."""
    fit, pairs, schools = found.fit, found.fit.pairs, found.flows.schools
    expected = fit.expected_shown
    rows = []
    for column, at in enumerate(pairs.school.tolist()):
        rows.append(
            {
                "id": schools.ids[at],
                "name": schools.names[at],
                "observed": round(float(pairs.shown[:, column].sum())),
                "modelled": round(float(expected[:, column].sum())),
                "mean_observed_m": round(1000 * _mean(pairs.shown[:, column], pairs.km[:, column])),
                "mean_modelled_m": round(1000 * _mean(expected[:, column], pairs.km[:, column])),
                "decay_per_km": round(float(fit.decay[column]), 3),
            }
        )
    return rows


def _by_distance(found: Calibration) -> list[dict[str, Any]]:
    """Pupils by classes of distance, 20 up to where the last hundredth begins, and the rest."""
    fit, pairs = found.fit, found.fit.pairs
    order = np.argsort(pairs.km, axis=None)
    grown = np.cumsum(pairs.shown.ravel()[order], dtype=np.float64)
    last = float(pairs.km.ravel()[order][np.searchsorted(grown, 0.99 * grown[-1])])
    width = max(0.1, np.ceil(last / 20 * 10) / 10)
    classes = np.minimum(pairs.km / np.float32(width), 20).astype(np.int64).ravel()
    shown = np.bincount(classes, pairs.shown.ravel(), 21)
    expected = np.bincount(classes, fit.expected_shown.ravel(), 21)
    return [
        {
            "from_m": round(1000 * width * at),
            "to_m": round(1000 * width * (at + 1)) if at < 20 else None,
            "observed": round(float(shown[at])),
            "modelled": round(float(expected[at])),
        }
        for at in range(21)
    ]


def _words(found: Calibration) -> str:
    best, simple = found.model, found.baselines["doubly"]
    pupils, schools = f"{found.observed.pupils:,.0f}", f"{len(found.fit.pairs.school):,}"
    return (
        f"Of {pupils} pupils shown at {schools} schools, the model places {best.cpc:.0%} as they "
        f"are (CPC {best.cpc:.2f}, R2 {best.r2:.2f}); the usual model with one decay "
        f"{simple.cpc:.0%} (CPC {simple.cpc:.2f}, R2 {simple.r2:.2f}), and the nearest school for "
        f"everybody {found.baselines['nearest'].cpc:.0%}."
    )


def _measures(one: Fitness) -> dict[str, Any]:
    return {
        "cpc": round(one.cpc, 4),
        "r2": round(one.r2, 4),
        "mean_m": round(one.mean_m),
        "crossing": _share(one.crossing),
    }


def _share(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _mean(pupils: Matrix, values: Matrix) -> float:
    total = float(pupils.sum(dtype=np.float64))
    return float((pupils * values).sum(dtype=np.float64)) / total if total > 0 else 0.0


def _at_nearest(pupils: Matrix, km: Matrix) -> float:
    there = np.take_along_axis(pupils, km.argmin(axis=1)[:, None], axis=1)
    return round(float(there.sum(dtype=np.float64) / max(pupils.sum(dtype=np.float64), 1.0)), 4)


def _attractions(found: Calibration) -> Factors:
    """What a school of each type draws at the usual distance, over what any school does."""
    fit = found.fit
    usual = np.float32(found.observed.mean_m / 1000.0)
    drawn = np.log(np.maximum(fit.columns, 1e-30)) - fit.decay * usual
    middle = [np.median(drawn[fit.kinds.of == at]) for at in range(len(fit.kinds.ids))]
    return np.asarray(np.exp(np.array(middle) - np.median(drawn)), dtype=np.float32)
