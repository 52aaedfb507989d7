"""Access in plain words: what a city's children have, and how the numbers were made."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from interurban.apps.schools.reading import Atlas
from interurban.apps.schools.words import distance

from .access import METHODS, Access
from .checks import Check
from .streets.found import LIMIT_M
from .ways import STRAIGHT, STREETS

__all__ = ["checks_in_words", "how_made", "in_words", "unit_of"]

_WEIGHTS = {
    "none": "every school within reach counts the same",
    "stepped": "a school in the nearest third of the reach counts 1, in the next 0.68, then 0.22",
    "continuous": "a school counts less the further it is, but for the nearest sixth of the reach",
}

_WAY_WORDS = {STREETS: "along streets", STRAIGHT: "by straight lines"}


def unit_of(found: Access) -> str:
    """The unit of its values."""
    return "m" if found.method == "nearest" else "places per child"


def in_words(atlas: Atlas, found: Access) -> str:
    """What it comes to, in one or two sentences for a resident."""
    children = found.homes.children
    known = np.isfinite(found.values) & (children > 0)
    if not known.any():
        return f"Nothing is known of children near a school of {atlas.city.name}."
    mean = float(np.average(found.values[known], weights=children[known]))
    stage = found.stage.name.lower()
    if found.method == "nearest":
        far = float(np.average(found.beyond[known], weights=children[known]))
        near = distance(mean, atlas.city.units)
        said = f"{near} on average to the nearest {stage} school that is open to all"
        beyond = "0.1 % or fewer" if far <= 0.001 else f"{far:.1%}"
        return f"{said}; {beyond} of the children live beyond their walking distance."
    none = float(children[known & (found.values <= 0)].sum())
    within = distance(found.reach, atlas.city.units)
    said = f"{mean:.2f} {stage} places for each child within {within}"
    shared = f"shared with a Gini index of {found.gini:.2f}, where 0 is evenly"
    without = f" {none:,.0f} children have no school within reach." if none >= 1 else ""
    return f"{said}, {shared}.{without}"


def how_made(found: Access, units: str = "metric") -> tuple[str, ...]:
    """How the numbers were made, and what is wrong with them: paragraphs.

    Parameters
    ----------
    units: of the city, ``metric`` or ``imperial``.
    """
    homes, supply = found.homes, found.supply
    year = f" in {homes.year}" if homes.year else ""
    said = [
        *_way_in_words(found, units),
        (
            f"Children of {found.stage.ages[0]} to {found.stage.ages[1]} are out of those of "
            f"{homes.ages}{year}, as if every year of age had as many."
        ),
        f"{len(supply.school):,} open schools of today take part"
        + (f", without {supply.selective:,} that select by tests." if supply.selective else "."),
    ]
    if found.method != "nearest":
        unknown = int(np.isnan(supply.places).sum())
        years = f" ({', '.join(map(str, supply.years))})" if supply.years else ""
        said.append(
            f"Places are published for {supply.published:,}{years}; for others pupils on roll "
            f"stand for them"
            + (f", and {unknown:,} of which neither is known are left out." if unknown else ".")
        )
        reach = distance(found.reach, units)
        said.append(f"Within {reach}, {_WEIGHTS[METHODS[found.method]]}.")
        said.append(
            "Schools and children beyond the city's line are not counted: areas within reach of "
            "it are marked, and the Gini index is told without them too."
        )
    return tuple(said)


def _way_in_words(found: Access, units: str) -> list[str]:
    """Which way distances go, and why; of streets, what they are."""
    choice, streets = found.choice, found.choice.streets
    lines = f"straight lines times {found.factor:g}, from a point inside each area"
    if choice.way.name != STREETS or streets is None or streets.network is None:
        if streets is None:
            return [f"Distances are {lines}, until streets are loaded."]
        return [f"Distances are {lines}." + (f" {choice.why}" if choice.why else "")]
    network = streets.network
    vintage = f" ({streets.vintage})" if streets.vintage else ""
    said = (
        f"Distances go along {streets.title}{vintage}: {network.segments:,} lines, of which "
        f"{network.connected:.1%} of the length hang together. They are walked both ways, but for "
        "motorways."
    )
    homes = (
        "Homes stand along the streets of each area, by their length; the straight piece from a "
        "school to its street is added."
    )
    if found.areas_off or found.schools_off:
        homes += (
            f" {found.areas_off:,} areas and {found.schools_off:,} schools lie more than "
            f"{distance(LIMIT_M, units)} from a street: for them it is {lines}."
        )
    known = [f"Known faults of the streets: {streets.notes}"] if streets.notes else []
    return [said, homes, *known]


def checks_in_words(checks: Sequence[Check]) -> list[str]:
    """How far our numbers are from others, said honestly: a sentence for each, of both ways."""
    by_other: dict[tuple[str, str, int], list[Check]] = {}
    for one in checks:
        by_other.setdefault((one.against, one.what, one.rows), []).append(one)
    said = []
    for (against, kind, rows), found in by_other.items():
        what = "distance" if kind == "metres" else "time (at a mean speed taken from other areas)"
        errors = " and ".join(f"{one.median_error:.1%} {_WAY_WORDS[one.way]}" for one in found)
        fits = next((one.straight for one in found if one.straight is not None), None)
        best = "" if fits is None else f" For straight lines a factor of {fits:.2f} would fit best."
        said.append(
            f"Against {against}: the median error of our {what} is {errors}, over {rows:,} "
            f"ways.{best}"
        )
    return said
