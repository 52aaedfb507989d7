"""Conflicts of ODRL policies: twelve operators as intervals and sets, and circles."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from interurban.policy.rights.odrl import read_turtle
from interurban.policy.rights.odrl.conflicts import find_odrl_conflicts

NOW = datetime(2026, 6, 1, tzinfo=UTC)
PREFIXES = """
@prefix odrl: <http://www.w3.org/ns/odrl/2/> .
@prefix dpv: <https://w3id.org/dpv#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix ex: <urn:> .
"""


def found(turtle: str) -> list[str]:
    return [
        f"{one.severity}: {one.what}"
        for one in find_odrl_conflicts(read_turtle(PREFIXES + turtle), NOW)
    ]


def constrained(left: str, right: str) -> list[str]:
    """A permission and a prohibition with one constraint each."""
    return found(
        f"""ex:p a odrl:Set ; odrl:permission ex:yes ; odrl:prohibition ex:no .
        ex:yes odrl:action odrl:read ; odrl:constraint {left} .
        ex:no odrl:action odrl:use ; odrl:constraint {right} ."""
    )


def limit(operator: str, *values: str, left: str = "count") -> str:
    right = " , ".join(values)
    return (
        f"[odrl:leftOperand odrl:{left}; odrl:operator odrl:{operator}; odrl:rightOperand {right}]"
    )


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        (limit("lt", "5"), limit("gt", "5"), False),
        (limit("lteq", "5"), limit("gteq", "5"), True),
        (limit("lteq", "5"), limit("gt", "5"), False),
        (limit("lt", "5"), limit("gteq", "4.5"), True),
        (limit("eq", "5"), limit("neq", "5"), False),
        (limit("eq", "5"), limit("eq", "5.0"), True),
        (limit("eq", "5"), limit("eq", "6"), False),
        (limit("eq", "5"), limit("lteq", "4"), False),
        (limit("isAnyOf", "1", "2"), limit("isAnyOf", "2", "3"), True),
        (limit("isAnyOf", "1", "2"), limit("isAnyOf", "3", "4"), False),
        (limit("isAnyOf", "1", "2"), limit("isNoneOf", "1", "2"), False),
        (limit("isAnyOf", "1", "2"), limit("isNoneOf", "2", "3"), True),
        (limit("isAnyOf", "1", "9"), limit("lt", "5"), True),
        (limit("isAnyOf", "8", "9"), limit("lt", "5"), False),
        (
            limit("gteq", "5"),
            "[odrl:and " + limit("lteq", "5") + "," + limit("neq", "5") + "]",
            False,
        ),
        (limit("lt", "5"), "[odrl:or " + limit("gt", "6") + "," + limit("lt", "1") + "]", True),
        (limit("lt", "5"), "[odrl:or " + limit("gt", "6") + "," + limit("gt", "9") + "]", False),
        (limit("lt", "5"), "[odrl:xone " + limit("gt", "6") + "," + limit("lt", "1") + "]", True),
        # What depends on the world is never taken to rule anything out.
        (
            limit("isA", "dpv:Marketing", left="purpose"),
            limit("isA", "dpv:PublicBenefit", left="purpose"),
            True,
        ),
        (limit("isPartOf", "ex:a", left="spatial"), limit("hasPart", "ex:b", left="spatial"), True),
        (limit("isAllOf", "ex:a"), limit("isAllOf", "ex:b"), True),
        (limit("lt", "5"), limit("gt", "5", left="payAmount"), True),
        (
            limit("lt", '"2026-01-01"^^xsd:date', left="dateTime"),
            limit("gteq", '"2026-01-01T00:00:00Z"^^xsd:dateTime', left="dateTime"),
            False,
        ),
    ],
)
def test_constraints_meet_as_intervals_and_sets_do(one: str, other: str, meet: bool) -> None:
    for pair in ((one, other), (other, one)):
        assert any("makes the policy void" in each for each in constrained(*pair)) is meet


@pytest.mark.parametrize(
    ("strategy", "said"),
    [
        ("", "error: "),
        ("odrl:conflict odrl:invalid ;", "error: "),
        ("odrl:conflict odrl:prohibit ;", "the prohibition wins."),
        ("odrl:conflict odrl:perm ;", "the permission wins."),
    ],
)
def test_the_strategy_of_the_policy_says_how_grave_it_is(strategy: str, said: str) -> None:
    (finding,) = found(
        f"ex:p a odrl:Set ; {strategy} odrl:permission ex:yes ; odrl:prohibition ex:no ."
    )
    assert said in finding


@pytest.mark.parametrize(
    ("yes", "no", "meet"),
    [
        ("odrl:action odrl:read", "odrl:action odrl:use", True),
        ("odrl:action odrl:use", "odrl:action odrl:read", True),
        ("odrl:action odrl:write", "odrl:action odrl:modify", True),
        ("odrl:action odrl:read", "odrl:action odrl:sell", False),
        ("odrl:assignee ex:a", "odrl:assignee ex:b", False),
        ("odrl:assignee ex:a", "odrl:action odrl:read", True),
        ("odrl:target ex:a", "odrl:target ex:b", False),
        ("odrl:assignee ex:a", "odrl:assignee [a odrl:PartyCollection]", True),
    ],
)
def test_rules_meet_where_action_party_and_target_do(yes: str, no: str, meet: bool) -> None:
    said = found(
        f"ex:p a odrl:Set ; odrl:permission ex:yes ; odrl:prohibition ex:no . "
        f"ex:yes {yes} . ex:no {no} ."
    )
    assert bool(said) is meet


def test_a_duty_that_is_forbidden_is_an_error() -> None:
    assert found(
        """ex:p a odrl:Set ; odrl:permission ex:yes ; odrl:prohibition ex:no .
        ex:yes odrl:action odrl:read ; odrl:duty [odrl:action odrl:delete] .
        ex:no odrl:action odrl:delete ."""
    ) == ['error: Rule "urn:yes" demands the duty odrl:delete, which "urn:no" forbids.']


def test_a_rule_that_never_applies_is_told() -> None:
    rule = "ex:p a odrl:Set ; odrl:permission ex:yes . ex:yes odrl:constraint "
    assert found(rule + limit("lt", "1") + "," + limit("gt", "2") + ".") == [
        'error: Rule "urn:yes" never applies: its constraints on odrl:count can\'t hold together.'
    ]
    over = limit("lt", '"2026-01-01"^^xsd:date', left="dateTime")
    assert found(rule + over + ".") == ['warning: Rule "urn:yes" expired on 01 January 2026.']


@pytest.mark.parametrize(
    "circle",
    [
        "ex:p a odrl:Set ; odrl:inheritFrom ex:q . ex:q odrl:inheritFrom ex:p .",
        "ex:a odrl:partOf ex:b . ex:b odrl:partOf ex:c . ex:c odrl:partOf ex:a .",
        "ex:a odrl:includedIn ex:a .",
        "ex:p a odrl:Set ; odrl:permission [odrl:constraint ex:c] . ex:c odrl:or ex:c .",
    ],
)
def test_a_circle_is_an_error_and_hangs_nothing(circle: str) -> None:
    said = found(circle)
    assert any(each.startswith("error: urn:") and "leads back to itself" in each for each in said)


def test_unknown_words_are_errors() -> None:
    said = found(
        """ex:p a odrl:Set ; odrl:permission [ odrl:constraint
        [odrl:leftOperand odrl:purpose; odrl:operator odrl:is; odrl:rightOperand dpv:Fun] ] ."""
    )
    assert sorted(said) == [
        "error: dpv:Fun is no known purpose.",
        "error: odrl:is is no operator of ODRL, so its constraint never holds.",
    ]


def test_too_many_ways_to_hold_are_not_looked_at() -> None:
    many = ",".join(limit("eq", str(number)) for number in range(20))
    rule = " , ".join(f"[odrl:or {many}]" for _ in range(6))
    assert found(f"ex:p a odrl:Set ; odrl:permission [odrl:constraint {rule}] .") == []
