"""A policy as people write it: every key is understood, a mistake has its file, line and key."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from interurban.core import policy as p
from interurban.core import query as q
from interurban.core.errors import ConfigurationError
from interurban.policy.rights.rules import Known, policy_of_text

WHOLE = """
policy:
  licence: ogl-3
  rules:
    - id: joint
      permit: [read, aggregate]
      to: [signed-in, organisation:acme]
      for: [dpv:PublicBenefit]
      from: 2026-01-01
      until: 2027-01-01T12:00:00+01:00
      because: Agreed by both cities.
      duties: [{attribute: "City of Chicago"}, {delete: "After a year."}]
      with:
        - only_rows: "status = 'Closed'"
        - without: [name, address]
        - masked: {field: owner, value: hidden}
        - coarse_time: {field: occurred_at, to: 15 minutes}
        - coarse_time: {field: closed_at, to: month}
        - coarse_place: {to: 0.2 km}
        - coarse_place: {area: london.wards}
        - crowds: {at_least: 10}
        - capped: {field: age, high: 90}
        - rounded: {field: cost, to: 5}
        - only_aggregates: {by: [ward, year], at_least: 10}
        - small_counts: {field: pupils, below: 5, rows: area, columns: school, within: [year]}
    - forbid: export
      to: [group:press]
