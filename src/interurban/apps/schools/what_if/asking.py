"""A what-if question to a city's atlas: the state before, the places asked about, the answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np
import shapely

from interurban.apps.schools.interaction.calibration import fitted_of, leaning_on
from interurban.apps.schools.interaction.filling import fill_of, filled_flows
from interurban.apps.schools.reading import Atlas
from interurban.core.errors import BadRequest

from .before import Before, before_of, before_of_filled
from .boundary import outline_shares
from .changes import Change, Homes, Open, Zone
from .groups import Group, group_sources, groups_of
from .outcome import Outcome, outcome_of
from .places import capacity_dataset, published_places
from .solve import solve
from .solved import After, Place

__all__ = ["Answer", "Following", "ask", "following_of", "state_of", "what_if_datasets"]


@dataclass(frozen=True, eq=False)
class Answer:
    """A solved question; ``seconds`` without what was known before it was asked."""

    after: After
    outcome: Outcome
    seconds: float


@dataclass(frozen=True, slots=True)
class Following:
    """What a pack says of pupils of schools that close and name others.

    Parameters
    ----------
    share: of them, who go to the named schools whatever they would choose. source: of that.
    """

    share: float = 0.0
    source: str = ""


def following_of(atlas: Atlas) -> Following:
    """The share who follow; nobody where the pack says nothing.

    Raises
    ------
    ConfigurationError: it is no share.
    """
    section = atlas.settings.extra.get("what_if")
    said = section.section("following") if section is not None else None
    if said is None:
        return Following()
    said.allow(("share", "source"))
    share = said.number("share")
    if share is None or not 0.0 <= share <= 1.0:
        raise said.wrong("this must be from 0 to 1.", "share")
    return Following(share, said.text("source"))


def what_if_datasets(atlas: Atlas, flows: str, stage: str = "") -> tuple[str, ...]:
    """Everything that an answer leans on."""
    wanted = _wanted(atlas, flows, stage)
    groups = group_sources(atlas.settings.extra.get("what_if"))
    also = [one for source in groups for one in (source.dataset, source.areas) if one]
    capacity = capacity_dataset(atlas)
    leaning = (
        filled_flows(atlas, wanted.removeprefix(MODELLED)).leaning
        if wanted.startswith(MODELLED)
        else leaning_on(atlas, atlas.flows(wanted))
    )
    return tuple(dict.fromkeys((*leaning, *((capacity,) if capacity else ()), *also)))


def state_of(atlas: Atlas, flows: str = "", stage: str = "") -> tuple[Before, tuple[Group, ...]]:
    """How things are, worked out once for each version of the data.

    Parameters
    ----------
    flows: a set of flows; or ``stage``, of which the newest are taken, and modelled ones where
        none were published. The newest of all where neither is named.

    Raises
    ------
    BadRequest: there are no such flows, or nothing is known of the stage.
    """
    wanted = _wanted(atlas, flows, stage)
    return atlas.cached(
        f"before {wanted}", what_if_datasets(atlas, wanted), lambda: _state(atlas, wanted)
    )


def _state(atlas: Atlas, wanted: str) -> tuple[Before, tuple[Group, ...]]:
    if wanted.startswith(MODELLED):
        filled = filled_flows(atlas, wanted.removeprefix(MODELLED))
        before = before_of_filled(filled, published_places(atlas, filled.flows.stage))
    else:
        found = fitted_of(atlas, wanted)
        before = before_of(found, published_places(atlas, found.flows.stage))
    before = replace(before, following=following_of(atlas).share)
    # What every question needs of all areas is worked out before the first.
    _ = before.rolls, before.reach
    pupils = np.zeros(len(before.areas))
    pupils[before.area] = before.area_pupils
    return before, groups_of(atlas, before.areas, pupils)


MODELLED = "modelled-"
"""What ids of modelled flows begin with; the stage follows."""


def _wanted(atlas: Atlas, flows: str, stage: str) -> str:
    """The flows of a question by id, or ``modelled-<stage>``."""
    if flows.startswith(MODELLED):
        return flows.partition(":")[0]
    if flows or not stage:
        return atlas.flows(flows).id
    for one in atlas.flow_ids:
        if atlas.flows(one).stage == stage:
            return one
    if fill_of(atlas, stage) is not None:
        return f"{MODELLED}{stage}"
    known = sorted({atlas.flows(one).stage for one in atlas.flow_ids})
    if not known:
        # As every other part says it, with what there is to do.
        return atlas.flows().id
    raise BadRequest(
        f"{atlas.city.name} has no flows of the stage {stage[:40]!r}.",
        advice=f"There are flows of {', '.join(known)}.",
        part="stage",
    )


def ask(
    atlas: Atlas,
    changes: Sequence[Change],
    flows: str = "",
    stage: str = "",
    *,
    hold: bool = False,
) -> Answer:
    """Solve some changes.

    Parameters
    ----------
    hold: full schools take nobody.

    Raises
    ------
    BadRequest: a change is of something that is not there.
    """
    before, groups = state_of(atlas, flows, stage)
    began = perf_counter()
    places = [_place(atlas, before, change) for change in changes]
    after = solve(before, changes, places, hold=hold)
    outcome = outcome_of(after, groups)
    return Answer(after, outcome, perf_counter() - began)


def _place(atlas: Atlas, before: Before, change: Change) -> Place:
    match change:
        case Open(_, lon, lat):
            area = before.areas.at(lon, lat)
            district = "" if area is None else before.areas.districts[area]
            return Place(metres=atlas.project(np.array([[lon, lat]]))[0], district=district)
        case Homes(area=named) if named:
            found = before.areas.index.get(named)
            return Place(area=_row(before, found))
        case Homes(lon=lon, lat=lat):
            return Place(area=_row(before, before.areas.at(lon, lat)))
        case Zone(_, zone):
            outlines = before.areas.shapes[before.area]
            projected = shapely.transform(outlines, atlas.project)
            drawn = shapely.transform(zone, atlas.project)
            return Place(zoned=outline_shares(drawn, projected))
        case _:
            return Place()


def _row(before: Before, area: int | None) -> int | None:
    if area is None:
        return None
    at = int(np.searchsorted(before.area, area))
    return at if at < len(before.area) and before.area[at] == area else None
