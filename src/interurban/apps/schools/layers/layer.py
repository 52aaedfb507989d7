"""One layer: the numbers of a dataset by area, with the vintage of its codes looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray

from interurban.apps.schools.reading import Atlas
from interurban.apps.schools.subjects import Floats
from interurban.core.errors import NotFound
from interurban.standards.spelling import did_you_mean

from .settings import LayerSettings, LayerSource, layer_settings
from .vintages import BY_AREA, BY_CODE, Codes, Outlines, brought_over, vintage_of

__all__ = ["Layer", "available_layers", "layer_of", "layer_on", "layer_source", "outlines_of"]

_PERIODS = ("time_period", "reference_date")
_SQUARE_KILOMETRE = 1e6


@dataclass(frozen=True, eq=False)
class Layer:
    """Numbers of the areas of one boundary dataset.

    Parameters
    ----------
    year: of the numbers; ``None`` when the dataset does not tell.
    values: (n,) of ``outlines``, NaN where there is none.
    how: (n,), ``code`` or ``areal share``; empty where there is no number.
    codes: the vintage that the codes of the dataset are of.
    datasets: that it was made from.
    """

    source: LayerSource
    year: int | None
    outlines: Outlines
    values: Floats
    how: NDArray[np.object_]
    codes: Codes
    datasets: tuple[str, ...]

    @property
    def unit(self) -> str:
        """The unit, with what it is divided by."""
        unit = self.source.unit
        return f"{unit} per km2".strip() if self.source.per_km2 else unit

    def words(self, titles: Mapping[str, str]) -> str:
        """What a person must know of its codes and of how it was brought onto these areas."""
        known = int((~np.isnan(self.values)).sum())
        said = [f"{known:,} of {len(self.values):,} areas have a number."]
        codes = self.codes
        of = titles[codes.dataset] if codes.dataset else ""
        if codes.mixed:
            others = ", ".join(f"{n:,} of {titles[d]}" for d, n in codes.foreign.items())
            said.append(f"Its codes are of several vintages: {codes.matched:,} of {of}, {others}.")
        elif codes.dataset != self.outlines.dataset:
            said.append(f"Its codes are of {of}, not of {titles[self.outlines.dataset]}.")
        if codes.unknown:
            count = len(codes.unknown)
            are = "1 code is" if count == 1 else f"{count:,} codes are"
            said.append(f"{are} of no areas known here.")
        shared = int((self.how == BY_AREA).sum())
        if shared:
            said.append(
                f"{shared:,} areas were brought over by share of area, as if people lived "
                f"evenly in each: they are estimates."
            )
        return " ".join(said)


def available_layers(atlas: Atlas) -> tuple[LayerSource, ...]:
    """The layers whose datasets are there for the reader."""
    said = layer_settings(atlas.settings, atlas.node.packs)
    return tuple(one for one in said.layers if atlas.snapshot(one.dataset) is not None)


def layer_source(atlas: Atlas, layer: str) -> LayerSource:
    """A layer of that id.

    Raises
    ------
    NotFound: there is none, or its dataset is not there for the reader.
    """
    known = {one.id: one for one in available_layers(atlas)}
    if layer not in known:
        named = ", ".join(known) or "none"
        raise NotFound(
            f"{atlas.city.name} has no layer {layer[:60]!r}.",
            advice=did_you_mean(layer, known) or f"There are: {named}.",
            part="layer",
        )
    return known[layer]


def layer_of(atlas: Atlas, layer: str) -> Layer:
    """A layer on the areas that its codes are of.

    Raises
    ------
    NotFound: there is no such layer, or its codes are of no boundaries that are loaded.
    """
    source = layer_source(atlas, layer)
    settings = layer_settings(atlas.settings, atlas.node.packs)
    leaning = (source.dataset, *settings.areas)
    return atlas.cached(f"layer {source}", leaning, lambda: _read(atlas, source, settings))


def layer_on(atlas: Atlas, layer: str, areas: str) -> Layer:
    """A layer on the areas of another boundary dataset.

    Raises
    ------
    NotFound: there is no such layer, or no such areas are loaded.
    """
    own = layer_of(atlas, layer)
    if areas == own.outlines.dataset:
        return own
    settings = layer_settings(atlas.settings, atlas.node.packs)
    leaning = (own.source.dataset, *settings.areas, areas)

    def make() -> Layer:
        target = outlines_of(atlas, areas)
        adds_up = own.source.kind == "stock" and not own.source.per_km2
        values, how = brought_over(own.outlines, own.values, target, adds_up=adds_up)
        datasets = (*own.datasets, areas)
        return Layer(own.source, own.year, target, values, how, own.codes, datasets)

    return atlas.cached(f"layer {own.source} on {areas}", leaning, make)


def outlines_of(atlas: Atlas, dataset: str) -> Outlines:
    """The areas of a boundary dataset in the working CRS.

    Raises
    ------
    NotFound: it is not there for the reader.
    """
    return atlas.cached(f"outlines {dataset}", (dataset,), lambda: _outlines(atlas, dataset))


def _outlines(atlas: Atlas, dataset: str) -> Outlines:
    settings = layer_settings(atlas.settings, atlas.node.packs)
    table = atlas.table(dataset, ("area_id", "name", "geometry"))
    if table is None or dataset not in settings.areas:
        raise NotFound(
            f"There are no areas {dataset[:60]!r} to draw layers on.",
            advice=f"There are: {', '.join(settings.areas)}.",
            part="areas",
        )
    ids = table["area_id"].to_pylist()
    names = table["name"].to_pylist()
    shapes = shapely.transform(shapely.from_wkb(table["geometry"].to_pylist()), atlas.project)
    shapes = shapely.make_valid(shapes)
    return Outlines(
        dataset,
        atlas.node.dataset(dataset).title,
        tuple(ids),
        tuple(str(name or one) for one, name in zip(ids, names, strict=True)),
        shapes,
        np.asarray(shapely.area(shapes)),
    )


def _read(atlas: Atlas, source: LayerSource, settings: LayerSettings) -> Layer:
    values, year = _numbers(atlas, source)
    there = [one for one in settings.areas if atlas.snapshot(one) is not None]
    known = {one: outlines_of(atlas, one).ids for one in there}
    codes = vintage_of(values, known)
    if not codes.dataset:
        raise NotFound(
            f"The codes of {source.dataset} are of no areas that are loaded here.",
            advice=f"Load {', '.join(settings.areas)}, or see its validation report.",
            part="layer",
        )
    target = outlines_of(atlas, codes.dataset)
    found = np.array([values.get(one, np.nan) for one in target.ids])
    how = np.where(np.isnan(found), "", BY_CODE).astype(object)
    adds_up = source.kind == "stock"
    for other in codes.foreign:
        outlines = outlines_of(atlas, other)
        of = {one: values[one] for one in outlines.ids if one in values and one not in target.ids}
        far = np.array([of.get(one, np.nan) for one in outlines.ids])
        brought, way = brought_over(outlines, far, target, adds_up=adds_up)
        fill = np.isnan(found) & ~np.isnan(brought)
        found[fill], how[fill] = brought[fill], way[fill]
    if source.per_km2:
        ground = np.where(target.square_metres > 0, target.square_metres, np.nan)
        found = found / (ground / _SQUARE_KILOMETRE)
    datasets = (source.dataset, codes.dataset, *codes.foreign)
    return Layer(source, year, target, found, how, codes, datasets)


def _numbers(atlas: Atlas, source: LayerSource) -> tuple[dict[str, float], int | None]:
    """The numbers of the newest period by code, NaN where a row has none; ages add up."""
    wanted = ("area_id", "measure", "sex", "age_from", "age_to", source.field, source.of)
    table = atlas.table(source.dataset, [name for name in (*wanted, *_PERIODS) if name])
    if table is not None and source.measure and "measure" in table.column_names:
        table = table.filter(pc.equal(table["measure"], source.measure))
    rows = table.to_pylist() if table is not None else []
    if source.ages is not None:
        first, last = source.ages
        rows = [row for row in rows if _within(row, first, last)]
    newest = max((when for row in rows if (when := _period(row)) is not None), default=None)
    found: dict[str, float] = {}
    for row in rows:
        value, whole = row.get(source.field), row.get(source.of) if source.of else None
        if newest is not None and _period(row) != newest:
            continue
        code = str(row["area_id"])
        if value is None or (source.of and not whole):
            found.setdefault(code, float("nan"))
            continue
        number = 100.0 * float(value) / float(str(whole)) if source.of else float(value)
        before = found.get(code, 0.0) if source.ages is not None else 0.0
        found[code] = number + (0.0 if np.isnan(before) else before)
    return found, None if newest is None else newest.year


def _within(row: Mapping[str, object], first: int, last: int) -> bool:
    low, high = row.get("age_from"), row.get("age_to")
    whole = row.get("sex") in (None, "", "all")
    return whole and isinstance(low, int) and isinstance(high, int) and first <= low <= high <= last


def _period(row: Mapping[str, object]) -> date | None:
    found = next((row[name] for name in _PERIODS if row.get(name) is not None), None)
    return found if isinstance(found, date) else None
