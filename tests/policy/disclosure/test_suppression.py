"""No hidden number of a table can be told more closely than the rule allows."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interurban.core.errors import InvalidInput
from interurban.policy.disclosure import (
    Cells,
    Dominance,
    Effort,
    Knowledge,
    Need,
    PPercent,
    Protected,
    Rule,
    Status,
    Table,
    Tabulated,
    Threshold,
    audit,
    flat,
    information,
    needs,
    protect,
    read_published,
    suppress,
    tabulate,
    tree,
    with_totals,
)

from .tables import counts, hygiene, hygiene_table


def as_counts(table: Table) -> Tabulated:
    cells = Cells(table.flat, table.flat.astype(np.int64), np.zeros((table.flat.size, 0)))
    return Tabulated(table, cells, np.zeros(0, dtype=np.int64), whole=True)


def hide(table: Table, mask: np.ndarray) -> Table:
    return Table(table.axes, np.where(mask, np.nan, table.values))


def test_london_with_small_cells_alone_hidden_gives_all_of_them_up(shared_data: Path) -> None:
    table = hygiene_table(shared_data).table
    small = (table.values > 0) & (table.values < 5)
    told = audit(hide(table, small))
    assert small.sum() == 16
    assert told.recovered.sum() == 16
    assert (told.low[small] == table.values[small]).all()


def test_london_protected_gives_none_of_them_up(shared_data: Path) -> None:
    safe = protect(hygiene_table(shared_data), (Threshold(5),))
    # The attack by somebody who knows only what is shown, and by one who knows the method too.
    for knows in (Knowledge(), Knowledge(least=1.0)):
        told = audit(safe.published, knows)
        assert not told.recovered.any()
        assert not told.closer_than(5).any()
    assert safe.suppression.primary.sum() == 16
    assert safe.suppression.secondary.sum() == 16
    assert safe.suppression.gap == pytest.approx(0.0, abs=1e-3)


def test_london_stays_safe_when_it_leaks_which_cells_are_the_small_ones(shared_data: Path) -> None:
    made = hygiene_table(shared_data)
    safe = protect(made, (Threshold(5),))
    most = np.where(safe.suppression.primary, 4.0, np.inf).reshape(-1)
    told = audit(safe.published, Knowledge(least=1.0, most=most))
    assert not told.recovered.any()


def test_every_margin_of_london_is_still_shown(shared_data: Path) -> None:
    safe = protect(hygiene_table(shared_data), (Threshold(5),))
    assert not safe.suppression.hidden[0, :].any()
    assert not safe.suppression.hidden[:, 0].any()


def test_hidden_is_a_status_of_its_own_and_never_zero_or_blank(shared_data: Path) -> None:
    made = hygiene_table(shared_data)
    safe = protect(made, (Threshold(5),))
    status, truth = safe.status, made.table.values
    assert ((status == Status.ZERO) == (truth == 0)).all()
    assert (truth[status == Status.PRIMARY] < 5).all()
    assert (truth[status == Status.SECONDARY] >= 5).all()
    rows = safe.to_arrow().to_pylist()
    for row in rows:
        if row["hidden"]:
            assert row["shown"] == "[c]"
            assert row["value"] is None
            assert row["at_most"] - row["at_least"] >= 5
        else:
            assert row["shown"] == str(row["value"])
    assert {row["hidden"] for row in rows} == {True, False}
    cell = tuple(int(n) for n in np.argwhere(status == Status.PRIMARY)[0])
    assert safe.text(cell).startswith("▨ 1-")


def test_what_leaves_does_not_tell_primary_from_secondary(shared_data: Path) -> None:
    names = protect(hygiene_table(shared_data), (Threshold(5),)).to_arrow().column_names
    assert names == ["borough", "rating", "shown", "value", "hidden", "at_least", "at_most"]


def best_by_trying(table: Table, need: Need) -> float:
    """The least loss of a small table, by trying every choice."""
    loss, free = information(table).reshape(-1), ~need.primary & (table.flat > 0)
    best = np.inf
    for chosen in itertools.chain.from_iterable(
        itertools.combinations(np.flatnonzero(free), n) for n in range(free.sum() + 1)
    ):
        cost = loss[list(chosen)].sum()
        if cost >= best:
            continue
        hidden = need.primary.copy()
        hidden[list(chosen)] = True
        told = audit(hide(table, hidden.reshape(table.values.shape)), Knowledge(least=1.0))
        if not told.closer_than(5).any():
            best = cost
    return float(best)


@pytest.mark.parametrize("seed", range(2))
def test_the_loss_is_the_least_that_there_is(seed: int) -> None:
    rng = np.random.default_rng(seed)
    leaves = rng.integers(1, 15, size=(3, 2)).astype(float)
    leaves[rng.integers(3), rng.integers(2)] = 2
    table = with_totals([flat("a", "xyz"), flat("b", "uv")], leaves)
    made = as_counts(table)
    need = needs(made.cells, (Threshold(5),))
    found = suppress(table, need, effort=Effort(gap=1e-4))
    assert found.loss == pytest.approx(best_by_trying(table, need), rel=1e-3)
    assert found.bound <= found.loss + 1e-6


def proved(safe: Protected, width: float) -> None:
    told = audit(safe.published, Knowledge(least=1.0))
    assert not told.closer_than(width).any()


@settings(max_examples=15, deadline=None)
@given(
    shape=st.lists(st.integers(2, 5), min_size=1, max_size=3),
    seed=st.integers(0, 10_000),
    at_least=st.sampled_from([3, 5, 10]),
)
def test_any_table_of_one_to_three_axes_is_safe(shape: list[int], seed: int, at_least: int) -> None:
    table = counts(*shape, seed=seed)
    safe = protect(as_counts(table), (Threshold(at_least),), Effort(seconds=0.5))
    proved(safe, at_least)
    small = (table.values > 0) & (table.values < at_least)
    assert (safe.suppression.primary == small).all()
    shown = ~safe.audit.hidden
    assert (safe.published.values[shown] == table.values[shown]).all()


@pytest.mark.parametrize("seed", range(3))
def test_wards_boroughs_and_the_city_are_protected_together(seed: int) -> None:
    rng = np.random.default_rng(seed)
    wards = [(f"b{n % 5}", f"w{n}") for n in range(30)]
    rows = tree(("borough", "ward"), sorted(wards))
    leaves = rng.poisson(rng.gamma(0.6, 20, size=(30, 4))).astype(float)
    table = with_totals([rows, flat("kind", "abcd")], leaves)
    proved(protect(as_counts(table), (Threshold(5),)), 5)


def test_hiding_on_each_level_alone_would_not_have_been_enough() -> None:
    # Two wards of one borough hide a cell each; the borough's total gives both up together with
    # the other kinds, unless levels are looked at jointly.
    rows = tree(("borough", "ward"), [("b", "w1"), ("b", "w2"), ("c", "w3"), ("c", "w4")])
    leaves = np.array([[2.0, 30], [20, 30], [40, 50], [60, 70]])
    table = with_totals([rows, flat("kind", "xy")], leaves)
    safe = protect(as_counts(table), (Threshold(5),))
    proved(safe, 5)
    assert safe.suppression.secondary.sum() >= 3


def test_with_no_time_at_all_it_is_still_safe_and_says_how_far_from_the_best() -> None:
    table = counts(60, 12, seed=5, mean=40.0)
    made = as_counts(table)
    need = needs(made.cells, (Threshold(5),))
    hasty = suppress(table, need, effort=Effort(seconds=0.0))
    thorough = suppress(table, need)
    told = audit(hide(table, hasty.hidden), Knowledge(least=1.0))
    assert not told.closer_than(5).any()
    assert hasty.loss >= thorough.bound - 1e-6
    assert thorough.gap <= 0.01


def test_a_table_with_nothing_small_loses_nothing() -> None:
    table = with_totals([flat("a", "xy"), flat("b", "uv")], np.full((2, 2), 9.0))
    found = protect(as_counts(table), (Threshold(5),)).suppression
    assert not found.hidden.any()
    assert found.loss == 0.0


def test_zeros_can_be_hidden_too() -> None:
    table = with_totals(
        [flat("a", "xyz"), flat("b", "uvw")], np.array([[0.0, 9, 9], [9] * 3, [9] * 3])
    )
    safe = protect(as_counts(table), (Threshold(5, zeros=True),))
    assert safe.suppression.primary[1, 1]
    assert not audit(safe.published).closer_than(5).any()


def pounds(seed: int) -> pa.Table:
    rng = np.random.default_rng(seed)
    size = 400
    return pa.table(
        {
            "borough": [f"b{n}" for n in rng.integers(0, 8, size)],
            "trade": [f"t{n}" for n in rng.integers(0, 5, size)],
            "firm": [f"f{n}" for n in rng.integers(0, 90, size)],
            "turnover": np.round(rng.lognormal(3, 1.5, size), 2),
        }
    )


@pytest.mark.parametrize(
    "rules", [(Dominance(2, 85),), (PPercent(10),), (Threshold(5), PPercent(15))]
)
def test_sums_are_kept_as_far_from_the_truth_as_the_rules_say(rules: tuple[Rule, ...]) -> None:
    made = tabulate(pounds(1), [["borough"], ["trade"]], value="turnover", contributor="firm")
    need = needs(made.cells, rules)
    assert need.primary.any()
    safe = protect(made, rules)
    told = audit(safe.published, Knowledge(whole=False))
    truth = made.table.flat
    slack = 1e-5 * (1 + truth)
    sensitive = need.primary
    assert (told.high.reshape(-1) >= truth + need.above - slack)[sensitive].all()
    assert (told.low.reshape(-1) <= truth - need.below + slack)[sensitive].all()


def test_sums_are_written_so_that_their_totals_still_add_up() -> None:
    made = tabulate(pounds(2), [["borough"], ["trade"]], value="turnover", contributor="firm")
    safe = protect(made, (PPercent(15),))
    back = read_published(safe.to_arrow(), [["borough"], ["trade"]], "shown")
    told = audit(back, Knowledge(whole=False))
    assert (told.hidden == safe.audit.hidden).all()
    assert told.low == pytest.approx(safe.audit.low, rel=1e-6, abs=1e-3)


def test_real_rows_of_a_hard_table_are_protected_when_time_is_short(shared_data: Path) -> None:
    made = tabulate(hygiene(shared_data), [["kind"], ["rating"]])
    proved(protect(made, (Threshold(10),), Effort(seconds=1.0)), 10)


def test_numbers_below_zero_and_wrong_totals_are_refused() -> None:
    table = counts(3, 3, seed=1)
    made = as_counts(table)
    need = needs(made.cells, (Threshold(5),))
    wrong = table.values.copy()
    wrong[0, 0] += 1
    with pytest.raises(InvalidInput, match="totals"):
        suppress(Table(table.axes, wrong), need)
    with pytest.raises(InvalidInput, match="below 0"):
        suppress(Table(table.axes, -table.values), need)
