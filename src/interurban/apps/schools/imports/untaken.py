"""Files that planners hold beside those that are imported: named, so that nobody searches on."""

from __future__ import annotations

from collections.abc import Callable

from .sheets import SheetFile, columns_of

__all__ = ["what_it_is"]

Columns = frozenset[str]


_RACES = ("african", "black", "hispanic", "white", "asian", "native")
_NEEDS = (
    "bilingual", "sped", "iep", "lep", "free lunch", "free/", "state english", "students with",
    "diverse learn", "economically",
)  # fmt: skip
_AT_LEAST = 2
"""So many columns by race, or by need, tell a report."""


def _groups(columns: Columns) -> bool:
    return "group name" in columns and bool(columns & {"linked uid", "group uid", "uid"})


def _governors(columns: Columns) -> bool:
    return columns >= {"gid", "role"}


def _by_race(columns: Columns) -> bool:
    return sum(name.startswith(_RACES) for name in columns) >= _AT_LEAST


def _by_need(columns: Columns) -> bool:
    return sum(name.lstrip("*").startswith(_NEEDS) for name in columns) >= _AT_LEAST


_KINDS: tuple[tuple[Callable[[Columns], bool], str], ...] = (
    (_groups, "lists groups of the register (trusts, federations, sponsors), not schools"),
    (_governors, "lists governors, who are people: nothing of them is taken"),
    (_by_race, "is a report of pupils by race and ethnicity; the atlas shows no pupils by race"),
    (_by_need, "is a report of English learners, special education and meals, not a roll"),
)
"""How the columns of such a file are told, and what it is."""


def what_it_is(file: SheetFile) -> str:
    """A sentence about a file of a known kind that is not taken; empty of any other."""
    for sheet in file.sheets:
        seen: set[str] = set()
        for row in sheet.head[:5]:
            seen.update(columns_of(row))
        for recognises, words in _KINDS:
            if recognises(frozenset(seen)):
                return f"{file.name} {words}."
    return ""
