"""One policy, several renderings: what is read back is the same, and all of them decide alike."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interurban.core import policy as p
from interurban.core import query as q
from interurban.core.errors import InvalidInput
from interurban.policy.rights import wording
from interurban.policy.rights.evaluate import Decisions, decide, parties_of
from interurban.policy.rights.odrl import Outcome, read_json_ld, read_turtle
from interurban.policy.rights.odrl.conflicts import find_odrl_conflicts
from interurban.policy.rights.odrl_asking import ask
from interurban.policy.rights.odrl_policies import policy_of_graph
from interurban.policy.rights.odrl_writing import to_json_ld
from interurban.policy.rights.published import EVERYTHING, is_public, terms
from interurban.policy.rights.rules import DUTIES, policy_of_text
from interurban.policy.rights.writing import to_yaml

pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")  # in rdflib

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
DAYS = st.integers(-3, 3).map(lambda days: NOW + timedelta(days=days))
PEOPLE = ("ann", "bob smith", "é:x", "100%")
PARTIES = (
    "anyone",
    "signed-in",
    *(f"account:{name}" for name in PEOPLE if " " not in name),
    "organisation:acme",
    "organisation:city",
    "group:press",
    "peer:london",
)
PURPOSES = (
    "dpv:Purpose",
    "dpv:PublicBenefit",
    "dpv:CombatClimateChange",
    "dpv:Marketing",
    "dpv:DirectMarketing",
    "dpv:CommercialResearch",
    "dpv:ResearchAndDevelopment",
    "dpv:CommercialPurpose",
)
NAMES = st.sampled_from(["name", "cost", "ward"])
NUMBERS = st.integers(1, 500).map(float)
OBLIGATIONS = st.one_of(
    st.just(p.OnlyRows(q.Compare("=", q.Name("status"), q.Literal("it's")))),
    st.lists(NAMES, min_size=1, max_size=3, unique=True).map(lambda names: p.Without(tuple(names))),
    st.builds(
        p.Masked,
        NAMES,
        st.none() | st.text("aé\"'\\ {}", max_size=4) | st.booleans() | st.integers() | NUMBERS
        | st.just(date(2026, 1, 2)) | st.just(NOW),
    ),
    st.builds(p.CoarseTime, NAMES, st.sampled_from([1, 15, 60, "day", "month", "year"])),
    st.builds(p.CoarsePlace, metres=NUMBERS) | st.just(p.CoarsePlace(area="london.wards")),
    st.builds(p.Crowds, st.integers(2, 50)),
    st.builds(p.Capped, NAMES, st.none(), NUMBERS) | st.builds(p.Capped, NAMES, NUMBERS),
    st.builds(p.Rounded, NAMES, NUMBERS),
    st.builds(
        p.OnlyAggregates,
        st.lists(NAMES, max_size=2, unique=True).map(tuple),
        st.integers(2, 50),
    ),
    st.builds(
        p.SmallCounts,
        NAMES,
        st.integers(2, 20),
        st.just("area"),
        st.just("school"),
        st.sampled_from([(), ("year",), ("year", "stage")]),
        st.sampled_from(["", "area_total"]),
        st.sampled_from(["", "school_total"]),
    ),
)  # fmt: skip


@st.composite
def rules(draw: st.DrawFn, position: int) -> p.Rule:
    effect = draw(st.sampled_from(("permit", "permit", "forbid")))
    begin, end = draw(st.none() | DAYS), draw(st.none() | DAYS)
    if begin is not None and end is not None and begin >= end:
        begin, end = end, begin + timedelta(days=1)
    actions = draw(st.sets(st.sampled_from(p.ACTIONS), min_size=1))
    carried: dict[str, Any] = {}
    if effect == "permit":
        carried["obligations"] = tuple(draw(st.lists(OBLIGATIONS, max_size=3)))
        duties = st.builds(p.Duty, st.sampled_from(DUTIES), st.sampled_from(["City", "Ask “us”."]))
        carried["duties"] = tuple(draw(st.lists(duties, max_size=2)))
    parties = draw(st.sets(st.sampled_from(PARTIES), min_size=1, max_size=3))
    return p.Rule(
        id=f"rule-{position}",
        effect=effect,  # type: ignore[arg-type]
        actions=tuple(each for each in p.ACTIONS if each in actions),
        to=("anyone",) if "anyone" in parties else tuple(sorted(parties)),
        purposes=tuple(sorted(draw(st.sets(st.sampled_from(PURPOSES), max_size=2)))),
        not_before=begin,
        not_after=end,
        because=draw(st.sampled_from(["", "It was agreed."])),
        **carried,
    )


@st.composite
def policies(draw: st.DrawFn) -> p.Policy:
    count = draw(st.integers(0, 4))
    return p.Policy(tuple(draw(rules(n)) for n in range(count)), draw(st.none() | st.just("ogl-3")))


READERS = st.builds(
    p.Reader,
    account=st.none() | st.sampled_from([*PEOPLE, "peer:london"]),
    organisation=st.none() | st.sampled_from(["acme", "city"]),
    purpose=st.sampled_from(["public", *PURPOSES]),
    groups=st.sampled_from([(), ("press",), ("police",)]),
)
MANY = settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
FEWER = settings(MANY, max_examples=60)


@MANY
@given(policies(), READERS, st.sampled_from(p.ACTIONS), DAYS)
def test_the_published_terms_and_the_decisions_agree(
    policy: p.Policy, reader: p.Reader, action: p.Action, at: datetime
) -> None:
    fast = decide(policy, reader, action, at)
    slow, report = ask(policy, "london.trees", reader, action, at)
    assert (slow == Outcome.permitted) == fast.permitted
    assert (slow == Outcome.forbidden) == any(
        rule.id == fast.rule and rule.effect == "forbid" for rule in policy.rules
    )
    if fast.permitted:
        active = {str(rule.rule).rpartition("#")[2] for rule in report.rules if rule.active}
        assert fast.rule in active


@FEWER
@given(policies(), READERS, st.sampled_from(p.ACTIONS), st.lists(DAYS, min_size=1, max_size=5))
def test_kept_decisions_are_the_decisions(
    policy: p.Policy, reader: p.Reader, action: p.Action, instants: list[datetime]
) -> None:
    kept = Decisions()
    for at in (*instants, *instants):
        assert kept.decide(policy, reader, action, at) == decide(policy, reader, action, at)


@FEWER
@given(policies())
def test_yaml_is_read_back_as_the_same_policy(policy: p.Policy) -> None:
    assert policy_of_text(to_yaml(policy), "again.yaml") == policy


@FEWER
@given(policies())
def test_odrl_is_read_back_as_the_same_policy(policy: p.Policy) -> None:
    document = json.dumps(to_json_ld(policy, "london.trees"))
    assert policy_of_graph(read_json_ld(document), "london.trees") == policy


TERMS = """
@prefix odrl: <http://www.w3.org/ns/odrl/2/> .
@prefix dpv: <https://w3id.org/dpv#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
<urn:p> a odrl:Agreement ; odrl:target <urn:interurban:dataset:london.trees> ;
  odrl:permission <urn:p#one> .
