"""The ODRL evaluator beyond the suite: operators, joints, inheritance, refinements, duties."""

from __future__ import annotations

import pytest

from interurban.policy.rights.odrl import Outcome, PolicyReport, evaluate, outcome, read_turtle

PREFIXES = """
@prefix odrl: <http://www.w3.org/ns/odrl/2/> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix report: <https://w3id.org/force/compliance-report#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix ex: <urn:> .
"""
NOW = '<http://example.com/request/currentTime> dct:issued "2026-06-01T12:00:00Z"^^xsd:dateTime . '


def asked(rules: str, request: str = "", world: str = "", policy: str = "") -> Outcome:
    return reported(rules, request, world, policy)[0]


def reported(
    rules: str, request: str = "", world: str = "", policy: str = ""
) -> tuple[Outcome, PolicyReport]:
    """Alice asks to read x."""
    terms = read_turtle(f"{PREFIXES} ex:p a odrl:Set ; {policy} odrl:permission ex:yes . {rules}")
    requested = read_turtle(
        f"""{PREFIXES} ex:r a odrl:Request ; odrl:permission ex:a . ex:a odrl:assignee ex:alice ;
        odrl:action odrl:read ; odrl:target ex:x . {request}"""
    )
    (report,) = evaluate(terms, requested, read_turtle(PREFIXES + NOW + world))
    return outcome(report, terms), report


def limit(operator: str, *right: str, left: str = "odrl:count") -> str:
    return (
        f"[odrl:leftOperand {left}; odrl:operator odrl:{operator};"
        f" odrl:rightOperand {', '.join(right)}]"
    )


FIVE = f"ex:a odrl:constraint {limit('eq', '5')} ."


@pytest.mark.parametrize(
    ("operator", "right", "holds"),
    [
        ("eq", ("5.0",), True),
        ("eq", ("6",), False),
        ("neq", ("6",), True),
        ("neq", ("5",), False),
        ("lt", ("5",), False),
        ("lt", ("5.5",), True),
        ("lteq", ("5",), True),
        ("gt", ("5",), False),
        ("gteq", ("5",), True),
        ("isAnyOf", ("4", "5"), True),
        ("isAnyOf", ("(4 5)",), True),
        ("isAnyOf", ("4",), False),
        ("isAllOf", ("5",), True),
        ("isAllOf", ("5", "6"), False),
        ("isNoneOf", ("4", "6"), True),
        ("isNoneOf", ("4", "5"), False),
        ("lt", ('"six"',), False),
        ("unheardOf", ("5",), False),
    ],
)
def test_operators_compare_values(operator: str, right: tuple[str, ...], holds: bool) -> None:
    rules = f"ex:yes odrl:constraint {limit(operator, *right)} ."
    assert (asked(rules, FIVE) == Outcome.permitted) is holds


@pytest.mark.parametrize("operator", "eq neq lt gt isAnyOf isNoneOf isA hasPart".split())
def test_what_is_not_known_satisfies_nothing(operator: str) -> None:
    assert asked(f"ex:yes odrl:constraint {limit(operator, '5')} .") == Outcome.silent


@pytest.mark.parametrize(
    ("operator", "right", "holds"),
    [
        ("isA", "ex:benefit", True),
        ("isPartOf", "ex:any", True),
        ("isA", "ex:marketing", False),
        ("isA", "ex:flood", False),
        ("hasPart", "ex:flood", True),
        ("hasPart", "ex:benefit", False),
    ],
)
def test_kinds_and_parts_are_what_the_world_says(operator: str, right: str, holds: bool) -> None:
    constraint = limit(operator, right, left="odrl:purpose")
    climate = f"ex:a odrl:constraint {limit('eq', 'ex:climate', left='odrl:purpose')} ."
    world = "ex:flood skos:broader ex:climate . ex:climate skos:broader ex:benefit . "
    found = asked(
        f"ex:yes odrl:constraint {constraint} .", climate, world + "ex:benefit a ex:any ."
    )
    assert (found == Outcome.permitted) is holds


YES, NO = limit("gt", "1"), limit("gt", "9")


@pytest.mark.parametrize(
    ("joint", "parts", "holds"),
    [
        ("and", (YES, YES), True),
        ("and", (YES, NO), False),
        ("or", (NO, YES), True),
        ("or", (NO, NO), False),
        ("xone", (NO, YES), True),
        ("xone", (YES, limit("gt", "2")), False),
        ("andSequence", (f"({YES} {YES})",), True),
        ("andSequence", (f"({YES} {NO})",), False),
    ],
)
def test_constraints_are_joined(joint: str, parts: tuple[str, ...], holds: bool) -> None:
    rules = f"ex:yes odrl:constraint [odrl:{joint} {', '.join(parts)}] ."
    assert (asked(rules, FIVE) == Outcome.permitted) is holds


def test_a_date_is_its_first_instant_and_a_time_without_a_zone_is_utc() -> None:
    for right, holds in (
        ('"2026-06-01"^^xsd:date', True),
        ('"2026-06-02"^^xsd:date', False),
        ('"2026-06-01T12:00:00"^^xsd:dateTime', True),
        ('"2026-06-01T13:30:00+02:00"^^xsd:dateTime', True),
        ('"2026-06-01T13:30:00"^^xsd:dateTime', False),
    ):
        rules = f"ex:yes odrl:constraint {limit('gteq', right, left='odrl:dateTime')} ."
        assert (asked(rules) == Outcome.permitted) is holds, right


