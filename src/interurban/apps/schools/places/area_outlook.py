"""The outlook of a scorecard's areas, one or all of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from interurban.apps.schools.settings import Stage
from interurban.apps.schools.words import school_year

from .area_projection import AreaProjection
from .forecasts import ErrorRow, summed
from .outlook_words import OLDER, Outlook, to_come
from .scorecards import AreaPlaces

__all__ = ["outlook_of_card", "tested_areas"]

_LONGEST = 5
_TOLD = 2
"""Place of the year that the words tell of: 3 years ahead, as a scorecard's makers do."""

_NO_RUN = (
    "These figures were worked out at once: run them, and they are kept with all that went in."
)
_WIDE = "Its bands are those of its areas added up, as if all missed the same way."


def outlook_of_card(
    card: AreaPlaces,
    found: AreaProjection,
    stage: Stage,
    boundaries: str,
    name: str,
    area: str = "",
    *,
    calendar: bool = False,
) -> Outlook:
    """The outlook of one area of a scorecard; of all of them when none is named.

    Parameters
    ----------
    calendar: a school year lies in one calendar year.
    """
    series = card.series
    rows = [series.areas.index(area)] if area else list(range(len(series.areas)))
    pupils = series.pupils[rows]
    complete = np.isfinite(pupils).any(axis=1)
    so_far = tuple(
        (year, float(np.nansum(pupils[:, at])))
        for at, year in enumerate(series.years)
        if complete.any() and np.isfinite(pupils[complete, at]).all()
    )
    forecasts = [
        found.forecasts[one] for at in rows if (one := series.areas[at]) in found.forecasts
    ]
    forecast = summed(forecasts)
    errors = tuple(
        replace(row, own_error=found.own.get((row.method, row.years_ahead), {}).get(area, np.nan))
        for row in found.errors
        if row.years_ahead <= _LONGEST
    )
    subject = f"{name}, {stage.name.lower()}"
    if forecast is None or not so_far:
        said = [f"Nothing is projected for {subject}: it has no pupils of this stage."]
    else:
        at = min(_TOLD, len(forecast.years) - 1)
        said = [to_come(subject, so_far[-1], forecast, at, calendar), *_tested(errors)]
        if card.last_births:
            said.append(_born(card, stage, calendar))
        if forecast.summed:
            said.append(_WIDE)
    if not found.run:
        said.append(_NO_RUN)
    if found.older:
        said.append(OLDER)
    return Outlook(
        subject, so_far, forecast, errors, (), found.run,
        tuple(dict.fromkeys((*found.datasets, boundaries))), tuple(said),
    )  # fmt: skip


def tested_areas(found: AreaProjection) -> tuple[ErrorRow, ...]:
    """How our forecasts of areas would have done, as far ahead as they are told."""
    return tuple(row for row in found.errors if not row.baseline and row.years_ahead <= _LONGEST)


def _tested(errors: tuple[ErrorRow, ...]) -> list[str]:
    """How such forecasts came out, and what of them is no test."""
    said = []
    mine = {row.years_ahead: row for row in errors if not row.baseline}
    real = [h for h, row in sorted(mine.items()) if not row.note]
    if real:
        figures = ", ".join(
            f"{100 * mine[h].error:.1f} % {h} {'year' if h == 1 else 'years'} ahead" for h in real
        )
        said.append(f"Such forecasts missed areas by {figures}.")
    later = [h for h, row in sorted(mine.items()) if row.note]
    if later:
        said.append(
            f"{' and '.join(map(str, later))} years ahead cannot be tested, for no two years with "
            "pupils lie that far apart; what is told for it is an indication."
        )
    return said


def _born(card: AreaPlaces, stage: Stage, calendar: bool) -> str:
    """How far births reach."""
    last = card.last_births
    if card.series.births_ahead is not None and np.isfinite(card.series.births_ahead).any():
        return (
            f"Births are known up to {last}, so that pupils can be held against them up to "
            f"{school_year(last + stage.ages[0], calendar)}."
        )
    first = school_year(last + stage.ages[0] + 1, calendar)
    return (
        f"Births are known up to {last}: those who start school from {first} on are not among "
        "them, so births test the past and tell nothing of the years ahead."
    )
