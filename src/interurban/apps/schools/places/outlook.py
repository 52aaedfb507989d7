"""The outlook of one school, one area or a whole city: pupils so far, to come, and how sure.

Where a scorecard tells of whole areas, their outlook is its; everything else is a run's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from interurban.apps.schools.reading import Atlas
from interurban.apps.schools.settings import Stage
from interurban.apps.schools.subjects import Floats
from interurban.apps.schools.words import school_year
from interurban.core.errors import BadRequest
from interurban.standards.spelling import did_you_mean

from .area_forecast import AreaError, AreaForecast, back_test, forecast
from .forecasts import CITY, ENTRY, ErrorRow, Forecast, RollForecasts, summed
from .scorecards import AreaPlaces
from .settings import PlaceSettings
from .supply import read_supply, supply_areas
from .table import AHEAD, area_names, scorecard_of

__all__ = [
    "Outlook",
    "area_back_test",
    "outlook_of_area",
    "outlook_of_city",
    "outlook_of_school",
]

_LONGEST = 5
_CARD_AHEAD = 2
"""Place of the year that a scorecard's outlook is told for: 3 years ahead, as its makers do."""

_SCHOOLS = "schools"
_NO_RUN = "Nothing is projected yet: start a run, and its forecasts stand here."
_NOT_IN_RUN = "The newest run does not have this school: it had no pupil in the run's last year."


@dataclass(frozen=True, eq=False)
class Outlook:
    """Pupils so far and to come.

    Parameters
    ----------
    subject: what it is of, in words.
    observed: school year and pupils, oldest first.
    errors: how such forecasts would have done, beside simple methods.
    entry_errors: the same of the entry year group of the whole city.
    run: id of the run it is out of; empty where it is worked out from a scorecard.
    words: what it says, in sentences.
    """

    subject: str
    observed: tuple[tuple[int, float], ...]
    forecast: Forecast | None
    errors: tuple[ErrorRow, ...]
    entry_errors: tuple[ErrorRow, ...]
    run: str
    datasets: tuple[str, ...]
    words: tuple[str, ...]


def outlook_of_school(
    atlas: Atlas, settings: PlaceSettings, school: str, rolls: RollForecasts | None
) -> Outlook:
    """The outlook of a school.

    Raises
    ------
    BadRequest: there is no such school.
    """
    named = {**dict(zip(atlas.schools.ids, atlas.schools.names, strict=True))}
    observed = rolls.observed.get(school) if rolls is not None else None
    if school not in named and observed is None:
        raise BadRequest(
            f"{atlas.city.name} has no school {school[:60]!r}.",
            advice=did_you_mean(school, named),
            part="school",
        )
    name = named.get(school, school)
    if not settings.rolls:
        words = (
            f"There are no rolls of {atlas.city.name}'s schools by year group, so no school is "
            "projected. See its area."
        )
        return _nothing(name, (words,), settings)
    if rolls is None:
        return _nothing(name, (_NO_RUN,), settings)
    found = rolls.schools.get(school)
    so_far = _observed(rolls, observed)
    said = _told(name, so_far, found, rolls.errors) if found else (_NOT_IN_RUN,)
    return _of_run(rolls, name, so_far, found, _SCHOOLS, said)


def outlook_of_area(
    atlas: Atlas, settings: PlaceSettings, area: str, stage: Stage, rolls: RollForecasts | None
) -> Outlook:
    """The outlook of an area: of the scorecard's, or of the stage's schools in it added up.

    Raises
    ------
    BadRequest: there is no such area.
    """
    names = area_names(atlas, settings)
    if area not in names:
        raise BadRequest(
            f"{atlas.city.name} has no area {area[:60]!r}.",
            advice=did_you_mean(area, names, otherwise="See them with by=area of the places."),
            part="area",
        )
    card = scorecard_of(atlas, settings, stage)
    if card is not None:
        return _of_card(atlas, settings, stage, card, [card.series.areas.index(area)], names[area])
    if rolls is None:
        return _nothing(names[area], (_NO_RUN,), settings)
    supply = read_supply(atlas, settings, stage)
    places = supply_areas(atlas, settings.areas, supply.lonlat)
    here = [supply.ids[at] for at in np.flatnonzero(places.area == places.ids.index(area))]
    return _added_up(rolls, here, f"{names[area]}, {stage.name.lower()}")


