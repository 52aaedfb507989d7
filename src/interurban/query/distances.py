"""Distances as people write them: "400 m", "1/4 mi", "half a mile"."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType

from .compile_filter import MAX_METRES

__all__ = ["DEFAULT_M", "ReadDistance", "read_distance"]

DEFAULT_M = 400.0
"""What "near" means without a distance: some five minutes on foot."""

_UNITS: Mapping[str, float] = MappingProxyType(
    {
        name: metres
        for metres, names in {
            1.0: "m metre metres meter meters",
            1000.0: "km kms kilometre kilometres kilometer kilometers",
            1609.344: "mi mile miles",
            0.3048: "ft foot feet",
            0.9144: "yd yds yard yards",
        }.items()
        for name in names.split()
    }
)
_NUMBER = r"(?:[0-9]{1,6}(?:[.][0-9]{1,6})?|[.][0-9]{1,6})"
_AMOUNT = re.compile(rf"(?P<number>{_NUMBER})(?:/(?P<below>[0-9]{{1,3}}))?(?P<unit>[a-z]*)")
_PARTS = {"half": 0.5, "quarter": 0.25, "a": 1.0, "one": 1.0, "two": 2.0, "three": 3.0}
_SIGNS = str.maketrans({"½": "1/2", "¼": "1/4", "¾": "3/4", "⅛": "1/8"})


@dataclass(frozen=True, slots=True)
class ReadDistance:
    """A distance in metres, and how many words it took."""

    metres: float
    length: int


def read_distance(words: Sequence[str], at: int) -> ReadDistance | None:
    """The distance that begins at a word; ``None`` when none does, or it is out of bounds."""
    found = _amount(words, at) or _spoken(words, at)
    return found if found is not None and 0 < found.metres <= MAX_METRES else None


def _amount(words: Sequence[str], at: int) -> ReadDistance | None:
    """Such as "400 m", "400m", "1/4 mi", "1 1/2 miles"."""
    first = _number(_word(words, at))
    if first is None:
        return None
    value, unit = first
    length = 1
    if not unit:
        more = _number(_word(words, at + 1))
        if more is not None and value == int(value) and more[0] < 1:
            value, unit, length = value + more[0], more[1], 2
    if not unit:
        unit, length = _word(words, at + length), length + 1
    metres = _UNITS.get(unit)
    return ReadDistance(float(value) * metres, length) if metres else None


def _spoken(words: Sequence[str], at: int) -> ReadDistance | None:
    """Such as "half a mile", "a quarter of a mile", "a mile"."""
    value, length = 1.0, 0
    while (part := _PARTS.get(_word(words, at + length))) is not None or (
        length and _word(words, at + length) == "of"
    ):
        value *= part or 1.0
        length += 1
    metres = _UNITS.get(_word(words, at + length))
    long_enough = metres is not None and metres > 1
    return ReadDistance(value * metres, length + 1) if length and metres and long_enough else None


def _number(word: str) -> tuple[Fraction, str] | None:
    match = _AMOUNT.fullmatch(word)
    if match is None or (match["below"] and not int(match["below"])):
        return None
    return Fraction(match["number"]) / Fraction(match["below"] or 1), match["unit"]


def _word(words: Sequence[str], at: int) -> str:
    return words[at].lower().translate(_SIGNS) if at < len(words) else ""
