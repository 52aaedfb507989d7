"""The age groups, relationships and household types that household statistics are published by."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from interurban.core.errors import BadRequest

__all__ = [
    "AGE_GROUPS",
    "COMMUNAL_RATE_FROM",
    "HOUSEHOLD_TYPES",
    "RELATIONSHIPS",
    "SEXES",
    "Array",
    "age_group",
    "ages_to_groups",
    "first_age",
    "refuse_unknown_relationships",
]

Array = npt.NDArray[np.float64]

SEXES = ("F", "M")

AGE_GROUPS = (*(f"{first}_{first + 4}" for first in range(0, 85, 5)), "85&")
"""Five years of age each, as DCLG writes them; ``85&`` is 85 and over."""

COMMUNAL_RATE_FROM = 75
"""From this age on a *share* of the residents lives in communal establishments, below it a fixed
number of people."""

RELATIONSHIPS = {"C": "in a couple", "P": "previously married", "S": "single"}

HOUSEHOLD_TYPES = {
    "one_person": "one person",
    "couple_0": "a couple, no dependent children",
    "couple_1": "a couple, one dependent child",
    "couple_2": "a couple, two dependent children",
    "couple_3": "a couple, three or more dependent children",
    "other_0": "a couple and other adults, or a lone parent, no dependent children",
    "other_1": "a couple and other adults, or a lone parent, one dependent child",
    "other_2": "a couple and other adults, or a lone parent, two dependent children",
    "other_3": "a couple and other adults, or a lone parent, three or more dependent children",
    "other": "another household",
}

_CLOSED = re.compile(r"0*(\d+)\s*(?:_|-|–|to)\s*0*(\d+)")
_OPEN = re.compile(r"0*(\d+)\s*(?:&|\+|_?and over|plus)", re.IGNORECASE)


def age_group(text: str) -> str:
    """An age group in the house's spelling, from any of the spellings of published tables.

    ``85&`` (DCLG), ``85+`` and ``85 and over`` are one group, as are ``5_9`` and ``05-09``.

    Raises
    ------
    BadRequest: it is not one of ``AGE_GROUPS``.
    """
    wanted = text.strip()
    if closed := _CLOSED.fullmatch(wanted):
        wanted = f"{closed[1]}_{closed[2]}"
    elif opened := _OPEN.fullmatch(wanted):
        wanted = f"{opened[1]}&"
    if wanted not in AGE_GROUPS:
        raise BadRequest(
            f"“{text}” is no age group of household statistics.",
            advice=f"They are {AGE_GROUPS[0]}, {AGE_GROUPS[1]} and so on to {AGE_GROUPS[-1]}.",
            part="age_group",
        )
    return wanted


def first_age(group: str) -> int:
    """The youngest age of a group of ``AGE_GROUPS``, in years."""
    return int(re.split("[_&]", group)[0])


def refuse_unknown_relationships(found: Sequence[str]) -> None:
    """Refuse a relationship that no rate speaks of.

    Raises
    ------
    BadRequest: one is not a key of ``RELATIONSHIPS``.
    """
    unknown = sorted(set(found) - set(RELATIONSHIPS))
    if unknown:
        known = ", ".join(f"{code} ({words})" for code, words in RELATIONSHIPS.items())
        raise BadRequest(
            f"Unknown relationship: {', '.join(unknown)}.",
            advice=f"A relationship is one of {known}.",
            part="relationship",
        )


def ages_to_groups(
    population: Array, ages: Sequence[int], groups: Sequence[str], axis: int = 2
) -> Array:
    """People by age group, from people by single year of age.

    Parameters
    ----------
    population: people, single years of age along ``axis``; any other axes.
    ages: the age of every place on that axis; the last may be open (90 is 90 and over).
    groups: the age groups wanted, of ``AGE_GROUPS``; ages outside all of them are left out.

    Returns
    -------
    The same axes, with age groups in the order of ``groups``: P(b,s,y) of step 1 of the household
    model (witan.models.household).
    """
    starts = np.array([first_age(group) for group in groups])
    ends = np.array(
        [start + 5 if "_" in g else 1_000 for start, g in zip(starts, groups, strict=True)]
    )
    age = np.asarray(ages)[None, :]
    belongs = ((age >= starts[:, None]) & (age < ends[:, None])).astype(np.float64)
    return np.moveaxis(np.tensordot(belongs, population, axes=(1, axis)), 0, axis)
