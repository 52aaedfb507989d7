"""Official zones: five results and no others, and nothing for certain near an outline."""

from __future__ import annotations

import numpy as np
import shapely

from interurban.apps.schools.zones import RESULTS, place_result, zones_of

from .conftest import OpenAtlas


def test_a_zone_of_many_tracts_is_one_zone(atlas: OpenAtlas) -> None:
    zones = zones_of(atlas("chicago"))
    high = zones.of_stage("high")
    assert len(set(np.array(zones.ids)[high])) == len(high)
    assert 40 <= len(high) <= 60


def test_every_result_is_one_of_five_words(atlas: OpenAtlas) -> None:
    chicago = atlas("chicago")
    areas = chicago.flows().areas
    lake_view = chicago.schools.lonlat[chicago.schools.index["609719"]]
    inside = place_result(chicago, areas, "high", lake_view[None], school="609719")
    elsewhere = place_result(chicago, areas, "high", lake_view[None], school="609734")
    far = place_result(chicago, areas, "high", np.array([[-89.0, 41.0]]))
    unknown = place_result(chicago, areas, "high", np.array([[np.nan, np.nan]]))
    none = place_result(chicago, areas, "high", lake_view[None], school="609680")
    assert [inside, elsewhere, far, unknown, none] == [
        "inside zone",
        "outside zone",
        "no data",
        "no data",
        "no zone used",
    ]
    assert {inside, elsewhere, far, unknown, none} < set(RESULTS)


def test_nothing_is_said_for_certain_near_an_outline(atlas: OpenAtlas) -> None:
    chicago = atlas("chicago")
    areas, zones = chicago.flows().areas, zones_of(chicago)
    zone = int(zones.of_school("609719", "high")[0])
    corner = np.array(zones.shapes[zone].exterior.coords[:1])
    assert place_result(chicago, areas, "high", corner) == "near the edge"
    middle = chicago.schools.lonlat[chicago.schools.index["609719"]][None]
    assert place_result(chicago, areas, "high", middle) == "inside zone"
    assert place_result(chicago, areas, "high", middle, within_m=5_000) == "near the edge"


def test_the_rougher_an_outline_the_sooner_a_place_lies_near_the_edge(atlas: OpenAtlas) -> None:
    """High-school zones are of whole tracts, and may be a quarter of a kilometre off."""
    chicago = atlas("chicago")
    areas, zones = chicago.flows().areas, zones_of(chicago)
    found = {}
    for stage in ("elementary", "high"):
        of_stage = zones.of_stage(stage)
        lines = shapely.union_all(shapely.boundary(zones.outlines[of_stage]))
        within = [
            place
            for place in chicago.unproject(areas.metres[areas.shaped])
            if 60 < shapely.distance(lines, shapely.points(chicago.project(place[None]))[0]) < 240
        ]
        found[stage] = {place_result(chicago, areas, stage, place[None]) for place in within}
    assert zones.exact_m[zones.of_stage("high")].min() == 250
    assert found == {"elementary": {"inside zone"}, "high": {"near the edge"}}


def test_london_uses_no_zones_for_its_secondary_schools(atlas: OpenAtlas) -> None:
    london = atlas("london")
    areas = london.flows().areas
    assert place_result(london, areas, "secondary", areas.lonlat[:1]) == "no zone used"
    assert place_result(london, areas, "secondary", np.array([[-3.0, 55.0]])) == "no data"
