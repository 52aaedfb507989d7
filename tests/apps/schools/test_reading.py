"""What is read of both cities: every school once, homes by the vintage of their codes."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from .conftest import OpenAtlas


def test_the_atlas_own_matrix_is_read_whole(atlas: OpenAtlas) -> None:
    flows = atlas("london").flows()
    assert len(flows.pupils) == 37_243
    assert flows.shown_by_area.sum() == pytest.approx(376_642, rel=0.001)
    assert len(np.unique(flows.area)) == 5_780
    assert len(np.unique(flows.school)) == 625
    assert flows.year == 2015, "spring 2016 is in the school year that began in 2015"


def test_more_than_four_fifths_of_the_pupils_are_shown(atlas: OpenAtlas) -> None:
    flows = atlas("london").flows()
    assert np.nansum(flows.school_totals) == 455_259
    assert flows.shown_by_area.sum() / np.nansum(flows.school_totals) == pytest.approx(
        0.827, abs=5e-4
    )


@pytest.mark.parametrize("city", ["chicago", "london"])
def test_every_school_stands_once(city: str, atlas: OpenAtlas) -> None:
    schools = atlas(city).schools
    assert len(set(schools.ids)) == len(schools.ids)
    flows = atlas(city).flows()
    assert set(np.unique(flows.school)) <= set(range(len(schools)))


def test_homes_outside_the_city_have_no_shape_and_keep_their_name(atlas: OpenAtlas) -> None:
    flows = atlas("london").flows()
    outside = np.isnan(flows.areas.lonlat[:, 0])
    share = outside[flows.area].mean()
    assert share == pytest.approx(0.092, abs=5e-4)
    named = [flows.areas.names[at] for at in np.flatnonzero(outside)]
    assert all(named)
    assert not set(named) & set(flows.areas.ids)


def test_a_school_that_the_list_of_today_lacks_has_closed_where_that_list_is_whole(
    atlas: OpenAtlas,
) -> None:
    london, chicago = atlas("london").schools, atlas("chicago").schools
    known = Counter(zip(london.datasets, london.statuses, strict=True))
    assert known["london.schools", "open"] == 3_221
    assert known["london.schools_2016", "closed"] == 660
    assert known["london.schools_2016", "open"] == 451, "beyond London today's list says nothing"
    older = [
        status
        for dataset, status in zip(chicago.datasets, chicago.statuses, strict=True)
        if dataset in ("chicago.schools", "chicago.schools_2012")
    ]
    assert set(older) == {"closed"}
