"""Simulated rounds held against Kingston's published last distances of 2013 to 2016."""

from __future__ import annotations

from pathlib import Path

import pytest

from interurban.apps.schools.offers.back_test import calibrated
from interurban.apps.schools.offers.market import entry_datasets, entry_of
from interurban.apps.schools.offers.simulation import Assumed
from interurban.catalog.node import Node
from tests.apps.schools.conftest import OpenAtlas, load


@pytest.mark.slow
def test_nine_figures_in_ten_lie_in_the_band_that_other_years_gave(
    atlas: OpenAtlas, schools_node: Node, shared_data: Path
) -> None:
    """The study asks for a band of likelihood with the years that it was checked on."""
    london = atlas("london")
    stage = london.settings.stages[0]
    load(schools_node, shared_data, "london.children_2020", "london.school_links")
    load(schools_node, shared_data, *entry_datasets(london, stage))
    found = calibrated(london, entry_of(london, stage), Assumed())
    assert found.check is not None
    assert found.unfitted is not None
    assert found.check.years == (2013, 2014, 2015, 2016)
    assert (found.check.figures, found.unfitted.figures) == (44, 46)
    assert found.check.within == pytest.approx(0.93, abs=0.06)
    assert found.check.factor < 1.4 < found.unfitted.factor
    assert found.check.factor < found.check.other_years, "better than the mean of other years"
