"""Forecasts of whole areas as tables of a run, and those tables as forecasts again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import numpy as np
import pyarrow as pa

from interurban.apps.schools.subjects import Floats

from .area_forecast import AreaError, AreaForecast
from .forecasts import BANDS, EVERYWHERE, FIGURES, ErrorRow, Forecast, read_bands

__all__ = [
    "AREAS",
    "OwnErrors",
    "bands_table",
    "error_rows",
    "errors_table",
    "forecasts_of",
    "own_errors",
    "read_area_bands",
    "read_errors",
    "variants_table",
]

AREAS = "areas"
"""What errors of areas are told of."""

INDICATION = (
    "An indication: the areas' published forecasts, corrected by errors that were told only after "
    "they were made."
)

OwnErrors = Mapping[tuple[str, int], Mapping[str, float]]
"""By method and years ahead, the mean absolute error of each area."""

_MADE = "Mean absolute error"
_ALL = "All areas"
_Line = tuple[str, str, str, str, int, float, str, str]


# From arrays


def forecasts_of(
    areas: Sequence[str], to_come: AreaForecast, told: Mapping[str, Floats]
) -> dict[str, Forecast]:
    """The forecast of each area that has one.

    Parameters
    ----------
    told: variants, (areas, years ahead) each.
    """
    return {
        one: Forecast(
            to_come.years,
            to_come.bands[:, at],
            variants={n: v[at] for n, v in told.items() if np.isfinite(v[at]).any()},
        )
        for at, one in enumerate(areas)
        if np.isfinite(to_come.pupils[at, 0])
    }


def error_rows(tested: Sequence[AreaError]) -> tuple[ErrorRow, ...]:
    """How forecasts would have done, over all areas."""
    return tuple(
        ErrorRow(
            AREAS,
            row.method,
            row.years_ahead,
            row.error,
            row.bias,
            row.coverage_80,
            row.coverage_95,
            row.cases,
            baseline=row.method != "forecast",
            note=INDICATION if row.hindsight else "",
        )
        for row in tested
    )


def own_errors(areas: Sequence[str], tested: Sequence[AreaError]) -> OwnErrors:
    """The same, area by area."""
    return {
        (row.method, row.years_ahead): {
            one: float(error)
            for one, error in zip(areas, row.by_area, strict=True)
            if np.isfinite(error)
        }
        for row in tested
    }


# Tables


def bands_table(
    names: Mapping[str, str], forecasts: Mapping[str, Forecast], all_areas: Forecast, measure: str
) -> pa.Table:
    """Ends of the bands of every area, and of all together.

    Parameters
    ----------
    names: of the areas, by code. measure: what the pupils are called.
    """
    every = {**forecasts, EVERYWHERE: all_areas}
    return _statistics(
        (one, names.get(one, _ALL), measure, band, year, float(found.ends[end, at]), "pupils", "")
        for one, found in every.items()
        for at, year in enumerate(found.years)
        for end, band in enumerate(BANDS)
    )


def variants_table(
    names: Mapping[str, str], forecasts: Mapping[str, Forecast], measure: str
) -> pa.Table:
    """Pupils of every area in every variant that tells anything of a year."""
    return _statistics(
        (one, names[one], measure, variant, year, float(numbers[at]), "pupils", "")
        for one, found in forecasts.items()
        for variant, numbers in found.variants.items()
        for at, year in enumerate(found.years)
        if np.isfinite(numbers[at])
    )


def errors_table(
    names: Mapping[str, str], rows: Sequence[ErrorRow], own: OwnErrors, year: int
) -> pa.Table:
    """Errors over all areas, then those of each area.

    Parameters
    ----------
    year: the last school year with pupils.
    """
    lines: list[_Line] = []
    for row in rows:
        part = f"{row.subject}, {row.method}, {_ahead(row.years_ahead)}"
        for measure, figure in FIGURES.items():
            value = float(getattr(row, figure))
            unit = "comparisons" if figure == "cases" else "share"
            if np.isfinite(value):
                lines.append((EVERYWHERE, _ALL, measure, part, year, value, unit, row.note))
        for one, error in own[row.method, row.years_ahead].items():
            lines.append((one, names[one], _MADE, part, year, error, "share", row.note))
    return _statistics(lines)


# From tables


def read_area_bands(bands: pa.Table, variants: pa.Table | None) -> dict[str, Forecast]:
    """Forecasts by area; the sum over all of them is made where it is asked for."""
    found = read_bands(bands, variants)
    found.pop(EVERYWHERE, None)
    return found


def read_errors(table: pa.Table) -> tuple[tuple[ErrorRow, ...], OwnErrors]:
    """The errors of a run, over all areas and by area."""
    found: dict[tuple[str, int], dict[str, float]] = {}
    notes: dict[tuple[str, int], str] = {}
    own: dict[tuple[str, int], dict[str, float]] = {}
    for row in table.to_pylist():
        part = str(row["breakdown"]).removeprefix(f"{AREAS}, ").rsplit(", ", 1)
        figure = FIGURES.get(row["measure"])
        if len(part) != 2 or figure is None:
            continue
        key = (part[0], int(part[1].partition(" ")[0]))
        if row["area_id"] == EVERYWHERE:
            found.setdefault(key, {})[figure] = float(row["value"])
            notes[key] = row["status"] or ""
        else:
            own.setdefault(key, {})[row["area_id"]] = float(row["value"])
    rows = tuple(
        ErrorRow(
            AREAS, method, ahead,
            figures.get("error", np.nan), figures.get("bias", np.nan),
            figures.get("coverage_80", np.nan), figures.get("coverage_95", np.nan),
            int(figures.get("cases", 0)), baseline=method != "forecast",
            note=notes[method, ahead],
        )
        for (method, ahead), figures in found.items()
    )  # fmt: skip
    return rows, own


def _ahead(years: int) -> str:
    return f"{years} {'year' if years == 1 else 'years'} ahead"


def _statistics(lines: Iterable[_Line]) -> pa.Table:
    columns = list(zip(*lines, strict=True)) or [()] * 8
    names = ("area_id", "area_name", "measure", "breakdown", "time_period", "value", "unit")
    kinds = (*(pa.string(),) * 4, pa.date32(), pa.float64(), pa.string())
    # A school year is named by the day it begins on.
    columns[4] = tuple(date(year, 9, 1) for year in columns[4])
    made = {
        name: pa.array(column, kind)
        for name, column, kind in zip(names, columns, kinds, strict=False)
    }
    status = pa.array([one or None for one in columns[7]], pa.string())
    return pa.table(made | {"status": status})