"""


def test_odrl_from_elsewhere_is_read_where_it_can_be_said() -> None:
    policy = policy_of_graph(
        read_turtle(
            TERMS
            + """<urn:p#one> odrl:action odrl:read, odrl:derive ;
            odrl:assignee <urn:interurban:party:peer:chicago> ;
            odrl:constraint [ odrl:and
              [ odrl:leftOperand odrl:purpose ; odrl:operator odrl:isA ;
                odrl:rightOperand dpv:PublicBenefit ],
              [ odrl:leftOperand odrl:dateTime ; odrl:operator odrl:lt ;
                odrl:rightOperand "2027-01-01"^^xsd:date ] ] ;
            odrl:duty [ odrl:action odrl:inform ] ."""
        ),
        "london.trees",
    )
    assert policy.rules == (
        p.Rule(
            "one",
            "permit",
            ("read", "derive"),
            ("peer:chicago",),
            ("dpv:PublicBenefit",),
            not_after=datetime(2027, 1, 1, tzinfo=UTC),
            duties=(p.Duty("inform", "odrl:inform"),),
        ),
    )


def test_rules_without_names_or_with_the_same_get_ids_of_their_own() -> None:
    policy = policy_of_graph(
        read_turtle(
            TERMS
            + """<urn:p> odrl:permission [ odrl:action odrl:read ], <urn:q#one> .
            <urn:p#one> odrl:action odrl:derive . <urn:q#one> odrl:action odrl:use ."""
        ),
        "london.trees",
    )
    assert len({rule.id for rule in policy.rules}) == 3
    assert policy_of_text(to_yaml(policy), "again.yaml") == policy


