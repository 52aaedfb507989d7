"""What the obligation makes of rows that are counts: every road out, versions, noise, mistakes."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from interurban.catalog.files import look_at
from interurban.catalog.loads import load_file
from interurban.catalog.node import Node
from interurban.core import query as q
from interurban.core.errors import Refused, UnknownFeature
from interurban.core.policy import ACTIONS, Obligation, OnlyRows, Policy, Rule, SmallCounts
from interurban.policy.door import Door
from interurban.store.backup import frozen

FLOWS = "chicago.flows"
RULE = SmallCounts("pupils", 5, "area", "school", ("year",), "of_area", "of_school")
YEARLY = SmallCounts("pupils", 5, "area", "school", ("year",))
AREAS, SCHOOLS = 9, 7


def counts(seed: int) -> dict[tuple[int, str, str], int]:
    """Two years of a small town: most pairs are there, a third of them small."""
    rng = np.random.default_rng(seed)
    found = {}
    for year in (2020, 2021):
        for area in range(AREAS):
            for school in range(SCHOOLS):
                if rng.random() < 0.85:
                    small = rng.random() < 0.35
                    number = rng.integers(1, 5) if small else rng.integers(5, 90)
                    found[year, f"A{area}", f"S{school}"] = int(number)
    # A school so small that any row of it would tell of somebody.
    found[2020, "A0", "tiny"] = 2
    found[2020, "A3", "tiny"] = 1
    return found


def write(file: Path, seed: int) -> Path:
    with file.open("w", newline="") as lines:
        writer = csv.writer(lines)
        writer.writerow(["year", "area", "area_name", "school", "school_name", "pupils"])
        for (year, area, school), pupils in counts(seed).items():
            writer.writerow([year, area, f"Area {area}", school, f"School {school}", pupils])
    return file


Under = Callable[..., Node]


@pytest.fixture(scope="module")
def flows_node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """A node with two versions of the flows."""
    folder = tmp_path_factory.mktemp("flows")
    with Node(folder / "home") as node:
        for seed in (1, 2):
            load_file(node, look_at(node, write(folder / "flows.csv", seed), FLOWS))
        yield node


@pytest.fixture
def under(flows_node: Node) -> Iterator[Under]:
    before = flows_node._door

    def set_policy(*obligations: Obligation) -> Node:
        policy = Policy((Rule("test", "permit", ACTIONS, obligations=obligations),))
        flows_node._door = Door(lambda _: policy)
        return flows_node

    yield set_policy
    flows_node._door = before


def rows(node: Node, **query: object) -> list[dict]:
    found = node.rows(q.Query(FLOWS, **query))  # type: ignore[arg-type]
    return [row for batch in found.batches for row in batch.to_pylist()]


def test_a_hidden_number_is_blank_on_every_road(under: Under) -> None:
    node = under(RULE)
    found = rows(node)
    dark = [row for row in found if row["pupils"] is None]
    assert len(dark) > 30
    assert min(row["pupils"] for row in found if row["pupils"] is not None) >= 5
    few = q.Compare("<", q.Name("pupils"), q.Literal(5))
    assert node.count(q.Query(FLOWS, where=few)).count == 0
    assert node.count(q.Query(FLOWS, where=q.IsNull(q.Name("pupils")))).count == len(dark)
    least = node.aggregate(q.Query(FLOWS, measures=(q.Measure("min", "pupils"),)))
    assert least["min_pupils"][0].as_py() >= 5
    highest_first = rows(node, order=(q.Order("pupils", descending=False),))
    assert highest_first[0]["pupils"] >= 5, "nor does an order tell them"
    sums = node.aggregate(
        q.Query(FLOWS, measures=(q.Measure("sum", "pupils"),), groups=(q.ByField("school"),))
    )
    shown = {}
    for row in found:
        shown[row["school"]] = shown.get(row["school"], 0) + (row["pupils"] or 0)
    for school, total in zip(
        sums["school"].to_pylist(), sums["sum_pupils"].to_pylist(), strict=True
    ):
        assert (total or 0) == shown[school]


def test_totals_are_filled_in_and_are_those_of_all(under: Under) -> None:
    true = counts(2)
    for row in rows(under(RULE)):
        of = [n for (year, _, school), n in true.items() if (year, school) == _key(row, "school")]
        if row["school"] == "tiny":
            assert row["of_school"] is None, "3 is a small number itself"
        else:
            assert row["of_school"] == sum(of)
        if row["area"] is not None and row["of_area"] is not None:
            of = [n for (year, area, _), n in true.items() if (year, area) == _key(row, "area")]
            assert row["of_area"] == sum(of)


def _key(row: dict, name: str) -> tuple[int, str]:
    return row["year"], row[name]


def test_of_a_tiny_school_not_even_the_areas_are_told(under: Under) -> None:
    node = under(RULE)
    (only,) = [row for row in rows(node) if row["school"] == "tiny"]
    assert (only["area"], only["area_name"], only["pupils"]) == (None, None, None)
    assert only["school_name"] == "School tiny", "what is the same in all its rows stays"
    assert node.count(q.Query(FLOWS, where=q.Text(("tiny",)))).count == 1


def test_where_all_is_large_nothing_is_changed_but_the_totals(under: Under) -> None:
    large = OnlyRows(q.Compare(">=", q.Name("pupils"), q.Literal(5)))
    found = rows(under(large, RULE))
    assert {(r["year"], r["area"], r["school"]): r["pupils"] for r in found} == {
        key: number for key, number in counts(2).items() if number >= 5
    }


def test_the_release_says_below_what_it_hides_and_in_words(under: Under) -> None:
    snapshot = under(RULE).snapshot(FLOWS)
    assert snapshot.hidden_below == 5
    (said,) = snapshot.conditions
    assert "pupils below 5 is hidden" in said
    assert "Hidden is not 0" in said
    assert under().snapshot(FLOWS).hidden_below == 0


def test_only_the_newest_version_may_be_asked(under: Under) -> None:
    """What one version hides, another would show."""
    versions = [one.version for one in under().history(FLOWS)]
    assert len(versions) == 2
    node = under(RULE)
    assert node.snapshot(FLOWS, versions[0]).hidden_below == 5
    with pytest.raises(Refused, match="only the newest version"):
        node.snapshot(FLOWS, versions[1])
    assert len(node.history(FLOWS)) == 1


def test_the_same_release_is_made_once_and_is_the_same_again(under: Under) -> None:
    first = under(RULE).snapshot(FLOWS)
    again = under(RULE).snapshot(FLOWS)
    assert again is first


def test_what_an_earlier_version_hid_is_hidden_in_the_next(tmp_path: Path) -> None:
    """One number has grown past the threshold; two releases side by side tell no more than one."""
    column = "year,area,school,pupils,share"
    lines = [f"2020,A{at % 6},S{at // 6},{20 + at},0.{at + 10}" for at in range(30)]
    told = []
    with Node(tmp_path / "home") as node:
        policy = Policy((Rule("test", "permit", ACTIONS, obligations=(YEARLY,)),))
        node._door = Door(lambda _: policy)
        for small in (3, 8):
            changed = [f"2020,A0,S0,{small},0.01", *lines[1:]]
            (tmp_path / "flows.csv").write_text("\n".join([column, *changed]))
            load_file(node, look_at(node, tmp_path / "flows.csv", FLOWS))
            told.append({(one["area"], one["school"]): one for one in rows(node)})
        with frozen(node.home, keys=False) as instant:
            assert any(one.startswith("untold/") for one in instant.files), "a backup keeps it"
        # A cache that is gone is made again as it was.
        for file in (node.home.hot / FLOWS / "releases").iterdir():
            file.unlink()
    with Node(tmp_path / "home") as node:
        node._door = Door(lambda _: policy)
        told.append({(one["area"], one["school"]): one for one in rows(node)})
    dark = [{pair for pair, one in each.items() if one["pupils"] is None} for each in told]
    assert len(dark[0]) == 4
    assert dark[0] == dark[1] == dark[2]
    assert {told[1][pair]["share"] for pair in dark[1]} == {None}, "nor what goes by the number"
    assert None not in {one["share"] for pair, one in told[1].items() if pair not in dark[1]}


def test_under_a_lower_threshold_no_more_is_hidden_than_that_takes(under: Under) -> None:
    strict, loose = replace(RULE, below=9), replace(RULE, below=3)
    alone = sum(row["pupils"] is None for row in rows(under(loose)))
    assert sum(row["pupils"] is None for row in rows(under(strict))) > alone
    assert sum(row["pupils"] is None for row in rows(under(loose))) == alone


@pytest.mark.parametrize(
    "wrong",
    [
        SmallCounts("pupil", 5, "area", "school"),
        SmallCounts("area_name", 5, "area", "school"),
        # Both years in one table: each pair stands twice.
        SmallCounts("pupils", 5, "area", "school"),
    ],
)
def test_a_rule_that_does_not_fit_lets_nobody_read(wrong: SmallCounts, under: Under) -> None:
    with pytest.raises(Refused, match="can't be carried out"):
        under(wrong).snapshot(FLOWS)


def test_no_rejects_and_no_noise(under: Under) -> None:
    node = under(RULE)
    with pytest.raises(Refused):
        node.rejects(FLOWS)
    with pytest.raises(Refused, match="noise can't be made"):
        node._door.beneath_noise(node.reader, q.Query(FLOWS, measures=(q.Measure("count"),)))


def test_a_row_is_numbered_anew(under: Under) -> None:
    node = under(RULE)
    numbers = sorted(row["_row"] for row in rows(node))
    assert numbers == list(range(1, len(numbers) + 1))
    with pytest.raises(UnknownFeature):
        node.feature(q.Query(FLOWS), str(len(numbers) + 1))
