"""Ids that did not always stand for the same school, found in the rolls alone.

Publishers give the id of a school that closed, or that took another one in, to the school that
comes after it. Nothing in the rolls says so, but three things tell: the id has a year without
pupils and then has pupils again; its name shares no word with the name before; and then the new
name is that of another school whose own rolls end at that time, or the pupils are others: most of
those before are gone, or far more are there.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from interurban.apps.schools.subjects import Floats

from .rolls import Rolls

__all__ = ["IdChange", "carried_on", "changes", "one_name", "same_name"]

_MOST_LEFT = 0.5
"""Of a school that goes on, most pupils are there in the year after."""

_MANY_CAME = 1.5
"""A roll that grows so fast within two years took in more than a new first year."""

_LAG = 2
"""Years by which a name in the rolls may be behind what happened."""

_KIND_WORDS = frozenset(
    "a academies academy acad and arts art at boys campus career catholic center centre charter "
    "chtr church city co college community contract day elem elementary england es for form girls "
    "high hs in infant infants junior juniors lower magnet math middle ms nursery of on options "
    "prep preparatory primary public roman sch school schools sci science secondary senior sixth "
    "small state studies tech technical technology the trust upper with".split()
)
"""Words that say what kind of school it is, not which one."""

_SMALL_WORDS = frozenset(("and", "at", "for", "in", "of", "the"))
"""Words that initials leave out."""


@dataclass(frozen=True, slots=True)
class IdChange:
    """The id of a school stands for another school, or by another name, from a year on.

    Parameters
    ----------
    year: in which the first school year begins under the new name, or after the gap.
    kind: ``reopened`` after years without pupils; ``reused`` for another school;
        ``renamed`` where the pupils stayed.
    was, now: names before and after.
    carried: share of the pupils before who moved up a year group in it; NaN where nothing tells.
    grown: all pupils in the year after over those two years before; NaN where nothing tells.
    others: ids of schools of the new name whose own rolls end then: they were merged into it.
    """

    school: str
    year: int
    kind: str
    was: str
    now: str
    carried: float
    grown: float = float("nan")
    others: tuple[str, ...] = ()

    def words(self) -> str:
        """One sentence for a person."""
        if self.kind == "reopened":
            same = "" if same_name(self.was, self.now) else f" as {self.now}"
            return (
                f"This id had no pupils for a time before {self.year}, then opened again{same}: "
                f"numbers before then may be of another school."
            )
        if self.kind == "renamed":
            return (
                f"Since {self.year} it is called {self.now}, before that {self.was}; "
                f"{self.carried:.0%} of its pupils stayed."
            )
        if self.others:
            return (
                f"Since {self.year} this id stands for {self.now}, which had an id of its own until"
                f" then ({', '.join(self.others)}); before that it stood for {self.was}."
            )
        why = (
            "few of whose pupils stayed"
            if self.carried < _MOST_LEFT
            else f"and has {self.grown:.1f} times the pupils"
        )
        return (
            f"Since {self.year} this id stands for {self.now}, before that for {self.was}, {why}: "
            f"numbers before then are of another school."
        )


def changes(rolls: Rolls) -> dict[str, tuple[IdChange, ...]]:
    """What changed under each id, in order of year; ids without a change are absent."""
    there = np.nan_to_num(rolls.whole) > 0
    named = rolls.names.astype(bool) & there
    ended = _ended(rolls, named)
    found: dict[str, tuple[IdChange, ...]] = {}
    for at, school in enumerate(rolls.ids):
        here = [
            change
            for before, after in _pairs(np.flatnonzero(named[at]))
            if (change := _change(rolls, at, before, after, ended)) is not None
        ]
        if here:
            found[school] = tuple(here)
    return found


def carried_on(before: Floats, after: Floats, year_groups: tuple[int, ...]) -> float:
    """Share of the pupils of one year who can be those of the next year group a year later.

    The sum over year groups g of min(N[g, t], N[g + 1, t + 1]) over the sum of N[g, t], of all
    year groups whose next one is taught in either year; NaN where none is.

    Parameters
    ----------
    before, after: (year groups,) of two years that follow each other.
    """
    first, then = np.nan_to_num(before), np.nan_to_num(after)
    step = np.flatnonzero(np.diff(year_groups) == 1)
    step = step[(then[step + 1] > 0) | (first[step + 1] > 0)]
    known = first[step].sum()
    return float(np.minimum(first[step], then[step + 1]).sum() / known) if known else float("nan")


def same_name(one: str, other: str) -> bool:
    """Whether two names can be of one school: they share a telling word, or its short form.

    Words that only say what kind of school it is do not tell, nor does the order. A short form
    has the letters of the word in their order (Chgo), or the first letters of all (ACT).
    """
    first, second = _words(one), _words(other)
    if not (first - _KIND_WORDS) or not (second - _KIND_WORDS):
        return _letters(one) == _letters(other) or bool(first & second)
    for left in first - _KIND_WORDS:
        for right in second - _KIND_WORDS:
            if left == right or _short_of(left, right) or _short_of(right, left):
                return True
    return _is_initials(one, other) or _is_initials(other, one)


def _change(
    rolls: Rolls, at: int, before: int, after: int, ended: dict[str, list[tuple[str, int]]]
) -> IdChange | None:
    was, now = rolls.names[at, before], rolls.names[at, after]
    school, year = rolls.ids[at], rolls.years[after]
    if after - before > 1:
        return IdChange(school, year, "reopened", was, now, float("nan"))
    if same_name(was, now):
        return None
    carried = carried_on(rolls.pupils[at, before], rolls.pupils[at, after], rolls.year_groups)
    others = {
        other
        for word in _words(now) - _KIND_WORDS
        for other, last in ended.get(word, ())
        if other != school and after - _LAG <= last < after
    }
    merged = tuple(sorted(o for o in others if one_name(rolls.last_name(o), now)))
    earlier = rolls.whole[at, max(after - _LAG, 0) : after]
    grown = float(rolls.whole[at, after] / earlier[earlier > 0][0])
    reused = merged or carried < _MOST_LEFT or grown >= _MANY_CAME
    if not reused and np.isnan(carried):
        return None
    kind = "reused" if reused else "renamed"
    return IdChange(school, year, kind, was, now, carried, grown, merged)


def one_name(one: str, other: str) -> bool:
    """Whether all telling words of the shorter name are in the other."""
    first, second = _words(one) - _KIND_WORDS, _words(other) - _KIND_WORDS
    shorter, longer = sorted((first, second), key=len)
    return bool(shorter) and shorter <= longer


def _ended(
    rolls: Rolls, named: np.ndarray[tuple[int, int], np.dtype[np.bool_]]
) -> dict[str, list[tuple[str, int]]]:
    """By each telling word of its last name: ids whose rolls end before the last year, and when."""
    found: dict[str, list[tuple[str, int]]] = {}
    for at, school in enumerate(rolls.ids):
        when = np.flatnonzero(named[at])
        if len(when) and when[-1] < len(rolls.years) - 1:
            for word in _words(rolls.names[at, when[-1]]) - _KIND_WORDS:
                found.setdefault(word, []).append((school, int(when[-1])))
    return found


def _pairs(places: Iterable[int]) -> Iterable[tuple[int, int]]:
    return pairwise(int(one) for one in places)


def _plain(name: str) -> str:
    folded = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"['.]", "", folded)


def _words(name: str) -> set[str]:
    return {word for word in re.findall(r"[a-z0-9]+", _plain(name)) if len(word) > 1}


def _letters(name: str) -> str:
    return "".join(re.findall(r"[a-z0-9]", _plain(name)))


def _short_of(short: str, word: str) -> bool:
    """Whether a word is written short: three letters or more, the first the same, all in order."""
    if len(short) < 3 or len(short) >= len(word) or short[0] != word[0]:
        return False
    rest = iter(word)
    return all(letter in rest for letter in short)


def _is_initials(short: str, name: str) -> bool:
    """Whether a word of one name is the first letters of words of the other, in order."""
    words = re.findall(r"[a-z0-9]+", _plain(name))
    first = "".join(word[0] for word in words if word not in _SMALL_WORDS)
    return any(len(word) >= 3 and word in first for word in _words(short) - _KIND_WORDS)
