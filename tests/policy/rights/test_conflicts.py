"""What rules do to each other is found when they are kept, not when somebody is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interurban.core import policy as p
from interurban.core import query as q
from interurban.policy.rights.conflicts import Surroundings, find_conflicts
from interurban.policy.rights.evaluate import decide

NOW = datetime(2026, 6, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def permit(rule_id: str = "yes", **how: Any) -> p.Rule:
    return p.Rule(rule_id, "permit", how.pop("actions", ("read",)), **how)


def forbid(rule_id: str = "no", **how: Any) -> p.Rule:
    return p.Rule(rule_id, "forbid", how.pop("actions", ("read",)), **how)


def found(*rules: p.Rule, licence: str | None = None, **around: Any) -> list[str]:
    policy = p.Policy(rules, licence)
    return [
        f"{one.severity}: {one.what}" for one in find_conflicts(policy, NOW, Surroundings(**around))
    ]


def test_open_data_has_nothing_to_find() -> None:
    assert find_conflicts(p.OPEN, NOW) == ()


def test_a_permission_that_is_forbidden_whole_is_an_error() -> None:
    assert found(permit(to=("group:press",)), forbid(actions=("read", "export"))) == [
        'error: Rule "yes" never applies: rule "no" forbids all of it.'
    ]


def test_a_permission_that_is_forbidden_in_part_is_told() -> None:
    (said,) = found(permit(actions=p.ACTIONS), forbid(actions=("export",), to=("organisation:a",)))
    assert said == (
        'warning: Rule "yes" permits some of what rule "no" forbids: to download all its rows. '
        "There, the prohibition wins."
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"actions": ("read",)}, {"actions": ("export",)}),
        ({"to": ("account:a",)}, {"to": ("account:b",)}),
        ({"to": ("organisation:a",)}, {"to": ("organisation:b",)}),
        ({"to": ("peer:london",)}, {"to": ("signed-in",)}),
        ({"not_after": NOW + DAY}, {"not_before": NOW + DAY}),
        ({"purposes": ("dpv:PublicBenefit",)}, {"purposes": ("dpv:Marketing",)}),
    ],
)
def test_rules_that_never_meet_do_not_conflict(one: Any, other: Any) -> None:
    assert found(permit(**one), forbid(**other)) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"to": ("organisation:a",)}, {"to": ("group:press",)}),
        ({"to": ("account:a",)}, {"to": ("signed-in",)}),
        ({"not_after": NOW + DAY}, {"not_before": NOW}),
        # One purpose is a kind of both.
        ({"purposes": ("dpv:ResearchAndDevelopment",)}, {"purposes": ("dpv:CommercialPurpose",)}),
        # What is forbidden is part of what is permitted, and the other way round.
        ({"purposes": ("dpv:Purpose",)}, {"purposes": ("dpv:Marketing",)}),
        ({"purposes": ("dpv:PublicBenefit",)}, {"purposes": ("dpv:Purpose",)}),
    ],
)
def test_rules_that_can_meet_do(one: Any, other: Any) -> None:
    assert len(found(permit(**one), forbid(**other))) == 1


def test_a_rule_that_can_never_apply_is_told() -> None:
    assert found(permit(not_before=NOW + DAY, not_after=NOW)) == [
        'error: Rule "yes" ends before it begins, so it never applies.',
        "warning: No rule permits anything, so nobody sees the dataset.",
    ]
    assert found(permit(not_after=NOW - DAY), permit("now", actions=("export",))) == [
        'warning: Rule "yes" expired on 31 May 2026.'
    ]


def test_a_permission_behind_a_more_generous_one_is_told() -> None:
    strict = permit("strict", obligations=(p.Without(("name",)),), to=("signed-in",))
    assert found(strict, permit("all")) == [
        'warning: Rule "strict" never applies: rule "all" permits the same and asks no more.'
    ]
    assert (
        found(permit("all", to=("signed-in",)), permit("strict", duties=(p.Duty("a", "b"),))) == []
    )


def test_unknown_names_are_told() -> None:
    rule = permit(
        to=("account:bob", "group:press", "peer:london"),
        purposes=("dpv:PublicBenefits",),
        obligations=(p.Without(("nam",)), p.OnlyRows(q.IsNull(q.Name("ward")))),
    )
    said = found(rule, licence="ogl", fields=["name"], parties=["group:press"], licences=["ogl-3"])
    assert [each.partition(": ")[2] for each in said] == [
        'The city has no licence "ogl".',
        'Rule "yes" is for "dpv:PublicBenefits", which is no purpose.',
        'Rule "yes" speaks of the field "nam", which the dataset does not have.',
        'Rule "yes" speaks of the field "ward", which the dataset does not have.',
        'Rule "yes" is about the account bob, which this node does not know.',
    ]


def test_obligations_that_undo_each_other_are_told() -> None:
    assert found(permit(obligations=(p.Without(("age",)), p.Capped("age", None, 90)))) == [
        'error: Rule "yes" changes age after leaving it out.'
    ]
    assert found(permit(obligations=(p.Capped("age", None, 90), p.Without(("age",))))) == []
    lost = (p.Without(("ward",)), p.OnlyAggregates(("ward",), 10))
    assert found(permit(obligations=lost, actions=("aggregate",))) == [
        'error: Rule "yes" groups by ward, which it leaves out.'
    ]
    assert found(permit(obligations=(p.OnlyAggregates((), 10),))) == [
        'warning: Rule "yes" lets people read its rows, but gives only counts and statistics.'
    ]


def test_two_rules_of_one_id_are_an_error() -> None:
    (said,) = found(permit("a"), permit("a", actions=("export",)))
    assert said == 'error: Rule "a" has the id of another rule.'


PURPOSES = st.sets(
    st.sampled_from(
        [
            "dpv:Purpose",
            "dpv:Marketing",
            "dpv:DirectMarketing",
            "dpv:CommercialResearch",
            "dpv:ResearchAndDevelopment",
            "dpv:CommercialPurpose",
            "dpv:PublicBenefit",
        ]
    ),
    max_size=2,
).map(tuple)
REGIONS = st.fixed_dictionaries(
    {
        "to": st.sets(
            st.sampled_from(["anyone", "signed-in", "account:a", "account:b", "organisation:x"]),
            min_size=1,
            max_size=2,
        ).map(tuple),
        "purposes": PURPOSES,
        "not_before": st.none() | st.integers(-2, 2).map(lambda n: NOW + n * DAY),
    }
)
READERS = st.builds(
    p.Reader,
    account=st.sampled_from([None, "a", "b", "c"]),
    organisation=st.sampled_from([None, "x", "y"]),
    purpose=st.sampled_from(
        ["public", "dpv:Purpose", "dpv:Marketing", "dpv:DirectMarketing", "dpv:CommercialResearch"]
    ),
)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(REGIONS, REGIONS, READERS, st.integers(-3, 3))
def test_what_is_found_is_what_happens(
    one: dict[str, Any], other: dict[str, Any], reader: p.Reader, day: int
) -> None:
    """Where no conflict is found, no reader meets both; where a rule never applies, none does."""
    yes, no = permit(**one), forbid(**other)
    at = NOW + day * DAY
    said = found(yes, no)
    alone = decide(p.Policy((yes,)), reader, "read", at).permitted
    together = decide(p.Policy((yes, no)), reader, "read", at).permitted
    if not any("forbids" in each for each in said):
        assert alone == together
    if any("never applies" in each for each in said):
        assert not together


TYPES = {
    "name": "string", "age": "integer", "cost": "number", "open": "boolean", "born": "date",
    "seen_at": "datetime", "geometry": "geometry",
}  # fmt: skip


@pytest.mark.parametrize(
    ("obligation", "fits"),
    [
        (p.Masked("name", "hidden"), True),
        (p.Masked("name", 7), False),
        (p.Masked("age"), True),
        (p.Masked("age", 7), True),
        (p.Masked("age", True), False),
        (p.Masked("age", 7.5), False),
        (p.Masked("cost", 7), True),
        (p.Masked("cost", "7"), False),
        (p.Masked("open", False), True),
        (p.Masked("open", "no"), False),
        (p.Masked("born", NOW.date()), True),
        (p.Masked("born", "1970-01-01"), True),
        (p.Masked("born", "long ago"), False),
        (p.Masked("born", NOW), False),
        (p.Masked("seen_at", NOW), True),
        (p.Masked("seen_at", "1970-01-01T00:00:00Z"), True),
        (p.Masked("seen_at", "1970-01-01T00:00:00"), False),
        (p.Masked("seen_at", NOW.date()), False),
        (p.Masked("geometry", "POINT (0 0)"), False),
        (p.Masked("unknown", 7), True),
        (p.CoarseTime("born", "month"), True),
        (p.CoarseTime("name", 60), False),
        (p.Capped("age", high=90), True),
        (p.Capped("name", high=90), False),
        (p.Rounded("seen_at", 5), False),
    ],
)
def test_obligations_fit_the_type_of_their_field(obligation: p.Obligation, fits: bool) -> None:
    said = found(permit(obligations=(obligation,)), types=TYPES)
    assert (said == []) is fits
    assert all(each.startswith('error: Rule "yes" ') for each in said)


FIELDS = ("geometry", "home_address", "postCode", "ward", "X Coordinate", "kind", "blockade")


@pytest.mark.parametrize(
    ("obligations", "told"),
    [
        ((), ()),
        ((p.CoarsePlace(200.0),), ("X Coordinate", "home_address", "postCode", "ward")),
        ((p.Crowds(5),), ("X Coordinate", "home_address", "postCode", "ward")),
        ((p.CoarsePlace(area="a.wards"),), ("X Coordinate", "home_address", "postCode")),
        (
            (p.Without(("home_address", "X Coordinate")), p.Masked("postCode"), p.CoarsePlace(9.0)),
            ("ward",),
        ),
        ((p.CoarsePlace(200.0), p.OnlyAggregates(("kind",), 5)), ()),
        ((p.CoarsePlace(200.0), p.OnlyAggregates(("kind", "ward"), 5)), ("ward",)),
    ],
)
def test_what_tells_a_place_beside_a_coarse_place_is_warned_of(
    obligations: tuple[p.Obligation, ...], told: tuple[str, ...]
) -> None:
    said = found(permit(obligations=obligations, actions=("aggregate",)), fields=FIELDS)
    if not told:
        assert said == []
        return
    (one,) = said
    assert one.startswith("warning: ")
    assert [name for name in FIELDS if name in one] == [n for n in FIELDS if n in told]
