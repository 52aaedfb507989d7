"""The table of places in a sentence or two."""

from __future__ import annotations

import math

import numpy as np

from interurban.apps.schools.words import school_year

from .table import PlaceTable, Totals

__all__ = ["place_words"]


def place_words(table: PlaceTable, totals: Totals, calendar: bool = False) -> str:
    """How many places are filled, how many are spare, and how many rows are in each band.

    Parameters
    ----------
    calendar: a school year lies in one calendar year.
    """
    what = "schools" if table.by == "school" else "areas"
    known = len(table.ids) - totals.bands["unknown"]
    if not table.ids:
        return f"No {what} of this stage are here, or not for you."
    when = f" in {school_year(table.year, calendar)}" if table.year else ""
    said = []
    if math.isnan(totals.pupils):
        room = table.capacity[np.isfinite(table.capacity)]
        places = f"{len(room):,} of them have {room.sum():,.0f} places" if len(room) else ""
        said.append(
            f"The pupils of these {len(table.ids):,} {what} are not known; "
            f"{places or 'nor are their places'}."
        )
    elif not known:
        said.append(f"{totals.pupils:,.0f} pupils{when}.")
    else:
        spare = totals.surplus
        rest = (
            f"{spare:,.0f} places ({spare / totals.capacity:.1%}) were spare"
            if spare >= 0
            else f"{-spare:,.0f} pupils were more than there are places"
        )
        said.append(
            f"{totals.pupils:,.0f} pupils{when} had {totals.capacity:,.0f} places at the "
            f"{known:,} {what} whose places and pupils are known: {rest}."
        )
        if math.isfinite(totals.unfilled):
            said.append(
                f"Where full {what} count as filled, and not as over-full, {totals.unfilled:.1%} "
                "of the places have no pupil."
            )
        said.append(
            f"By this rule {totals.bands['under']:,} are under-used, "
            f"{totals.bands['efficient']:,} efficient and {totals.bands['over']:,} over-full."
        )
    return " ".join((*said, *table.notes))
