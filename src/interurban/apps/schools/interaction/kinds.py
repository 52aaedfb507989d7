"""Types of schools that draw their pupils in ways of their own.

Read from what the standard ``school`` says of each; what a city only says in a name (a *grammar*
school selects) its pack may add as words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from interurban.apps.schools.settings import Settings
from interurban.apps.schools.subjects import Indices, Schools

from .pairs import Matrix

__all__ = ["KINDS", "Kinds", "kinds_of", "words_of"]

KINDS = {
    "special": "Special and other schools",
    "selective": "Selective schools",
    "faith": "Faith schools",
    "single-sex": "Girls' and boys' schools",
    "zone": "Schools with a zone",
    "open": "All other schools",
}
"""By id, in the order in which they are tried; a school is of the first that fits."""

_LEAST = 5
"""A type of fewer schools is not told apart."""

Words = dict[str, tuple[str, ...]]


@dataclass(frozen=True, eq=False)
class Kinds:
    """The type of each of m schools.

    Parameters
    ----------
    ids: of the types that there are, in the order of ``KINDS``.
    of: (m,), places in ``ids``.
    """

    ids: tuple[str, ...]
    of: Indices


def words_of(settings: Settings) -> Words:
    """What the pack says: words in a school's name or kind that tell its type.

    Raises
    ------
    ConfigurationError: an unknown type.
    """
    section = settings.extra.get("model")
    if section is None:
        return {}
    section.allow(("kinds", "fill"))
    return {one.choice("kind", set(KINDS)): one.texts("words") for one in section.sections("kinds")}


def kinds_of(schools: Schools, school: Indices, words: Words, zoned: Matrix | None = None) -> Kinds:
    """Types of the schools at some places; rare ones count among all other schools.

    Parameters
    ----------
    words: as ``words_of`` gives them.
    zoned: (n, m), of ``Pairs``.
    """
    served = np.zeros(len(school), dtype=np.int64)
    if zoned is not None:
        served = np.count_nonzero(zoned, axis=0)
    said = [
        _kind(schools, at, areas > 0, words)
        for at, areas in zip(school.tolist(), served.tolist(), strict=True)
    ]
    often = [kind for kind in KINDS if kind == "open" or said.count(kind) >= _LEAST]
    ids = tuple(kind for kind in often if kind in said or kind == "open")
    index = {kind: at for at, kind in enumerate(ids)}
    return Kinds(ids, np.array([index.get(kind, index["open"]) for kind in said], dtype=np.int64))


def _kind(schools: Schools, at: int, zone: bool, words: Words) -> str:
    text = f"{schools.names[at]} | {schools.kinds[at]}"
    none = ("", "none", "does not apply", "not applicable")
    true = {
        "special": schools.phases[at] in ("special", "other"),
        "selective": schools.admissions[at].lower().startswith("selective"),
        "faith": schools.faiths[at].lower() not in none,
        "single-sex": schools.genders[at].lower() in ("girls", "boys"),
        "zone": zone,
    }
    # A field that says something stands; words in a name only fill what no field says.
    silent = {
        "selective": not schools.admissions[at],
        "faith": not schools.faiths[at],
        "single-sex": not schools.genders[at],
    }
    for kind in KINDS:
        if true.get(kind) or (silent.get(kind) and _any_word(words.get(kind, ()), text)):
            return kind
    return "open"


def _any_word(words: Sequence[str], text: str) -> bool:
    return any(re.search(rf"\b{re.escape(word)}\b", text, re.IGNORECASE) for word in words)
