"""What simulated rounds of admissions say of a place: a band for each school, never a right.

Every answer says that it is simulated, from which assumptions, and how far out the same simulation
was for the years in which last distances are published.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from interurban.apps.schools.locating import Located
from interurban.apps.schools.reading import Atlas
from interurban.apps.schools.settings import Stage
from interurban.apps.schools.subjects import Floats
from interurban.apps.schools.words import NO_RIGHT

from .back_test import BAND, BackTest, Calibrated, calibrated
from .document import exact_m
from .last_distances import last_distance_datasets, offers_said
from .market import Entry, entry_datasets, entry_of, market_around
from .settings import Admissions
from .simulation import Assumed, Rounds, simulate
from .words import as_published, years_words

__all__ = ["CHANCES", "chance_words", "chances_datasets", "chances_document", "said_of"]

CHANCES = (
    "likely in nearly all draws",
    "likely in most draws",
    "likely in some draws",
    "likely in few draws",
    "not by distance",
)
_LEAST = (0.95, 0.5, 0.05)

_SHOWN = 12
"""Nearest schools that are told of. The market reaches twice as far as the last of them."""

_RADIUS_M = (4_000.0, 20_000.0)


@dataclass(frozen=True, eq=False)
class _Around:
    """Rounds around a place, how far the place is from each school of the market, and how exact."""

    entry: Entry
    rounds: Rounds
    metres: Floats
    exact_m: float
    radius_m: float


def said_of(
    rule: Admissions,
    *,
    choices: int = 0,
    siblings: float | None = None,
    demand: float = 1.0,
    draws: int = 200,
    seed: int = 1,
) -> Assumed:
    """The assumptions of a stage, with those that a reader sets instead."""
    return Assumed(
        choices=choices or rule.choices,
        siblings=rule.siblings if siblings is None else siblings,
        demand=demand,
        draws=draws,
        seed=seed,
    )


def chances_datasets(atlas: Atlas, stage: Stage) -> tuple[str, ...]:
    """Everything that an answer leans on."""
    if not offers_said(atlas).of_stage(stage.id).by_distance:
        return atlas.settings.schools
    return tuple(dict.fromkeys((*entry_datasets(atlas, stage), *last_distance_datasets(atlas))))


def chance_words(share: float) -> str:
    """A share of draws in fixed words; NaN where distance does not decide."""
    if math.isnan(share):
        return CHANCES[-1]
    return next((CHANCES[at] for at, least in enumerate(_LEAST) if share >= least), CHANCES[3])


def chances_document(
    atlas: Atlas, place: Located, stage: Stage, assumed: Assumed
) -> dict[str, Any]:
    """Bands of the last distance of the schools around a place, and shares of draws for the place.

    Raises
    ------
    BadRequest: nothing is known of where the stage's pupils live.
    """
    rule = offers_said(atlas).of_stage(stage.id)
    head = {
        "place": {
            "label": place.label,
            "lon": round(place.lon, 6),
            "lat": round(place.lat, 6),
            "within_m": round(exact_m(atlas, place)),
        },
        "stage": stage.id,
        "by_distance": rule.by_distance,
        "simulated": True,
        "chances": list(CHANCES),
    }
    tail = {"result_words": f"Simulated, not observed, and no promise of a place. {NO_RIGHT}"}
    if not rule.by_distance:
        words = f"Not by distance here. {rule.words}"
        return {
            **head,
            "assumed": _assumed(assumed),
            "draws": 0,
            "children": 0,
            "radius_m": None,
            "unplaced": None,
            "schools": [],
            "check": None,
            "check_unfitted": None,
            "assumptions": [],
            "words": words,
            **tail,
        }
    fitted = calibrated(atlas, entry_of(atlas, stage), assumed)
    found = _around(atlas, place, fitted, assumed)
    found = replace(found, rounds=_widened(found.rounds, fitted))
    rows = _rows(atlas, found, fitted)
    return {
        **head,
        "assumed": _assumed(assumed),
        "draws": assumed.draws,
        "children": round(found.rounds.children),
        "radius_m": round(found.radius_m),
        "unplaced": round(found.rounds.unplaced, 4),
        "schools": rows,
        "check": _check(fitted.check),
        "check_unfitted": _check(fitted.unfitted),
        "assumptions": _assumptions(atlas, found, rule),
        "words": " ".join((_words(rows, place.label, assumed), check_words(fitted))),
        **tail,
    }


def _around(atlas: Atlas, place: Located, fitted: Calibrated, assumed: Assumed) -> _Around:
    entry = fitted.entry
    x, y = atlas.project(np.array([[place.lon, place.lat]]))[0].tolist()
    # The same street gives the same rounds: who asks from next door should find no other numbers.
    where = f"{round(x, -2):.0f} {round(y, -2):.0f}"

    def make() -> tuple[Rounds, float]:
        points = entry.before.schools.metres[entry.before.school[entry.enters]]
        away = np.sort(np.hypot(points[:, 0] - x, points[:, 1] - y))
        reach = float(away[:_SHOWN][-1]) if len(away) else 0.0
        radius = float(np.clip(2 * reach, *_RADIUS_M))
        market = market_around(entry, float(round(x, -2)), float(round(y, -2)), radius)
        return simulate(market, assumed), radius

    rounds, radius = atlas.cached(
        f"rounds {entry.stage.id} {where} {assumed}", chances_datasets(atlas, entry.stage), make
    )
    there = rounds.market.metres - np.array([x, y])
    metres = np.asarray(np.hypot(there[:, 0], there[:, 1]))
    return _Around(entry, rounds, metres, exact_m(atlas, place), radius)


def _rows(atlas: Atlas, found: _Around, fitted: Calibrated) -> list[dict[str, Any]]:
    """The nearest schools, the nearest first."""
    rounds, market, before = found.rounds, found.rounds.market, found.entry.before
    low, middle, high = rounds.quantiles(BAND)
    shares = rounds.likelihood(found.metres)
    bounds = [rounds.likelihood(found.metres + off) for off in (found.exact_m, -found.exact_m)]
    rows: list[dict[str, Any]] = []
    for at in np.argsort(found.metres, kind="stable")[:_SHOWN].tolist():
        column = int(market.column[at])
        place = int(before.school[column])
        share = float(shares[at])
        limited = float(np.isfinite(rounds.last_m[:, at]).mean())
        rows.append(
            {
                "id": before.schools.ids[place],
                "name": before.schools.names[place],
                "distance_m": round(float(found.metres[at])),
                "by_distance": bool(market.by_distance[at]),
                "fitted": bool(fitted.fitted[column]),
                "places": int(market.places[at]),
                "places_year": int(before.places_years[column]) or None,
                "places_stated": bool(found.entry.stated[column]),
                "last_m": None
                if math.isnan(share)
                else {
                    "p5": _metres(float(low[at])),
                    "p50": _metres(float(middle[at])),
                    "p95": _metres(float(high[at])),
                },
                "limited": None if math.isnan(share) else round(limited, 4),
                "share": None if math.isnan(share) else round(share, 4),
                "share_least": None if math.isnan(share) else round(float(bounds[0][at]), 4),
                "share_most": None if math.isnan(share) else round(float(bounds[1][at]), 4),
                "chance": chance_words(share),
                "words": _school_words(
                    share, float(low[at]), float(high[at]), limited, atlas.city.units
                ),
            }
        )
    return rows


def _school_words(share: float, low: float, high: float, limited: float, units: str) -> str:
    if math.isnan(share):
        return "Not by distance: other rules of the school come first, and are not simulated."
    begin = f"A place by distance would be {chance_words(share)} ({share:.0%} of them)"
    if not limited:
        return f"{begin}: nobody was turned away."
    least = as_published(low, units) if math.isfinite(low) else "no limit"
    most = as_published(high, units) if math.isfinite(high) else "no limit"
    return f"{begin}: the last distance was {least} to {most} in nine of ten draws."


def _words(rows: list[dict[str, Any]], where: str, assumed: Assumed) -> str:
    counted = [sum(row["chance"] == one for row in rows) for one in CHANCES]
    told = "; ".join(f"{count} {one}" for count, one in zip(counted, CHANCES, strict=True) if count)
    return (
        f"Simulated, {assumed.draws:,} draws. Of the {len(rows):,} schools nearest to {where} a "
        f"place would be: {told or 'nothing is known'}."
    )


def check_words(fitted: Calibrated) -> str:
    """How far out the simulation was for the years that figures are published of."""
    if fitted.unfitted is None:
        return "It is checked on no year: no last distances of such schools are known here."
    said = [f"Checked on {years_words(fitted.unfitted.years)}."]
    if fitted.check is not None:
        said.append(
            f"Of schools with published last distances {_held(fitted.check)}, each year fitted by "
            f"the others; the figure of the year before is {fitted.check.year_before:.1f} times."
        )
    said.append(f"Without any fitting, as of schools elsewhere, {_held(fitted.unfitted)}.")
    return " ".join(said)


def _held(check: BackTest) -> str:
    return (
        f"{check.within:.0%} of {check.figures:,} lie in the band of nine in ten, and the middle "
        f"draw is {check.factor:.1f} times too far or too near in the middle"
    )


def _widened(rounds: Rounds, fitted: Calibrated) -> Rounds:
    """Bands that hold the errors of schools that were fitted, or of those that were not."""
    checks = (fitted.check or fitted.unfitted, fitted.unfitted)
    own, others = (
        rounds.widened(np.array(one.errors if one is not None else ())).last_m for one in checks
    )
    there = fitted.fitted[rounds.market.column]
    return replace(rounds, last_m=np.where(there, own, others))


def _check(check: BackTest | None) -> dict[str, Any] | None:
    if check is None:
        return None
    return {
        "years": list(check.years),
        "schools": check.schools,
        "figures": check.figures,
        "within": _number(check.within),
        "in_draws": _number(check.in_draws),
        "compared": check.compared,
        "factor": _number(check.factor),
        "rank": _number(check.rank),
        "year_before": _number(check.year_before),
        "other_years": _number(check.other_years),
        "words": f"{_held(check)[0].upper()}{_held(check)[1:]}.",
    }


def _assumed(assumed: Assumed) -> dict[str, float]:
    return {
        "choices": assumed.choices,
        "siblings": assumed.siblings,
        "demand": assumed.demand,
        "seed": assumed.seed,
    }


def _assumptions(atlas: Atlas, found: _Around, rule: Admissions) -> list[str]:
    assumed, before = found.rounds.assumed, found.entry.before
    years = sorted({int(one) for one in before.places_years[found.rounds.market.column] if one})
    flows = "modelled, as they were never published" if before.modelled else "as published"
    return [
        rule.words,
        (
            f"{assumed.siblings:.0%} of the children have a priority (a brother or sister) at the "
            f"school that they like best. {rule.source}"
        ),
        (
            f"A family lists {assumed.choices} schools by the fitted model of who goes where: by "
            "distance, type and attraction of schools. Attraction is that of pupils who got a "
            "place; of schools with published last distances it is set so that the middle draw "
            "meets these, and many others may be liked more than it tells."
        ),
        (
            f"{assumed.demand:.0%} of the pupils of one year group now enter; where they live is "
            f"{flows}. Inside an area they live anywhere within a circle as large as it."
        ),
        f"A year group has its part of the places of a school, as published for "
        f"{years_words(years)}; as many as it has pupils where none are."
        if years
        else "A year group has as many places as it has pupils: none are published.",
        (
            f"Only schools and homes within {as_published(found.radius_m, atlas.city.units)} are "
            "simulated; schools beyond take everybody who likes them best."
        ),
        (
            "The band is widened by the errors of the check, which holds the children and places "
            "of now against the figures of those years."
        ),
        (
            "Of all schools without a rule of their own the nearest child comes first. Faith, "
            "selective and special schools take by lot, as their rules are not in the data."
        ),
        (
            "Deferred acceptance, proposed by the children (Gale and Shapley 1962; Abdulkadiroglu "
            "and Sonmez 2003), on lists drawn at random (Plackett 1975)."
        ),
    ]


def _metres(value: float) -> int | None:
    """Whole metres; nothing where nobody is turned away."""
    return round(value) if math.isfinite(value) else None


def _number(value: float) -> float | None:
    return round(value, 4) if math.isfinite(value) else None
