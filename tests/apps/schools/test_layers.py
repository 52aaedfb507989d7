"""Layers: codes of the wrong vintage are caught, numbers brought over are told from the rest."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from interurban.apps.schools.layers.classes import class_of, quantile_breaks, rank_correlation
from interurban.apps.schools.layers.layer import layer_of, layer_on, outlines_of
from interurban.apps.schools.layers.pair import pair_of
from interurban.apps.schools.layers.vintages import (
    BY_AREA,
    BY_CODE,
    Outlines,
    brought_over,
    vintage_of,
)
from interurban.core.errors import NotFound

from .conftest import OpenAtlas
from .whole import whole_atlas, whole_home, whole_node

__all__ = ["whole_atlas", "whole_home", "whole_node"]

OLD, NEW = "london.lsoa_2011", "london.lsoa_2021"


def test_small_areas_of_2011_and_2021_in_one_table_are_caught(whole_atlas: OpenAtlas) -> None:
    atlas = whole_atlas("london")
    old, new = (outlines_of(atlas, one).ids for one in (OLD, NEW))
    gone = sorted(set(old) - set(new))
    mixed = [*sorted(new, reverse=True)[:3000], *gone[:40], "E01999999"]
    codes = vintage_of(mixed, {NEW: new, OLD: old})
    assert codes.mixed
    assert (codes.dataset, codes.matched) == (NEW, 3000)
    assert codes.foreign == {OLD: 40}
    assert codes.unknown == ("E01999999",)
    assert not vintage_of(old, {NEW: new, OLD: old}).mixed
    assert vintage_of(old, {NEW: new, OLD: old}).dataset == OLD


def test_scores_without_a_number_still_tell_their_vintage(whole_atlas: OpenAtlas) -> None:
    """335 new areas have no IDACI: what has one is of both vintages, the table is of 2021."""
    layer = layer_of(whole_atlas("london"), "children_poor")
    assert layer.outlines.dataset == NEW
    assert int(np.isnan(layer.values).sum()) == 335


def test_a_layer_of_2011_is_brought_onto_2021_by_code_and_the_rest_by_area(
    whole_atlas: OpenAtlas,
) -> None:
    atlas = whole_atlas("london")
    own = layer_of(atlas, "deprivation_2011_areas")
    there = layer_on(atlas, "deprivation_2011_areas", NEW)
    assert own.outlines.dataset == OLD
    by_id = dict(zip(own.outlines.ids, own.values, strict=True))
    same = there.how == BY_CODE
    assert int(same.sum()) == 4657
    for at in np.flatnonzero(same)[::50]:
        assert there.values[at] == by_id[there.outlines.ids[at]]
    assert int((there.how == BY_AREA).sum()) == 4994 - 4657
    titles = {one: outlines_of(atlas, one).title for one in (OLD, NEW)}
    assert "brought over by share of area" in there.words(titles)
    assert "estimates" in there.words(titles)


def test_tracts_with_one_code_and_two_outlines_are_not_taken_for_one(
    whole_atlas: OpenAtlas,
) -> None:
    tiers = layer_on(whole_atlas("chicago"), "tiers", "chicago.census_tracts_2020")
    old = outlines_of(whole_atlas("chicago"), "chicago.census_tracts_2010")
    kept = set(old.ids) & set(tiers.outlines.ids)
    shared = [tiers.outlines.ids[at] for at in np.flatnonzero(tiers.how == BY_AREA)]
    assert len(kept) > 700
    assert shared


def test_two_layers_make_three_by_three(whole_atlas: OpenAtlas) -> None:
    pair = pair_of(whole_atlas("london"), "deprivation", "access")
    counted = pair.classes[pair.classes.min(axis=1) >= 0]
    assert len(counted) == 4994
    assert set(counted.ravel().tolist()) == {0, 1, 2}
    for side in (0, 1):
        sizes = np.bincount(counted[:, side])
        assert sizes.min() > 0.3 * len(counted)
    assert pair.correlation == pytest.approx(0.274, abs=0.001)


def test_a_layer_against_itself_agrees_with_itself(whole_atlas: OpenAtlas) -> None:
    pair = pair_of(whole_atlas("chicago"), "poverty", "poverty")
    known = pair.classes.min(axis=1) >= 0
    assert (pair.classes[known, 0] == pair.classes[known, 1]).all()
    assert pair.correlation == pytest.approx(1)


def test_children_of_an_area_are_told_by_its_size(whole_atlas: OpenAtlas) -> None:
    atlas = whole_atlas("london")
    layer = layer_of(atlas, "children_density")
    table = atlas.table("london.children_2020", ("area_id", "people", "reference_date"))
    assert table is not None
    rows = table.to_pylist()
    newest = max(row["reference_date"] for row in rows)
    row = next(r for r in rows if r["reference_date"] == newest)
    at = layer.outlines.ids.index(row["area_id"])
    square = layer.outlines.square_metres[at] / 1e6
    assert layer.year == 2020
    assert layer.values[at] == pytest.approx(row["people"] / square)


def test_a_layer_that_is_not_there_is_said(whole_atlas: OpenAtlas) -> None:
    with pytest.raises(NotFound, match="no layer 'depravation'"):
        layer_of(whole_atlas("london"), "depravation")
    with pytest.raises(NotFound, match="no areas 'london"):
        layer_on(whole_atlas("london"), "deprivation", "london.nowhere")


# What must hold whatever the numbers


def grid(dataset: str, cuts: list[int], rows: int = 2) -> Outlines:
    """A square of 10 x 10 cut by vertical lines, and across into rows."""
    edges = [0, *sorted({cut for cut in cuts if 0 < cut < 10}), 10]
    height = 10 / rows
    shapes = [
        shapely.box(west, row * height, east, (row + 1) * height)
        for west, east in pairwise(edges)
        for row in range(rows)
    ]
    ids = tuple(f"{dataset}{at}" for at in range(len(shapes)))
    boxes = np.array(shapes, dtype=object)
    return Outlines(dataset, dataset, ids, ids, boxes, np.asarray(shapely.area(boxes)))


_CUTS = st.lists(st.integers(1, 9), max_size=5)


@given(_CUTS, _CUTS, st.integers(1, 3), st.data())
def test_a_stock_is_neither_lost_nor_made_and_a_rate_stays_between_its_ends(
    one: list[int], other: list[int], rows: int, data: st.DataObject
) -> None:
    source, target = grid("a", one, rows), grid("b", other)
    size = len(source.ids)
    values = data.draw(arrays(np.float64, size, elements=st.integers(0, 100).map(float)))
    stock, how = brought_over(source, values, target, adds_up=True)
    assert stock.sum() == pytest.approx(values.sum())
    assert set(how) == {BY_AREA}
    rate, _ = brought_over(source, values, target, adds_up=False)
    assert values.min() - 1e-9 <= rate.min()
    assert rate.max() <= values.max() + 1e-9
    assert rate @ target.square_metres == pytest.approx(values @ source.square_metres)


@given(_CUTS, st.data())
def test_areas_that_did_not_change_keep_their_numbers(cuts: list[int], data: st.DataObject) -> None:
    areas = grid("a", cuts)
    size = len(areas.ids)
    values = data.draw(arrays(np.float64, size, elements=st.floats(0, 100)))
    found, how = brought_over(areas, values, areas, adds_up=True)
    assert found.tolist() == values.tolist()
    assert set(how) == {BY_CODE}


def test_an_area_mostly_without_numbers_gets_none() -> None:
    source, target = grid("a", [4]), grid("b", [], 1)
    values = np.array([1.0, 1.0, np.nan, np.nan])
    found, how = brought_over(source, values, target, adds_up=False)
    assert np.isnan(found[0])
    assert how[0] == ""


@pytest.mark.parametrize("adds_up", [True, False])
def test_an_outline_without_ground_neither_gives_nor_takes_a_number(adds_up: bool) -> None:
    source, target = grid("a", [4]), grid("b", [2])
    line = shapely.LineString([(0, 0), (4, 0)])
    for areas in (source, target):
        areas.shapes[0], areas.square_metres[0] = line, 0.0
    found, how = brought_over(source, np.full(len(source.ids), 3.0), target, adds_up=adds_up)
    assert np.isnan(found[0])
    assert how[0] == ""
    assert not np.isnan(found[1:]).any()


_NUMBERS = arrays(
    np.float64,
    st.integers(1, 40),
    elements=st.one_of(st.just(np.nan), st.integers(0, 12).map(float)),
)


@given(_NUMBERS, st.integers(2, 6))
def test_classes_are_never_empty_and_rise_with_the_numbers(
    values: np.ndarray, classes: int
) -> None:
    breaks = quantile_breaks(values, classes)
    found = class_of(values, breaks)
    known = ~np.isnan(values)
    assert len(breaks) < classes
    assert (found[~known] == -1).all()
    if known.any():
        assert set(found[known].tolist()) == set(range(len(breaks) + 1))
    order = np.argsort(values[known], kind="stable")
    assert (np.diff(found[known][order]) >= 0).all()


@given(arrays(np.float64, 12, elements=st.integers(0, 9).map(float)))
def test_ranks_agree_with_what_rises_with_them(values: np.ndarray) -> None:
    rho = rank_correlation(values, values**3 + 1)
    if rho is not None:
        assert rho == pytest.approx(1)
        assert rank_correlation(values, -values) == pytest.approx(-1)
