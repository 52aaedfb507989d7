"""What would follow: nobody is lost, nobody moves who need not, a change undone changes nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from interurban.apps.schools.interaction.kinds import Kinds
from interurban.apps.schools.interaction.pairs import Matrix
from interurban.apps.schools.subjects import Areas, Indices, Schools
from interurban.apps.schools.what_if.asking import ask, following_of, state_of
from interurban.apps.schools.what_if.before import Before, Drawing
from interurban.apps.schools.what_if.changes import (
    Change,
    Close,
    Homes,
    Merge,
    Open,
    Resize,
    Zone,
    read_changes,
)
from interurban.apps.schools.what_if.choosing import Moves, shared_out, stream_moves
from interurban.apps.schools.what_if.document import area_rows, what_if_csv, what_if_document
from interurban.apps.schools.what_if.groups import GroupSource, classes_of
from interurban.apps.schools.what_if.outcome import outcome_of
from interurban.apps.schools.what_if.replay import replay
from interurban.apps.schools.what_if.solve import solve
from interurban.apps.schools.what_if.solved import After, Place
from interurban.apps.schools.what_if.streams import streams_of
from interurban.apps.schools.what_if.touched import touched_areas
from interurban.catalog.node import Node
from interurban.core.errors import BadRequest

from .conftest import OpenAtlas, load


def small(seed: int, n: int, m: int, *, exact: bool = True, zones: bool = False) -> Before:
    """A state of n areas and m schools; ``exact``: pupils are just as the model has them."""
    rng = np.random.default_rng(seed)
    home, there = rng.uniform(0, 9_000, (n, 2)), rng.uniform(0, 9_000, (m, 2))
    km = (np.hypot(*(home[:, None] - there[None]).transpose(2, 0, 1)) / 1000).astype(np.float32)
    affinity = np.exp(-0.6 * km) * rng.uniform(0.5, 2, m).astype(np.float32)
    share = affinity / affinity.sum(axis=1, keepdims=True)
    pupils = rng.uniform(5, 80, n).astype(np.float32)[:, None] * share
    if not exact:
        pupils = rng.poisson(pupils).astype(np.float32)
    genders = tuple(rng.choice(["mixed", "mixed", "girls", "boys"], m).tolist())
    genders = ("mixed", *genders[1:])
    kinds = Kinds(("special", "open"), np.array([1] * (m - 1) + [int(m < 4)], dtype=np.int64))
    nothing, none = tuple("" for _ in range(m)), np.full(m, np.nan)
    schools = Schools(
        tuple(f"s{at}" for at in range(m)), tuple(f"School {at}" for at in range(m)),
        *(nothing,) * 3, genders, *(nothing,) * 3,
        lonlat=there / 1e5, metres=there, pupils=none, capacities=none, datasets=nothing,
        facts=tuple({} for _ in range(m)),
    )  # fmt: skip
    boxes = np.array([shapely.box(x, y, x + 1, y + 1) for x, y in home / 1e5], dtype=object)
    areas = Areas(
        tuple(f"a{at}" for at in range(n)), tuple(f"Area {at}" for at in range(n)),
        tuple("" for _ in range(n)), tuple("" for _ in range(n)),
        boxes, home / 1e5, home, np.ones(n),
    )  # fmt: skip
    zoned = None
    if zones:
        zoned = np.zeros((n, m), dtype=np.float32)
        zoned[np.arange(n), km.argmin(axis=1)] = 1.0
    return Before(
        flows="test:2020", stage="all", year=2020, areas=areas, schools=schools,
        area=np.arange(n), school=np.arange(m), km=km, pupils=pupils, affinity=affinity,
        zoned=zoned,
        drawing=Drawing(
            rows=np.ones(n), columns=np.ones(m), decay=np.full(m, 0.6), kinds=kinds.of,
            plain=kinds.ids.index("open"), kind_decay=np.array([0.6, 0.6]),
            terms={"zone": 1.5} if zones else {},
            spacing=np.zeros(n), districts=np.array([""] * n, dtype=object), mean_km=2.0,
        ),
        streams=streams_of(kinds, genders),
        places=none.copy(), places_years=np.zeros(m, dtype=np.int64), below=0,
    )  # fmt: skip


@st.composite
def states(draw: st.DrawFn) -> Before:
    return small(
        draw(st.integers(0, 10_000)),
        draw(st.integers(2, 12)),
        draw(st.integers(4, 9)),
        exact=draw(st.booleans()),
        zones=draw(st.booleans()),
    )


CHANGES: tuple[tuple[Change, Place], ...] = (
    (Close("s1"), Place()),
    (Merge(("s2",), "s0"), Place()),
    (Resize("s0", 10.0), Place()),
    (Resize("s0", 900.0), Place()),
    (Open("New", 0, 0, 60.0), Place(metres=np.array([4_000.0, 4_000.0]))),
    (Open("Like", 0, 0, 60.0, "s0"), Place(metres=np.array([4_000.0, 4_000.0]))),
    (Homes(100, 0.3, "a0"), Place(area=0)),
)


def conserved(before: Before, after: After) -> None:
    pupils = before.pupils.sum(axis=1, dtype=np.float64)
    left = after.pupils.sum(axis=1, dtype=np.float64) + after.unplaced - after.added
    assert left == pytest.approx(pupils, rel=1e-4, abs=1e-3)
    assert (after.pupils >= -1e-4).all()
    assert after.gained.sum() + after.unplaced.sum() == pytest.approx(
        after.lost.sum() + after.added.sum(), rel=1e-4, abs=1e-2
    )


@settings(max_examples=60, deadline=None)
@given(
    states(), st.lists(st.sampled_from(range(len(CHANGES))), unique=True, max_size=4), st.booleans()
)
def test_nobody_is_lost_whatever_changes(before: Before, chosen: list[int], hold: bool) -> None:
    if hold:
        before = replace(before, places=before.pupils.sum(axis=0) * 1.05)
    asked = [CHANGES[at] for at in chosen]
    after = solve(before, [c for c, _ in asked], [p for _, p in asked], hold=hold)
    conserved(before, after)


@settings(max_examples=30, deadline=None)
@given(states())
def test_nothing_changes_when_nothing_is_asked(before: Before) -> None:
    after = solve(before, [], [])
    assert after.pupils == pytest.approx(before.pupils)
    assert outcome_of(after, ()).moved == 0.0


@settings(max_examples=30, deadline=None)
@given(states())
def test_only_pupils_of_a_school_that_closes_move(before: Before) -> None:
    after = solve(before, [Close("s1")], [Place()])
    assert after.pupils[:, 1].sum() == pytest.approx(0.0, abs=1e-4)
    others = [at for at in range(len(before.school)) if at != 1]
    assert (after.pupils[:, others] >= before.pupils[:, others] - 1e-3).all()


@given(st.integers(0, 10_000))
def test_closing_and_reopening_gives_the_same(seed: int) -> None:
    before = small(seed, 8, 5)
    closed = before.affinity.copy()
    closed[:, 1] = 0.0
    pupils = before.pupils
    for was, now in ((before.affinity, closed), (closed, before.affinity)):
        found = moves(pupils, was, now, np.arange(5))
        movers = found.leaving.sum(axis=1, dtype=np.float64)
        pupils = pupils - found.leaving + shared_out(movers, found.growth)
    assert pupils == pytest.approx(before.pupils, rel=1e-3, abs=1e-3)


def moves(pupils: Matrix, was: Matrix, now: Matrix, columns: Indices) -> Moves:
    """Moves of pupils who may go anywhere, with some columns worked out one by one."""
    rest = np.setdiff1d(np.arange(pupils.shape[1]), columns)
    every = np.ones(len(columns), dtype=np.float32)
    held, others = (each[:, rest].sum(axis=1, dtype=np.float64) for each in (pupils, now))
    return stream_moves(
        pupils[:, columns], was[:, columns], now[:, columns], every, every,
        held=held, others=others,
    )  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.0, 3.0))
def test_schools_that_change_nothing_lose_and_gain_alike(seed: int, times: float) -> None:
    before = small(seed, 8, 6, exact=False)
    now = before.affinity.copy()
    now[:, [1, 4]] *= np.float32(times)
    changed, rest = np.array([1, 4]), np.array([0, 2, 3, 5])
    short = moves(before.pupils, before.affinity, now, changed)
    whole = moves(before.pupils, before.affinity, now, np.arange(6))
    assert short.leaving == pytest.approx(whole.leaving[:, changed], rel=1e-4, abs=1e-4)
    assert short.share_leaving * short.held == pytest.approx(
        whole.leaving[:, rest].sum(axis=1), rel=1e-3, abs=1e-3
    )
    assert short.factor * short.others == pytest.approx(
        whole.growth[:, rest].sum(axis=1), rel=1e-3, abs=1e-5
    )


@settings(max_examples=30, deadline=None)
@given(states())
def test_girls_go_to_no_boys_school(before: Before) -> None:
    genders = before.schools.genders
    for at, gender in enumerate(genders):
        if gender == "girls" and before.drawing.kinds[at] == before.drawing.plain:
            after = solve(before, [Close(f"s{at}")], [Place()])
            boys = [k for k, other in enumerate(genders) if other == "boys"]
            assert after.gained[:, boys].sum() == pytest.approx(0.0, abs=1e-4)


@settings(max_examples=30, deadline=None)
@given(states())
def test_full_schools_take_nobody_when_places_hold(before: Before) -> None:
    full = before.pupils.sum(axis=0, dtype=np.float64) * 1.02
    after = solve(replace(before, places=full), [Close("s1")], [Place()], hold=True)
    now = after.pupils.sum(axis=0, dtype=np.float64)
    assert (np.delete(now, 1) <= np.delete(full, 1) + 0.05).all()
    conserved(before, after)


@settings(max_examples=20, deadline=None)
@given(states(), st.floats(5.0, 200.0))
def test_a_new_school_has_no_more_pupils_than_places(before: Before, places: float) -> None:
    opened = Open("New", 0, 0, places)
    after = solve(before, [opened], [Place(metres=np.array([4_000.0, 4_000.0]))])
    assert after.pupils[:, -1].sum() <= places * 1.01 + 0.5
    assert outcome_of(after, ()).losing or after.pupils[:, -1].sum() < 1


@pytest.mark.parametrize("at", range(len(CHANGES)), ids=lambda at: type(CHANGES[at][0]).__name__)
@pytest.mark.parametrize("hold", [False, True], ids=["report", "hold"])
def test_areas_that_a_change_cannot_reach_are_left_out_and_none_is_missed(
    at: int, hold: bool
) -> None:
    before = small(at, 900, 9)
    # Homes and schools far apart from each other: two towns.
    away = np.arange(900) >= 450
    schools = np.arange(9) >= 5
    apart = np.where(away[:, None] == schools[None, :], 1.0, 1e-9).astype(np.float32)
    affinity = before.affinity * apart
    share = affinity / affinity.sum(axis=1, keepdims=True)
    pupils = before.pupils.sum(axis=1)[:, None] * share
    before = replace(before, affinity=affinity, pupils=pupils, places=pupils.sum(axis=0) * 1.1)
    change, place = CHANGES[at]
    quick = solve(before, [change], [place], hold=hold)
    whole = solve(before, [change], [place], hold=hold, rows=np.arange(900))
    assert np.abs(quick.rolls - whole.rolls).max() < 0.5
    assert quick.unplaced.sum() == pytest.approx(whole.unplaced.sum(), abs=0.5)
    if not isinstance(change, Open):
        assert len(touched_areas(before, [change], [place])) <= 450


def test_a_smaller_school_keeps_as_many_as_it_has_places() -> None:
    before = small(4, 12, 6)
    held = float(before.pupils[:, 0].sum())
    after = solve(before, [Resize("s0", held / 2)], [Place()])
    assert after.pupils[:, 0].sum() == pytest.approx(held / 2, rel=0.02)


def test_a_merger_takes_its_pupils_along() -> None:
    before = small(5, 12, 6)
    after = solve(before, [Merge(("s2",), "s0")], [Place()])
    both = before.pupils[:, [0, 2]].sum()
    assert after.pupils[:, 0].sum() == pytest.approx(both, rel=1e-4)
    assert after.pupils[:, 2].sum() == 0


def test_a_zone_draws_where_zones_are_used_and_is_refused_elsewhere() -> None:
    before = small(6, 12, 6, zones=True)
    taken = Place(zoned=np.ones(12))
    after = solve(before, [Zone("s0", shapely.box(0, 0, 1, 1))], [taken])
    assert after.pupils[:, 0].sum() > before.pupils[:, 0].sum()
    conserved(before, after)
    with pytest.raises(BadRequest, match="No zone is used"):
        solve(small(6, 12, 6), [Zone("s0", shapely.box(0, 0, 1, 1))], [taken])


def test_a_school_that_is_named_draws_more() -> None:
    before = small(7, 12, 6, zones=True)
    plain = solve(before, [Close("s1")], [Place()]).gained[:, 0].sum()
    named = solve(before, [Close("s1", ("s0",))], [Place()]).gained[:, 0].sum()
    assert named > plain


def test_those_who_follow_a_decision_go_where_it_says_and_nobody_is_lost() -> None:
    before = small(7, 12, 6, zones=True)
    named = Close("s1", ("s0", "s2"))
    chosen = solve(before, [named], [Place()])
    for share in (0.45, 1.0):
        followed = solve(replace(before, following=share), [named], [Place()])
        conserved(before, followed)
        gained, free = followed.gained.sum(axis=0), chosen.gained.sum(axis=0)
        assert gained[[0, 2]].sum() > free[[0, 2]].sum()
        assert np.delete(gained, [0, 2]) == pytest.approx(
            (1 - share) * np.delete(free, [0, 2]), rel=1e-3, abs=1e-3
        )
    plain = solve(replace(before, following=0.45), [Close("s1")], [Place()])
    assert plain.gained == pytest.approx(solve(before, [Close("s1")], [Place()]).gained)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ([], "no changes"),
        ([{"do": "clse"}], "close"),
        ([{"do": "close"}], "lacks school"),
        ([{"do": "close", "school": "1", "x": 1}], "no member"),
        ([{"do": "resize", "school": "1", "places": -1}], "places"),
        ([{"do": "resize", "school": "1", "places": True}], "places"),
        ([{"do": "open", "name": "N", "lon": 500, "lat": 0, "places": 3}], "lon"),
        ([{"do": "merge", "schools": ["1"], "into": "1"}], "names no schools"),
        ([{"do": "zone", "school": "1", "zone": {"type": "Point"}}], "no polygon"),
        ([{"do": "close", "school": "1"}] * 21, "too many"),
    ],
)
def test_a_change_that_makes_no_sense_is_refused_in_words(said: object, words: str) -> None:
    with pytest.raises(BadRequest, match=words):
        read_changes(said)


def test_fifths_hold_a_fifth_of_the_pupils_each() -> None:
    source = GroupSource("income", "Income", "x", "", "m", "fifths", "poor", "rich")
    values = np.array([5.0, 1.0, np.nan, 3.0, 2.0, 4.0])
    group = classes_of(source, values, np.array([10.0, 10, 99, 10, 10, 10]))
    assert group.of.tolist() == [4, 0, -1, 2, 1, 3]
    assert group.labels[0] == "1st fifth (poor)"


# Real cities


def test_closing_a_london_school_tells_a_planner_what_follows(
    atlas: OpenAtlas, schools_node: Node, shared_data: Path
) -> None:
    load(schools_node, shared_data, "london.deprivation_2011_areas", "london.school_capacity")
    city = atlas("london")
    before, _ = state_of(city)
    answer = ask(city, [Close("100049")])
    conserved(before, answer.after)
    document = what_if_document(answer, [Close("100049")], {"100049": "Haverstock"}, hold=False)
    assert document["changes"][0]["words"] == "Haverstock closes."
    held = float(before.pupils[:, before.at("100049")].sum())
    assert document["moved"] == pytest.approx(held, abs=1)
    assert document["receiving"][0]["after"] > document["receiving"][0]["before"]
    assert sum(one["share"] for one in document["who"] if one["group"] == "deprivation") == (
        pytest.approx(1.0, abs=1e-3)
    )
    assert "straight line" in " ".join(document["assumptions"])
    assert {row["id"] for row in area_rows(answer)[1]} <= set(before.areas.ids)
    assert what_if_csv(answer).startswith("what,id,name,measure,value,unit\r\n")


@pytest.mark.parametrize(
    "change",
    [
        Close("100049"),
        Merge(("100049",), "100050"),
        Resize("100049", 2_000.0),
        Open("New", -0.155, 51.548, 900.0),
    ],
    ids=["close", "merge", "resize", "open"],
)
def test_london_is_solved_where_a_change_reaches_as_it_is_everywhere(
    change: Change, atlas: OpenAtlas
) -> None:
    city = atlas("london")
    before, _ = state_of(city)
    quick = ask(city, [change]).after
    place = Place()
    if isinstance(change, Open):
        metres = city.project(np.array([[change.lon, change.lat]]))[0]
        at = before.areas.at(change.lon, change.lat)
        assert at is not None
        place = Place(metres=metres, district=before.areas.districts[at])
    whole = solve(before, [change], [place], rows=np.arange(len(before.area)))
    assert np.abs(quick.rolls - whole.rolls).max() < 0.5
    assert len(quick.rows) < len(before.area)


def test_the_closings_of_2013_are_replayed_better_than_by_naming(
    atlas: OpenAtlas, schools_node: Node, shared_data: Path
) -> None:
    city = atlas("chicago")
    load(
        schools_node, shared_data, "chicago.attendance_zones_2013", "chicago.schools_2012",
        "chicago.school_rolls", "chicago.school_actions_2013", "chicago.selective_tiers",
        "chicago.census_tracts_2010",
    )  # fmt: skip
    found = replay(city)
    assert len(found.closed) == 47
    assert {"609907", "610128", "610369", "610048"} <= set(found.not_carried_out)
    assert len(found.receiving) == 48
    assert found.choice.mean < 0.85 * found.naive.mean < found.unchanged.mean
    assert found.naive.bias > 0 > found.choice.bias, "not everybody follows, and some do"
    # By the share that the other half of the schools has.
    assert found.model.mean == pytest.approx(54.3, abs=0.5)
    assert found.model.mean < 0.8 * found.choice.mean
    assert abs(found.model.bias) < 0.5 * abs(found.choice.bias)
    assert following_of(city).share == pytest.approx(found.following, abs=0.01), "as the pack says"