"""


def test_every_key_is_understood() -> None:
    policy = policy_of_text(WHOLE, "rules.yaml", Known(zone=ZoneInfo("America/Chicago")), version=3)
    joint, second = policy.rules
    assert (policy.licence, policy.version) == ("ogl-3", 3)
    assert joint.actions == ("read", "aggregate")
    assert joint.to == ("signed-in", "organisation:acme")
    assert joint.not_before == datetime(2026, 1, 1, 6, tzinfo=UTC), "midnight of the city"
    assert joint.not_after == datetime(2027, 1, 1, 11, tzinfo=UTC)
    assert joint.duties == (
        p.Duty("attribute", "City of Chicago"),
        p.Duty("delete", "After a year."),
    )
    assert joint.obligations == (
        p.OnlyRows(q.Compare("=", q.Name("status"), q.Literal("Closed"))),
        p.Without(("name", "address")),
        p.Masked("owner", "hidden"),
        p.CoarseTime("occurred_at", 15),
        p.CoarseTime("closed_at", "month"),
        p.CoarsePlace(metres=200),
        p.CoarsePlace(area="london.wards"),
        p.Crowds(10),
        p.Capped("age", None, 90),
        p.Rounded("cost", 5),
        p.OnlyAggregates(("ward", "year"), 10),
        p.SmallCounts("pupils", 5, "area", "school", ("year",)),
    )
    assert second == p.Rule("rule-2", "forbid", ("export",), ("group:press",))


def test_json_is_read_as_well() -> None:
    policy = policy_of_text('{"rules": [{"permit": ["use"]}]}', "rules.json")
    assert policy.rules == (p.Rule("rule-1", "permit", p.ACTIONS),)


WRONG = {
    "licence: ogl-3": ("needs rules", 1, "rules"),
    "rules:\n- permit: [reed]": ('Did you mean "read"?', 2, "rules[0].permit"),
    "rules:\n- permit: read\n  forbid: export": ("either permit or forbid", 2, "rules[0].permit"),
    "rules:\n- to: [anyone]": ("either permit or forbid", 2, "rules[0].permit"),
    "rules:\n- permit: read\n  to: [bob]": ("names nobody", 3, "rules[0].to"),
    "rules:\n- permit: read\n  to: []": ("is empty", 3, "rules[0].to"),
    "rules:\n- permit: read\n  for: [dpv:PublicBenefits]": (
        'Did you mean "dpv:PublicBenefit"',
        3,
        "rules[0].for",
    ),
    "rules:\n- permit: read\n  from: 2027-01-01\n  until: 2026-01-01": (
        "ends before it begins",
        4,
        "rules[0].until",
    ),
    "rules:\n- permit: read\n  until: 2026-13-01": ("no date", 3, "rules[0].until"),
    "rules:\n- permit: read\n  until: 2026-12-01T09:00": ("no time zone", 3, "rules[0].until"),
    "rules:\n- forbid: read\n  with: [{without: [a]}]": ("only a permission", 3, "rules[0].with"),
    "rules:\n- permit: read\n  with:\n  - hide: [a]": ("not known", 4, "rules[0].with[0].hide"),
    "rules:\n- permit: read\n  with:\n  - {without: [a], crowds: {at_least: 3}}": (
        "is one obligation",
        4,
        "rules[0].with[0]",
    ),
    "rules:\n- permit: read\n  with:\n  - only_rows: a ==": (
        "can't be read",
        4,
        "rules[0].with[0].only_rows",
    ),
    "rules:\n- permit: read\n  with:\n  - only_rows: ward = 3": (
        'no field "ward"',
        4,
        "rules[0].with[0].only_rows",
    ),
    "rules:\n- permit: read\n  with:\n  - rounded: {field: cots, to: 5}": (
        'Did you mean "cost"?',
        4,
        "rules[0].with[0].rounded.field",
    ),
    "rules:\n- permit: read\n  with:\n  - small_counts: {field: cost, below: 1, rows: a, "
    "columns: cost}": ("no count lies below", 4, "rules[0].with[0].small_counts.below"),
    "rules:\n- permit: read\n  with:\n  - small_counts: {field: cost, below: 5, rows: a, "
    "columns: a}": ("several things", 4, "rules[0].with[0].small_counts.columns"),
    "rules:\n- permit: read\n  with:\n  - rounded: {field: cost, to: 0}": (
        "above 0",
        4,
        "rules[0].with[0].rounded.to",
    ),
    "rules:\n- permit: read\n  with:\n  - rounded: {field: cost, to: .nan}": (
        "finite",
        4,
        "rules[0].with[0].rounded.to",
    ),
    "rules:\n- permit: read\n  with:\n  - capped: {field: cost}": (
        "low, high or both",
        4,
        "rules[0].with[0].capped.high",
    ),
    "rules:\n- permit: read\n  with:\n  - coarse_time: {field: cost, to: 7 minutes}": (
        "divide a day",
        4,
        "rules[0].with[0].coarse_time.to",
    ),
    "rules:\n- permit: read\n  with:\n  - coarse_place: {to: 200 feet}": (
        "no length",
        4,
        "rules[0].with[0].coarse_place.to",
    ),
    "rules:\n- permit: read\n  with:\n  - crowds: {at_least: 1}": (
        "hides nobody",
        4,
        "rules[0].with[0].crowds.at_least",
    ),
    "rules:\n- {id: a, permit: read}\n- {id: a, permit: export}": (
        "another rule",
        3,
        "rules[1].id",
    ),
    "rules:\n- permit: read\n  duties: [{dance: now}]": (
        "not known",
        3,
        "rules[0].duties[0].dance",
    ),
    "rules: all": ("must be a list", 1, "rules"),
    "policy: {rules: []}\nlicence: x": ("not known", 2, "licence"),
    "licence: x\nrules: []": ("not one of", 1, "licence"),
}


@pytest.mark.parametrize("text", WRONG)
def test_a_mistake_is_one_sentence_with_file_line_and_key(text: str) -> None:
    said, line, key = WRONG[text]
    known = Known(fields=("cost", "a"), licences=("ogl-3",))
    with pytest.raises(ConfigurationError) as raised:
        policy_of_text(text, "rules.yaml", known)
    error = raised.value
    assert said in str(error)
    assert (error.file, error.line, error.part) == ("rules.yaml", line, key)


@pytest.mark.parametrize("text", ["rules: " + "[" * 200_000, "- " * 200_000, "? " * 200_000])
def test_a_text_that_is_nested_endlessly_is_refused(text: str) -> None:
    """Its parser would run out of stack, and take the program with it."""
    with pytest.raises(ConfigurationError, match="nested too deep"):
        policy_of_text(text, "rules.yaml")
