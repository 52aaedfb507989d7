"""Terms: as people write them, as nodes exchange them, and every mistake by its place."""

from __future__ import annotations

import json
import time
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interurban.alliance.agreements import legal_bases
from interurban.alliance.agreements.terms import terms_of_document, terms_of_text
from interurban.alliance.agreements.writing import canonical_terms, document_of, terms_hash, to_yaml
from interurban.core.alliance import Assessment, Terms
from interurban.core.errors import BadRequest, ConfigurationError
from interurban.core.policy import (
    ACTIONS,
    Capped,
    CoarsePlace,
    CoarseTime,
    Crowds,
    Duty,
    Masked,
    Obligation,
    OnlyAggregates,
    OnlyRows,
    Rounded,
    Without,
)
from interurban.policy.rights.purposes import purposes
from interurban.policy.rights.rules import DUTIES, Known
from interurban.query.cql2 import read_filter

from .sides import terms

CHICAGO = ZoneInfo("America/Chicago")
WRITTEN = """\
title: Food inspections for joint research
datasets: [chicago.food_inspections]
actions: [read, aggregate]
purpose: dpv:PublicBenefit
why: To learn from each other which kitchens to visit first.
legal_basis: dpv:PublicInterest
law: Municipal Code of Chicago 2-36
from: 2026-12-01
until: 2027-12-01
personal_data: true
with:
  - only_rows: "results <> 'Out of Business'"
  - without: [address]
duties:
  - attribute: City of Chicago
readers: [group:food-safety]
keep_days: 30
contacts: {provider: data@chicago.example, consumer: data@london.example}
assessment:
  description: Kitchens by name.
  necessity: Counts hide which kitchens fail again.
  risks: A sole trader could be recognised.
  measures: No addresses.
  residual: low
  by: Ann Avery
  at: 2026-11-01
"""


def written(old: str = "", new: str = "") -> str:
    """The terms with one place changed."""
    assert old in WRITTEN
    return WRITTEN.replace(old, new)


def wrong(text: str) -> ConfigurationError:
    with pytest.raises(ConfigurationError) as caught:
        terms_of_text(text, "terms.yaml")
    return caught.value


def test_what_a_person_wrote_is_read() -> None:
    found = terms_of_text(WRITTEN, "terms.yaml", Known(zone=CHICAGO))
    assert found.actions == ("read", "aggregate")
    assert found.starts == datetime(2026, 12, 1, 6, tzinfo=UTC)  # midnight in Chicago
    assert found.obligations == (
        OnlyRows(read_filter("results <> 'Out of Business'")),
        Without(("address",)),
    )
    assert found.duties == (Duty("attribute", "City of Chicago"),)
    assert (found.keep_days, found.remind_days) == (30, 30)
    assert found.contacts == ("data@chicago.example", "data@london.example")
    assert found.assessment is not None
    assert found.assessment.residual == "low"


def test_the_hash_is_of_what_is_said_and_not_of_how_it_is_written() -> None:
    one = terms_of_text(WRITTEN, "terms.yaml", Known(zone=CHICAGO))
    other = terms_of_text(
        written("[read, aggregate]", "\n  - aggregate\n  - read").replace("why: To", "why:   To"),
        "other.yaml",
        Known(zone=CHICAGO),
    )
    assert terms_hash(one) == terms_hash(other)
    assert terms_hash(one) != terms_hash(terms(title="Another title"))


