"""Deferred acceptance: the stable matching of children and schools that is best for the children.

Source: Gale, D. and Shapley, L. S. (1962), College admissions and the stability of marriage, The
American Mathematical Monthly 69; for schools with priorities Abdulkadiroglu, A. and Sonmez, T.
(2003), School choice: a mechanism design approach, The American Economic Review 93. England's
co-ordinated admissions with equal preference are its student-proposing form: a school never knows
where a family put it on its list, and a child is offered the highest school that has room for it.
"""

from __future__ import annotations

import numpy as np

from interurban.apps.schools.subjects import Booleans, Floats, Indices

__all__ = ["deferred_acceptance"]

UNPLACED = -1


def deferred_acceptance(
    choices: Indices, scores: Floats, places: Indices
) -> tuple[Indices, Booleans]:
    """The student-optimal stable matching.

    All children whom nobody holds ask their next school at once; a school holds those who come
    first by its own order and sends the others on, until nobody has a school left to ask. The
    order in which children ask changes nothing (Gale and Shapley 1962).

    Parameters
    ----------
    choices: (n, k), the schools that each child lists, the best first; -1 ends a list.
    scores: (n, k), where each child stands in the order of that school, from 0 to less than 1; the
        least come first, equal ones in the order of the children.
    places: (m,), how many children each school takes.

    Returns
    -------
    (n,), the place in its own list at which each child is taken, -1 for nowhere. (m,), whether a
    school turned anybody away.
    """
    children, length = choices.shape
    asks = np.zeros(children, dtype=np.int64)
    held = np.full(children, UNPLACED, dtype=np.int64)
    turned_away = np.zeros(len(places), dtype=np.bool_)
    waiting = np.arange(children)
    while len(waiting):
        waiting = waiting[asks[waiting] < length]
        school = choices[waiting, asks[waiting]]
        waiting = waiting[school >= 0]
        held[waiting] = school[school >= 0]
        over = np.bincount(held[held >= 0], minlength=len(places)) > places
        if not over.any():
            break
        crowd = np.flatnonzero(held >= 0)
        crowd = crowd[over[held[crowd]]]
        # One key: the school, and within it where a child stands. The sort keeps equal ones apart.
        key = held[crowd] + scores[crowd, asks[crowd]]
        crowd = crowd[np.argsort(key, kind="stable")]
        at = held[crowd]
        begins = np.searchsorted(at, at, side="left")
        waiting = crowd[np.arange(len(crowd)) - begins >= places[at]]
        held[waiting] = UNPLACED
        asks[waiting] += 1
        turned_away |= over
    return np.where(held >= 0, asks, UNPLACED), turned_away
