"""Access in plain words: what a city's children have, and how the numbers were made."""

from __future__ import annotations

import numpy as np

from interurban.apps.schools.reading import Atlas

from .access import METHODS, Access
from .checks import Check

__all__ = ["check_in_words", "how_made", "in_words", "unit_of"]

_WEIGHTS = {
    "none": "every school within reach counts the same",
    "stepped": "a school in the nearest third of the reach counts 1, in the next 0.68, then 0.22",
    "continuous": "a school counts less the further it is, but for the nearest sixth of the reach",
}


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
        said = f"{mean:,.0f} m on average to the nearest {stage} school that is open to all"
        beyond = "0.1 % or fewer" if far <= 0.001 else f"{far:.1%}"
        return f"{said}; {beyond} of the children live beyond their walking distance."
    none = float(children[known & (found.values <= 0)].sum())
    said = f"{mean:.2f} {stage} places for each child within {found.reach / 1000:.1f} km"
    shared = f"shared with a Gini index of {found.gini:.2f}, where 0 is evenly"
    without = f" {none:,.0f} children have no school within reach." if none >= 1 else ""
    return f"{said}, {shared}.{without}"


def how_made(found: Access) -> str:
    """How the numbers were made, and what is wrong with them."""
    homes, supply = found.homes, found.supply
    year = f" in {homes.year}" if homes.year else ""
    said = [
        (
            f"Distances are straight lines times {found.factor:g}, from a point inside each area, "
            "until streets are loaded."
        ),
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
        said.append(f"Within {found.reach:,.0f} m, {_WEIGHTS[METHODS[found.method]]}.")
        said.append(
            "Schools and children beyond the city's line are not counted: areas within reach of "
            "it are marked, and the Gini index is told without them too."
        )
    said += [check_in_words(one) for one in found.checks]
    return " ".join(said)


def check_in_words(one: Check) -> str:
    """How far our numbers are from others, said honestly."""
    what = "distance" if one.what == "metres" else "time (at a mean speed taken from other areas)"
    best = "" if one.straight is None else f" A factor of {one.straight:.2f} would fit best."
    return (
        f"Against {one.against}: the median error of our {what} is {one.median_error:.1%} over "
        f"{one.rows:,} ways.{best}"
    )