def outlook_of_city(
    atlas: Atlas, settings: PlaceSettings, stage: Stage | None, rolls: RollForecasts | None
) -> Outlook:
    """The outlook of a whole city, or of one stage of it; of a scorecard always of one stage."""
    asked = stage or atlas.settings.stages[0]
    card = scorecard_of(atlas, settings, asked)
    if card is not None:
        every = list(range(len(card.series.areas)))
        return _of_card(atlas, settings, asked, card, every, atlas.city.name)
    if rolls is None:
        return _nothing(atlas.city.name, (_NO_RUN,), settings)
    if stage is not None:
        ids = list(read_supply(atlas, settings, stage).ids)
        return _added_up(rolls, ids, f"{atlas.city.name}, {stage.name.lower()}")
    so_far = _observed(rolls, np.sum(list(rolls.observed.values()), axis=0))
    name = atlas.city.name
    said = _told(name, so_far, rolls.everywhere, rolls.errors, CITY)
    return _of_run(rolls, name, so_far, rolls.everywhere, CITY, said)


def area_back_test(
    atlas: Atlas, settings: PlaceSettings, stage: Stage
) -> tuple[tuple[str, ...], tuple[AreaError, ...]]:
    """Names of a scorecard's areas, and how forecasts of them would have done, area by area."""
    card = scorecard_of(atlas, settings, stage)
    if card is None:
        return (), ()
    tested = _projected(atlas, settings, stage, card)[1]
    return card.names, tuple(row for row in tested if row.years_ahead <= _LONGEST)


# Of a run


def _nothing(subject: str, words: tuple[str, ...], settings: PlaceSettings) -> Outlook:
    datasets = (settings.rolls,) if settings.rolls else ()
    if not settings.rolls and words == (_NO_RUN,):
        needed = settings.scorecard.dataset if settings.scorecard else "rolls or a scorecard"
        words = (f"Nothing can be projected without {needed} and {settings.areas or 'areas'}.",)
    return Outlook(subject, (), None, (), (), "", datasets, words)


def _observed(rolls: RollForecasts, pupils: Floats | None) -> tuple[tuple[int, float], ...]:
    if pupils is None:
        return ()
    return tuple((y, float(n)) for y, n in zip(rolls.years, pupils.tolist(), strict=True) if n > 0)


def _added_up(rolls: RollForecasts, schools: Sequence[str], subject: str) -> Outlook:
    there = [one for one in schools if one in rolls.schools]
    so_far = _observed(
        rolls, np.sum([rolls.observed[one] for one in there], axis=0) if there else None
    )
    found = summed([rolls.schools[one] for one in there], rolls.everywhere)
    said = _told(subject, so_far, found, rolls.errors)
    wide = "Its bands join what all schools miss together with what each misses alone."
    past = f"Pupils so far are those of the {len(there):,} schools that are open now."
    more = (past, wide) if found is not None and found.summed else (past,)
    return _of_run(rolls, subject, so_far, found, _SCHOOLS, (*said, *more))


def _of_run(
    rolls: RollForecasts, name: str, so_far: tuple[tuple[int, float], ...],
    found: Forecast | None, subject: str, words: tuple[str, ...],
) -> Outlook:  # fmt: skip
    errors, entry = (
        tuple(row for row in rolls.errors if row.subject == one) for one in (subject, ENTRY)
    )
    if rolls.first_group >= 0:
        words = (*words, "Pupils younger than the entry year group are in no number.")
    return Outlook(name, so_far, found, errors, entry, rolls.run, rolls.datasets, words)


def _told(
    name: str,
    so_far: tuple[tuple[int, float], ...],
    found: Forecast | None,
    errors: Sequence[ErrorRow],
    subject: str = _SCHOOLS,
) -> tuple[str, ...]:
    """What is to come, and how such forecasts would have done, in two sentences."""
    if found is None or not so_far:
        return (f"Nothing is projected for {name}.",)
    said = [_to_come(name, so_far[-1], found, -1)]
    ahead = len(found.years)
    mine = {r.years_ahead: r for r in errors if r.subject == subject and not r.baseline}
    same = {
        r.years_ahead: r for r in errors if r.subject == subject and r.method == "same as last year"
    }
    at = max((h for h in mine if h in same and h <= ahead), default=0)
    if at:
        years = "1 year" if at == 1 else f"{at} years"
        said.append(
            f"Such projections missed {'schools' if subject == _SCHOOLS else 'the city'} by "
            f"{100 * mine[at].error:.1f} % {years} ahead, the same as last year by "
            f"{100 * same[at].error:.1f} %."
        )
    return tuple(said)


