"""`interurban policy`: rules shown, checked, set and explained, and the terms of merged sets."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from interurban.accounts import Accounts

from .conftest import Run

POLICY = """
licence: mit
rules:
  - id: public
    permit: [aggregate]
  - id: research
    permit: [read, aggregate]
    to: [signed-in]
    for: [dpv:ResearchAndDevelopment]
    until: 2130-01-01
    because: Agreed with the boroughs.
    duties: [{attribute: Greater London Authority}]
    with:
      - without: [name]
  - id: no-acme
    forbid: [read]
    to: [organisation:acme]
"""
TREES = "london.trees"

pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")  # in rdflib


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty data folder."""
    monkeypatch.setenv("INTERURBAN_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "trees.yaml"
    path.write_text(POLICY)
    return path


def test_a_dataset_of_which_nothing_was_said_is_open(interurban: Run) -> None:
    shown = interurban("policy", "show", TREES)
    assert shown.code == 0
    assert "nothing was said: it is open data" in shown.out


def test_a_policy_is_set_and_in_force_at_once(interurban: Run, file: Path, home: Path) -> None:
    done = interurban("policy", "set", TREES, str(file))
    assert done.code == 0, done.err
    assert "Version 1 of the policy of london.trees is in force." in done.out
    assert (home / "policies" / TREES / "1.yaml").read_text() == POLICY
    shown = interurban("policy", "show", TREES).out
    assert 'Rule "public" lets anyone ask for counts and statistics.' in shown
    assert "with: without name" in shown
    assert "in return, attribute: Greater London Authority" in shown
    versions = json.loads(interurban("policy", "show", TREES, "--json").out)["versions"]
    assert [each["version"] for each in versions] == [1]
    entries = json.loads(interurban("audit", "log", "--json").out)
    assert [(e["kind"], e["dataset"]) for e in entries] == [("policy", TREES)]


def test_the_published_terms_can_be_set_again(interurban: Run, file: Path, tmp_path: Path) -> None:
    interurban("policy", "set", TREES, str(file))
    first = interurban("policy", "show", TREES, "--format", "yaml").out
    terms = tmp_path / "terms.jsonld"
    terms.write_text(interurban("policy", "show", TREES, "--format", "odrl").out)
    assert interurban("policy", "set", TREES, str(terms)).code == 0
    again = interurban("policy", "show", TREES, "--format", "yaml").out
    assert yaml.safe_load(again)["rules"] == yaml.safe_load(first)["rules"]


def test_a_decision_is_explained_with_its_rule(interurban: Run, file: Path) -> None:
    interurban("policy", "set", TREES, str(file))
    research = ("--as", "ann", "--purpose", "dpv:AcademicResearch")
    yes = interurban("policy", "explain", TREES, *research)
    assert yes.code == 0
    assert yes.out.startswith('Yes. The rule "research" lets anyone who is signed in read its rows')
    assert "with: without name" in yes.out
    no = interurban("policy", "explain", TREES, *research, "--organisation", "acme")
    assert no.code == 3
    assert no.out == (
        'No. The rule "no-acme" forbids people of the organisation acme to read its rows.\n'
    )
    later = interurban("policy", "explain", TREES, *research, "--at", "2130-01-01T00:00Z", "--json")
    assert later.code == 3
    document = json.loads(later.out)
    assert document["rule"] == "research"
    assert document["reason"].endswith("but that ended on 1 January 2130.")


def test_the_report_behind_a_decision_is_printed_as_rdf(interurban: Run, file: Path) -> None:
    interurban("policy", "set", TREES, str(file))
    printed = interurban("policy", "explain", TREES, "--action", "aggregate", "--report")
    assert printed.code == 0
    assert "report:PolicyReport" in printed.out
    assert "<urn:interurban:policy:london.trees:1#public>" in printed.out


def test_a_policy_with_an_error_is_told_and_not_set(
    interurban: Run, tmp_path: Path, home: Path
) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("rules:\n- {id: a, permit: read}\n- {id: b, forbid: read}\n")
    checked = interurban("policy", "check", TREES, str(wrong))
    assert checked.code == 3
    assert 'Error: Rule "a" never applies: rule "b" forbids all of it.' in checked.out
    refused = interurban("policy", "set", TREES, str(wrong))
    assert refused.code == 1
    assert "never applies" in refused.err
    assert not (home / "policies").exists()


def test_people_whom_nobody_knows_are_told(interurban: Run, file: Path, home: Path) -> None:
    with Accounts(home) as people:
        people.register.add("ann", name="Ann", e_mail="ann@city.example", password=None)
    checked = interurban("policy", "check", TREES, str(file), "--json")
    assert checked.code == 0
    assert next(each["what"] for each in json.loads(checked.out)) == (
        'Rule "no-acme" is about people of the organisation acme, which this node does not know.'
    )


def test_wrong_calls_are_sentences(interurban: Run) -> None:
    assert "can't be read" in interurban("policy", "set", TREES, "nowhere.yaml").err
    assert "time zone" in interurban("policy", "explain", TREES, "--at", "2026-01-01").err


def test_the_terms_of_a_merged_set_are_told(interurban: Run) -> None:
    done = interurban("policy", "licences", TREES, "chicago.crimes")
    assert done.code == 0
    assert "You have to name the source" in done.out
    assert "Made from these sources, merged and changed:" in done.out
