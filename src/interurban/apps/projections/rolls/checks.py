"""What is odd in rolls and their projection, in sentences for people."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .back_test import Row
from .entry import Children
from .history import Rolls, running
from .projection import Projection

__all__ = ["back_test_sentence", "children_warnings", "outcome_warnings", "past_warnings"]

_SHORT = 5


def past_warnings(rolls: Rolls) -> tuple[str, ...]:
    """Closed schools, ids given again, and schools too young to have ratios of their own."""
    itself, there = running(rolls.pupils), rolls.totals > 0
    open_now = there[:, -1]
    closed = int((there.any(axis=1) & ~open_now).sum())
    again = int((open_now & (there & ~itself).any(axis=1)).sum())
    young = int((open_now & (itself.sum(axis=1) < min(_SHORT, len(rolls.years)))).sum())
    said = []
    if closed:
        said.append(
            f"{closed:,} schools have no pupil in {rolls.years[-1]} and are taken as closed."
        )
    if again:
        said.append(
            f"{again:,} open schools have years before a gap, or with quite other year groups; "
            "those are taken as another school's."
        )
    if young:
        said.append(
            f"{young:,} open schools have fewer than {_SHORT} years of rolls; the city's ratios "
            "weigh more in theirs."
        )
    return tuple(said)


def children_warnings(rolls: Rolls, children: Children | None, horizon: int) -> tuple[str, ...]:
    """Years ahead whose entry follows its own trend, though children are given."""
    if children is None:
        return ()
    last = rolls.years[-1]
    if not set(rolls.years) & set(children.years) or last + 1 not in children.years:
        sentence = (
            "The children are not used: they do not reach both years of the rolls and the year "
            "after. Entry follows its own trend; look at the years from birth to entry."
        )
        return (sentence,)
    missing = [h for h in range(1, horizon + 1) if last + h not in children.years]
    if not missing:
        return ()
    known = last + missing[0] - 1
    return (f"Children of entry age are known up to {known}; later entry follows its trend.",)


def outcome_warnings(projection: Projection) -> tuple[str, ...]:
    """Pupils without a place or a school."""
    said = []
    for counts, what in (
        (projection.unplaced, "find no place: every school of their planning area is full"),
        (projection.without_school, "of new homes are in a year group no school of theirs teaches"),
    ):
        for at, year in enumerate(projection.years):
            if (many := float(counts[:, :, at].sum())) >= 0.5:
                said.append(f"In {year}, {many:,.0f} pupils {what}.")
    return tuple(said)


def back_test_sentence(rows: Sequence[Row]) -> str:
    """How projections of schools from earlier years came out, in one sentence."""
    mine = [row for row in rows if row.subject == "schools" and row.method == "projection"]
    if not mine:
        return "Not back-tested: the rolls are too short for a projection of the past."
    before = {
        row.years_ahead: row.error
        for row in rows
        if row.subject == "schools" and row.method == "same as last year"
    }
    errors = ", ".join(
        f"{100 * row.error:.1f} % at {row.years_ahead} ({100 * before[row.years_ahead]:.1f} %)"
        for row in mine
        if row.years_ahead in (1, 3, 5)
    )
    held = [row for row in mine if np.isfinite(row.coverage_80)]
    cases = sum(row.cases for row in held)
    if not cases:
        return f"Mean absolute error by years ahead, same as last year in brackets: {errors}."
    shares = [
        sum(getattr(row, name) * row.cases for row in held) / cases
        for name in ("coverage_80", "coverage_95")
    ]
    return (
        f"Mean absolute error by years ahead, same as last year in brackets: {errors}. In the "
        f"back-test the 80 % band held {100 * shares[0]:.0f} % of schools and the 95 % band "
        f"{100 * shares[1]:.0f} %."
    )
