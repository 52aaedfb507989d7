"""Answers of the atlas as one sentence or two that a resident understands.

What is hidden is said as plainly as what is shown. No sentence speaks of a right to a place: the
data tell where pupils live, and nothing of who will get one.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .catchments import Catchment
from .feeders import Feeders
from .flows import Hidden, HomeAreas, LocalSchools
from .subjects import Flows

__all__ = [
    "NO_PROMISE",
    "NO_RIGHT",
    "areas_words",
    "catchment_words",
    "distance",
    "ground",
    "pupils",
    "school_year",
    "schools_words",
]

NO_PROMISE = "It shows where pupils lived, and says nothing of who will get a place."
NO_RIGHT = (
    "A last distance tells how far the last child lived who was offered a place by distance in "
    "that year. It moves with who applies, and says nothing of who will get one."
)

_KILOMETRE = 1000.0
_MILE = 1_609.344
_FOOT = 0.3048
_ACRE = 4_046.856_4224
_NEAR_MILES = 0.1
"""Nearer than this, people of a city with miles say feet; a smaller square of it, acres."""
_NAMED = 3


def school_year(year: int, calendar: bool = False) -> str:
    """A school year as people write it: 2015 is ``2015-16``.

    Parameters
    ----------
    calendar: it lies in one calendar year, and is called ``2015``.
    """
    return str(year) if calendar else f"{year}-{(year + 1) % 100:02d}"


def distance(metres: float, units: str = "metric") -> str:
    """A distance as people say it: ``850 m``, ``1.4 km``, ``12 km``; ``330 feet``, ``0.9 miles``.

    Parameters
    ----------
    units: of the city, ``metric`` or ``imperial``.
    """
    if units == "imperial":
        miles = metres / _MILE
        if miles < _NEAR_MILES:
            return f"{round(metres / _FOOT / 10) * 10:.0f} feet"
        number = f"{miles:.1f}" if miles < 10 else f"{miles:.0f}"
        return "1 mile" if number == "1.0" else f"{number} miles"
    if metres < _KILOMETRE:
        return f"{round(metres / 10) * 10:.0f} m"
    kilometres = metres / _KILOMETRE
    return f"{kilometres:.1f} km" if kilometres < 10 else f"{kilometres:.0f} km"


def ground(square_metres: float, units: str = "metric") -> str:
    """The size of an area as people say it: ``0.86 km²``, ``26.3 km²``; ``12 acres``.

    Parameters
    ----------
    units: of the city, ``metric`` or ``imperial``.
    """
    size, unit = square_metres / _KILOMETRE**2, "km²"
    if units == "imperial":
        size, unit = square_metres / _MILE**2, "square miles"
        if size < _NEAR_MILES:
            acres = f"{square_metres / _ACRE:,.0f}"
            return "1 acre" if acres == "1" else f"{acres} acres"
    return f"{size:,.1f} {unit}" if size >= 1 else f"{size:.2f} {unit}"


def pupils(count: float) -> str:
    """A number of pupils: ``1 pupil``, ``1,042 pupils``."""
    return "1 pupil" if round(count) == 1 else f"{count:,.0f} pupils"


def areas_words(flows: Flows, home: HomeAreas, units: str = "metric") -> str:
    """Where the pupils of a school live."""
    name, when = flows.schools.names[home.school], _when(flows)
    worked_out = " These numbers were modelled, not counted." if flows.modelled else ""
    if not len(home.rows) and not home.shown:
        return f"These data, of {when}, have no pupils of {name}."
    said: list[str] = []
    everyone = home.total if not np.isnan(home.total) else home.shown + home.homeless
    whose = f"{pupils(everyone)} of {name}"
    at_least = "" if not np.isnan(home.total) else "at least "
    if home.reach.pupils:
        of_shown = "" if home.hidden.none and not home.homeless else "whose area is shown "
        said.append(
            f"Of the {at_least}{whose} in {when}, half of those {of_shown}lived within "
            f"{distance(home.reach.median_m, units)} and nine in ten within "
            f"{distance(home.reach.p90_m, units)} in a straight line."
        )
    else:
        said.append(f"Of the {at_least}{whose} in {when}, no distance can be told.")
    said.append(_hidden_words(flows, home.hidden, everyone, "lived in areas"))
    said.append(_not_reached(home))
    if home.homeless:
        said.append(f"The home area of {pupils(home.homeless)} is not known.")
    return " ".join(part for part in said if part) + worked_out


def schools_words(flows: Flows, local: LocalSchools, where: str) -> str:
    """Which schools the pupils of some areas go to.

    Parameters
    ----------
    where: as people say it: ``Camden 001A``, ``the 12 areas drawn``.
    """
    when = _when(flows)
    worked_out = " These numbers were modelled, not counted." if flows.modelled else ""
    if not len(local.areas):
        return "No area with pupils lies there."
    if not len(local.schools) and not local.hidden.at_least:
        return f"These data, of {when}, have no pupils who live in {where}."
    everyone = local.total
    if np.isnan(everyone):
        everyone = local.shown + local.hidden.at_least
    at_least = "" if not np.isnan(local.total) else "at least "
    begin = (
        f"In {when}, {at_least}{pupils(everyone)} who lived in {where} went to "
        f"{_schools(flows, local)}"
    )
    most = [
        f"{flows.schools.names[local.schools[at]]} ({local.low[at]:,.0f}"
        f"{' or more' if np.isnan(local.pupils[at]) else ''})"
        for at in np.flatnonzero(local.low >= max(flows.hidden_below, 1))[:_NAMED]
    ]
    said = [begin + (f", most to {_listed(most)}." if most else ".")]
    said.append(_hidden_words(flows, local.hidden, everyone, "went to schools"))
    return " ".join(part for part in said if part) + worked_out


def catchment_words(flows: Flows, found: Catchment, units: str = "metric") -> str:
    """What a catchment is, how large, and how far its pupils live."""
    name, when = flows.schools.names[found.school], _when(flows)
    if found.method == "zone":
        if found.shape is None:
            return f"No zone is used for {name}, or none is known."
        begin = f"The official zone of {name}"
    elif found.method == "last":
        latest = found.offers.latest if found.offers is not None else None
        if latest is None or found.shape is None:
            return f"No last distance offered is known of {name} that could be drawn."
        year = school_year(latest.year, flows.calendar_years)
        begin = (
            f"As near to {name} as the last child lived who was offered a place by distance for "
            f"entry in {year}, {distance(latest.metres, units)}"
        )
    else:
        if not len(found.areas):
            return f"There is nothing to draw of {name} in {when}: no pupils are shown."
        begin = {
            "ranked": f"The areas where most pupils of {name} lived in {when}, until "
            f"{found.percent:g}% of all its pupils are reached",
            "share": f"The areas where in {when} at least {found.percent:g}% of all pupils went "
            f"to {name}",
            "kernel": f"One smooth outline around {found.percent:g}% of the shown pupils of "
            f"{name} in {when}",
        }[found.method]
        if found.shape is None:
            return f"{begin}: none of them can be drawn."
    parts = "one piece" if found.parts == 1 else f"{found.parts:,} separate pieces"
    said = [f"{begin}: {ground(found.square_metres, units)} in {parts}."]
    if not found.reached:
        said.append("The shown pupils are too few for that, so that all of their areas are drawn.")
    if not np.isnan(found.coverage):
        said.append(f"{found.coverage:.0%} of all its pupils are shown to live there.")
    if found.reach.pupils:
        said.append(
            f"Half of these live within {distance(found.reach.median_m, units)} of the school and "
            f"nine in ten within {distance(found.reach.p90_m, units)}."
        )
    if found.unshaped:
        outside = "area lies" if found.unshaped == 1 else "areas lie"
        said.append(f"{found.unshaped:,} more {outside} outside the map.")
    return " ".join(said)


def feeder_words(flows: Flows, found: Feeders, city: str, school: int | None, homes: str) -> str:
    """What feeds schools, with what is not known said first.

    Parameters
    ----------
    homes: what the places are that pupils live in: ``districts``, ``areas``, ``zones``.
    """
    when = _when(flows)
    whose = f"pupils of {flows.schools.names[school]}" if school is not None else "pupils"
    unknown = f"Which schools pupils went to before is not in the data of {city}."
    said = [unknown, f"Shown in its place are the {homes} where {whose} lived in {when}."]
    if len(found.source):
        school_name = flows.schools.names[found.school[0]]
        said.append(
            f"Most: {pupils(found.low[0])} from {found.names[found.source[0]]} to {school_name}."
        )
    if len(found.source) < found.total:
        said.append(f"These are the {len(found.source):,} largest of {found.total:,} links.")
    if flows.dropped or flows.hidden.any():
        below = f"Numbers below {flows.hidden_below}, and others that would give one away,"
        said.append(f"{below} are hidden and not in any sum.")
    return " ".join(said)


def _when(flows: Flows) -> str:
    """The school year of some flows."""
    return school_year(flows.year, flows.calendar_years)


def _schools(flows: Flows, local: LocalSchools) -> str:
    """How many schools; with hidden ones left out, more than are seen."""
    count = len(local.schools)
    known = "1 school" if count == 1 else f"{count:,} schools"
    return f"{known} and others" if flows.dropped and not local.hidden.none else known


def _hidden_words(flows: Flows, hidden: Hidden, everyone: float, where: str) -> str:
    """What is not shown, in a sentence; empty where everything is.

    Parameters
    ----------
    where: what pupils did: ``lived in areas``, ``went to schools``.
    """
    if hidden.none:
        return ""
    low = round(hidden.at_least)
    if flows.modelled:
        others = f"The other {pupils(low)}" if low else "A few more"
        return f"{others} are spread thinly over further {where.rsplit(maxsplit=1)[-1]}."
    why = f"whose numbers are hidden: they are below {flows.hidden_below}, or would give away one"
    small = f"{why} that is."
    if hidden.at_most is None:
        others = f"{pupils(low)} or more" if low else "Others"
        return f"{others} {where} {small}"
    high = round(hidden.at_most)
    if low == high:
        share = f", {high / everyone:.0%}," if everyone else ""
        return f"{pupils(high)}{share} {where} {small}"
    return f"{low:,} to {pupils(high)} {where} {small}"


def _not_reached(home: HomeAreas) -> str:
    """That too many are hidden for the areas of half, or of four fifths, to be told."""
    if np.isnan(home.total) or not home.total or home.areas_to(80) is not None:
        return ""
    share = f"The areas shown hold {home.shown / home.total:.0%} of all its pupils"
    if home.areas_to(50) is None:
        return f"{share}: which areas hold half of them can't be told."
    return f"{share}: which areas hold four fifths of them can't be told."


def _listed(names: Sequence[str]) -> str:
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"
