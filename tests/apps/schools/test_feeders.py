"""What feeds schools: boroughs or zones, as earlier schools were never published."""

from __future__ import annotations

import numpy as np

from interurban.apps.schools.districts import district_names
from interurban.apps.schools.feeders import feeders
from interurban.apps.schools.flows import home_areas
from interurban.apps.schools.words import (
    feeder_words,
)

from .by_hand import areas_in_a_row, flows_of
from .conftest import OpenAtlas


def test_feeders_of_london_are_boroughs(atlas: OpenAtlas) -> None:
    london = atlas("london")
    flows = london.flows()
    names = district_names(london, flows)
    assert len(names) == 33
    found = feeders(flows, names, school=london.schools.index["100049"], elsewhere="Outside")
    assert found.by == "district"
    assert found.names[found.source[0]] == "Camden"
    home = home_areas(flows, london.schools.index["100049"])
    assert np.nansum(found.pupils) == home.shown


def test_feeders_of_chicago_are_zones(atlas: OpenAtlas) -> None:
    flows = atlas("chicago").flows()
    found = feeders(flows, {}, top=5)
    assert (found.by, len(found.source)) == ("area", 5)
    assert (np.diff(found.low) <= 0).all(), "the most pupils first"
    assert found.total == len(flows.area)


def test_a_link_with_a_hidden_part_is_bounded() -> None:
    areas = areas_in_a_row(3, ["w", "w", ""])
    flows = flows_of([[10], [3], [8]], hidden_below=5, areas=areas)
    found = feeders(flows, {"w": "West"}, elsewhere="Beyond")
    west = found.names.index("West")
    at = found.source.tolist().index(west)
    assert np.isnan(found.pupils[at])
    assert (found.low[at], found.high[at]) == (11, 14)
    assert "Beyond" in found.names


def test_feeders_say_first_what_was_never_published() -> None:
    flows = flows_of([[10], [8]])
    words = feeder_words(flows, feeders(flows, {}), "Springfield", None, "areas")
    assert words.startswith("Which schools pupils went to before is not in the data of Springfield")
