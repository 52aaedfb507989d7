"""Postcodes and addresses from the loaded data, said with how exact they are."""

from __future__ import annotations

import numpy as np
import pytest

from interurban.apps.schools.locating import locate
from interurban.core.errors import InvalidPlace

from .conftest import OpenAtlas


def test_a_full_postcode_is_found_where_a_school_states_it(atlas: OpenAtlas) -> None:
    found = locate(atlas("london"), "nw3 2bq")
    school = atlas("london").schools.index["100049"]
    here = atlas("london").project(np.array([[found.lon, found.lat]]))[0]
    assert np.hypot(*(here - atlas("london").schools.metres[school])) < 200
    assert found.within_m == 100
    assert "NW3 2BQ was found by" in found.how


def test_a_postcode_that_is_not_loaded_is_said_to_be_so(atlas: OpenAtlas) -> None:
    found = locate(atlas("london"), "NW3 2ZZ")
    assert found.how.startswith("NW3 2ZZ itself is not in the loaded data.")
    assert 100 <= found.within_m <= 2_000


def test_a_postcode_at_the_end_of_an_address_is_enough(atlas: OpenAtlas) -> None:
    alone, address = (locate(atlas("london"), q) for q in ("NW3 2BQ", "24 Some Road, NW3 2BQ"))
    assert (address.lon, address.lat) == (alone.lon, alone.lat)
    assert address.label == "24 Some Road, NW3 2BQ"


def test_a_house_number_lies_between_those_that_are_known(atlas: OpenAtlas) -> None:
    chicago = atlas("chicago")
    school = chicago.schools.index["609719"]  # 4015 N Ashland Ave
    at = chicago.schools.metres[school]
    for address, metres in (("4015 N Ashland Ave", 60), ("4031 N. Ashland Avenue, Chicago", 300)):
        found = locate(chicago, address)
        here = chicago.project(np.array([[found.lon, found.lat]]))[0]
        assert np.hypot(*(here - at)) < metres, address


def test_a_school_is_found_by_its_name(atlas: OpenAtlas) -> None:
    assert locate(atlas("london"), "Haverstock School").label == "Haverstock School"


@pytest.mark.parametrize("text", ["", "   ", "Nowhere in Particular 99", "ZZ99 9ZZ", "'; DROP"])
def test_what_is_nowhere_is_refused_with_advice(text: str, atlas: OpenAtlas) -> None:
    with pytest.raises(InvalidPlace) as refused:
        locate(atlas("london"), text)
    assert refused.value.advice
