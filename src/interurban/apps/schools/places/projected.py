"""What a reader's runs project in a city, and how to start one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from interurban.apps.schools.reading import Atlas
from interurban.apps.schools.settings import Stage
from interurban.core.model import Run, Value

from .area_projection import AREA_MODEL, AreaProjection, newest_area_run, read_areas
from .area_said import said_of
from .contract import AREAS, BIRTHS, OTHER_BIRTHS, SCORECARD
from .forecasts import ROLLS_MODEL, RollForecasts, newest_run, read_run
from .settings import PlaceSettings

__all__ = ["NOTHING", "HowToRun", "Projected", "how_to_run", "projected"]

RunsOf = Callable[[str], Iterable[Run]]
"""The runs of a model that the reader may know of, the newest first."""

_YEARS_AHEAD = 10


@dataclass(frozen=True, eq=False)
class Projected:
    """What the newest runs of a reader say.

    Parameters
    ----------
    rolls: of schools; ``None`` without a run. areas: of a scorecard's areas, by stage.
    """

    rolls: RollForecasts | None = None
    areas: Mapping[str, AreaProjection] = field(default_factory=dict)


NOTHING = Projected()
"""Before any run."""


@dataclass(frozen=True, slots=True)
class HowToRun:
    """What the workspace is to be asked for.

    Parameters
    ----------
    inputs: dataset by table. missing: those of them that are not loaded, or not for the reader.
    """

    model: str
    city: str
    title: str
    inputs: Mapping[str, str]
    parameters: Mapping[str, Value]
    missing: tuple[str, ...]


def projected(atlas: Atlas, settings: PlaceSettings, runs: RunsOf) -> Projected:
    """What the newest runs of the city project."""
    rolls = newest_run(atlas, runs(ROLLS_MODEL)) if settings.rolls else None
    card = settings.scorecard
    made = list(runs(AREA_MODEL)) if card is not None else []
    areas: dict[str, AreaProjection] = {}
    for stage in card.stages if card is not None else ():
        assert card is not None, "it has stages"
        if (run := newest_area_run(atlas, card, stage, made)) is not None:
            areas[stage] = read_areas(atlas, run)
    return Projected(None if rolls is None else read_run(atlas, rolls), areas)


def how_to_run(
    atlas: Atlas, settings: PlaceSettings, stage: Stage | None, *, areas: bool
) -> HowToRun | None:
    """What to start for a forecast; ``None`` where nothing can be run.

    Parameters
    ----------
    stage: of areas; the first of the city where none is named.
    areas: whether an area or the city is asked about, which a scorecard tells of, or a school.
    """
    named = stage or atlas.settings.stages[0]
    card = settings.scorecard
    of_card = None if card is None or not areas else card.stages.get(named.id)
    if card is not None and of_card is not None:
        births = zip((BIRTHS.name, OTHER_BIRTHS.name), card.births, strict=False)
        inputs = {SCORECARD.name: card.dataset, AREAS.name: settings.areas, **dict(births)}
        parameters: dict[str, Value] = {"years_ahead": _YEARS_AHEAD, **said_of(of_card)}
        model, title = AREA_MODEL, f"Pupils to come, {atlas.city.name}, {named.name.lower()}"
    elif settings.rolls:
        inputs = {"school_rolls": settings.rolls}
        parameters = {"years_ahead": _YEARS_AHEAD}
        model, title = ROLLS_MODEL, f"Pupils to come, {atlas.city.name}"
    else:
        return None
    given = {table: dataset for table, dataset in inputs.items() if dataset}
    optional = {BIRTHS.name, OTHER_BIRTHS.name}
    absent = [table for table, dataset in given.items() if atlas.snapshot(dataset) is None]
    return HowToRun(
        model=model,
        city=atlas.city.id,
        title=title,
        inputs={t: d for t, d in given.items() if t not in absent or t not in optional},
        parameters=parameters,
        missing=tuple(given[table] for table in absent if table not in optional),
    )
