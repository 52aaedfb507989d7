"""What comes out, as tables of the workspace."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import numpy as np
import pyarrow as pa

from .back_test import Row
from .entry import sum_of_regions
from .history import Rolls
from .inputs import EVERYWHERE
from .projection import Projection
from .regional import Regional, RegionalRow
from .trend import Floats

__all__ = [
    "BANDS",
    "bands_table",
    "errors_table",
    "regional_errors",
    "regional_table",
    "rolls_table",
    "variants_table",
]

BANDS = (
    "Lower end of the 95 % band",
    "Lower end of the 80 % band",
    "Median",
    "Upper end of the 80 % band",
    "Upper end of the 95 % band",
)
"""In the order of ``bands.QUANTILES``."""

_ALL = "All schools"
_Line = tuple[str, str, str, str, date, float, str]


def rolls_table(projection: Projection) -> pa.Table:
    """Open schools by year group and year ahead, where anybody is."""
    rolls = projection.rolls
    school, group, year = np.nonzero(projection.pupils > 0)
    return pa.table(
        {
            "school_id": pa.array(rolls.schools).take(pa.array(school)),
            "school_name": pa.array(rolls.names).take(pa.array(school)),
            "area_id": pa.array(rolls.areas).take(pa.array(school)),
            "year": pa.array(np.array(projection.years, dtype=np.int64)[year]),
            "year_group": pa.array(np.array(rolls.year_groups, dtype=np.int64)[group]),
            "pupils": pa.array(projection.pupils[school, group, year]),
        }
    )


def bands_table(
    projection: Projection, schools: Floats, areas: Floats, city: Floats, status: str
) -> pa.Table:
    """Ends of the bands of pupils on roll.

    Parameters
    ----------
    schools, areas, city: band end x school (area, or 1) x year ahead.
    """
    rolls = projection.rolls
    names, _ = rolls.places_of_areas()
    parts: list[tuple[str, str, Floats]] = [
        (school, rolls.names[at], schools[:, at])
        for at, school in enumerate(rolls.schools)
        if projection.open[at]
    ]
    if names != (EVERYWHERE,):
        parts += [(area, area, areas[:, at]) for at, area in enumerate(names)]
    parts.append((EVERYWHERE, _ALL, city[:, 0]))
    return _statistics(
        (
            (part, name, "Pupils", band, _begins(year), float(ends[end, at]), "pupils")
            for part, name, ends in parts
            for at, year in enumerate(projection.years)
            for end, band in enumerate(BANDS)
        ),
        status,
    )


def variants_table(projections: Mapping[str, Projection]) -> pa.Table:
    """Pupils on roll in every variant, of schools, planning areas and all schools."""
    lines: list[_Line] = []
    for variant, projection in projections.items():
        rolls, totals = projection.rolls, projection.totals
        names, area = rolls.places_of_areas()
        parts = [
            (school, rolls.names[at], totals[at])
            for at, school in enumerate(rolls.schools)
            if projection.open[at]
        ]
        if names != (EVERYWHERE,):
            by_area = sum_of_regions(totals, area, len(names))
            parts += [(name, name, by_area[at]) for at, name in enumerate(names)]
        parts.append((EVERYWHERE, _ALL, totals.sum(axis=0)))
        lines += [
            (part, name, "Pupils", variant, _begins(year), float(pupils[at]), "pupils")
            for part, name, pupils in parts
            for at, year in enumerate(projection.years)
        ]
    return _statistics(lines, "")


def errors_table(rows: Sequence[Row], rolls: Rolls, status: str) -> pa.Table:
    """The table of errors; without a back-test, that nothing was compared."""
    on = _begins(rolls.years[-1])
    lines: list[_Line] = []
    for row in rows:
        part = f"{row.subject}, {row.method}, {_ahead(row.years_ahead)}"
        figures = {
            "Mean absolute error": row.error,
            "Bias": row.bias,
            "Held by the 80 % band": row.coverage_80,
            "Held by the 95 % band": row.coverage_95,
        }
        lines += [
            (EVERYWHERE, _ALL, measure, part, on, value, "share")
            for measure, value in figures.items()
            if np.isfinite(value)
        ]
        lines.append((EVERYWHERE, _ALL, "Comparisons", part, on, row.cases, "comparisons"))
    return _statistics(lines or [_nothing(on)], status)


def regional_table(rolls: Rolls, regional: Regional, ends: Floats) -> pa.Table:
    """Ends of the bands by planning area and year group.

    Parameters
    ----------
    ends: band end x area x year group x year ahead.
    """
    names, _ = rolls.places_of_areas()
    return _statistics(
        (
            (
                area, _ALL if area == EVERYWHERE else area, f"Pupils of year group {group}", band,
                _begins(year), float(ends[end, a, g, y]), "pupils",
            )
            for a, area in enumerate(names)
            for g, group in enumerate(rolls.year_groups)
            for y, year in enumerate(regional.years)
            for end, band in enumerate(BANDS)
        ),
        "",
    )  # fmt: skip


def regional_errors(rows: Sequence[RegionalRow], rolls: Rolls) -> pa.Table:
    """Errors of the damped trend beside those of the mean of the past."""
    on = _begins(rolls.years[-1])
    lines: list[_Line] = []
    for row in rows:
        figures = {
            "Mean absolute error": row.error,
            "Mean absolute error of the mean of the past": row.of_mean,
            "Held by the 80 % band": row.held_80,
            "Held by the 95 % band": row.held_95,
        }
        ahead = _ahead(row.years_ahead)
        lines += [
            (EVERYWHERE, _ALL, measure, ahead, on, value, "share")
            for measure, value in figures.items()
        ]
        lines.append((EVERYWHERE, _ALL, "Comparisons", ahead, on, row.cases, "comparisons"))
    return _statistics(lines or [_nothing(on)], "")


def _begins(year: int) -> date:
    """The day a school year is named by."""
    return date(year, 9, 1)


def _ahead(years: int) -> str:
    return f"{years} {'year' if years == 1 else 'years'} ahead"


def _nothing(on: date) -> _Line:
    return EVERYWHERE, _ALL, "Comparisons", "None", on, 0.0, "comparisons"


def _statistics(lines: Iterable[_Line], status: str) -> pa.Table:
    columns = list(zip(*lines, strict=True))
    names = ("area_id", "area_name", "measure", "breakdown", "time_period", "value", "unit")
    kinds = (*(pa.string(),) * 4, pa.date32(), pa.float64(), pa.string())
    made = {
        name: pa.array(column, kind)
        for name, column, kind in zip(names, columns, kinds, strict=True)
    }
    count = len(columns[0])
    return pa.table(made | {"status": pa.array([status or None] * count, pa.string())})
