"""Pupils who choose among different schools: girls and boys, and those of special schools.

A girl does not go to a boys' school when hers closes, a pupil of a special school stays with
special schools, and selective schools take none who is not at one already. Where a school takes
both sexes half of its pupils are taken for girls.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from interurban.apps.schools.interaction.balancing import Factors
from interurban.apps.schools.interaction.kinds import Kinds

__all__ = ["Stream", "streams_of"]

_SEXES = {"girls": ("girls", "boys"), "boys": ("boys", "girls")}


@dataclass(frozen=True, eq=False)
class Stream:
    """Pupils with a choice of their own.

    Parameters
    ----------
    of: (m,), the share of each school's pupils who are of the stream.
    choice: (m,), by what the draw of each school counts for them; 0 where they can't go.
    """

    name: str
    of: Factors
    choice: Factors

    def with_school(self, like: int | None, plain: bool) -> Stream:
        """The same with one school more.

        Parameters
        ----------
        like: the column that it takes pupils as; ``None``: it takes whom a plain school takes.
        plain: whether this is a stream of plain schools.
        """
        if like is not None:
            return Stream(
                self.name,
                np.append(self.of, self.of[like]),
                np.append(self.choice, self.choice[like]),
            )
        half = np.float32(self.choice[self.choice > 0].min(initial=1.0))
        of = half if plain else np.float32(0.0)
        choice = half if not self.name.startswith("special") else np.float32(0.0)
        return Stream(self.name, np.append(self.of, of), np.append(self.choice, choice))


def streams_of(kinds: Kinds, genders: Sequence[str]) -> tuple[Stream, ...]:
    """The streams of some schools; together they hold every pupil once.

    Parameters
    ----------
    genders: ``girls``, ``boys``, ``mixed`` or empty, of each of the m schools.
    """
    kind = np.array([kinds.ids[at] for at in kinds.of.tolist()], dtype=object)
    sex = np.array([one.lower() for one in genders], dtype=object)
    single = np.isin(sex, ("girls", "boys"))
    halves: dict[str, Factors] = {"": np.ones(len(kind), dtype=np.float32)}
    if single.any():
        halves = {
            name: np.where(sex == own, 1.0, np.where(sex == other, 0.0, 0.5)).astype(np.float32)
            for name, (own, other) in _SEXES.items()
        }
    special, selective = kind == "special", kind == "selective"
    plain = ~special & ~selective
    found = []
    for name, half in halves.items():
        for stream, own, goes in (
            ("plain", plain, plain),
            ("selective", selective, plain | selective),
            ("special", special, special),
        ):
            if own.any():
                found.append(Stream(f"{stream} {name}".strip(), half * own, half * goes))
    return tuple(found)