@pytest.mark.parametrize(
    ("rule", "named"),
    [
        ("odrl:action odrl:sell", "the action odrl:sell"),
        ("odrl:action odrl:aggregate", "the action odrl:aggregate"),
        ("odrl:assignee <urn:bob>", "the assignee urn:bob"),
        ("odrl:target <urn:x>", "the target urn:x"),
        ("odrl:remedy [ odrl:action odrl:delete ]", "odrl:remedy"),
        ("odrl:duty [ odrl:action odrl:watermark ]", "the duty odrl:watermark"),
        (
            "odrl:duty [ odrl:action odrl:inform ; odrl:consequence [] ]",
            "odrl:consequence",
        ),
        (
            "odrl:constraint [ odrl:leftOperand odrl:spatial ; odrl:operator odrl:eq ]",
            "a constraint on odrl:spatial",
        ),
        (
            (
                "odrl:constraint [ odrl:leftOperand odrl:dateTime ; odrl:operator odrl:gt ;"
                ' odrl:rightOperand "2027-01-01"^^xsd:date ]'
            ),
            "the operator odrl:gt",
        ),
        (
            (
                "odrl:constraint [ odrl:leftOperand odrl:purpose ; odrl:operator odrl:isA ;"
                " odrl:rightOperand dpv:Mischief ]"
            ),
            "the purpose https://w3id.org/dpv#Mischief",
        ),
        (
            "odrl:duty [ odrl:action [ rdf:value <urn:interurban:profile:cap> ] ]",
            "iu:cap with operands",
        ),
    ],
)
def test_what_can_not_be_said_is_named(rule: str, named: str) -> None:
    with pytest.raises(InvalidInput, match='The rule "one" has') as raised:
        policy_of_graph(read_turtle(f"{TERMS} <urn:p#one> {rule} ."), "london.trees")
    assert named in raised.value.what


def test_a_policy_in_which_permissions_win_is_refused() -> None:
    both = TERMS + "<urn:p> odrl:prohibition <urn:p#no> ; odrl:conflict odrl:perm ."
    with pytest.raises(InvalidInput, match="prohibition wins"):
        policy_of_graph(read_turtle(both), "london.trees")


@pytest.mark.parametrize(
    "text",
    [
        '{"@context": "https://example.org/context.jsonld", "@type": "Set"}',
        '{"@context": {"@import": "https://example.org/context.jsonld"}}',
        '{"a": {"@context": ["http://www.w3.org/ns/odrl.jsonld", "file:///etc/passwd"]}}',
        '{"@context": {"x": {"@id": "urn:x", "@context": "http://127.0.0.1/"}}}',
        '{"@context": {"@context": "context.jsonld"}}',
        '{"@context": [[["context.jsonld"]]]}',
        '{"@graph": [{"@included": {"@context": "context.jsonld"}}]}',
    ],
)
def test_nothing_is_fetched(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"not fetched|imports a context"):
        read_json_ld(text)


def changed(value: Any, draw: Any) -> Any:
    """A JSON value with one part of it put out of place."""
    odd = [None, 1.5, "", [], {}, {"@id": None}, {"@value": {}}, {"@list": [[]]}, [None], "x"]
    keys = ["@graph", "@reverse", "@included", "@base", "@vocab", "@context", "@nest", "@import"]
    if isinstance(value, dict) and value and draw.random() < 0.8:
        key = draw.choice([*value, draw.choice(keys)])
        return {**value, key: changed(value.get(key), draw)}
    if isinstance(value, list) and value and draw.random() < 0.9:
        position = draw.randrange(len(value))
        return [*value[:position], changed(value[position], draw), *value[position + 1 :]]
    return draw.choice(odd)


@FEWER
@given(policies(), st.randoms(use_true_random=False))
def test_terms_that_are_out_of_joint_are_read_or_refused(policy: p.Policy, draw: Any) -> None:
    document = to_json_ld(policy, "london.trees")
    for _ in range(3):
        document = changed(document, draw)
    with suppress(InvalidInput):
        graph = read_json_ld(json.dumps(document))
        find_odrl_conflicts(graph, NOW)
        policy_of_graph(graph, "london.trees")


@pytest.mark.parametrize("text", ["{", "[" * 5_000, '{"@id": 5}', '{"@context": 5}'])
def test_what_is_not_json_ld_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(InvalidInput):
        policy_of_graph(read_json_ld(text), "london.trees")


def test_what_is_not_turtle_is_refused_in_a_sentence() -> None:
    with pytest.raises(InvalidInput, match="not Turtle"):
        read_turtle("<a> <b>")


@MANY
@given(policy=policies(), reader=READERS, action=st.sampled_from(p.ACTIONS))
def test_what_a_reader_is_told_names_nobody_else(
    policy: p.Policy, reader: p.Reader, action: p.Action
) -> None:
    own = parties_of(reader)
    others = [name for name in PARTIES if ":" in name and name not in own]
    told = terms(policy, own)
    said = [decide(policy, reader, action, NOW).reason, *(each.words for each in told)]
    for name in others:
        assert not any(wording.party(name) in text for text in said)
        assert not any(name in each.to for each in told)
    if is_public(policy, own):
        assert not any(name in to_yaml(policy) for name in others)
        assert "it's" not in to_yaml(policy)
    conditions = str([each.conditions for each in told])
    assert "status" not in conditions
    assert [each.rule for each in terms(policy, EVERYTHING)] == list(policy.rules)
