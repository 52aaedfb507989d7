"""Checks of flows of pupils: sums against totals, and the vintage of the codes of areas."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from interurban.apps.schools.layers.layer import available_layers
from interurban.apps.schools.layers.settings import layer_settings
from interurban.apps.schools.layers.vintages import Codes, vintage_of
from interurban.apps.schools.reading import Atlas
from interurban.apps.schools.subjects import Floats, Flows

from .check import Check, Fault, items_by, not_applicable

__all__ = ["flow_checks"]

_HALF = 0.5
"""Numbers of pupils are whole: sums of whole numbers differ by more or not at all."""


def flow_checks(atlas: Atlas) -> Iterator[Check]:
    """Every check of flows, and of all codes of areas that the atlas reads."""
    yield _sums(atlas)
    yield _vintages(atlas)


def _sums(atlas: Atlas) -> Check:
    title = "Flows add up to the totals of areas and schools"
    faults: list[Fault] = []
    looked = 0
    for one in atlas.flow_ids:
        flows = atlas.flows(one)
        for found, count in (_of_areas(atlas, flows), _of_schools(atlas, flows)):
            faults += found
            looked += count
    if not looked:
        return not_applicable("flows-totals", title, "No set of flows states totals.")
    return Check(
        "flows-totals",
        title,
        "Shown pupils must not exceed the total; where hidden ones are marked, the total must lie "
        "between the least and the most that they allow.",
        tuple(faults),
        note=f"{looked:,} totals are stated.",
    )


def _of_areas(atlas: Atlas, flows: Flows) -> tuple[list[Fault], int]:
    size = len(flows.areas)
    least = np.bincount(flows.area, flows.low, size).astype(np.float64)
    most = np.bincount(flows.area, flows.high, size).astype(np.float64)
    wrong = _wrong(flows, flows.area_totals, least, most)
    items = items_by(atlas, flows.dataset, "area_id")
    faults = [
        Fault(
            f"{flows.areas.names[at]} in {flows.year}: "
            f"{_said(flows.area_totals[at], least[at], most[at])}",
            flows.dataset,
            items.get(flows.areas.ids[at], ""),
        )
        for at in wrong
    ]
    return faults, int((~np.isnan(flows.area_totals)).sum())


def _of_schools(atlas: Atlas, flows: Flows) -> tuple[list[Fault], int]:
    size = len(flows.schools)
    least = np.bincount(flows.school, flows.low, size).astype(np.float64) + flows.homeless
    most = np.bincount(flows.school, flows.high, size).astype(np.float64) + flows.homeless
    wrong = _wrong(flows, flows.school_totals, least, most)
    items = items_by(atlas, flows.dataset, "school_id")
    faults = [
        Fault(
            f"{flows.schools.names[at]} in {flows.year}: "
            f"{_said(flows.school_totals[at], least[at], most[at])}",
            flows.dataset,
            items.get(flows.schools.ids[at], ""),
        )
        for at in wrong
    ]
    return faults, int((~np.isnan(flows.school_totals)).sum())


def _wrong(flows: Flows, totals: Floats, least: Floats, most: Floats) -> list[int]:
    """Where a total is less than what is there, or, with nothing left out, more."""
    over = least > totals + _HALF
    under = most < totals - _HALF
    told = ~np.isnan(totals)
    return np.flatnonzero(told & (over if flows.dropped else over | under)).tolist()


def _said(total: float, least: float, most: float) -> str:
    there = f"{least:,.0f}" if least == most else f"{least:,.0f} to {most:,.0f}"
    return f"the flows add up to {there}, the total is {total:,.0f}."


def _vintages(atlas: Atlas) -> Check:
    title = "Codes of areas are of one vintage in each table"
    areas = layer_settings(atlas.settings, atlas.node.packs).areas
    flow_areas = (area for flow in atlas.settings.flows for area in flow.areas)
    known = {
        dataset: tuple(items_by(atlas, dataset, _key(atlas, dataset)))
        for dataset in dict.fromkeys((*areas, *flow_areas))
        if atlas.snapshot(dataset) is not None
    }
    if not known:
        return not_applicable("codes-vintage", title, "No areas are loaded.")
    faults: list[Fault] = []
    said: list[str] = []
    tables = [*atlas.settings.schools, *(flow.dataset for flow in atlas.settings.flows)]
    tables += [child.dataset for child in atlas.settings.children]
    tables += [one.dataset for one in available_layers(atlas)]
    for dataset in dict.fromkeys(tables):
        items = items_by(atlas, dataset, "area_id")
        codes = vintage_of(items, known)
        if codes.dataset:
            faults += _foreign(atlas, dataset, items, codes, known)
            said.append(_note(atlas, dataset, codes))
    return Check(
        "codes-vintage",
        title,
        "The code of every area in the tables that the atlas reads, against each vintage of areas.",
        tuple(faults),
        note=" ".join(said),
    )


def _foreign(
    atlas: Atlas,
    dataset: str,
    items: dict[str, str],
    codes: Codes,
    known: dict[str, tuple[str, ...]],
) -> list[Fault]:
    right = set(known[codes.dataset])
    of = atlas.node.dataset(codes.dataset).title
    found = []
    for other in codes.foreign:
        title = atlas.node.dataset(other).title
        for code in sorted((set(items) & set(known[other])) - right):
            text = f"{code} is a code of {title}; the others here are of {of}."
            found.append(Fault(text, dataset, items[code]))
    return found


def _note(atlas: Atlas, dataset: str, codes: Codes) -> str:
    title, of = (atlas.node.dataset(one).title for one in (dataset, codes.dataset))
    unknown = f", {len(codes.unknown):,} of no areas known here" if codes.unknown else ""
    return f"{title}: {codes.matched:,} codes of {of}{unknown}."


def _key(atlas: Atlas, dataset: str) -> str:
    snapshot = atlas.snapshot(dataset)
    return (snapshot.roles.key if snapshot is not None else None) or "area_id"
