"""Decisions: deny first, prohibition wins, purposes nest, the least obliged permission applies."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from interurban.core import policy as p
from interurban.core.errors import InvalidTime
from interurban.policy.rights.evaluate import Decisions, decide
from interurban.policy.rights.purposes import broader, purposes

NOW = datetime(2026, 6, 1, tzinfo=UTC)
ALICE = p.Reader("alice", "acme", groups=("press",))
BENEFIT = p.Reader(purpose="dpv:CombatClimateChange")


def permit(rule_id: str = "yes", **how: object) -> p.Rule:
    return p.Rule(rule_id, "permit", ("read",), **how)  # type: ignore[arg-type]


def forbid(rule_id: str = "no", **how: object) -> p.Rule:
    return p.Rule(rule_id, "forbid", ("read",), **how)  # type: ignore[arg-type]


def decided(*rules: p.Rule, reader: p.Reader = p.ANONYMOUS, at: datetime = NOW) -> p.Decision:
    return decide(p.Policy(rules), reader, "read", at)


def test_what_no_rule_permits_is_refused() -> None:
    decision = decided()
    assert not decision.permitted
    assert decision.reason == "No rule lets anyone read its rows."


def test_a_prohibition_wins_wherever_it_stands() -> None:
    assert decided(permit(), forbid()).rule == "no"
    assert decided(forbid(), permit()).rule == "no"
    assert decided(permit(), forbid(to=("organisation:acme",))).rule == "yes"


def test_a_reason_names_nobody_but_the_reader() -> None:
    joint = permit(to=("organisation:acme", "account:bob", "account:eve", "peer:london"))
    to_others = decided(joint, reader=p.Reader("carol")).reason
    assert to_others == (
        'The rule "yes" lets people of certain organisations, certain accounts or certain partner '
        "nodes read its rows, but you are not one of them."
    )
    to_alice = decided(joint, reader=ALICE).reason
    assert "people of the organisation acme, certain accounts or" in to_alice
    assert "bob" not in to_alice


@pytest.mark.parametrize(
    ("to", "reader", "expected"),
    [
        ("anyone", p.ANONYMOUS, True),
        ("signed-in", p.ANONYMOUS, False),
        ("signed-in", ALICE, True),
        ("account:alice", ALICE, True),
        ("account:bob", ALICE, False),
        ("organisation:acme", ALICE, True),
        ("group:press", ALICE, True),
        ("group:police", ALICE, False),
        ("peer:london", p.Reader("peer:london"), True),
        ("signed-in", p.Reader("peer:london"), False),
        ("account:peer:london", p.Reader("peer:london"), False),
    ],
)
def test_a_rule_is_about_those_it_names(to: str, reader: p.Reader, expected: bool) -> None:
    assert decided(permit(to=(to,)), reader=reader).permitted is expected


def test_a_permission_for_a_purpose_holds_for_its_kinds_and_for_nothing_else() -> None:
    rule = permit(purposes=("dpv:PublicBenefit",))
    assert decided(rule, reader=BENEFIT).permitted
    assert not decided(rule, reader=p.Reader(purpose="dpv:Purpose")).permitted
    assert not decided(rule, reader=p.Reader(purpose="dpv:Marketing")).permitted
    refused = decided(rule)
    assert refused.reason == (
        'The rule "yes" lets anyone read its rows for public benefit, but you state no purpose.'
    )


def test_a_prohibition_of_a_purpose_can_not_be_dodged_by_a_broader_one() -> None:
    rules = (permit(), forbid(purposes=("dpv:Marketing",)))
    for purpose, allowed in {
        "dpv:DirectMarketing": False,
        "dpv:Marketing": False,
        "dpv:Purpose": False,
        "dpv:PublicBenefit": True,
        "public": True,
    }.items():
        assert decided(*rules, reader=p.Reader(purpose=purpose)).permitted is allowed, purpose


def test_an_unknown_purpose_is_refused_in_a_sentence() -> None:
    decision = decided(permit(), reader=p.Reader(purpose="dpv:PublicBenefits"))
    assert not decision.permitted
    assert decision.reason.startswith(
        '"dpv:PublicBenefits" is not a known purpose. Did you mean "dpv:PublicBenefit"'
    )


def test_a_rule_is_in_force_from_its_beginning_and_not_at_its_end() -> None:
    rule = permit(not_before=NOW, not_after=NOW + timedelta(days=1))
    tick = timedelta(microseconds=1)
    assert [
        decided(rule, at=at).permitted
        for at in (NOW - tick, NOW, NOW + timedelta(days=1) - tick, NOW + timedelta(days=1))
    ] == [False, True, True, False]
    assert "that ended on 2 June 2026" in decided(rule, at=NOW + timedelta(days=2)).reason


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(InvalidTime):
        decided(permit(), at=NOW.replace(tzinfo=None))


def test_a_permission_brings_its_obligations_duties_and_reason() -> None:
    hide, credit = p.Without(("name",)), p.Duty("attribute", "City of Chicago")
    decision = decided(permit(obligations=(hide,), duties=(credit,), because="Names are private"))
    assert decision.obligations == (hide,)
    assert decision.duties == (credit,)
    assert decision.reason == 'The rule "yes" lets anyone read its rows. Names are private.'


COUNTS = p.OnlyAggregates(("ward",), 10)
A, B, C = p.Without(("a",)), p.Without(("b",)), p.Crowds(10)
CREDIT = p.Duty("attribute", "City of Chicago")


@pytest.mark.parametrize(
    ("permissions", "expected"),
    [
        pytest.param([(A, B), (A,)], 1, id="fewer obligations of the same kind"),
        pytest.param([(p.Without(("a", "b")),), (A,)], 1, id="fewer fields left out"),
        pytest.param([(A,), ()], 1, id="none at all"),
        pytest.param([(A,), (C,)], 0, id="neither is less: the first"),
        pytest.param([(A, B), (C,), (A,)], 1, id="the first that no other makes pointless"),
        pytest.param([(COUNTS,), (A,)], 1, id="neither is less: the first that gives rows"),
        pytest.param([(COUNTS, A), (COUNTS,)], 1, id="no rows, but fewer obligations"),
        pytest.param([(A, C), (C, A)], 0, id="the same in another order: the first"),
    ],
)
def test_of_several_permissions_the_least_obliged_applies(
    permissions: list[tuple[p.Obligation, ...]], expected: int
) -> None:
    rules = [permit(f"{n}", obligations=each) for n, each in enumerate(permissions)]
    assert decided(*rules).rule == str(expected)


def test_duties_count_where_obligations_are_the_same() -> None:
    more, less = (
        permit("more", obligations=(A,), duties=(CREDIT,)),
        permit("less", obligations=(A,)),
    )
    assert decided(more, less).rule == "less"


def test_kept_decisions_expire_at_the_very_instant() -> None:
    end = NOW + timedelta(hours=1)
    policy = p.Policy((permit(not_after=end), forbid(to=("group:press",), not_before=NOW)))
    kept = Decisions()
    for at in (end, NOW, end - timedelta(microseconds=1), end, NOW - timedelta(seconds=1)):
        for reader in (p.ANONYMOUS, ALICE, BENEFIT):
            assert kept.decide(policy, reader, "read", at) == decide(policy, reader, "read", at)


def test_kept_decisions_stay_few_and_never_mix_policies() -> None:
    kept = Decisions(at_most=10)
    for number in range(100):
        policy = p.Policy((permit(f"rule-{number}"),))
        assert kept.decide(policy, p.ANONYMOUS, "read", NOW).rule == f"rule-{number}"
    assert len(kept._kept) <= 10


def test_purposes_are_a_tree_without_cycles_under_one_root() -> None:
    assert len(purposes()) == 120
    for term, known in purposes().items():
        above = broader(term)
        assert all(each in purposes() for each in above)
        assert all(term not in broader(each) for each in known.broader)
