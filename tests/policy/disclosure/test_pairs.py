"""Small counts of pairs: whatever is told, nobody who adds up and subtracts finds a hidden one."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interurban.core.errors import InvalidInput
from interurban.core.pairs import HiddenPairs, Untold
from interurban.policy.disclosure import Knowledge, Table, audit, flat, hide_pairs

BELOW = 5
Pairs = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def hide(pairs: Pairs, below: int = BELOW) -> HiddenPairs:
    return hide_pairs(*pairs, below)


def _small(counts: np.ndarray, below: int) -> np.ndarray:
    return (counts > 0) & (counts < below)


def told(pairs: Pairs, found: HiddenPairs, below: int) -> tuple[Table, np.ndarray]:
    """What is published, as a table with its totals, and the least that each cell can be.

    The last row and the last column are what is not listed: a cell there stands for all pairs of
    a line that nobody is told of. A total beyond the listed pairs is known to be there.
    """
    row, column, counts, row_totals, column_totals = pairs
    listed = ~found.withheld
    kept = np.flatnonzero(~np.isin(np.arange(len(column_totals)), column[found.withheld]))
    place = np.full(len(column_totals), -1)
    place[kept] = np.arange(len(kept))
    rows, columns = len(row_totals), len(kept)
    values = np.zeros((rows + 2, columns + 2))
    at = (1 + row[listed], 1 + place[column[listed]])
    values[at] = np.where(found.hidden[listed], np.nan, counts[listed])
    least = np.ones_like(values)
    if (row_totals > np.bincount(row, counts, rows)).any() and not _small(counts, below).any():
        least[at] = below
    rest = row_totals - np.bincount(row[listed], counts[listed], rows)
    over = column_totals[kept] - np.bincount(place[column[listed]], counts[listed], columns)
    if rest.any():
        values[1:-1, -1], least[1:-1, -1] = np.nan, 0
    if over.any():
        values[-1, 1:-1], least[-1, 1:-1] = np.nan, 0
    values[1:-1, 0] = np.where(found.row_totals_hidden, np.nan, row_totals)
    values[0, 1:-1] = column_totals[kept]
    # Where every column is here, their totals tell how many there are in all.
    closed = (np.bincount(row, counts, rows) == row_totals).all()
    values[-1, 0] = over.sum() if not over.any() else np.nan
    values[0, -1] = rest.sum() if closed or not rest.any() else np.nan
    values[0, 0] = column_totals.sum() if closed else np.nan
    least[-1, 0] = least[0, -1] = 0
    axes = flat("row", map(str, range(rows + 1))), flat("column", map(str, range(columns + 1)))
    return Table(axes, values), least


def expect_safe(pairs: Pairs, found: HiddenPairs, below: int = BELOW) -> None:
    """Every hidden pair, and what few a line has beyond its pairs, is not told to within below."""
    row, column, counts, row_totals, _ = pairs
    table, least = told(pairs, found, below)
    attack = audit(table, Knowledge(least=least.reshape(-1)))
    width = attack.high - attack.low
    listed = ~found.withheld
    assert not (listed & ~found.hidden & _small(counts, below)).any()
    kept = np.unique(column[listed])
    place = np.full(len(pairs[4]), -1)
    gone = np.isin(np.arange(len(pairs[4])), column[found.withheld])
    place[~gone] = np.arange(int((~gone).sum()))
    assert len(kept) <= int((~gone).sum())
    hidden = np.flatnonzero(found.hidden)
    assert (width[1 + row[hidden], 1 + place[column[hidden]]] >= below).all()
    rest = row_totals - np.bincount(row[listed], counts[listed], len(row_totals))
    few = np.flatnonzero((rest > 0) & (rest < below) & ~found.row_totals_hidden)
    closed = (np.bincount(row, counts, len(row_totals)) == row_totals).all()
    assert (width[1 + few, -1] >= (min(below, rest.sum()) if closed else below)).all()
    # What is told beside a hidden number is never closer than the attack.
    low = attack.low[1 + row[hidden], 1 + place[column[hidden]]]
    high = attack.high[1 + row[hidden], 1 + place[column[hidden]]]
    assert (found.low[hidden] <= low).all()
    assert (found.high[hidden] >= high).all()


@st.composite
def pairs_and_totals(draw: st.DrawFn) -> Pairs:
    rows, columns = draw(st.integers(1, 6)), draw(st.integers(1, 6))
    cells = draw(
        st.dictionaries(
            st.tuples(st.integers(0, rows - 1), st.integers(0, columns - 1)),
            st.one_of(st.integers(1, 9), st.integers(0, 300)),
            min_size=1,
        )
    )
    row = np.unique([r for r, _ in cells], return_inverse=True)[1].astype(np.int64)
    column = np.unique([c for _, c in cells], return_inverse=True)[1].astype(np.int64)
    rows, columns = int(row.max()) + 1, int(column.max()) + 1
    counts = np.array(list(cells.values()), dtype=np.float64)
    beyond = st.one_of(st.just(0), st.just(0), st.integers(0, 9))
    more = draw(st.lists(beyond, min_size=rows, max_size=rows)) if draw(st.booleans()) else 0
    over = draw(st.lists(beyond, min_size=columns, max_size=columns)) if np.any(more) else 0
    return (
        row,
        column,
        counts,
        np.bincount(row, counts, rows) + more,
        np.bincount(column, counts, columns) + over,
    )


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(pairs_and_totals())
def test_no_table_lets_a_hidden_number_be_told_closely(pairs: Pairs) -> None:
    found = hide(pairs)
    if found.withheld.all():
        # Too few in all: nothing is told but the totals of columns, which everybody knows.
        assert found.row_totals_hidden.all()
        return
    expect_safe(pairs, found)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 4), min_size=4, max_size=4), st.integers(0, 3))
def test_by_trying_every_table_there_is(counts: list[int], kept: int) -> None:
    """No programme: all whole numbers that have these totals are tried, four cells by four."""
    row, column = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    values = np.array(counts, dtype=np.float64)
    values[kept] += 8
    pairs = row, column, values, np.bincount(row, values), np.bincount(column, values)
    found = hide(pairs)
    if found.withheld.any():
        return
    possible: list[tuple[int, ...]] = []
    top = int(values.sum()) + 1
    for first in range(1, top):
        # With both totals of both lines told, one cell decides the others.
        tried = (
            first,
            int(pairs[3][0]) - first,
            int(pairs[4][0]) - first,
            int(pairs[3][1]) - int(pairs[4][0]) + first,
        )
        fits = all(
            one >= 1 and (found.hidden[at] or one == values[at]) for at, one in enumerate(tried)
        )
        if fits:
            possible.append(tried)
    if not found.row_totals_hidden.any():
        for at in np.flatnonzero(found.hidden):
            seen = {one[at] for one in possible}
            assert max(seen) - min(seen) >= BELOW


def untold(pairs: Pairs, found: HiddenPairs) -> Untold:
    columns = np.zeros(len(pairs[4]), dtype=bool)
    columns[pairs[1][found.withheld]] = True
    return Untold(found.hidden, found.row_totals_hidden, columns)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(pairs_and_totals(), st.data())
def test_whoever_kept_an_earlier_version_has_no_number_that_it_hides(
    pairs: Pairs, data: st.DataObject
) -> None:
    """One pair has some pupils more, or fewer; all others are as they were, and that is known."""
    first = hide(pairs)
    row, column, counts, row_totals, column_totals = pairs
    at = data.draw(st.integers(0, len(counts) - 1))
    more = np.zeros(len(counts))
    more[at] = data.draw(st.integers(1 - int(counts[at]) if counts[at] else 0, 6))
    later = (
        row,
        column,
        counts + more,
        row_totals + np.bincount(row, more, len(row_totals)),
        column_totals + np.bincount(column, more, len(column_totals)),
    )
    second = hide_pairs(*later, BELOW, untold(pairs, first))
    dark = second.hidden | second.withheld
    assert dark[first.hidden].all(), "what the first does not show, the second does not show"
    assert second.row_totals_hidden[first.row_totals_hidden].all()
    assert second.withheld[first.withheld].all()
    if not second.withheld.all():
        expect_safe(later, second)


def test_one_pupil_more_would_tell_what_the_version_before_hides() -> None:
    """Hidden anew each time, numbers that stood beside small ones come to light with the next."""
    rng = np.random.default_rng(11)
    row, column = np.repeat(np.arange(20), 10), np.tile(np.arange(10), 20)
    counts = np.where(rng.random(200) < 0.1, rng.integers(1, 5, 200), rng.integers(5, 60, 200))
    before = counts.astype(np.float64)
    pairs = row, column, before, np.bincount(row, before), np.bincount(column, before)
    first = hide(pairs)
    lost, beside = 0, 0
    for at in np.flatnonzero(before == BELOW - 1):
        more = before.copy()
        more[at] += 1
        later = row, column, more, np.bincount(row, more), np.bincount(column, more)
        anew, after = hide(later), hide_pairs(*later, BELOW, untold(pairs, first))
        lost += int((first.hidden & ~anew.hidden & (before >= BELOW)).sum())
        beside = max(beside, int((after.hidden & ~first.hidden).sum()))
        assert not (first.hidden & ~after.hidden).any()
    assert lost > 0
    assert beside <= 2, "to keep them hidden, next to nothing is hidden beside them"


def test_one_small_number_takes_three_others_along() -> None:
    """The smallest cycle: hidden alone, it is what both totals leave."""
    row, column = np.repeat(np.arange(3), 3), np.tile(np.arange(3), 3)
    counts = np.array([3, 20, 30, 21, 22, 23, 40, 41, 42], dtype=np.float64)
    found = hide((row, column, counts, np.bincount(row, counts), np.bincount(column, counts)))
    assert found.hidden.sum() == 4
    assert found.hidden[[0, 1, 3, 4]].all(), "the cheapest four corners are the smallest numbers"
    assert not found.withheld.any()
    assert not found.row_totals_hidden.any()
    assert found.low[0] == 1
    assert found.high[0] >= 3 + 3


def test_where_only_small_numbers_are_the_column_has_no_rows() -> None:
    """Two pupils at a school whose roll is published: any row would tell of one."""
    row, column = np.array([0, 1, 0, 1]), np.array([0, 0, 1, 1])
    counts = np.array([1, 1, 60, 70], dtype=np.float64)
    found = hide((row, column, counts, np.bincount(row, counts), np.bincount(column, counts)))
    assert found.withheld.tolist() == [True, True, False, False]
    # Otherwise a total less the one number shown would tell that one more pupil lives there.
    assert found.row_totals_hidden.all()


def test_a_remainder_of_one_is_hidden_by_one_number_more() -> None:
    """A publisher dropped numbers below 3 and told the totals from before."""
    row, column = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    counts = np.array([12, 30, 14, 9], dtype=np.float64)
    totals = np.array([43, 40.0]), np.array([60, 70.0])
    found = hide((row, column, counts, *totals), below=3)
    assert found.hidden.tolist() == [True, False, False, False]
    assert found.low[0] == 3, "a number that is listed was not dropped"
    expect_safe((row, column, counts, *totals), found, below=3)


def test_zeros_are_told_and_nothing_is_hidden_where_nothing_is_small() -> None:
    row, column = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    counts = np.array([0, 30, 14, 9], dtype=np.float64)
    found = hide((row, column, counts, np.bincount(row, counts), np.bincount(column, counts)))
    assert not found.hidden.any()
    assert (found.low == counts).all()
    assert (found.high == counts).all()


@pytest.mark.parametrize(
    ("counts", "totals", "why"),
    [
        ([1.5, 2], [3.5], "whole"),
        ([-1, 2], [1], "whole"),
        ([np.nan, 2], [2], "missing"),
        ([3, 2], [4], "less than the sum"),
    ],
)
def test_what_is_no_table_of_counts_is_refused(
    counts: list[float], totals: list[float], why: str
) -> None:
    given_ = np.array(counts)
    columns = np.maximum(np.nan_to_num(given_), 0)
    with pytest.raises(InvalidInput, match=why):
        hide((np.array([0, 0]), np.array([0, 1]), given_, np.array(totals), columns))


def test_a_pair_stands_once() -> None:
    twice = np.array([0, 0])
    with pytest.raises(InvalidInput, match="twice"):
        hide((twice, twice, np.array([9.0, 9.0]), np.array([18.0]), np.array([18.0])))


# Real ones


def _numbered(names: list[str]) -> np.ndarray:
    return np.unique(np.array(names), return_inverse=True)[1].astype(np.int64)


def _chicago(shared_data: Path) -> Iterator[tuple[str, Pairs]]:
    file = shared_data / "schools/chicago/flows_zone_to_highschool_2019_2021.csv.gz"
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    for stages in (("HS", ""), ("ES",)):
        some = [one for one in rows if one["year"] == "2020-2021" and one["zone_cat"] in stages]
        row = _numbered([one["zone_id"] for one in some])
        column = _numbered([one["attend_id"] for one in some])
        counts = np.array([float(one["pupils"]) for one in some])
        totals = np.bincount(row, counts), np.bincount(column, counts)
        yield stages[0], (row, column, counts, *totals)


def test_the_flows_of_chicago_stand_the_attack(shared_data: Path) -> None:
    for name, pairs in _chicago(shared_data):
        found = hide(pairs)
        expect_safe(pairs, found)
        beside = found.hidden & (pairs[2] >= BELOW)
        if name == "HS":
            # Nearly all small numbers protect each other: 0.2 % of the pupils are hidden beside.
            assert pairs[2][beside].sum() < 0.004 * pairs[2].sum()
            assert not found.row_totals_hidden.any()
            assert pairs[2][found.withheld].sum() < 40


def test_what_london_left_over_of_twenty_areas_is_not_told(shared_data: Path) -> None:
    file = shared_data / "schools/london/flows_lsoa11_to_secondary_2016.csv.gz"
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    row = _numbered([one["lsoa11cd"] for one in rows])
    column = _numbered([one["urn"] for one in rows])
    counts = np.array([float(one["pupils"]) for one in rows])
    row_totals, column_totals = np.zeros(row.max() + 1), np.zeros(column.max() + 1)
    row_totals[row] = [float(one["lsoa_total"]) for one in rows]
    column_totals[column] = [float(one["school_total"]) for one in rows]
    rest = row_totals - np.bincount(row, counts)
    few = np.flatnonzero((rest > 0) & (rest < 3))
    assert len(few) == 20, "the study's figure"
    found = hide((row, column, counts, row_totals, column_totals), below=3)
    assert found.hidden.sum() + found.row_totals_hidden.sum() == 20
    assert counts[found.hidden].sum() < 0.001 * counts.sum()
    # The attack on those areas: what is shown elsewhere is taken off the totals, which changes
    # nothing that follows from them.
    near = np.isin(row, few)
    columns = np.unique(column[near])
    far = np.flatnonzero(~near)
    over = column_totals - np.bincount(column[far], counts[far], len(column_totals))
    expect_safe(
        (
            np.searchsorted(few, row[near]),
            np.searchsorted(columns, column[near]),
            counts[near],
            row_totals[few],
            over[columns],
        ),
        HiddenPairs(
            found.hidden[near],
            found.withheld[near],
            np.where(found.hidden, 0, counts)[near],
            np.where(found.hidden, np.inf, counts)[near],
            found.row_totals_hidden[few],
        ),
        below=3,
    )