@pytest.mark.parametrize(
    ("rule", "holds"),
    [
        ("odrl:action odrl:use", True),
        ("odrl:action odrl:sell, odrl:read", True),
        ("odrl:action odrl:transfer", False),
        ("odrl:action ex:look", True),
        ("odrl:assignee ex:bob, ex:alice", True),
        ("odrl:target ex:y", False),
        ("odrl:assignee [a odrl:PartyCollection; odrl:source ex:staff]", True),
        ("odrl:target ex:shelf", True),
    ],
)
def test_any_action_party_or_target_that_is_named_will_do(rule: str, holds: bool) -> None:
    world = """ex:alice odrl:partOf ex:team . ex:team odrl:partOf ex:staff .
        ex:x odrl:partOf ex:shelf . odrl:read odrl:includedIn ex:look ."""
    assert (asked(f"ex:yes {rule} .", world=world) == Outcome.permitted) is holds


def test_refinements_of_actions_parties_and_targets_have_to_hold() -> None:
    small = f"odrl:action [rdf:value odrl:read; odrl:refinement {limit('lteq', '5')}]"
    asking = "ex:a odrl:action [rdf:value odrl:read; odrl:refinement {}] ."
    assert asked(f"ex:yes {small} .", asking.format(limit("eq", "5"))) == Outcome.permitted
    assert asked(f"ex:yes {small} .", asking.format(limit("eq", "6"))) == Outcome.silent
    adults = f"""odrl:assignee [a odrl:PartyCollection; odrl:source ex:staff;
        odrl:refinement {limit("gteq", "18", left="ex:age")}]"""
    world = "ex:alice odrl:partOf ex:staff ; ex:age {} ."
    assert asked(f"ex:yes {adults} .", world=world.format(18)) == Outcome.permitted
    assert asked(f"ex:yes {adults} .", world=world.format(17)) == Outcome.silent


def test_what_the_policy_states_holds_for_all_of_its_rules() -> None:
    assert asked("", policy="odrl:assignee ex:bob ;") == Outcome.silent
    assert asked("ex:yes odrl:assignee ex:alice .", policy="odrl:assignee ex:bob ;") == "permitted"


def test_rules_are_inherited_also_in_a_circle() -> None:
    parents = "ex:q a odrl:Set ; odrl:inheritFrom ex:p ; odrl:prohibition [odrl:action odrl:read] ."
    inheriting = "odrl:inheritFrom ex:q ; odrl:conflict odrl:prohibit ;"
    terms = f"{parents.replace('odrl:inheritFrom ex:p ;', '')}"
    assert asked(terms, policy=inheriting) == Outcome.forbidden
    circle = read_turtle(
        f"{PREFIXES} ex:p a odrl:Set ; {inheriting} odrl:permission ex:yes . {parents}"
    )
    request = read_turtle(
        f"{PREFIXES} ex:r a odrl:Request ; odrl:permission [odrl:action odrl:read] ."
    )
    assert len(evaluate(circle, request, read_turtle(PREFIXES + NOW))) == 2


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [
        ("", Outcome.void),
        ("odrl:conflict odrl:invalid ;", Outcome.void),
        ("odrl:conflict odrl:perm ;", Outcome.permitted),
        ("odrl:conflict odrl:prohibit ;", Outcome.forbidden),
    ],
)
def test_the_strategy_decides_where_both_are_active(strategy: str, expected: Outcome) -> None:
    policy = f"{strategy} odrl:prohibition [odrl:action odrl:use] ;"
    assert asked("ex:yes odrl:action odrl:read .", policy=policy) == expected
    # The same where the policy has no name but its uid.
    unnamed = f"[] a odrl:Set ; odrl:uid ex:p ; odrl:permission [] ; {policy.rstrip('; ')} ."
    terms = read_turtle(PREFIXES + unnamed)
    request = read_turtle(f"{PREFIXES} [] a odrl:Request; odrl:permission [odrl:action odrl:read].")
    (report,) = evaluate(terms, request, read_turtle(PREFIXES + NOW))
    assert outcome(report, terms) == expected


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("", Outcome.permitted),
        ("report:NonSet", Outcome.permitted),
        ("report:Fulfilled", Outcome.permitted),
        ("report:Violated", Outcome.silent),
    ],
)
def test_a_permission_ends_with_a_violated_duty(state: str, expected: Outcome) -> None:
    world = f"ex:d a report:DutyReport ; report:rule ex:duty ; report:deonticState {state} ."
    found, report = reported(
        "ex:yes odrl:duty ex:duty . ex:duty odrl:action odrl:inform .",
        world=world if state else "",
    )
    assert found == expected
    (condition,) = report.rules[0].conditions
    assert condition.deontic == (state.removeprefix("report:") or "NonSet")


def test_an_obligation_of_the_policy_is_reported_with_its_state() -> None:
    world = """ex:d a report:DutyReport ; report:rule ex:duty ;
        report:performanceState report:Performed ; report:deonticState report:Fulfilled ."""
    _, report = reported("", world=world, policy="odrl:obligation ex:duty ;")
    duty = next(rule for rule in report.rules if rule.kind == "DutyReport")
    assert duty.state is not None
    assert (duty.state.performance, duty.state.deontic) == ("Performed", "Fulfilled")


def test_a_constraint_that_contains_itself_does_not_hold() -> None:
    assert asked("ex:yes odrl:constraint ex:c . ex:c odrl:and ex:c .") == Outcome.silent
