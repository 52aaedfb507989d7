"""Similar schools: what must hold whatever the schools are."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from interurban.apps.schools.card.similar import most_similar

_SIZE = 9
_FEATURES = arrays(
    np.float64, (_SIZE, 3), elements=st.one_of(st.just(np.nan), st.integers(0, 50).map(float))
)
_AMONG = arrays(np.bool_, _SIZE)


@given(_FEATURES, _AMONG, st.integers(0, _SIZE - 1), st.integers(1, _SIZE))
def test_similar_schools_are_others_of_those_allowed_the_nearest_first(
    features: np.ndarray, among: np.ndarray, at: int, count: int
) -> None:
    found = most_similar(features, at, among, count)
    assert at not in found.places
    assert among[found.places].all()
    assert len(found.places) <= count
    assert (np.diff(found.distances) >= 0).all()
    assert not np.isnan(found.distances).any()


@given(
    arrays(np.float64, (_SIZE, 3), elements=st.integers(0, 50).map(float)),
    st.integers(0, _SIZE - 1),
    st.tuples(*[st.integers(1, 9)] * 3),
    st.tuples(*[st.integers(-9, 9)] * 3),
)
def test_units_do_not_matter(
    features: np.ndarray, at: int, scale: tuple[int, ...], shift: tuple[int, ...]
) -> None:
    everyone = np.ones(_SIZE, dtype=np.bool_)
    one = most_similar(features, at, everyone, _SIZE)
    other = most_similar(features * scale + shift, at, everyone, _SIZE)
    np.testing.assert_allclose(np.sort(one.distances), np.sort(other.distances), atol=1e-9)


def test_a_school_is_compared_by_what_both_state_and_not_by_too_little() -> None:
    nan = np.nan
    features = np.array([[1, 1, 1], [1, 1, nan], [1, nan, nan], [9, 9, 9], [5, 2, 1]], dtype=float)
    found = most_similar(features, 0, np.ones(5, dtype=np.bool_), 4)
    assert found.places.tolist() == [1, 4, 3]
    assert found.distances[0] == 0
