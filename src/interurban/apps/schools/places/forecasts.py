"""Forecasts of schools out of a run of the school roll model, and what all forecasts are made of.

The atlas runs nothing itself: a run of the workspace gives datasets, and this reads them as any
reader may. What a run's tables say is told by their words, which are those of
``docs/school-rolls.md``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from interurban.apps.schools.reading import Atlas
from interurban.apps.schools.subjects import Floats
from interurban.core.model import Run

__all__ = [
    "BANDS",
    "CITY",
    "ENDS",
    "ENTRY",
    "EVERYWHERE",
    "FIGURES",
    "ROLLS_MODEL",
    "ErrorRow",
    "Forecast",
    "RollForecasts",
    "newest_run",
    "observed_rolls",
    "read_bands",
    "read_run",
    "summed",
]

ROLLS_MODEL = "school_rolls"
"""The graph of the workspace that projects school rolls."""

ENDS = ("low95", "low80", "median", "high80", "high95")

CITY = "the whole city"
ENTRY = "first year group of the whole city"

_AREAS = "planning areas"
_ENTRY = "entry year group"
_BANDS = "roll_bands"
_ERRORS = "roll_errors"
_VARIANTS = "roll_variants"

BANDS = (
    "Lower end of the 95 % band",
    "Lower end of the 80 % band",
    "Median",
    "Upper end of the 80 % band",
    "Upper end of the 95 % band",
)
"""What a run calls the ends, in the order of ``ENDS``."""

EVERYWHERE = "all"
"""What a run calls all schools, or all areas, together."""

FIGURES = {
    "Mean absolute error": "error",
    "Bias": "bias",
    "Held by the 80 % band": "coverage_80",
    "Held by the 95 % band": "coverage_95",
    "Comparisons": "cases",
}
"""What a run calls the figures of an ``ErrorRow``."""


@dataclass(frozen=True, eq=False)
class Forecast:
    """Pupils to come of one school or area.

    Parameters
    ----------
    ends: (5, years), in the order of ``ENDS``.
    summed: it is of several schools or areas added up (``summed``).
    variants: (years,) each by what it is; NaN where one tells nothing of a year.
    """

    years: tuple[int, ...]
    ends: Floats
    summed: bool = False
    variants: Mapping[str, Floats] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ErrorRow:
    """How one method would have done, as shares; NaN where nothing is told.

    Parameters
    ----------
    subject: ``schools``, ``planning areas``, or ``CITY`` where there are none; ``ENTRY``.
    baseline: a simple method that ours is held against.
    own_error: mean absolute error of the one area that is asked for.
    """

    subject: str
    method: str
    years_ahead: int
    error: float
    bias: float = np.nan
    coverage_80: float = np.nan
    coverage_95: float = np.nan
    cases: int = 0
    baseline: bool = False
    note: str = ""
    own_error: float = np.nan


@dataclass(frozen=True, eq=False)
class RollForecasts:
    """What a run of the school roll model gave; or, before there is one, the rolls alone.

    Parameters
    ----------
    run: its id; empty before there is one.
    datasets: those it stands in, and those it was made from.
    schools: forecasts by id of the school.
    everywhere: of all schools together.
    observed: by id of the school, pupils of each of ``years``; of those year groups alone that the
        run projects.
    first_group: the first year group that is projected; younger pupils are not in any number.
    older: the rolls have a newer version than the run was made from.
    """

    run: str
    datasets: tuple[str, ...]
    schools: Mapping[str, Forecast]
    everywhere: Forecast | None
    years: tuple[int, ...]
    observed: Mapping[str, Floats]
    errors: tuple[ErrorRow, ...]
    first_group: int
    older: bool = False


def newest_run(atlas: Atlas, runs: Iterable[Run]) -> Run | None:
    """The newest successful run of the city whose bands the reader may see; ``None`` without one.

    Parameters
    ----------
    runs: the newest first, as the workspace gives them.
    """
    for run in runs:
        pin = run.outputs.get(_BANDS)
        if run.state != "successful" or run.model != ROLLS_MODEL or run.city != atlas.city.id:
            continue
        if pin is not None and atlas.snapshot(pin.dataset) is not None:
            return run
    return None


def read_run(atlas: Atlas, run: Run) -> RollForecasts:
    """The forecasts of a run, with the rolls it was made from and its back-test."""
    there = (_BANDS, _ERRORS, _VARIANTS)
    outputs = {name: run.outputs[name].dataset for name in there if name in run.outputs}
    pin = run.inputs.get("school_rolls")
    rolls = pin.dataset if pin is not None and pin.dataset in atlas.node.packs.datasets else ""
    leaning = [*outputs.values(), *([rolls] if rolls else [])]
    return atlas.cached(f"run {run.id}", leaning, lambda: _read(atlas, run, outputs, rolls))


def observed_rolls(atlas: Atlas, rolls: str, first_group: int) -> RollForecasts | None:
    """Rolls so far, before any run: nothing is projected. ``None`` where the reader has none."""
    if not rolls or atlas.snapshot(rolls) is None:
        return None

    def read() -> RollForecasts:
        years, observed = _observed(atlas, rolls, first_group)
        return RollForecasts("", (rolls,), {}, None, years, observed, (), first_group)

    return atlas.cached(f"rolls from {first_group}", [rolls], read)


def _read(atlas: Atlas, run: Run, outputs: Mapping[str, str], rolls: str) -> RollForecasts:
    fields = ("area_id", "breakdown", "time_period", "value")
    bands = atlas.table(outputs[_BANDS], fields)
    variants = atlas.table(outputs[_VARIANTS], fields) if _VARIANTS in outputs else None
    found = read_bands(bands, variants) if bands is not None else {}
    table = atlas.table(outputs[_ERRORS]) if _ERRORS in outputs else None
    errors = _errors(table) if table is not None else ()
    first = run.parameters.get("entry_year_group", 0)
    first_group = first if isinstance(first, int) else 0
    years, observed = _observed(atlas, rolls, first_group)
    pin, now = run.inputs.get("school_rolls"), atlas.snapshot(rolls) if rolls else None
    if observed and found.keys() <= {*observed, EVERYWHERE}:
        # Without planning areas of its own the city is the one there is.
        errors = tuple(
            replace(row, subject=CITY) if row.subject == _AREAS else row for row in errors
        )
    return RollForecasts(
        run=run.id,
        datasets=tuple(one for one in (*outputs.values(), rolls) if one),
        schools={one: f for one, f in found.items() if one != EVERYWHERE},
        everywhere=found.get(EVERYWHERE),
        years=years,
        observed=observed,
        errors=errors,
        first_group=first_group,
        older=pin is not None and now is not None and now.version > pin.version,
    )


def read_bands(bands: pa.Table, variants: pa.Table | None) -> dict[str, Forecast]:
    """Forecasts by id, from the tables of a run: its bands, and its variants where it has any."""
    years = sorted({day.year for day in pc.unique(bands["time_period"]).to_pylist()})
    ids = pc.unique(bands["area_id"]).to_pylist()
    ends = np.full((len(ids), len(BANDS), len(years)), np.nan)
    end = pc.index_in(bands["breakdown"], value_set=pa.array(BANDS))
    known = bands.filter(pc.is_valid(end))
    at = (
        pc.index_in(known["area_id"], value_set=pa.array(ids)).to_numpy(),
        pc.drop_null(end).to_numpy(),
        pc.year(known["time_period"]).to_numpy() - years[0],
    )
    ends[at] = known["value"].to_numpy()
    told: dict[str, dict[str, Floats]] = {}
    for row in variants.to_pylist() if variants is not None else ():
        place = row["time_period"].year - years[0]
        if row["value"] is not None and 0 <= place < len(years):
            of_one = told.setdefault(row["area_id"], {})
            numbers = of_one.setdefault(row["breakdown"], np.full(len(years), np.nan))
            numbers[place] = row["value"]
    return {
        one: Forecast(tuple(years), ends[place], variants=told.get(one, {}))
        for place, one in enumerate(ids)
    }


def _observed(
    atlas: Atlas, rolls: str, first_group: int
) -> tuple[tuple[int, ...], dict[str, Floats]]:
    fields = ("school_id", "year", "year_group", "pupils")
    table = atlas.table(rolls, fields) if rolls else None
    if table is None:
        return (), {}
    table = table.filter(pc.greater_equal(table["year_group"], first_group))
    sums = table.group_by(["school_id", "year"]).aggregate([("pupils", "sum")])
    years = sorted(pc.unique(sums["year"]).to_pylist())
    ids = pc.unique(sums["school_id"]).to_pylist()
    pupils = np.zeros((len(ids), len(years)))
    at = pc.index_in(sums["school_id"], value_set=pa.array(ids)).to_numpy()
    pupils[at, np.searchsorted(years, sums["year"].to_numpy())] = sums["pupils_sum"].to_numpy()
    return tuple(years), dict(zip(ids, pupils, strict=True))


def _errors(table: pa.Table) -> tuple[ErrorRow, ...]:
    found: dict[tuple[str, str, int], dict[str, float]] = {}
    for row in table.select(["measure", "breakdown", "value"]).to_pylist():
        part = str(row["breakdown"]).rsplit(", ", 2)
        figure = FIGURES.get(row["measure"])
        if len(part) == 3 and figure is not None:
            key = (part[0], part[1], int(part[2].partition(" ")[0]))
            found.setdefault(key, {})[figure] = float(row["value"])
    return tuple(
        ErrorRow(
            ENTRY if subject == _ENTRY else subject, method, ahead,
            figures.get("error", np.nan), figures.get("bias", np.nan),
            figures.get("coverage_80", np.nan), figures.get("coverage_95", np.nan),
            int(figures.get("cases", 0)), baseline=method != "projection",
        )
        for (subject, method, ahead), figures in found.items()
    )  # fmt: skip


def summed(forecasts: Sequence[Forecast], everywhere: Forecast | None = None) -> Forecast | None:
    """Schools or areas added up; ``None`` of none, as it is of one.

    With the forecast of all schools, half a band is ``sqrt((c M)^2 + sum(b^2 - (c m)^2))``: ``c``
    is the half band of all schools as a share of their median, which every school shares; what is
    left of each school's half band ``b`` around its median ``m`` is its own. Without it, ends are
    added up, as if all missed the same way, which is wider than needed.

    Source: variance components, one common and one of each school.
    """
    if len(forecasts) < 2:
        return forecasts[0] if forecasts else None
    years = forecasts[0].years
    ends = np.array([one.ends for one in forecasts])
    told = {
        name: np.asarray(np.sum([one.variants[name] for one in forecasts], axis=0))
        for name in forecasts[0].variants
        if all(name in one.variants for one in forecasts)
    }
    if everywhere is None or everywhere.years != years:
        return Forecast(years, ends.sum(axis=0), summed=True, variants=told)
    middle = ENDS.index("median")
    median = ends[:, middle]
    total = median.sum(axis=0)
    whole = everywhere.ends[middle]
    out = np.empty(ends.shape[1:])
    for at in range(len(ENDS)):
        together = np.abs(everywhere.ends[at] - whole) / whole
        own = (ends[:, at] - median) ** 2 - (together * median) ** 2
        half = np.sqrt((together * total) ** 2 + np.maximum(own, 0.0).sum(axis=0))
        out[at] = total + (half if at > middle else -half)
    out[middle] = total
    return Forecast(years, np.maximum(out, 0.0), summed=True, variants=told)
