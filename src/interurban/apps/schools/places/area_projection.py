"""What is projected for the areas of a scorecard: by the reader's newest run, or worked out now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from interurban.apps.schools.reading import Atlas
from interurban.core.model import Run

from .area_forecast import back_test, forecast, variants
from .area_tables import (
    OwnErrors,
    error_rows,
    forecasts_of,
    own_errors,
    read_area_bands,
    read_errors,
)
from .forecasts import ErrorRow, Forecast
from .scorecards import AreaPlaces
from .settings import Scorecard

__all__ = [
    "AHEAD",
    "AREA_MODEL",
    "AreaProjection",
    "newest_area_run",
    "projected_now",
    "read_areas",
]

AREA_MODEL = "area_rolls"
"""The graph of the workspace that projects whole areas."""

AHEAD = 10
"""Years that areas are projected for before there is a run."""

_BANDS, _VARIANTS, _ERRORS = "area_roll_bands", "area_roll_variants", "area_roll_errors"


@dataclass(frozen=True, eq=False)
class AreaProjection:
    """Pupils to come of whole areas, one stage.

    Parameters
    ----------
    run: its id; empty where it is worked out from the scorecard at once.
    forecasts: by area. own: errors of each area.
    older: the scorecard has a newer version than the run was made from.
    """

    run: str
    datasets: tuple[str, ...]
    forecasts: Mapping[str, Forecast]
    errors: tuple[ErrorRow, ...]
    own: OwnErrors
    older: bool = False


def projected_now(
    atlas: Atlas, scorecard: Scorecard, card: AreaPlaces, stage: str
) -> AreaProjection:
    """What a run with the usual parameters would give, worked out at once."""
    leaning = (scorecard.dataset, *scorecard.births)

    def make() -> AreaProjection:
        series = card.series
        to_come, tested = forecast(series, AHEAD), back_test(series)
        return AreaProjection(
            run="",
            datasets=leaning,
            forecasts=forecasts_of(series.areas, to_come, variants(series, AHEAD)),
            errors=error_rows(tested),
            own=own_errors(series.areas, tested),
        )

    return atlas.cached(f"areas projected {stage}", leaning, make)


def newest_area_run(
    atlas: Atlas, scorecard: Scorecard, stage: str, runs: Iterable[Run]
) -> Run | None:
    """The newest successful run on the scorecard and the stage that the reader may see.

    Parameters
    ----------
    runs: the newest first, as the workspace gives them.
    """
    for run in runs:
        fits = run.state == "successful" and run.model == AREA_MODEL and run.city == atlas.city.id
        if not fits or run.parameters.get("stage") != stage:
            continue
        pin, out = run.inputs.get("scorecard"), run.outputs.get(_BANDS)
        if pin is None or pin.dataset != scorecard.dataset or out is None:
            continue
        if atlas.snapshot(out.dataset) is not None:
            return run
    return None


def read_areas(atlas: Atlas, run: Run) -> AreaProjection:
    """The forecasts of a run, with its variants and its back-test."""
    there = (_BANDS, _VARIANTS, _ERRORS)
    outputs = {name: run.outputs[name].dataset for name in there if name in run.outputs}
    inputs = tuple(pin.dataset for pin in run.inputs.values())
    known = tuple(one for one in inputs if one in atlas.node.packs.datasets)
    leaning = (*outputs.values(), *known)

    def read() -> AreaProjection:
        fields = ("area_id", "breakdown", "time_period", "value")
        bands = atlas.table(outputs[_BANDS], fields)
        told = atlas.table(outputs[_VARIANTS], fields) if _VARIANTS in outputs else None
        errors = atlas.table(outputs[_ERRORS]) if _ERRORS in outputs else None
        rows, own = read_errors(errors) if errors is not None else ((), {})
        pin = run.inputs["scorecard"]
        now = atlas.snapshot(pin.dataset)
        return AreaProjection(
            run=run.id,
            datasets=leaning,
            forecasts=read_area_bands(bands, told) if bands is not None else {},
            errors=rows,
            own=own,
            older=now is not None and now.version > pin.version,
        )

    return atlas.cached(f"run {run.id}", leaning, read)
