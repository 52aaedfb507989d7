"""Answers of the atlas as one sentence or two that a resident understands.

What is hidden is said as plainly as what is shown. No sentence speaks of a right to a place: the
data tell where pupils live, and nothing of who will get one.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .flows import Hidden, HomeAreas, LocalSchools
from .subjects import Flows

__all__ = ["areas_words", "distance", "few", "pupils", "school_year", "schools_words"]

_KILOMETRE = 1000.0
_NAMED = 3


def school_year(year: int) -> str:
    """A school year as people write it: 2015 is ``2015-16``."""
    return f"{year}-{(year + 1) % 100:02d}"


def distance(metres: float) -> str:
    """A distance as people say it: ``850 m``, ``1.4 km``, ``12 km``."""
    if metres < _KILOMETRE:
        return f"{round(metres / 10) * 10:.0f} m"
    kilometres = metres / _KILOMETRE
    return f"{kilometres:.1f} km" if kilometres < 10 else f"{kilometres:.0f} km"


def pupils(count: float) -> str:
    """A number of pupils: ``1 pupil``, ``1,042 pupils``."""
    return "1 pupil" if round(count) == 1 else f"{count:,.0f} pupils"


def few(hidden_below: int) -> str:
    """Numbers that are hidden, as they are drawn: ``1-4``; of a threshold of 2, ``1``."""
    return "1" if hidden_below == 2 else f"1-{hidden_below - 1}"


def areas_words(flows: Flows, home: HomeAreas) -> str:
    """Where the pupils of a school live."""
    name, when = flows.schools.names[home.school], school_year(flows.year)
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
            f"{distance(home.reach.median_m)} and nine in ten within "
            f"{distance(home.reach.p90_m)} in a straight line."
        )
    else:
        said.append(f"Of the {at_least}{whose} in {when}, no distance can be told.")
    said.append(_hidden_words(flows, home.hidden, everyone, "lived in areas with"))
    if home.homeless:
        said.append(f"The home area of {pupils(home.homeless)} is not known.")
    return " ".join(part for part in said if part) + worked_out


def schools_words(flows: Flows, local: LocalSchools, where: str) -> str:
    """Which schools the pupils of some areas go to.

    Parameters
    ----------
    where: as people say it: ``Camden 001A``, ``the 12 areas drawn``.
    """
    when = school_year(flows.year)
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
        f"{flows.schools.names[local.schools[at]]} ({local.pupils[at]:,.0f})"
        for at in np.flatnonzero(~np.isnan(local.pupils))[:_NAMED]
    ]
    said = [begin + (f", most to {_listed(most)}." if most else ".")]
    said.append(_hidden_words(flows, local.hidden, everyone, "went to schools with"))
    return " ".join(part for part in said if part) + worked_out


def _schools(flows: Flows, local: LocalSchools) -> str:
    """How many schools; with hidden ones left out, more than are seen."""
    count = len(local.schools)
    known = "1 school" if count == 1 else f"{count:,} schools"
    return f"{known} and others" if flows.dropped and not local.hidden.none else known


def _hidden_words(flows: Flows, hidden: Hidden, everyone: float, where: str) -> str:
    if hidden.none:
        return ""
    small = f"so few of them ({few(flows.hidden_below)}) that the number is hidden"
    low = round(hidden.at_least)
    if hidden.at_most is None:
        others = f"{pupils(low)} or more" if low else "Others"
        return f"{others} {where} {small}."
    high = round(hidden.at_most)
    if low == high:
        share = f", {high / everyone:.0%}," if everyone else ""
        return f"{pupils(high)}{share} {where} {small}."
    return f"{low:,} to {pupils(high)} {where} {small}."


def _listed(names: Sequence[str]) -> str:
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"