@pytest.mark.parametrize(
    ("old", "new", "line", "key", "said"),
    [
        ("dpv:PublicBenefit", "dpv:PublicBenefits", 4, "purpose", 'mean "dpv:PublicBenefit"'),
        ("dpv:PublicInterest", "dpv:PublicIntrest", 6, "legal_basis", 'mean "dpv:PublicInterest"'),
        ("2027-12-01", "2026-12-01", 9, "until", "end before they begin"),
        ("2027-12-01", "2099-12-01", 9, "until", "10 years at most"),
        ("until: 2027-12-01\n", "", 1, "until", "missing"),
        ("2026-12-01", "1 December", 8, "from", "no date and no instant"),
        ("2026-12-01", "2026-12-01T09:00", 8, "from", "has no time zone"),
        ("[read, aggregate]", "[red]", 3, "actions", 'mean "read"'),
        ("[chicago.food_inspections]", "[]", 2, "datasets", "about datasets"),
        ("[chicago.food_inspections]", "[Food]", 2, "datasets", "no id of a dataset"),
        ("- without: [address]", "- witout: [address]", 13, "with[1].witout", 'mean "without"'),
        ("results <>", "results <<", 12, "with[0].only_rows", ""),
        ("- attribute:", "- atribute:", 15, "duties[0].atribute", 'mean "attribute"'),
        ("group:food-safety", "anyone", 16, "readers", "can't be who reads"),
        ("group:food-safety", "peer:london", 16, "readers", "can't be who reads"),
        ("keep_days: 30", "keep_days: -1", 17, "keep_days", "not negative"),
        ("keep_days: 30", "keep_days: 99999", 17, "keep_days", "at most"),
        ("personal_data: true", "personal_data: maybe", 10, "personal_data", "true or false"),
        ("residual: low", "residual: none", 24, "assessment.residual", "not one of"),
        ("  measures: No addresses.\n", "", 20, "assessment.measures", "missing"),
        ("title: Food", "titel: Food", 1, "titel", 'mean "title"'),
        ("law: Municipal", "law:\nlaws: Municipal", 8, "laws", 'mean "law"'),
    ],
)
def test_a_mistake_is_told_with_its_line_and_key(
    old: str, new: str, line: int, key: str, said: str
) -> None:
    error = wrong(written(old, new))
    assert (error.file, error.line, error.part) == ("terms.yaml", line, key)
    assert said in str(error)


def test_unknown_fields_are_found_where_the_dataset_is_known() -> None:
    with pytest.raises(ConfigurationError, match='no field "address"'):
        terms_of_text(WRITTEN, "terms.yaml", Known(fields=("results", "adress")))


@pytest.mark.parametrize("name", ["public task", "Public Task", "dpv:PublicTask", "publictask"])
def test_the_names_of_legal_bases_in_law_are_understood(name: str) -> None:
    assert legal_bases.term_of(name) == "dpv:PublicInterest"


def test_a_control_character_has_no_place_in_terms() -> None:
    with pytest.raises(BadRequest, match=r"U\+0007"):
        terms_of_document(document_of(terms(title="Bell\a")))


def test_terms_have_a_greatest_length() -> None:
    with pytest.raises(BadRequest, match="200 characters at most"):
        terms_of_document(document_of(terms(title="x" * 201)))
    with pytest.raises(BadRequest, match=r"characters at most|too long"):
        terms_of_document(
            document_of(terms(duties=tuple(Duty("inform", "x" * 10_000) for _ in range(9))))
        )


def test_a_masked_date_is_refused_as_json_has_no_dates() -> None:
    dated = terms(obligations=(Masked("inspected_at", date(2026, 1, 1)),))
    with pytest.raises(ConfigurationError, match="masked"):
        terms_of_text(to_yaml(dated), "terms.yaml")


@pytest.mark.parametrize("document", [None, [], "x", {"title": object()}, {"title": {"a": 1}}])
def test_what_is_no_terms_at_all_is_refused(document: object) -> None:
    with pytest.raises(BadRequest):
        terms_of_document(document)


@pytest.mark.parametrize("key", ["starts", "obligations"])
def test_one_thing_is_not_said_twice(key: str) -> None:
    value = {"starts": "2026-12-01", "obligations": "[]"}[key]
    assert "says the same as" in str(wrong(f"{key}: {value}\n{WRITTEN}"))


# Whatever terms are, both ways of writing them read as the same

