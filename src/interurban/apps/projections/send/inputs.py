"""What the SEND models have in common: their tables and values read, and parameters learnt."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from interurban.core.cube import Cube
from interurban.core.errors import BadRequest
from interurban.core.model import Tables, Values

from .checks import half_outside, input_warnings
from .fitting import Children, Parameters, fit, splice
from .scenarios import read_removals, remove
from .states import ACADEMIC_YEARS, Numbers, StateSpace
from .tables import children_of, moved_codes, space_of, text_column, transitions_of
from .transitions import Transitions, population_after

__all__ = [
    "Inputs", "cube", "inputs", "learn", "number", "table", "text", "whole", "years",
]  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Inputs:
    """The tables of every SEND model, as arrays.

    Parameters
    ----------
    transitions: all moves; ``seen`` those that are learnt from.
    start: children by state (flat) in the seed year.
    warnings: what is odd in the tables.
    """

    space: StateSpace
    transitions: Transitions
    seen: Transitions
    children: Children
    seed_year: int
    start: Numbers
    warnings: tuple[str, ...]

    @property
    def projected(self) -> tuple[int, ...]:
        """Calendar years after the seed year that have a population."""
        return tuple(sorted({year for year, _ in self.children if year > self.seed_year}))

    def check_future(self) -> None:
        """Refuse a population that leaves out what is to be projected: a blank is not 0.

        Raises
        ------
        BadRequest: no year after the moves, a year left out between others, or an academic year
            of the valid states without children in one.
        """
        if not self.projected:
            raise BadRequest(
                f"The population goes no further than {self.seed_year}, where the moves end: there "
                "is no year to project.",
                advice="Give the children of later calendar years.",
                part="send_population",
            )
        missing = [
            f"academic year {academic_year} in {year}"
            for year in range(self.seed_year + 1, self.projected[-1] + 1)
            for academic_year in self.space.valid_academic_years
            if (year, academic_year) not in self.children
        ]
        if missing:
            more = f" and {len(missing) - 1:,} more" if len(missing) > 1 else ""
            raise BadRequest(
                f"No population for {missing[0]}{more}.",
                advice="Give the children of every academic year for every calendar year from "
                f"{self.seed_year + 1} to {self.projected[-1]}; write 0 where there are none.",
                part="send_population",
            )


def inputs(tables: Tables, values: Values) -> Inputs:
    """Transitions, population and states, checked; ``leave_out`` is applied where it is a value."""
    moves = table(tables, "send_transitions")
    space = space_of(
        table(tables, "send_states"), moved_codes(moves, "need"), moved_codes(moves, "setting")
    )
    transitions = transitions_of(space, moves)
    seed_year, start = population_after(space, transitions)
    removals = read_removals(text(values, "leave_out")) if "leave_out" in values else ()
    halves = (
        half_outside(text_column(moves, f"setting_{n}"), text_column(moves, f"need_{n}"), side)
        for n, side in ((1, "before"), (2, "after"))
    )
    return Inputs(
        space,
        transitions,
        remove(space, transitions, removals),
        children_of(cube(tables, "send_population")),
        seed_year,
        start,
        (*(words for half in halves for words in half), *input_warnings(space, transitions)),
    )


def learn(given: Inputs, values: Values, changed: Transitions | None = None) -> Parameters:
    """Parameters of the moves seen, or of changed ones; from recent years where that is asked for.

    Changed moves change where children go, and how many leave and move; how many join is learnt
    from the moves as they were seen.
    """
    strict = bool(values["strict"])
    moves, rates = given.seen if changed is None else changed, given.seen
    everything = fit(given.space, moves, given.children, rates, strict)
    first = whole(values, "recent_from")
    if first > ACADEMIC_YEARS[-1]:
        return everything
    since = rates.years[-whole(values, "recent_years") :][0]
    moves, rates = (some.where(some.year >= since) for some in (moves, rates))
    return splice(everything, fit(given.space, moves, given.children, rates, strict), first)


def table(tables: Tables, name: str) -> pa.Table:
    """A table of records."""
    found = tables[name]
    assert not isinstance(found, Cube), f"{name} has no one number, so it comes as records"
    return found


def cube(tables: Tables, name: str) -> Cube:
    """A table of one number on a key."""
    found = tables[name]
    assert isinstance(found, Cube), f"{name} has one number on a key, so it comes as a cube"
    return found


def text(values: Values, name: str) -> str:
    """A value that is text."""
    return str(values[name])


def whole(values: Values, name: str) -> int:
    """A value that is a whole number."""
    value = values[name]
    assert isinstance(value, int), f"{name} is a whole number by its parameter"
    return value


def number(values: Values, name: str) -> float:
    """A value that is a number."""
    value = values[name]
    assert isinstance(value, int | float), f"{name} is a number by its parameter"
    return float(value)


def years(values: Values, name: str) -> tuple[int, int]:
    """A value that is a first and last year."""
    value = values[name]
    assert isinstance(value, tuple), f"{name} is a first and last year by its parameter"
    first, last = value
    return int(first), int(last)
