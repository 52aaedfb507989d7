"""Headers that are months or years: a table as wide as its history, and how to make it long."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from interurban.core.dataset import Unpivot

from ._guess_values import Column, ValueGuess
from .reading import GEOMETRY_COLUMN, ROW_COLUMN

__all__ = ["period_values", "suggest_unpivot"]

_LEAST = 3
"""Headers of one series: two years side by side are a comparison, not a history."""

_YEAR = r"(?:1[89]|20|21)\d{2}"
_MONTH = r"(?:0[1-9]|1[0-2])"
_SHORT = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_LONG = r"(?:January|February|March|April|May|June|July|August|September|October|November|December)"


@dataclass(frozen=True, slots=True)
class _Period:
    """One way to write a month or a year in a header.

    Parameters
    ----------
    name: of the column it becomes.
    text: regular expression of it.
    call: expression of its first day, with ``{}`` where the column goes.
    """

    name: str
    text: str
    call: str


def _periods() -> tuple[_Period, ...]:
    spans = _Period("years", rf"{_YEAR}[-/_](?:{_YEAR}|\d{{2}})", "to_date(left({}, 4), '%Y')")
    months = [
        _Period("month", _YEAR + _plain(gap) + _MONTH, f"to_date({{}}, '%Y{gap}%m')")
        for gap in ("", "-", "_", "/", ".")
    ]
    named = [
        _Period("month", word + _plain(gap) + year, f"to_date({{}}, '{sign}{gap}{short}')")
        for word, sign in ((_SHORT, "%b"), (_LONG, "%B"))
        for gap in (" ", "-", "_", "")
        for year, short in ((_YEAR, "%Y"), (r"\d{2}", "%y"))
    ]
    return (spans, *months, *named, _Period("year", _YEAR, "to_date({}, '%Y')"))


def suggest_unpivot(names: Sequence[str]) -> Unpivot | None:
    """How to make a table long, if its headers look like months or years.

    Parameters
    ----------
    names: the headers of the table.

    Returns
    -------
    ``None`` where fewer than three headers belong together, or where the table is more than its
    history: most columns would be repeated for each of a few.
    """
    series = _series(names)
    wide = {before + text + after for (before, after), texts in series.items() for text in texts}
    kept = [name for name in names if name not in wide and name != ROW_COLUMN]
    if not series or len(wide) < len(kept):
        return None
    periods = {key: _period_of(tuple(texts)) for key, texts in series.items()}
    first = next(iter(periods.values()))
    if first is None or any(period != first for period in periods.values()):
        return None
    told = f"(?P<{_free(first.name, kept)}>{first.text})"
    value = _free("value", kept)
    if len(series) == 1:
        ((before, after),) = series
        return Unpivot(value=value, pattern=_plain(before) + told + _plain(after))
    measures = _measures(tuple(series))
    if measures is None:
        return None
    words, gap, comes_first = measures
    measure = f"(?P<{_free('measure', kept)}>{'|'.join(_plain(word) for word in words)})"
    parts = (measure, _plain(gap), told) if comes_first else (told, _plain(gap), measure)
    return Unpivot(value=value, pattern="".join(parts))


def period_values(column: Column) -> ValueGuess | None:
    """How to read a column of headers as dates, if they are months or years."""
    period = _period_of(column.values)
    if period is None:
        return None
    return ValueGuess(
        "date",
        period.call.format(column.reference),
        f"{period.name.removesuffix('s')}s of the header such as {column.values[0]}",
    )


def _series(names: Sequence[str]) -> dict[tuple[str, str], list[str]]:
    """What stands before and after the period, to the periods of the headers that share it."""
    found: dict[tuple[str, str], list[str]] = {}
    for name in names:
        matches = list(_ANY.finditer(name.replace("_", " "))) if name != ROW_COLUMN else []
        if len(matches) == 1 and name != GEOMETRY_COLUMN:
            start, end = matches[0].span(1)
            found.setdefault((name[:start], name[end:]), []).append(name[start:end])
    return {key: texts for key, texts in found.items() if len(texts) >= _LEAST}


def _period_of(texts: Sequence[str]) -> _Period | None:
    """The one way in which all are written; 2011-12 is a year of two if all follow such years."""
    for period in _PERIODS:
        if not texts or not all(re.fullmatch(period.text, text) for text in texts):
            continue
        if period.name == "years" and not all(_follows(text) for text in texts):
            continue
        return period
    return None


def _follows(span: str) -> bool:
    """Whether the second year comes after the first: 2011-12, 2011/2012, 2011-2016."""
    first, second = re.split(r"[-/_]", span)
    if len(second) == 4:
        return int(second) > int(first)
    return int(second) == (int(first) + 1) % 100


def _measures(stems: Sequence[tuple[str, str]]) -> tuple[list[str], str, bool] | None:
    """What tells several series apart: words, the sign beside them, and whether they come first."""
    for side, comes_first in ((0, True), (1, False)):
        words = [stem[side] for stem in stems]
        if any(stem[1 - side] for stem in stems) or not all(words):
            continue
        signs = {word[-1] if comes_first else word[0] for word in words}
        gap = signs.pop() if len(signs) == 1 else ""
        if gap.isalnum():
            gap = ""
        bare = [word.removesuffix(gap) if comes_first else word.removeprefix(gap) for word in words]
        return (bare, gap, comes_first) if all(bare) else None
    return None


def _free(name: str, taken: Sequence[str]) -> str:
    """A name for a new column that no other has."""
    return name if name not in taken else _free(f"{name}_", taken)


def _plain(text: str) -> str:
    """A text as a regular expression, escaped only where it must be."""
    return re.sub(r"([.^$*+?{}\[\]\\|()])", r"\\\1", text)


_PERIODS = _periods()
_ANY = re.compile(rf"(?<![\dA-Za-z])X?({'|'.join(p.text for p in _PERIODS)})(?!\d)")