def _to_come(name: str, last: tuple[int, float], found: Forecast, at: int) -> str:
    low95, _, median, _, high95 = found.ends[:, at].tolist()
    return (
        f"{name} had {last[1]:,.0f} pupils in {school_year(last[0])}; {median:,.0f} are projected "
        f"for {school_year(found.years[at])}, with 95 % certainty {low95:,.0f} to {high95:,.0f}."
    )


# Of a scorecard


def _of_card(
    atlas: Atlas,
    settings: PlaceSettings,
    stage: Stage,
    card: AreaPlaces,
    rows: list[int],
    name: str,
) -> Outlook:
    assert settings.scorecard is not None, "a scorecard was read a moment ago"
    series = card.series
    to_come, tested = _projected(atlas, settings, stage, card)
    pupils = series.pupils[rows]
    complete = np.isfinite(pupils).any(axis=1)
    so_far = tuple(
        (year, float(np.nansum(pupils[:, at])))
        for at, year in enumerate(series.years)
        if np.isfinite(pupils[complete, at]).all() and complete.any()
    )
    ends = np.nansum(to_come.bands[:, rows], axis=1)
    found = Forecast(to_come.years, ends, summed=len(rows) > 1) if complete.any() else None
    own = rows[0] if len(rows) == 1 else None
    errors = tuple(_error_row(row, own) for row in tested if row.years_ahead <= _LONGEST)
    leaning = (settings.scorecard.dataset, *settings.scorecard.births)
    subject = f"{name}, {stage.name.lower()}"
    said = _told_of_card(card, subject, so_far, found, tested, stage)
    wide = "Its bands are those of its areas added up, as if all missed the same way."
    if found is not None and found.summed:
        said = (*said, wide)
    return Outlook(subject, so_far, found, errors, (), "", (*leaning, settings.areas), said)


def _projected(
    atlas: Atlas, settings: PlaceSettings, stage: Stage, card: AreaPlaces
) -> tuple[AreaForecast, tuple[AreaError, ...]]:
    assert settings.scorecard is not None, "a scorecard was read a moment ago"
    leaning = (settings.scorecard.dataset, *settings.scorecard.births)
    return atlas.cached(
        f"outlook {stage.id}",
        leaning,
        lambda: (forecast(card.series, AHEAD), back_test(card.series)),
    )


def _error_row(row: AreaError, own: int | None) -> ErrorRow:
    note = ""
    if row.hindsight:
        note = (
            "An indication: the areas' published forecasts, corrected by errors that were told "
            "only after they were made."
        )
    return ErrorRow(
        "areas",
        row.method,
        row.years_ahead,
        row.error,
        row.bias,
        row.coverage_80,
        row.coverage_95,
        row.cases,
        baseline=row.method != "forecast",
        note=note,
        own_error=float(row.by_area[own]) if own is not None else np.nan,
    )


def _told_of_card(
    card: AreaPlaces,
    subject: str,
    so_far: tuple[tuple[int, float], ...],
    found: Forecast | None,
    tested: Sequence[AreaError],
    stage: Stage,
) -> tuple[str, ...]:
    if found is None or not so_far:
        return (f"Nothing is projected for {subject}: it has no pupils of this stage.",)
    said = [_to_come(subject, so_far[-1], found, _CARD_AHEAD)]
    mine = {row.years_ahead: row for row in tested if row.method == "forecast"}
    real = [h for h, row in sorted(mine.items()) if not row.hindsight and h <= _LONGEST]
    if real:
        figures = ", ".join(
            f"{100 * mine[h].error:.1f} % {h} {'year' if h == 1 else 'years'} ahead" for h in real
        )
        said.append(f"Such forecasts missed areas by {figures}.")
    later = [h for h, row in sorted(mine.items()) if row.hindsight]
    if later:
        said.append(
            f"{' and '.join(map(str, later))} years ahead cannot be tested, for no two years with "
            "pupils lie that far apart; what is told for it is an indication."
        )
    if card.last_births:
        oldest = stage.ages[0]
        said.append(
            f"Births are known up to {card.last_births}: those who start school from "
            f"{school_year(card.last_births + oldest + 1)} on are not among them, so births test "
            "the past and tell nothing of the years ahead."
        )
    return tuple(said)
