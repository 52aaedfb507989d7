"""Numbers about schools, each of one year and one cohort, with what is hidden of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from interurban.apps.schools.reading import Atlas
from interurban.apps.schools.subjects import Booleans, Floats

from .register import Register, leaning_on
from .settings import CardSettings, LongMeasures, WideMeasure

__all__ = ["HIDDEN", "NOT_APPLICABLE", "NOT_AVAILABLE", "SHOWN", "Measure", "mean", "read_measures"]

SHOWN, HIDDEN = "shown", "hidden"
NOT_APPLICABLE, NOT_AVAILABLE = "not applicable", "not available"

_COUNTED = ("pupils", "places", "classrooms", "people")
"""Units that are counts: their mean over schools is of schools, not of pupils."""


@dataclass(frozen=True, eq=False)
class Measure:
    """One measure of one cohort in one school year, of every school of a register.

    Parameters
    ----------
    values: (n,), NaN where nothing is shown.
    statuses: (n,), why: ``shown``, ``hidden``, ``not applicable``, ``not available``.
    words: (n,), a band in the publisher's words; empty where there is none.
    weights: (n,), the pupils that each value is of; NaN where not known.
    neutral: more of it is neither better nor worse.
    """

    id: str
    title: str
    unit: str
    year: int
    cohort: str
    neutral: bool
    dataset: str
    values: Floats
    statuses: NDArray[np.object_]
    words: NDArray[np.object_]
    weights: Floats

    @property
    def counted(self) -> bool:
        """Whether it counts pupils or places, so that schools are averaged, not their pupils."""
        return self.unit in _COUNTED

    @property
    def stated(self) -> Booleans:
        """Of which schools anything at all is stated, a hidden number too; (n,)."""
        told = np.asarray(self.statuses != NOT_AVAILABLE) | self.words.astype(bool)
        return np.asarray(told, dtype=np.bool_)


@dataclass(frozen=True, slots=True)
class Mean:
    """What a measure is on average.

    Parameters
    ----------
    value: ``None`` where no school of those has a number.
    schools: with a number, that it is over. hidden: whose number is hidden, and not in it.
    weighted: by pupils; otherwise every school counts the same.
    """

    value: float | None
    schools: int
    hidden: int
    weighted: bool


def mean(measure: Measure, among: Booleans) -> Mean:
    """The mean over some schools: sum(w x) / sum(w), w the pupils that each value is of.

    So the mean of a share is the share among all pupils of those schools. Counts are averaged
    over schools, w = 1; so is everything where the pupils of no school are known. Hidden numbers
    are in neither sum: they are not 0.

    Parameters
    ----------
    among: (n,), which schools.
    """
    hidden = int((among & (measure.statuses == HIDDEN)).sum())
    there = among & ~np.isnan(measure.values)
    weighted = not measure.counted and bool((measure.weights[there] > 0).any())
    if weighted:
        there &= measure.weights > 0
    if not there.any():
        return Mean(None, 0, hidden, weighted)
    weights = measure.weights[there] if weighted else None
    value = float(np.average(measure.values[there], weights=weights))
    return Mean(value, int(there.sum()), hidden, weighted)


def read_measures(atlas: Atlas, settings: CardSettings, register: Register) -> tuple[Measure, ...]:
    """Every measure of a city in the order of its pack, the newest year of each first."""
    leaning = (*leaning_on(atlas), *settings.datasets)

    def read() -> tuple[Measure, ...]:
        found = [m for w in settings.wide if (m := _wide(atlas, w, register)) is not None]
        for one in settings.long:
            found += _long(atlas, one, register)
        return tuple(found)

    return atlas.cached(f"measures {settings}", leaning, read)


def _wide(atlas: Atlas, source: WideMeasure, register: Register) -> Measure | None:
    table = atlas.table(source.dataset)
    snapshot = atlas.snapshot(source.dataset)
    if table is None or snapshot is None or source.field not in table.column_names:
        return None
    size = len(register)
    values, weights = np.full(size, np.nan), np.full(size, np.nan)
    statuses = np.full(size, NOT_AVAILABLE, dtype=object)
    words = np.full(size, "", dtype=object)
    for row in table.to_pylist():
        at = register.index.get(row["school_id"])
        value = row[source.field]
        if at is None or value is None or not np.isnan(values[at]):
            continue
        if isinstance(value, str):
            words[at], statuses[at] = value, SHOWN
            continue
        whole = row.get(source.of) if source.of else row.get("pupils")
        weights[at] = np.nan if whole is None else float(whole)
        if source.of and not whole:
            statuses[at] = NOT_APPLICABLE if whole == 0 else NOT_AVAILABLE
            continue
        values[at] = 100.0 * float(value) / float(whole) if source.of else float(value)
        statuses[at] = SHOWN
    unit = source.unit or next((f.unit for f in snapshot.fields if f.name == source.field), "")
    return Measure(
        source.id,
        source.title,
        unit,
        source.year,
        source.cohort,
        source.neutral,
        source.dataset,
        values,
        statuses,
        words,
        weights,
    )


def _long(atlas: Atlas, source: LongMeasures, register: Register) -> list[Measure]:
    """The newest year of each measure and breakdown of a dataset on ``school_measure``."""
    table = atlas.table(source.dataset)
    if table is None:
        return []
    rows = table.to_pylist()
    newest: dict[tuple[str, str], int] = {}
    for row in rows:
        named = _named(row)
        newest[named] = max(newest.get(named, row["year"]), row["year"])
    found: dict[tuple[str, str], Measure] = {}
    for row in rows:
        named = _named(row)
        at = register.index.get(row["school_id"])
        if row["year"] != newest[named]:
            continue
        if named not in found:
            found[named] = _empty(source, named, row, register)
        if at is None:
            continue
        measure = found[named]
        value, status = row["value"], row.get("status") or ""
        measure.words[at] = str(row.get("words") or "")
        if value is not None:
            measure.values[at], measure.statuses[at] = float(value), SHOWN
        elif measure.words[at]:
            measure.statuses[at] = SHOWN
        else:
            measure.statuses[at] = status if status not in ("", SHOWN) else NOT_AVAILABLE
    weights = found.get((source.weight, ""))
    if weights is not None:
        found = {named: replace(one, weights=weights.values) for named, one in found.items()}
    if not source.take:
        return list(found.values())
    return [one for name in source.take for named, one in found.items() if named[0] == name]


def _named(row: dict[str, object]) -> tuple[str, str]:
    return str(row["measure"]), str(row.get("breakdown") or "")


def _empty(
    source: LongMeasures, named: tuple[str, str], row: dict[str, object], register: Register
) -> Measure:
    size = len(register)
    title = ", ".join(part for part in named if part)
    return Measure(
        id=_id_of(named),
        title=title,
        unit=str(row.get("unit") or ""),
        year=int(str(row["year"])),
        cohort=str(row.get("cohort") or ""),
        neutral=named[0] in source.neutral,
        dataset=source.dataset,
        values=np.full(size, np.nan),
        statuses=np.full(size, NOT_AVAILABLE, dtype=object),
        words=np.full(size, "", dtype=object),
        weights=register.pupils,
    )


def _id_of(parts: Sequence[str]) -> str:
    plain = re.sub(r"[^a-z0-9]+", "_", " ".join(part for part in parts if part).lower())
    return plain.strip("_")
