"""Rules of utilisation: how many places rooms make, and when a school is well used.

A rule either counts places from classrooms, or takes the places that are published. Chicago's of
2011 is ``floor(0.769 x classrooms) x 30``, efficient from 80 to 120 %; schools without a room of
their own (special schools in other buildings) keep the places that are published.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from interurban.apps.schools.subjects import Floats
from interurban.core.errors import BadRequest
from interurban.standards.spelling import did_you_mean

__all__ = [
    "BANDS",
    "OWN",
    "Input",
    "Rule",
    "band_of",
    "forms_of_entry",
    "inputs_of",
    "own_rule",
    "places_of",
    "utilisation_of",
]

BANDS = ("under", "efficient", "over", "unknown")

OWN = "own"
"""Id of the rule that a reader puts together."""

_ROUNDING = 1e-9
_PER_CENT = 100


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of utilisation.

    Parameters
    ----------
    efficient: lowest and highest utilisation of a well used school, both in, in whole per cent
        (0.8 is 80 %).
    per_room: pupils in a homeroom; ``None`` where published places are taken.
    homeroom_share: share of the classrooms that are homerooms, rounded down to whole rooms.
    set_aside: classrooms of each school that are left out before (special education, shared space).
    usable_share: share of the published places that count; of a rule without classrooms.
    source: where it is written.
    """

    id: str
    title: str
    efficient: tuple[float, float]
    per_room: float | None = None
    homeroom_share: float | None = None
    set_aside: float = 0.0
    usable_share: float = 1.0
    source: str = ""

    @property
    def formula(self) -> str:
        """The rule as a line that can be checked by hand."""
        low, high = (f"{_PER_CENT * end:.4g} %" for end in self.efficient)
        band = f"efficient from {low} to {high}"
        if self.per_room is None or self.homeroom_share is None:
            share = "" if self.usable_share == 1.0 else f"{self.usable_share:.4g} x "
            return f"places = {share}published places; {band}"
        rooms = f"(classrooms - {self.set_aside:.4g})" if self.set_aside else "classrooms"
        homerooms = f"round down({self.homeroom_share:.4g} x {rooms})"
        return f"places = {homerooms} x {self.per_room:.4g}; {band}"


@dataclass(frozen=True, slots=True)
class Input:
    """A number of a rule that a reader may change."""

    id: str
    label: str
    value: float
    unit: str
    minimum: float
    maximum: float


def inputs_of(rule: Rule) -> tuple[Input, ...]:
    """The numbers of a rule, in the order of its formula."""
    low, high = rule.efficient
    band = (
        Input("efficient_from", "Efficient from", low, "share of places", 0.01, 3.0),
        Input("efficient_to", "Efficient to", high, "share of places", 0.01, 3.0),
    )
    if rule.per_room is None or rule.homeroom_share is None:
        usable = Input(
            "usable_share", "Places that count", rule.usable_share, "share of published", 0.01, 2.0
        )
        return (usable, *band)
    return (
        Input("homeroom_share", "Homerooms", rule.homeroom_share, "share of classrooms", 0.01, 1.0),
        Input("per_room", "Pupils in a homeroom", rule.per_room, "pupils", 1.0, 60.0),
        Input("set_aside", "Classrooms set aside", rule.set_aside, "rooms a school", 0.0, 40.0),
        *band,
    )


def own_rule(usual: Rule, given: Mapping[str, float]) -> Rule:
    """The usual rule with a reader's own numbers.

    Raises
    ------
    BadRequest: a number is not one of the rule's, out of its bounds, or the band is upside down.
    """
    known = {one.id: one for one in inputs_of(usual)}
    for name, value in given.items():
        if name not in known:
            raise BadRequest(
                f"The rule has no number {name[:40]!r}.",
                advice=did_you_mean(name, known),
                part=name[:40],
            )
        one = known[name]
        if not one.minimum <= value <= one.maximum:
            raise BadRequest(
                f"{one.label} must be from {one.minimum:g} to {one.maximum:g} {one.unit}.",
                part=name,
            )
    values = {name: given.get(name, one.value) for name, one in known.items()}
    low, high = values.pop("efficient_from"), values.pop("efficient_to")
    if low > high:
        raise BadRequest(
            "A school would be efficient from more than it is efficient to.",
            advice="Let efficient_from be below efficient_to.",
            part="efficient_from",
        )
    return replace(
        usual,
        id=OWN,
        title="Your own",
        source="",
        efficient=(low, high),
        per_room=values.get("per_room"),
        homeroom_share=values.get("homeroom_share"),
        set_aside=values.get("set_aside", 0.0),
        usable_share=values.get("usable_share", 1.0),
    )


def places_of(rule: Rule, published: Floats, classrooms: Floats) -> Floats:
    """Places of schools by a rule.

    Parameters
    ----------
    published, classrooms: (n,), NaN where not known; 0 is not known either.

    Returns
    -------
    (n,), NaN where neither is known. Of a rule on classrooms, a school whose rooms make no
    homeroom keeps its published places.

    Source: Chicago Public Schools, space utilization standards (2011; 2018 with rooms set aside).
    """
    known = np.where(published > 0, published, np.nan)
    if rule.per_room is None or rule.homeroom_share is None:
        return np.asarray(known * rule.usable_share)
    rooms = np.where(classrooms > 0, classrooms, np.nan) - rule.set_aside
    homerooms = np.floor(rule.homeroom_share * rooms + _ROUNDING)
    return np.asarray(np.where(homerooms > 0, homerooms * rule.per_room, known))


def utilisation_of(pupils: Floats, places: Floats) -> Floats:
    """Pupils over places; NaN without either, never infinite."""
    ready = (places > 0) & np.isfinite(pupils)
    return np.asarray(np.divide(pupils, places, out=np.full_like(places, np.nan), where=ready))


def band_of(rule: Rule, utilisation: Floats) -> tuple[str, ...]:
    """``under``, ``efficient``, ``over``, or ``unknown`` where there is no utilisation.

    Utilisation is rounded to whole per cent first, halves up, as the publisher does: 79.5 % is
    efficient from 80 % on.
    """
    per_cent = np.floor(_PER_CENT * utilisation + 0.5 + _ROUNDING)
    low, high = (np.round(_PER_CENT * end, 6) for end in rule.efficient)
    place = np.where(per_cent < low, 0, np.where(per_cent <= high, 1, 2))
    place = np.where(np.isnan(utilisation), 3, place)
    return tuple(BANDS[at] for at in place.tolist())


def forms_of_entry(pupils: Floats, places: Floats, class_size: int, year_groups: int) -> Floats:
    """Whole forms of entry that are missing (above 0) or could be spared (below 0).

    ``ceil((pupils - places) / (class size x year groups))``: a part of a form that is missing is a
    form, a part that is spare is none.

    Source: GLA demand for school places (forms of entry = ceil(change / 30)), over all year groups.
    """
    missing = (pupils - places) / (class_size * year_groups)
    return np.asarray(np.ceil(missing - _ROUNDING) + 0.0)