_texts = (
    st.text(st.characters(exclude_categories=("C", "Z")) | st.just(" "), min_size=1, max_size=40)
    .map(str.strip)
    .filter(bool)
)
_fields = st.from_regex(r"[a-z][a-z_]{0,8}", fullmatch=True)
_positive = st.floats(1e-6, 1e6)
_obligations: st.SearchStrategy[Obligation] = st.one_of(
    st.sampled_from(["status = 'Closed'", "cost > 5 AND ward IN (1, 2)", "name LIKE '%é%'"]).map(
        lambda text: OnlyRows(read_filter(text))
    ),
    st.lists(_fields, min_size=1, max_size=3, unique=True).map(lambda some: Without(tuple(some))),
    st.builds(Masked, _fields, st.none() | st.booleans() | st.integers(-9, 9) | _texts | _positive),
    st.builds(CoarseTime, _fields, st.sampled_from([15, 60, "day", "month", "year"])),
    st.builds(CoarsePlace, metres=st.integers(1, 5_000).map(float)),
    st.just(CoarsePlace(area="chicago.wards")),
    st.builds(Crowds, st.integers(2, 99)),
    st.builds(Capped, _fields, st.just(None), _positive),
    st.builds(Rounded, _fields, _positive),
    st.builds(OnlyAggregates, st.just(("ward", "year")), st.integers(2, 99)),
)
_instants = st.datetimes(datetime(2026, 1, 1), datetime(2029, 1, 1)).map(  # noqa: DTZ001
    lambda naive: naive.replace(microsecond=0)
)
_assessments = st.builds(
    Assessment,
    *([_texts] * 4),
    residual=st.sampled_from(["low", "medium", "high"]),
    by=_texts,
    at=_instants.map(lambda naive: naive.replace(tzinfo=UTC)),
)
any_terms = st.builds(
    Terms,
    title=_texts,
    datasets=st.lists(
        st.sampled_from(["chicago.crimes", "chicago.food_inspections", "chicago.wards"]),
        min_size=1,
        unique=True,
    ).map(tuple),
    actions=st.sets(st.sampled_from(ACTIONS), min_size=1).map(
        lambda some: tuple(each for each in ACTIONS if each in some)
    ),
    purpose=st.sampled_from(sorted(purposes())),
    why=_texts,
    legal_basis=st.sampled_from(sorted(legal_bases.LEGAL_BASES)),
    law=_texts,
    starts=_instants.map(lambda naive: naive.replace(tzinfo=CHICAGO)),
    ends=st.timedeltas(timedelta(hours=1), timedelta(days=2_500)).map(
        lambda span: datetime(2029, 1, 2, tzinfo=UTC) + timedelta(seconds=int(span.total_seconds()))
    ),
    personal_data=st.booleans(),
    obligations=st.lists(_obligations, max_size=4).map(tuple),
    duties=st.lists(st.builds(Duty, st.sampled_from(DUTIES), _texts), max_size=3).map(tuple),
    readers=st.lists(
        st.sampled_from(["signed-in", "group:food", "organisation:gla"]), min_size=1, unique=True
    ).map(tuple),
    keep_days=st.none() | st.integers(0, 3_650),
    remind_days=st.integers(0, 365),
    contacts=st.tuples(_texts | st.just(""), _texts | st.just("")),
    assessment=st.none() | _assessments,
)


@settings(max_examples=150, deadline=None)
@given(any_terms)
def test_terms_come_back_from_json_and_from_yaml(one: Terms) -> None:
    by_json = terms_of_document(json.loads(canonical_terms(one)))
    assert by_json == one
    assert canonical_terms(by_json) == canonical_terms(one)
    by_yaml = terms_of_text(to_yaml(one), "terms.yaml")
    assert by_yaml == one
    assert terms_hash(by_yaml) == terms_hash(one)


def test_a_document_that_is_far_too_long_costs_nothing() -> None:
    flood = document_of(terms()) | {"duties": [{"inform": "x" * 20}] * 40_000}
    began = time.perf_counter()
    with pytest.raises(BadRequest, match="too long"):
        terms_of_document(flood)
    assert time.perf_counter() - began < 1


def test_what_is_nested_too_deep_is_refused() -> None:
    inner: list[object] = []
    for _ in range(2_000):
        inner = [inner]
    with pytest.raises(BadRequest):
        terms_of_document(document_of(terms()) | {"obligations": inner})
