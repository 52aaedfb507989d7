"""How things are before a change: who goes where, and what draws them there."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from interurban.apps.schools.interaction.calibration import Fitted
from interurban.apps.schools.interaction.censoring import posterior
from interurban.apps.schools.interaction.filling import Filled
from interurban.apps.schools.interaction.fit import terms_of
from interurban.apps.schools.interaction.pairs import Matrix
from interurban.apps.schools.subjects import Areas, Floats, Indices, Schools

from .streams import Stream, streams_of

__all__ = ["Before", "Drawing", "before_of", "before_of_filled"]


@dataclass(frozen=True, eq=False)
class Drawing:
    """What a school that does not exist yet would draw by.

    Parameters
    ----------
    rows: (n,), A_i of the model over the greatest deterrence of the area, so that what a school
        draws is ``rows exp(-b c + terms) B``.
    columns, decay: (m,), B_j and b_j of the schools that there are.
    kinds: (m,), places of their types; ``plain`` is that of a school of no special type.
    kind_decay: by type.
    terms: theta by name. spacing: (n,), what the term of sparse areas multiplies km by.
    districts: (n,), codes.
    mean_km: that pupils travel now.
    """

    rows: Floats
    columns: Floats
    decay: Floats
    kinds: Indices
    plain: int
    kind_decay: Floats
    terms: dict[str, float]
    spacing: Floats
    districts: NDArray[np.object_]
    mean_km: float


@dataclass(frozen=True, eq=False)
class Before:
    """Pupils of n areas at m schools, and the model's choice between these schools.

    Parameters
    ----------
    area, school: (n,), (m,), places in ``areas`` and ``schools``.
    km: (n, m). pupils: (n, m), as counted, and as expected where hidden.
    affinity: (n, m); a pupil of area i chooses school j with the share affinity_ij has of row i.
    zoned: (n, m), shares of areas in zones; ``None`` where no zone is used.
    streams: pupils who choose among different schools.
    places, places_years: (m,), as published, and of which school year; NaN and 0 where unknown.
    modelled: nothing of the pupils was counted.
    following: of the pupils of a school that names others, the share who go to these in equal
        parts, whatever they would choose.
    """

    flows: str
    stage: str
    year: int
    areas: Areas
    schools: Schools
    area: Indices
    school: Indices
    km: Matrix
    pupils: Matrix
    affinity: Matrix
    zoned: Matrix | None
    drawing: Drawing
    streams: tuple[Stream, ...]
    places: Floats
    places_years: Indices
    below: int
    modelled: bool = False
    following: float = 0.0

    @cached_property
    def rolls(self) -> Floats:
        """Pupils of every school; (m,)."""
        return np.asarray(self.pupils.sum(axis=0, dtype=np.float64))

    @cached_property
    def area_pupils(self) -> Floats:
        """Pupils of every area; (n,)."""
        return np.asarray(self.pupils.sum(axis=1, dtype=np.float64))

    @cached_property
    def reach(self) -> tuple[Floats, ...]:
        """What all schools together draw of every area, by stream; (n,) each."""
        return tuple((self.affinity @ one.choice).astype(np.float64) for one in self.streams)

    def at(self, school: str) -> int | None:
        """The column of a school by its id."""
        place = self.schools.index.get(school)
        if place is None:
            return None
        column = int(np.searchsorted(self.school, place))
        there = column < len(self.school) and self.school[column] == place
        return column if there else None


def before_of(found: Fitted, places: dict[str, tuple[float, int]]) -> Before:
    """The state that a fitted model describes.

    Parameters
    ----------
    places: published places and their school year by school id.
    """
    fit, pairs, flows = found.fit, found.fit.pairs, found.flows
    terms = terms_of(pairs, tuple(fit.terms))
    eta = -fit.decay * pairs.km
    for name, value in fit.terms.items():
        eta += np.float32(value) * terms[name]
    level = eta.max(axis=1).astype(np.float64)
    spacing = np.zeros(len(pairs.area))
    if "sparse_km" in terms:
        far = pairs.km.argmax(axis=1)
        at = np.arange(len(far))
        spacing = (terms["sparse_km"][at, far] / pairs.km[at, far]).astype(np.float64)
    ids = [flows.schools.ids[at] for at in pairs.school.tolist()]
    known = [places.get(one, (np.nan, 0)) for one in ids]
    total = max(float(fit.filled.sum(dtype=np.float64)), 1.0)
    return Before(
        flows=flows.id,
        stage=flows.stage,
        year=flows.year,
        areas=flows.areas,
        schools=flows.schools,
        area=pairs.area,
        school=pairs.school,
        km=pairs.km,
        pupils=fit.filled,
        affinity=np.maximum(posterior(fit.mu, fit.filled, fit.size), np.float32(1e-12)),
        zoned=pairs.zoned,
        drawing=Drawing(
            rows=fit.rows.astype(np.float64) * np.exp(-level),
            columns=fit.columns.astype(np.float64),
            decay=fit.decay.astype(np.float64),
            kinds=fit.kinds.of,
            plain=fit.kinds.ids.index("open"),
            kind_decay=fit.kind_decay,
            terms=fit.terms,
            spacing=spacing,
            districts=np.array(flows.areas.districts, dtype=object)[pairs.area],
            mean_km=float((fit.filled * pairs.km).sum(dtype=np.float64)) / total,
        ),
        streams=streams_of(fit.kinds, [flows.schools.genders[at] for at in pairs.school.tolist()]),
        places=np.array([one for one, _ in known]),
        places_years=np.array([year for _, year in known], dtype=np.int64),
        below=pairs.below,
        modelled=flows.modelled,
    )


def before_of_filled(found: Filled, places: dict[str, tuple[float, int]]) -> Before:
    """The state of a stage whose flows are modelled: pupils are as the model has them."""
    moved, flows = found.transferred, found.flows
    ids = [flows.schools.ids[at] for at in found.school.tolist()]
    known = [places.get(one, (np.nan, 0)) for one in ids]
    number = len(found.kinds.ids)
    decay = moved.decay.astype(np.float64)
    total = max(float(moved.pupils.sum(dtype=np.float64)), 1.0)
    return Before(
        flows=flows.id,
        stage=flows.stage,
        year=flows.year,
        areas=flows.areas,
        schools=flows.schools,
        area=found.area,
        school=found.school,
        km=found.km,
        pupils=moved.pupils,
        affinity=np.maximum(moved.pupils, np.float32(1e-12)),
        zoned=found.zoned,
        drawing=Drawing(
            rows=moved.rows.astype(np.float64) * np.exp(-moved.level.astype(np.float64)),
            columns=moved.columns.astype(np.float64),
            decay=decay,
            kinds=found.kinds.of,
            plain=found.kinds.ids.index("open"),
            kind_decay=np.array([_usual(decay, found.kinds.of == kind) for kind in range(number)]),
            terms=moved.terms,
            spacing=np.zeros(len(found.area)),
            districts=np.array(flows.areas.districts, dtype=object)[found.area],
            mean_km=float((moved.pupils * found.km).sum(dtype=np.float64)) / total,
        ),
        streams=streams_of(
            found.kinds, [flows.schools.genders[at] for at in found.school.tolist()]
        ),
        places=np.array([one for one, _ in known]),
        places_years=np.array([year for _, year in known], dtype=np.int64),
        below=flows.hidden_below,
        modelled=True,
    )


def _usual(decay: Floats, of: NDArray[np.bool_]) -> float:
    return float(decay[of].mean()) if of.any() else float(decay.mean())
