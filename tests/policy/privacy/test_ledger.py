"""No budget is ever overspent, and nothing is answered that was not paid for."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interurban.core.errors import InvalidInput, Refused
from interurban.policy.privacy import (
    Ledger,
    Question,
    answer,
    answer_mean,
    band_before,
    bounded_count,
    bounded_histogram,
    bounded_mean,
    bounded_sum,
)

from .ledger_process import opened


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "control.sqlite"


@pytest.fixture
def ledger(file: Path) -> Iterator[Ledger]:
    records = opened(file)
    yield Ledger(records)
    records.close()


ANN = ("city.people", "person", "ann")


def question(rho: float, **what: object) -> Question:
    return Question(*ANN, rho, "gaussian", what)


def test_spending_adds_up_exactly_and_ends_at_nothing(ledger: Ledger) -> None:
    ledger.grant(*ANN, 1.0)
    for n in range(10):
        spend = ledger.spend(*ANN, "gaussian", 0.1, f"{n:064x}")
    assert spend.remaining == 0.0
    with pytest.raises(Refused, match="ann has 0 left"):
        ledger.spend(*ANN, "gaussian", 1e-9, "0")
    assert len(ledger.spends("city.people")) == 10
    assert ledger.accounts()[0].remaining == 0.0


def test_without_a_budget_nothing_is_answered(ledger: Ledger) -> None:
    with pytest.raises(Refused):
        ledger.spend(*ANN, "gaussian", 0.1, "0")
    assert ledger.spends() == []


def test_accounts_of_other_readers_units_and_datasets_are_their_own(ledger: Ledger) -> None:
    ledger.grant(*ANN, 0.1)
    ledger.spend(*ANN, "gaussian", 0.1, "0")
    for other in (
        ("city.people", "person", "bob"),
        ("city.people", "address", "ann"),
        ("city.trips", "person", "ann"),
    ):
        with pytest.raises(Refused):
            ledger.spend(*other, "gaussian", 0.1, "0")
        ledger.grant(*other, 0.1)
        assert ledger.spend(*other, "gaussian", 0.1, "0").remaining == 0.0


def test_a_smaller_budget_takes_nothing_back_and_gives_nothing_more(ledger: Ledger) -> None:
    ledger.grant(*ANN, 1.0)
    ledger.spend(*ANN, "gaussian", 0.6, "0")
    assert ledger.grant(*ANN, 0.5).remaining == 0.0
    assert ledger.grant(*ANN, 0.7).remaining == pytest.approx(0.1)


def test_processes_side_by_side_never_overspend(ledger: Ledger, file: Path) -> None:
    ledger.grant(*ANN, 0.6)
    program = Path(__file__).with_name("ledger_process.py")
    asking = [
        subprocess.Popen(
            [sys.executable, str(program), str(file), "0.01"], stdout=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    paid = [int(each.communicate(timeout=60)[0]) for each in asking]
    assert sum(paid) == 60
    spends = ledger.spends()
    assert len(spends) == 60
    # Each saw what the one before it had left.
    assert [s.remaining for s in spends] == pytest.approx([0.59 - 0.01 * n for n in range(60)])


PEOPLE = pa.table(
    {
        "person": ["a", "a", "a", "b", "c", None],
        "kind": ["x", "x", "y", "y", "z", "x"],
        "cost": [10.0, 20.0, 5.0, 400.0, -3.0, 7.0],
    }
)


def test_contributions_are_cut_to_what_one_person_may_move() -> None:
    assert bounded_count(PEOPLE, None, 1).numbers == (6,)
    one = bounded_count(PEOPLE, "person", 1)
    assert (one.numbers, one.sensitivity) == ((3,), 1)
    two = bounded_count(PEOPLE, "person", 2)
    assert (two.numbers, two.sensitivity) == ((4,), 2)
    split = bounded_histogram(PEOPLE, "kind", ("x", "y", "absent"), "person", 2)
    assert (split.numbers, split.sensitivity) == ((2, 1, 0), 2)
    # 10 + 20 + 100 (of 400) + 0 (of -3): two rows of a, and bounds 0 to 100.
    total = bounded_sum(PEOPLE, "cost", 0, 100, "person", 2)
    assert (total.numbers, total.sensitivity) == ((130,), 200)


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(
        st.tuples(st.sampled_from("abcd"), st.sampled_from("xyz"), st.floats(-50, 150)),
        min_size=1,
        max_size=30,
    ),
    most=st.integers(1, 4),
)
def test_nobody_moves_an_answer_by_more_than_its_sensitivity(
    rows: list[tuple[str, str, float]], most: int
) -> None:
    def table(without: str | None) -> pa.Table:
        kept = [row for row in rows if row[0] != without]
        names = ("person", "kind", "cost")
        types = (pa.string(), pa.string(), pa.float64())
        return pa.table({n: pa.array([r[i] for r in kept], types[i]) for i, n in enumerate(names)})

    for bound in (
        lambda t: bounded_count(t, "person", most),
        lambda t: bounded_histogram(t, "kind", ("x", "y"), "person", most),
        lambda t: bounded_sum(t, "cost", -10, 100, "person", most),
    ):
        everybody = bound(table(None))
        for person in "abcd":
            others = bound(table(person))
            moved = sum(abs(p - q) for p, q in zip(everybody.numbers, others.numbers, strict=True))
            assert moved <= everybody.sensitivity


def test_an_answer_is_paid_for_and_told_with_its_band(ledger: Ledger) -> None:
    pytest.importorskip("opendp", reason="needs interurban[dp]")
    ledger.grant(*ANN, 100.0)
    asked = question(40.0, kind="histogram")
    truth = bounded_histogram(PEOPLE, "kind", ("x", "y"), "person", 2)
    told = answer(asked, truth, ledger)
    assert told.band == band_before(asked, truth.sensitivity)
    assert len(told.numbers) == 2
    assert told.spend.query_hash == asked.hash
    assert ledger.spends()[0].remaining == 60.0
    with pytest.raises(Refused):
        answer(question(60.1, kind="count"), truth, ledger)


def test_the_hash_is_of_the_question_and_not_of_who_asks() -> None:
    assert question(0.1, a=1, b=2).hash == question(0.2, b=2, a=1).hash
    assert question(0.1, a=1).hash != question(0.1, a=2).hash


def test_bounds_that_are_none_are_refused(ledger: Ledger) -> None:
    for wrong in (
        lambda: bounded_sum(PEOPLE, "cost", 5, 5, None, 1),
        lambda: bounded_sum(PEOPLE, "cost", 0, 1e300, None, 1),
        lambda: bounded_histogram(PEOPLE, "kind", (), None, 1),
        lambda: bounded_histogram(PEOPLE, "kind", ("x", "x"), None, 1),
        lambda: bounded_count(PEOPLE, "person", 0),
        lambda: ledger.grant(*ANN, -1.0),
        lambda: ledger.grant(*ANN, float("nan")),
    ):
        with pytest.raises(InvalidInput):
            wrong()


def test_a_mean_costs_once_and_its_band_holds_the_truth(ledger: Ledger) -> None:
    pytest.importorskip("opendp", reason="needs interurban[dp]")
    ledger.grant(*ANN, 10.0)
    people = pa.table({"cost": [float(n % 100) for n in range(5_000)]})
    truth = bounded_mean(people, "cost", 0, 80, None, 1)
    exact = sum(min(n % 100, 80) for n in range(5_000)) / 5_000
    held = 0
    for _ in range(40):
        told = answer_mean(question(0.1, kind="mean"), truth, (0, 80), ledger)
        held += told.at_least <= exact <= told.at_most
        assert abs(told.mean - exact) < 1
    assert held >= 33
    assert ledger.accounts()[0].remaining == pytest.approx(6.0)


def test_a_mean_of_next_to_nobody_tells_no_more_than_its_bounds(ledger: Ledger) -> None:
    pytest.importorskip("opendp", reason="needs interurban[dp]")
    ledger.grant(*ANN, 1.0)
    total, number = bounded_mean(PEOPLE, "cost", 0, 100, "person", 1)
    assert (number.numbers, number.sensitivity, total.sensitivity) == ((3,), 1, 50)
    told = answer_mean(question(0.001, kind="mean"), (total, number), (0, 100), ledger)
    assert 0 <= told.at_least <= told.mean <= told.at_most <= 100
