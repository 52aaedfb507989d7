"""The outlook of one school, one area or a whole city: pupils so far, to come, and how sure.

Where a scorecard tells of whole areas, their outlook is its; everything else is that of a run on
the rolls of schools. Pupils so far are told before there is any.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from interurban.apps.schools.reading import Atlas
from interurban.apps.schools.settings import Stage
from interurban.apps.schools.subjects import Floats
from interurban.core.errors import BadRequest
from interurban.standards.spelling import did_you_mean

from .area_outlook import outlook_of_card
from .forecasts import CITY, ENTRY, ErrorRow, Forecast, RollForecasts, observed_rolls, summed
from .outlook_words import OLDER, Outlook, pupils_now, to_come
from .projected import NOTHING, Projected
from .settings import PlaceSettings
from .supply import read_supply, supply_areas
from .table import area_names, projected_areas, scorecard_of

__all__ = ["outlook_of_area", "outlook_of_city", "outlook_of_school"]

_SCHOOLS = "schools"
_TOLD = 5
"""Years ahead that the words tell of, at most: bands of later ones are wide."""

_NO_RUN = "Nothing is projected yet: start a run, and its forecasts stand here."
_NOT_IN_RUN = "The newest run does not have this school: it had no pupil in the run's last year."


def outlook_of_school(
    atlas: Atlas, settings: PlaceSettings, school: str, runs: Projected = NOTHING
) -> Outlook:
    """The outlook of a school.

    Raises
    ------
    BadRequest: there is no such school.
    """
    rolls, calendar = _rolls(atlas, settings, runs), atlas.settings.calendar_years
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
    if not rolls.run:
        said = _before_a_run(name, so_far, calendar)
    else:
        said = _told(name, so_far, found, rolls.errors, calendar) if found else (_NOT_IN_RUN,)
    return _of_run(rolls, name, so_far, found, _SCHOOLS, said)


def outlook_of_area(
    atlas: Atlas, settings: PlaceSettings, area: str, stage: Stage, runs: Projected = NOTHING
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
        found = projected_areas(atlas, settings, stage, card, runs)
        return outlook_of_card(
            card, found, stage, settings.areas, names[area], area,
            calendar=atlas.settings.calendar_years,
        )  # fmt: skip
    rolls = _rolls(atlas, settings, runs)
    if rolls is None:
        return _nothing(names[area], (_NO_RUN,), settings)
    supply = read_supply(atlas, settings, stage)
    places = supply_areas(atlas, settings.areas, supply.lonlat)
    here = [supply.ids[at] for at in np.flatnonzero(places.area == places.ids.index(area))]
    subject = f"{names[area]}, {stage.name.lower()}"
    return _added_up(rolls, here, subject, atlas.settings.calendar_years)


def outlook_of_city(
    atlas: Atlas, settings: PlaceSettings, stage: Stage | None, runs: Projected = NOTHING
) -> Outlook:
    """The outlook of a whole city, or of one stage of it; of a scorecard always of one stage."""
    asked, calendar = stage or atlas.settings.stages[0], atlas.settings.calendar_years
    card = scorecard_of(atlas, settings, asked)
    if card is not None:
        of_areas = projected_areas(atlas, settings, asked, card, runs)
        return outlook_of_card(
            card, of_areas, asked, settings.areas, atlas.city.name,
            calendar=atlas.settings.calendar_years,
        )  # fmt: skip
    rolls = _rolls(atlas, settings, runs)
    if rolls is None:
        return _nothing(atlas.city.name, (_NO_RUN,), settings)
    if stage is not None:
        ids = list(read_supply(atlas, settings, stage).ids)
        return _added_up(rolls, ids, f"{atlas.city.name}, {stage.name.lower()}", calendar)
    so_far = _observed(rolls, np.sum(list(rolls.observed.values()), axis=0))
    name = atlas.city.name
    said = (
        _told(name, so_far, rolls.everywhere, rolls.errors, calendar, CITY)
        if rolls.run
        else _before_a_run(name, so_far, calendar)
    )
    return _of_run(rolls, name, so_far, rolls.everywhere, CITY, said)


# Of a run


def _nothing(subject: str, words: tuple[str, ...], settings: PlaceSettings) -> Outlook:
    datasets = (settings.rolls,) if settings.rolls else ()
    if not settings.rolls and words == (_NO_RUN,):
        needed = settings.scorecard.dataset if settings.scorecard else "rolls or a scorecard"
        words = (f"Nothing can be projected without {needed} and {settings.areas or 'areas'}.",)
    return Outlook(subject, (), None, (), (), "", datasets, words)


def _rolls(atlas: Atlas, settings: PlaceSettings, runs: Projected) -> RollForecasts | None:
    """What the newest run says; before any, the rolls so far."""
    if runs.rolls is not None:
        return runs.rolls
    entry = min(stage.year_groups[0] for stage in atlas.settings.stages)
    return observed_rolls(atlas, settings.rolls, entry)


def _before_a_run(
    name: str, so_far: tuple[tuple[int, float], ...], calendar: bool
) -> tuple[str, ...]:
    return (pupils_now(name, so_far[-1], calendar), _NO_RUN) if so_far else (_NO_RUN,)


def _observed(rolls: RollForecasts, pupils: Floats | None) -> tuple[tuple[int, float], ...]:
    if pupils is None:
        return ()
    return tuple((y, float(n)) for y, n in zip(rolls.years, pupils.tolist(), strict=True) if n > 0)


def _added_up(
    rolls: RollForecasts, schools: Sequence[str], subject: str, calendar: bool
) -> Outlook:
    # Before a run those are open that had a pupil in the last year.
    open_now = set(rolls.schools) or {one for one, n in rolls.observed.items() if n[-1] > 0}
    there = [one for one in schools if one in open_now]
    so_far = _observed(
        rolls, np.sum([rolls.observed[one] for one in there], axis=0) if there else None
    )
    if not rolls.run:
        said = _before_a_run(subject, so_far, calendar)
        return _of_run(rolls, subject, so_far, None, _SCHOOLS, (*said, _past(len(there))))
    found = summed([rolls.schools[one] for one in there], rolls.everywhere)
    said = _told(subject, so_far, found, rolls.errors, calendar)
    wide = "Its bands join what all schools miss together with what each misses alone."
    past = _past(len(there))
    more = (past, wide) if found is not None and found.summed else (past,)
    return _of_run(rolls, subject, so_far, found, _SCHOOLS, (*said, *more))


def _past(schools: int) -> str:
    return f"Pupils so far are those of the {schools:,} schools that are open now."


def _of_run(
    rolls: RollForecasts, name: str, so_far: tuple[tuple[int, float], ...],
    found: Forecast | None, subject: str, words: tuple[str, ...],
) -> Outlook:  # fmt: skip
    errors, entry = (
        tuple(row for row in rolls.errors if row.subject == one) for one in (subject, ENTRY)
    )
    if rolls.first_group >= 0:
        words = (*words, "Pupils younger than the entry year group are in no number.")
    if rolls.older:
        words = (*words, OLDER)
    return Outlook(name, so_far, found, errors, entry, rolls.run, rolls.datasets, words)


def _told(
    name: str,
    so_far: tuple[tuple[int, float], ...],
    found: Forecast | None,
    errors: Sequence[ErrorRow],
    calendar: bool,
    subject: str = _SCHOOLS,
) -> tuple[str, ...]:
    """What is to come, and how such forecasts would have done, in two sentences."""
    if found is None or not so_far:
        return (f"Nothing is projected for {name}.",)
    ahead = min(len(found.years), _TOLD)
    said = [to_come(name, so_far[-1], found, ahead - 1, calendar)]
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
